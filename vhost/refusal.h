// SPDX-License-Identifier: BSD-2-Clause
// Why the kernel refuses a ring, and what would help: the same words for bench and doctor.
#ifndef VHOST_REFUSAL_H
#define VHOST_REFUSAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define REFUSAL_TEXT_MAX 256u

/* What of this host decides whether a ring can be had. */
struct refusal_facts {
	int disabled;		 /* sysctl kernel.io_uring_disabled; -1: this kernel has none */
	unsigned major, minor;	 /* the kernel's release */
	bool filtered;		 /* this process has a seccomp filter, as in a container */
	bool selinux;		 /* SELinux is enforcing */
	uint64_t memlock, files; /* RLIMIT_MEMLOCK in bytes, RLIMIT_NOFILE; UINT64_MAX: unlimited */
};

/* `root` is "" but for tests. */
void refusal_read(struct refusal_facts *f, const char *root);

/* What -errno of making a ring means there. Returns `text`. */
const char *refusal_explain(int err, const struct refusal_facts *f, char text[REFUSAL_TEXT_MAX]);

/* Both, of this host. */
const char *refusal_here(int err, char text[REFUSAL_TEXT_MAX]);

#endif

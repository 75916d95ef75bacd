// SPDX-License-Identifier: BSD-2-Clause
// What the running kernel was built with: its configuration, wherever the host keeps it.
#ifndef BENCH_HOST_KCONFIG_H
#define BENCH_HOST_KCONFIG_H

#include <stdbool.h>

struct kconfig {
	char *text; /* NULL: not found */
	const char *source;
};

/*
 * Looks below `root` in /proc/config.gz (unpacked by gzip), /lib/modules/RELEASE and /boot, in this
 * order: the first is the running kernel's own. false: there is none.
 */
bool kconfig_read(struct kconfig *k, const char *root, const char *release);
void kconfig_free(struct kconfig *k);

/* Is the option "CONFIG_NAME" built in? */
bool kconfig_has(const struct kconfig *k, const char *option);

#endif

// SPDX-License-Identifier: BSD-2-Clause
// A measuring process takes leave of what it does not need: rights, limits, system calls.
#ifndef BENCH_RUN_CONFINE_H
#define BENCH_RUN_CONFINE_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Control thread, the only one: after every fd exists, before any other thread does. Capabilities
 * go, no_new_privs comes, limits are lowered to what is there, files but those of /proc are out of
 * reach, violations are caught. 0 or -errno (logged).
 */
int confine_process(bool keep_sys_nice);

/*
 * Control thread, after that: its own system call filter. `starts_threads`: it will still start
 * some, which then have the same. 0, also where filters are not to be had; -errno (logged).
 */
int confine_control(bool starts_threads);

/* Do threads get filters? To be put into pair_config.confine. */
bool confine_filters(void);

/* What the kernel says of one thread. */
struct confine_thread {
	char name[16];
	uint64_t cap_eff, cap_prm, cap_inh, cap_bnd, cap_amb;
	int no_new_privs, seccomp, filters; /* -1: the kernel does not say */
};

#define CONFINE_THREADS 80u

struct confine_report {
	bool ok;
	char error[200];
	unsigned nthreads;
	struct confine_thread thread[CONFINE_THREADS];
	uint64_t nofile, core, memlock, rtprio; /* UINT64_MAX: no limit */
	unsigned fds;
	bool opens_root, opens_proc; /* as its control thread has tried */
};

#endif

// SPDX-License-Identifier: BSD-2-Clause
// Which CPUs are slower than others: mixed cores.
#ifndef LIB_CPUSPEED_H
#define LIB_CPUSPEED_H

#include <sched.h>
#include <stdbool.h>

struct cpuspeed {
	bool mixed;	/* the slowest has less than 90 % of the fastest's */
	const char *by; /* "cpu_capacity" or "cpuinfo_max_freq"; NULL: not known, and not mixed */
	long lowest, highest; /* of `by` */
	cpu_set_t fast;	      /* those that have 90 % or more; all where they are not mixed */
};

/* Reads sysfs below `root` ("" but for tests) about the CPUs of `cpus`. */
void cpuspeed_read(struct cpuspeed *s, const char *root, const cpu_set_t *cpus);

#endif

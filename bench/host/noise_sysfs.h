// SPDX-License-Identifier: BSD-2-Clause
// What sysfs says of the CPUs used: frequency, and who shares a core with whom.
#ifndef BENCH_HOST_NOISE_SYSFS_H
#define BENCH_HOST_NOISE_SYSFS_H

#include <sched.h>

struct noise;

/* Governor, frequencies, siblings: from sysfs. */
void noise_read_sysfs(struct noise *n, const cpu_set_t *cpus, const char *root);

#endif

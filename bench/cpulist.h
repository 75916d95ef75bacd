// SPDX-License-Identifier: BSD-2-Clause
// A set of CPUs as people write it.
#ifndef BENCH_CPULIST_H
#define BENCH_CPULIST_H

#include <sched.h>
#include <stddef.h>

/* "0-3,7" into out; what has no room is left out. */
void cpulist_print(const cpu_set_t *set, char *out, size_t size);

#endif

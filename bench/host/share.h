// SPDX-License-Identifier: BSD-2-Clause
// The share of the CPUs that this process gets.
#ifndef BENCH_HOST_SHARE_H
#define BENCH_HOST_SHARE_H

#include <sched.h>
#include <stddef.h>

#include "bench/host/host_types.h"

#define HOST_UNUSUAL_MAX 160u

/* Reads it: `cpus` are those that may be used. */
void host_read_share(struct host *h, const char *root, const cpu_set_t *cpus);

/* In words what of that is not as usual, and so changes what is measured. false: nothing is. */
bool host_unusual(const struct host *h, char *text, size_t size);

#endif

// SPDX-License-Identifier: BSD-2-Clause
// The conditions a result was measured under: kernel, CPUs, preemption mode, clock.
#ifndef BENCH_HOST_H
#define BENCH_HOST_H

#include "bench/host/host_types.h"

/* Reads what there is; what can't be read is "unknown". `root` is "" but for tests. */
void host_read(struct host *h, const char *root);

#endif

// SPDX-License-Identifier: BSD-2-Clause
// The preemption mode that the kernel declares.
#ifndef BENCH_HOST_DECLARED_H
#define BENCH_HOST_DECLARED_H

#include "bench/host/host_types.h"

/* Reads it, in the order of docs/architecture.md. `root` is "" but for tests. */
void host_read_preempt(struct host *h, const char *root);

#endif

// SPDX-License-Identifier: BSD-2-Clause
// The host in words.
#ifndef BENCH_HOST_PRINT_H
#define BENCH_HOST_PRINT_H

#include <stdio.h>

#include "bench/host/host_types.h"

/* Kernel, CPU, preemption, clock: a line each. */
void host_print(const struct host *h, FILE *to);

/* Warns of an unusual share of the CPUs. */
void host_warn(const struct host *h);

#endif

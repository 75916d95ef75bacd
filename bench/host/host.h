// SPDX-License-Identifier: BSD-2-Clause
// The conditions a result was measured under: kernel, CPUs, preemption mode, clock.
#ifndef BENCH_HOST_H
#define BENCH_HOST_H

#include <stdbool.h>
#include <stdio.h>
#include <stddef.h>

#include "bench/host/slice.h"
#include "lib/clock.h"

struct host {
	char kernel[128]; /* uname -r and -v */
	char arch[32];
	char cpu[96];
	unsigned cpus;		 /* online, that this process may use */
	unsigned hz;		 /* CONFIG_HZ; 0: unknown */
	char preempt[16];	 /* none voluntary full lazy rt unknown */
	char preempt_rt[16];	 /* rt: full or lazy, or unknown; "" otherwise */
	char preempt_source[96]; /* how it is known */
	struct slice slice;
	long halt_poll_ns;    /* -1: unknown */
	double stamp_cost_ns; /* what recording one notification costs */
	struct clock clock;
};

/* Reads what there is; what can't be read is "unknown". `root` is "" but for tests. */
void host_read(struct host *h, const char *root);

/* The beginning of a file of /proc or /sys below `root`; false: it is not there, or empty. */
bool host_read_text(const char *root, const char *path, char *text, size_t bytes);

/* Kernel, CPU, preemption, clock: a line each. */
void host_print(const struct host *h, FILE *to);

/* Only the preemption mode, in the order of docs/architecture.md (declared.c). */
void host_read_preempt(struct host *h, const char *root);

#endif

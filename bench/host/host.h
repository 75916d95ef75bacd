// SPDX-License-Identifier: BSD-2-Clause
// The conditions a result was measured under: kernel, CPUs, preemption mode, clock.
#ifndef BENCH_HOST_H
#define BENCH_HOST_H

#include <stdbool.h>
#include <stdio.h>
#include <stddef.h>

#include "bench/host/facts.h"
#include "bench/host/slice.h"
#include "lib/clock.h"
#include "lib/cpuspeed.h"

#define HOST_UNUSUAL_MAX 160u

struct host {
	char kernel[128]; /* uname -r and -v */
	char arch[32];
	char cpu[96];
	unsigned cpus;	       /* that this process may use */
	struct cpuspeed speed; /* how fast they are */
	double cpu_quota;      /* of control groups, in CPUs; NAN: none */
	int nice; /* inherited, as is the policy: "other", "batch", "idle", "fifo", "rr" */
	const char *policy;
	unsigned hz;		 /* CONFIG_HZ; 0: unknown */
	char preempt[16];	 /* none voluntary full lazy rt unknown */
	char preempt_rt[16];	 /* rt: full or lazy, or unknown; "" otherwise */
	char preempt_source[96]; /* how it is known */
	struct slice slice;
	struct facts facts;
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

/* Only the share of the CPUs (share.c). */
void host_read_share(struct host *h, const char *root, const cpu_set_t *cpus);

/* In words what of that is not as usual, and so changes what is measured. false: nothing is. */
bool host_unusual(const struct host *h, char *text, size_t size);

/* Warns of it. */
void host_warn(const struct host *h);

/* Only the preemption mode, in the order of docs/architecture.md (declared.c). */
void host_read_preempt(struct host *h, const char *root);

#endif

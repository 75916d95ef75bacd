// SPDX-License-Identifier: BSD-2-Clause
// What is known of the host.
#ifndef BENCH_HOST_TYPES_H
#define BENCH_HOST_TYPES_H

#include "bench/host/facts.h"
#include "bench/host/slice.h"
#include "lib/clock.h"
#include "lib/cpuspeed.h"

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

#endif

// SPDX-License-Identifier: BSD-2-Clause
// How long did workers wait for their CPU, all of them, by the kernel's own events?
#ifndef BENCH_TRACE_WAITS_H
#define BENCH_TRACE_WAITS_H

#include "bench/stat/hist.h"
#include "bench/run/slow.h"
#include "bench/trace/line.h"

#define TRACE_WAITERS_MAX 64u
#define TRACE_ITEMS_MAX 64u

/* Of the whole run, as far as the trace has it. */
struct trace_waits {
	struct hist worker;    /* a notifier's worker: from its wake-up until it runs */
	struct hist work_item; /* KVM's, queued by us: from queueing until it runs */
};

/* Where the walk through the events is. Begins zeroed. */
struct trace_walk {
	const struct slow_threads *ours; /* the measured process's threads */
	double ns_per_cycle;
	uint64_t until; /* what is later does not count; 0: all does */
	struct {
		int pid;
		uint64_t since; /* 0: it does not wait */
	} worker[TRACE_WAITERS_MAX];
	unsigned workers;
	struct {
		uint64_t work;
		uint64_t since; /* 0: it is not queued */
	} item[TRACE_ITEMS_MAX];
	unsigned items;
};

/* The next event, in order of time. */
void trace_waits_add(struct trace_waits *w, struct trace_walk *walk, const struct trace_event *e);

#endif

// SPDX-License-Identifier: BSD-2-Clause
// Who kept a notification waiting? Answered from scheduler events, in words.
#ifndef BENCH_TRACE_FIND_H
#define BENCH_TRACE_FIND_H

#include <stddef.h>

#include "bench/run/slow.h"
#include "bench/trace/line.h"

#define TRACE_WORDS_MAX 240

/* What happened, in order; `at` in cycles of the stamps' clock. */
struct trace_events {
	struct trace_event *event;
	size_t n;
	uint64_t from, to; /* events before and after may be missing */
	double cycles_per_us;
	const struct slow_threads *ours; /* the measured process's threads */
};

/*
 * One sentence: the stage that most of the time went to; the thread on the notification's way that
 * was runnable longest within it, and who had its CPU meanwhile. `side`: the guest that was
 * notified, 'a' or 'b'.
 */
void trace_explain(const struct trace_events *t, const struct slow *s, char side, char *out,
		   size_t size);

/* The stage that took longest: 0 worker, 1 write, 2 handler; *from, *to: its stamps. */
unsigned trace_longest_stage(const struct slow *s, uint64_t *from, uint64_t *to);

#endif

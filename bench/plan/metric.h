// SPDX-License-Identifier: BSD-2-Clause
// What one run is worth: the figures that are taken of each run, and which of them is better.
#ifndef BENCH_PLAN_METRIC_H
#define BENCH_PLAN_METRIC_H

#include "bench/run/cell.h"

/* UNIT_COUNT is of harm done: see metric_is_harm(). */
enum metric_unit { UNIT_GBPS, UNIT_PER_S, UNIT_US, UNIT_COUNT };

/* Of which cells a metric is. */
enum metric_kind {
	METRIC_OF_PAIR = 1,
	METRIC_OF_POOL = 2,
	METRIC_OF_CROWD = 4,
	METRIC_OF_TCP = 8,
	METRIC_OF_PAIR_AND_TCP = METRIC_OF_PAIR | METRIC_OF_TCP,
};

struct metric {
	const char *key; /* in the results file, the unit last */
	enum metric_unit unit;
	bool more_is_better;
	bool headline; /* in the tables, and in `tandem compare` without --metric */
	/*
	 * Of a pair's run; NAN: it has no such figure, or too few notifications for one. NULL: of
	 * other kinds of cells, which have their own (bench/pool, bench/crowd, bench/tcp).
	 */
	double (*of)(const struct cell_spec *s, const struct cell_result *r);
	enum metric_kind kind;
	bool one_clock; /* a time that starts and ends on the same CPU: right whatever the clock */
};

/* The first two of metrics[]. */
#define METRIC_GBPS 0u
#define METRIC_ROUND_TRIPS 1u
#define METRIC_ITEMS 24u /* the first of pool's; then queueing, and queueing to execution */
#define METRIC_WAIT_P50 29u
#define METRIC_WAIT_P99 30u
#define METRICS 36u
extern const struct metric metrics[METRICS];

/*
 * Of the consumer's notifications: B's in stream, both guests' in rr. And the times to the handler
 * alone.
 */
void metric_latency(const struct cell_spec *s, const struct cell_result *r, struct latency *out);
void metric_notify(const struct cell_spec *s, const struct cell_result *r, struct hist *out);

/* From sending to the receiver's workload: of the frames b took, in rr of a's, too. */
void metric_frame_age(const struct cell_spec *s, const struct cell_result *r, struct hist *out);

/* "Gb/s", "/s", "us", "". */
const char *metric_unit_name(enum metric_unit u);

/* All metrics of a pair's run; the others NAN. */
void metric_values(const struct cell_spec *s, const struct cell_result *r, double value[METRICS]);

/*
 * Can cells of this scenario ("stream", "rr", "backend", "pool", "crowd", "tcp") have it?
 * gbps means something in stream, backend and tcp, round trips in rr, tcp, and in crowd, where they
 * are what a workload completes. Of a scenario that is not known (NULL, too) anything can.
 */
bool metric_applies(const struct metric *m, const char *scenario);

/* Something that should not happen at all: one run with it is one too many, whatever the median. */
static inline bool metric_is_harm(const struct metric *m)
{
	return m->unit == UNIT_COUNT;
}

/* By its key, with or without the unit ("notify_p99_us", "notify_p99"); NULL: there is none. */
const struct metric *metric_find(const char *name, size_t len);

/* The index in metrics[]. */
static inline unsigned metric_index(const struct metric *m)
{
	return (unsigned)(m - metrics);
}

#endif

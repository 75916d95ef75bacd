// SPDX-License-Identifier: BSD-2-Clause
// What one run is worth: the figures that are taken of each run, and which of them is better.
#ifndef BENCH_PLAN_METRIC_H
#define BENCH_PLAN_METRIC_H

#include "bench/run/cell.h"

/* UNIT_COUNT is of harm done: see metric_is_harm(). */
enum metric_unit { UNIT_GBPS, UNIT_PER_S, UNIT_US, UNIT_COUNT };

struct metric {
	const char *key; /* in the results file, the unit last */
	enum metric_unit unit;
	bool more_is_better;
	bool headline; /* in the tables, and in `tandem compare` without --metric */
	/* NAN: this run has no such figure, or too few notifications for one. */
	double (*of)(const struct cell_spec *s, const struct cell_result *r);
};

/* The first two of metrics[]. */
#define METRIC_GBPS 0u
#define METRIC_ROUND_TRIPS 1u
#define METRICS 21u
extern const struct metric metrics[METRICS];

/*
 * Of the consumer's notifications: B's in stream, both guests' in rr. And the times to the handler
 * alone.
 */
void metric_latency(const struct cell_spec *s, const struct cell_result *r, struct latency *out);
void metric_notify(const struct cell_spec *s, const struct cell_result *r, struct hist *out);

/* "Gb/s", "/s", "us", "". */
const char *metric_unit_name(enum metric_unit u);

/* gbps means something in stream, round trips in rr, all else in both. */
bool metric_applies(const struct metric *m, enum scenario s);

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

// SPDX-License-Identifier: BSD-2-Clause
// --trace: the kernel's scheduler events around the slowest notifications, in a tracing instance of
// our own.
#ifndef BENCH_TRACE_H
#define BENCH_TRACE_H

#include <stdio.h>

#include "bench/run/cell.h"
#include "bench/trace/find.h"
#include "bench/trace/waits.h"

#define TRACE_CAUSES_MAX 4u

/* Why one notification was slow. */
struct trace_cause {
	double us;
	double stage_us;
	char side;	   /* whose notification: 'a' or 'b' */
	const char *stage; /* that most of it went to: as in stages_us */
	char words[TRACE_WORDS_MAX];
};

/* The slowest of a cell, over its runs, the slowest first. */
struct trace_causes {
	unsigned n;
	unsigned missed; /* slow ones, too: their events were overwritten by later ones */
	struct trace_cause cause[TRACE_CAUSES_MAX];
	struct trace_waits waits; /* of all, slow or not */
};

struct trace;

/*
 * Makes the instance, or says in one line why it can't be; NULL then, and measuring goes on
 * without. SIGINT, SIGTERM and SIGHUP are blocked until trace_close(), so that the instance goes
 * with us; what a killed tandem left is removed here. Rights to tracefs are needed: root's. `root`
 * is "" but for tests. `file`: where trace_file()'s text will go, or "".
 */
struct trace *trace_open(const char *root, const char *file);

/*
 * Before and after a run of the cell called `label`; the second adds what it finds to `out`. NULL:
 * do nothing.
 */
void trace_begin(struct trace *t, const char *label);
void trace_end(struct trace *t, const struct cell_spec *spec, const char *label,
	       const struct cell_result *r, struct trace_causes *out);

/* The events of all runs, a trace.dat; mapped until trace_close(). 0 or -errno. */
int trace_file(struct trace *t, const char **text, size_t *len);

/* Removes the instance. Accepts NULL. */
void trace_close(struct trace *t);

/* For a cell called `label`: a line each. */
void trace_print(const struct trace_causes *c, const char *label, FILE *to);

#endif

// SPDX-License-Identifier: BSD-2-Clause
// Two results files side by side: what is compared.
#ifndef BENCH_SHOW_COMPARE_TYPES_H
#define BENCH_SHOW_COMPARE_TYPES_H

#include <stdio.h>

#include "bench/plan/metric.h"
#include "bench/plan/label.h"
#include "bench/result/results.h"
#include "bench/stat/stats.h"

/* What tells cells of one file apart. */
enum compare_axis {
	AXIS_SCENARIO,
	AXIS_NOTIFY,
	AXIS_PRODUCER,
	AXIS_IRQ,
	AXIS_PREEMPT,
	AXIS_FIFO,
	AXIS_LOAD,
	AXIS_POOL,
	AXIS_SLICE,
	AXIS_CONTROL,
	AXES
};
#define AXIS_CHARS 40u

enum { OLD, NEW, COMPARE_SIDES };

/* One metric on both sides. */
struct compare_metric {
	double median[COMPARE_SIDES]; /* NAN: no value */
	struct interval interval[COMPARE_SIDES];
	unsigned n[COMPARE_SIDES];
	unsigned runs[COMPARE_SIDES]; /* that the values are of */
	unsigned made[COMPARE_SIDES]; /* with those that have no value */
	bool applies;		      /* cells of this scenario can have it */
	double worst;		      /* of the new side's runs, the most; NAN: no value */
	struct contrast contrast;
	double resolvable; /* see stats_resolvable() */
};

struct compare_cell {
	char label[LABEL_MAX];
	char words[2 * LABEL_MAX]; /* of both sides: what --fail-if picks by */
	bool control;
	const struct result *side[COMPARE_SIDES];
	struct compare_metric metric[METRICS];
};

/* Something a reader must know before believing a ratio. */
struct compare_note {
	bool refuses; /* nothing sensible can be said, unless forced */
	unsigned cells;
	char text[240];
	char cell[LABEL_MAX]; /* the first of them; "": it is about the files */
};

#define COMPARE_NOTES_MAX 64u

struct compare {
	const struct results *file[COMPARE_SIDES];
	struct compare_cell *cell; /* n, then those that the old file alone has */
	size_t n, vanished;
	struct compare_note note[COMPARE_NOTES_MAX];
	size_t notes;
	unsigned unsaid; /* notes there was no room for */
	bool refused;	 /* one of all of them refuses */
	/* An axis on which each file has one value, and not the same: it is what is compared. */
	bool free[AXES];
	char one[COMPARE_SIDES][AXES][AXIS_CHARS]; /* those values; "": several, or the default */
};

enum compare_format { FORMAT_TEXT, FORMAT_MARKDOWN, FORMAT_CSV, FORMAT_JSON, FORMATS };

struct compare_failif;

/* What of it is shown, and how. */
struct compare_output {
	enum compare_format format;
	bool shown[METRICS];
	const struct compare_failif *fail_if;
	size_t nfail_if;
	bool colours; /* of verdicts, as text */
};

#endif

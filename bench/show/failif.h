// SPDX-License-Identifier: BSD-2-Clause
// The conditions of `tandem compare --fail-if`: "deferred.notify_p99 > 1.2x".
#ifndef BENCH_SHOW_FAILIF_H
#define BENCH_SHOW_FAILIF_H

#include "bench/plan/metric.h"
#include "bench/stat/stats.h"

enum failif_op { FAILIF_LESS, FAILIF_LESS_EQUAL, FAILIF_MORE, FAILIF_MORE_EQUAL };

/*
 * [WORDS.]METRIC OP NUMBER[UNIT]. WORDS pick cells (label_picks()); METRIC is a key of metrics[],
 * its unit may be left out; OP is <, <=, > or >=; UNIT is x (the ratio new / old), or one of the
 * metric's own.
 */
struct failif {
	const char *text;     /* as given */
	const char *selector; /* part of text */
	size_t selector_len;
	const struct metric *metric;
	enum failif_op op;
	bool ratio;   /* the bound is for new / old */
	double bound; /* in the metric's unit */
};

/* `text` must stay. 0; -EINVAL: said what is wrong and what there is. */
int failif_parse(const char *text, struct failif *f);

/*
 * Is the condition true of a cell whose new median is `value`, and which against the old one is
 * `c`? Where no difference was found (~) the ratio counts as 1: chance must not end a bisection.
 * With too few runs to tell (?) it counts as it is. NAN fulfils no condition.
 */
bool failif_holds(const struct failif *f, const struct contrast *c, double value);

#endif

// SPDX-License-Identifier: BSD-2-Clause
// Is a --fail-if true of a comparison, or can it not be told?
#ifndef BENCH_SHOW_COMPARE_FAILIF_H
#define BENCH_SHOW_COMPARE_FAILIF_H

#include "bench/show/compare.h"
#include "bench/show/failif.h"

/* What a --fail-if came to. */
struct compare_failif {
	struct failif condition;
	bool holds;
	const struct compare_cell *cell; /* the first of which it is true, or NULL */
	double value;			 /* there: a ratio, or in the metric's unit */
	/* Where it does not hold: the first cell of which nothing can be said, and why; or NULL. */
	const struct compare_cell *unjudged;
	char why[96]; /* "the new one failed" */
};

/*
 * Looks at every cell that the condition picks; controls only where its words say so. Its metric
 * must have been compared. A new cell must have a value where the old one has, of as many runs: a
 * figure that is missing proves nothing good, and a ratio of too few values (`?`) nothing at all.
 * 0; -ENOENT: it picks none, or its metric is none of theirs; -ENODATA: it is true of none, but a
 * cell cannot be judged (all logged, with what there is).
 */
int compare_fail_if(const struct compare *c, struct compare_failif *f);

#endif

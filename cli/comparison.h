// SPDX-License-Identifier: BSD-2-Clause
// A comparison of two sets of results, as `tandem compare` and `tandem lab --versus` make it.
#ifndef CLI_COMPARISON_H
#define CLI_COMPARISON_H

#include "bench/options/set.h"
#include "bench/show/compare.h"
#include "bench/show/compare_failif.h"
#include "bench/show/compare_print.h"

#define COMPARISON_FAIL_IF_MAX 64u

struct comparison {
	struct compare_output output;
	struct compare_failif fail_if[COMPARISON_FAIL_IF_MAX];
	const char *select[COMPARE_SIDES]; /* words that pick cells; NULL: all */
	bool force;			   /* show what should not be compared */
};

/* Reads --metric and --fail-if into `a`, zeroed before. 0, or EXIT_USAGE (said why). */
int comparison_read(struct comparison *a, const struct option_set *set);

/*
 * Compares and prints: EXIT_OK; EXIT_JOB: a --fail-if is true; EXIT_USAGE: one cannot be judged,
 * or these cannot be compared (said why); EXIT_HOST: no memory.
 */
int comparison_run(struct comparison *a, const struct results *old, const struct results *new);

#endif

// SPDX-License-Identifier: BSD-2-Clause
// The part of a results file that is about runs: samples, medians, contrasts.
#ifndef BENCH_RESULT_JSON_RUNS_H
#define BENCH_RESULT_JSON_RUNS_H

#include <jansson.h>

#include "bench/plan/runs.h"

/* A number, or null where JSON has none for it. */
json_t *json_number(double v);

/*
 * Sets label, samples, run_order, stats, vs_baseline. base: what the row is compared with, or NULL;
 * trusted: the stamps of two CPUs can be compared.
 */
void json_set_runs(json_t *o, const struct row_runs *row, const struct row_runs *base,
		   bool trusted);

/* Of each run that has one: a list of [seconds, frames] each. */
json_t *json_series(const struct row_runs *row);

/*
 * The file's "statistics": how the runs were made, what they can resolve. scenario: "pool",
 * "crowd" or "tcp"; NULL: those of pairs.
 */
json_t *json_statistics(const struct rounds *r, const char *scenario);

#endif

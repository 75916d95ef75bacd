// SPDX-License-Identifier: BSD-2-Clause
// The part of a results file that is about runs: samples, medians, contrasts.
#ifndef BENCH_RESULT_JSON_RUNS_H
#define BENCH_RESULT_JSON_RUNS_H

#include <jansson.h>

#include "bench/plan/bench.h"

/* A number, or null where JSON has none for it. */
json_t *json_number(double v);

/* Sets label, samples, run_order, stats, vs_baseline. */
void json_set_runs(json_t *o, const struct bench *b, const struct bench_row *row);

/* The file's "statistics": how the runs were made, what they can resolve. */
json_t *json_statistics(const struct bench *b);

#endif

// SPDX-License-Identifier: BSD-2-Clause
// A distribution as the results file has it.
#ifndef BENCH_RESULT_JSON_HIST_H
#define BENCH_RESULT_JSON_HIST_H

#include <jansson.h>

#include "bench/stat/hist.h"

/*
 * In us: n, mean, quantiles (null where too few values lie beyond), max, shares, curve. All but n
 * null without any.
 */
json_t *json_hist(const struct hist *h);

/*
 * And buckets: [us, values] of each that is not empty. It is several times as long: for what a
 * result is mainly about.
 */
json_t *json_hist_whole(const struct hist *h);

#endif

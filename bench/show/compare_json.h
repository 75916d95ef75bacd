// SPDX-License-Identifier: BSD-2-Clause
// A comparison as JSON, schema tandem-compare/1.
#ifndef BENCH_SHOW_COMPARE_JSON_H
#define BENCH_SHOW_COMPARE_JSON_H

#include "bench/show/compare.h"
#include "bench/show/compare_types.h"

/* 0 or -errno. */
int compare_print_json(const struct compare *c, const struct compare_output *o, FILE *to);

#endif

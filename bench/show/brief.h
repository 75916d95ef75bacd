// SPDX-License-Identifier: BSD-2-Clause
// The short table: a line per cell, 80 columns.
#ifndef BENCH_SHOW_BRIEF_H
#define BENCH_SHOW_BRIEF_H

#include <stdio.h>

#include "bench/result/results.h"

/*
 * A table for each group of cells that differ in deliverer, producer and control only, and below
 * what its columns mean.
 */
void brief_print(const struct results *f, FILE *to);

#define BRIEF_TEXT 64u

/*
 * A quantile ("p50" or "p99") of a cell's times to the handler, in an open loop of those from the
 * intended time, us: "74.0"; "(40s)", the seconds of measuring that it needs; "-": it is not known.
 */
void brief_quantile(const struct result *c, const char *name, char out[BRIEF_TEXT]);

#endif

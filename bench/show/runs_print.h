// SPDX-License-Identifier: BSD-2-Clause
// Runs as text: medians with intervals, ratios to the baseline, verdicts.
#ifndef BENCH_SHOW_RUNS_PRINT_H
#define BENCH_SHOW_RUNS_PRINT_H

#include <stdbool.h>
#include <stdio.h>

#include "bench/run/cell.h"

struct bench;

/* A table of intervals, ratios and verdicts; how the runs were made. Nothing for a single run. */
void runs_print(const struct bench *b, enum scenario s, bool gated, FILE *to);
void runs_print_notes(const struct bench *b, FILE *to);

#endif

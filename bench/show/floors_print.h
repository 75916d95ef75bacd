// SPDX-License-Identifier: BSD-2-Clause
// The baselines as text.
#ifndef BENCH_SHOW_FLOORS_PRINT_H
#define BENCH_SHOW_FLOORS_PRINT_H

#include <stdio.h>

struct bench;

/* A table for each mode. */
void floors_print(const struct bench *b, FILE *to);

#endif

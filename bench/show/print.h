// SPDX-License-Identifier: BSD-2-Clause
// A benchmark as text: conditions first, then a table per scenario.
#ifndef BENCH_SHOW_PRINT_H
#define BENCH_SHOW_PRINT_H

#include <stdio.h>

struct bench;

/*
 * When it has run: with `details` all tables, else the verdict, the short table, and below it the
 * conditions; with `details` these come first, before anything has run.
 */
void bench_print(const struct bench *b, FILE *to);
void bench_print_conditions(const struct bench *b, FILE *to);

#endif

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
#define BRIEF_HEADING 512u

/* What a line says, but for the deliverer's name; "-": not known. */
struct brief_row {
	char producer[BRIEF_TEXT], rate[BRIEF_TEXT], p50[BRIEF_TEXT], p99[BRIEF_TEXT];
	char ratio[BRIEF_TEXT];
};

void brief_row(const struct result *c, struct brief_row *r);

/* What the cells of a group have in common. */
void brief_heading(const struct result *c, char out[BRIEF_HEADING]);

/* Is result `i` the first of its group? */
bool brief_starts_group(const struct results *f, size_t i);

/*
 * A quantile ("p50" or "p99") of a cell's times to the handler, in an open loop of those from the
 * intended time, us: "74.0"; "(40s)", the seconds of measuring that it needs; "-": it is not known.
 */
void brief_quantile(const struct result *c, const char *name, char out[BRIEF_TEXT]);

#endif

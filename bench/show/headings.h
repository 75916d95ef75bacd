// SPDX-License-Identifier: BSD-2-Clause
// What each column of each table means: for `tandem help COLUMN`, and in the man pages.
#ifndef BENCH_SHOW_HEADINGS_H
#define BENCH_SHOW_HEADINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct heading {
	const char *name; /* as it is printed; of a head of two lines, both */
	const char *page; /* that tells it: "tandem-bench" */
	const char *text; /* the same there */
};

/* NULL behind the last. */
const struct heading *heading_at(size_t i);

/*
 * Explains the columns that are called so, their unit left out or not, in any case. false: there is
 * none.
 */
bool heading_explain(const char *name, FILE *to);

/* All of them, by page. */
void heading_list(FILE *to);

#endif

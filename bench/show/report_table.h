// SPDX-License-Identifier: BSD-2-Clause
// The table of cells that text, Markdown and the page have in common: which columns, and what is in
// them.
#ifndef BENCH_SHOW_REPORT_TABLE_H
#define BENCH_SHOW_REPORT_TABLE_H

#include "bench/show/report_types.h"

#define REPORT_COLUMNS_MAX 32u
#define REPORT_VALUE_MAX 160

struct report_column {
	const char *head;
	bool left; /* words; else a figure */
	enum { REPORT_AXIS, REPORT_ALWAYS, REPORT_IF_ANY } when;
	/* "" where the cell has none. */
	void (*value)(const struct result *c, char *out, size_t size);
	const char *path; /* in place of a function: where a plain figure stands */
};

struct report_table {
	const struct result **cell; /* of one section */
	size_t n;
	const struct report_column *column[REPORT_COLUMNS_MAX];
	unsigned columns;
	char heading[256]; /* the section and the conditions that all cells share */
};

/*
 * All cells of a file in one section; axes on which they do not differ go to the heading. false:
 * the file has none, or memory ran out. To be freed with report_table_free() in any case.
 */
bool report_table_make(struct report_table *t, const struct results *f, const char *section);
void report_table_free(struct report_table *t);

/* What is shown apart, NULL at the end: scenarios, and what is special about a closed loop. */
extern const char *const report_sections[];
/* One of them. */
const char *report_section(const struct result *c);

/* A column's text of a cell: one line, without control characters. */
void report_value(const struct report_column *k, const struct result *c, char *out, size_t size);

#endif

// SPDX-License-Identifier: BSD-2-Clause
// Results that were read back, shown: as a page, as text for a mail, as a table for a program.
#ifndef BENCH_SHOW_REPORT_H
#define BENCH_SHOW_REPORT_H

#include <stdio.h>

#include "bench/show/report_types.h"

/* "html", "text", "markdown", "csv", "json". */
bool report_format_find(const char *name, enum report_format *f);
/*
 * By how the name ends: .html .htm .txt .md .csv .json; html without an ending. false: another
 * ending.
 */
bool report_format_of(const char *path, enum report_format *f);

/* 0, or -errno where `to` did not take it. */
int report_write(const struct report *r, enum report_format f, FILE *to);

/* To a file, whole or not at all; "-": stdout. 0 or -errno (logged). */
int report_write_file(const struct report *r, enum report_format f, const char *path);

#endif

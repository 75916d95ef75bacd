// SPDX-License-Identifier: BSD-2-Clause
// Parts of a report's page that have a file of their own.
#ifndef BENCH_SHOW_REPORT_HTML_H
#define BENCH_SHOW_REPORT_HTML_H

#include "bench/show/report.h"

/* The conditions, a column per host: what differs or is asked for first; the rest is folded. */
void report_html_conditions(const struct report *r, FILE *to);

/* A file's baselines, each once: those that were measured alone, or those of its cells. */
void report_html_floors(const struct results *f, FILE *to);

#endif

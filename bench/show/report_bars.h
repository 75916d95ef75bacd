// SPDX-License-Identifier: BSD-2-Clause
// Bars of a report's page: throughput with its intervals, and the stages of a notification.
#ifndef BENCH_SHOW_REPORT_BARS_H
#define BENCH_SHOW_REPORT_BARS_H

#include <stdio.h>

struct report_table;
struct result;

/* The CSS class of who delivers: a colour of its own. */
const char *report_class(const struct result *c);

/* A bar per cell, with its interval and its runs; `scale`: the value of a full bar. */
void report_plot_rates(const struct report_table *t, double scale, FILE *to);

/* A bar per cell, made of the means of its stages. Nothing where no cell has any. */
void report_plot_stages(const struct report_table *t, FILE *to);

/* What tells a cell from the others of its table: "lazy deferred batch". */
void report_short_name(const struct report_table *t, const struct result *c, char *out,
		       size_t size);

#endif

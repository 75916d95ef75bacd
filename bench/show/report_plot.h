// SPDX-License-Identifier: BSD-2-Clause
// The pictures of a report's page, as inline SVG.
#ifndef BENCH_SHOW_REPORT_PLOT_H
#define BENCH_SHOW_REPORT_PLOT_H

#include "bench/show/report_table.h"

/* A bar per cell, with its interval and its runs; `scale`: the value of a full bar. */
void report_plot_rates(const struct report_table *t, double scale, FILE *to);

/* A bar per cell, made of the means of its stages. Nothing where no cell has any. */
void report_plot_stages(const struct report_table *t, FILE *to);

/* Latency by percentile: a picture per mode and producer, a line per cell. */
void report_plot_curves(const struct report_table *t, const char *histogram, FILE *to);

/* Does any cell have this histogram, with something in it? */
bool report_plot_has(const struct report_table *t, const char *histogram);

/* What tells a cell from the others of its table: "lazy deferred batch". */
void report_short_name(const struct report_table *t, const struct result *c, char *out, size_t size);

/* The CSS class of who delivers: a colour of its own. */
const char *report_class(const struct result *c);

#endif

// SPDX-License-Identifier: BSD-2-Clause
// Latency by percentile: both axes logarithmic, so that the tail has as much room as the middle.
#ifndef BENCH_SHOW_REPORT_CURVES_H
#define BENCH_SHOW_REPORT_CURVES_H

#include <stdbool.h>
#include <stdio.h>

struct report_table;

/* Latency by percentile: a picture per mode and producer, a line per cell. */
void report_plot_curves(const struct report_table *t, const char *histogram, FILE *to);

/* Does any cell have this histogram, with something in it? */
bool report_plot_has(const struct report_table *t, const char *histogram);

#endif

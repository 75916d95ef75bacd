// SPDX-License-Identifier: BSD-2-Clause
// Throughput over time, on a report's page.
#ifndef BENCH_SHOW_REPORT_SERIES_H
#define BENCH_SHOW_REPORT_SERIES_H

#include "bench/show/report_table.h"

/* A strip per cell, its first runs side by side; of cells without a series, nothing. */
void report_plot_series(const struct report_table *t, FILE *to);

/* Does any cell have one? */
bool report_plot_has_series(const struct report_table *t);

#endif

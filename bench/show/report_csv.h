// SPDX-License-Identifier: BSD-2-Clause
// Results as comma-separated values (RFC 4180): a line per cell, a column per figure.
#ifndef BENCH_SHOW_REPORT_CSV_H
#define BENCH_SHOW_REPORT_CSV_H

#include <stdio.h>

struct report;

void report_csv(const struct report *r, FILE *to);

#endif

// SPDX-License-Identifier: BSD-2-Clause
// The conditions on a report's page: a column per host, be it a file's or one of the lab's boots.
#ifndef BENCH_SHOW_REPORT_CONDITIONS_H
#define BENCH_SHOW_REPORT_CONDITIONS_H

#include <stdio.h>

struct report;

/* The conditions, a column per host: what differs or is asked for first; the rest is folded. */
void report_html_conditions(const struct report *r, FILE *to);

#endif

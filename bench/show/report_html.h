// SPDX-License-Identifier: BSD-2-Clause
// Parts of a report's page that have a file of their own.
#ifndef BENCH_SHOW_REPORT_HTML_H
#define BENCH_SHOW_REPORT_HTML_H

#include <stdio.h>

#include "bench/show/report_types.h"

struct report;

/* The formats, each in a file of its own. */
void report_html(const struct report *r, FILE *to);

#endif

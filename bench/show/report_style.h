// SPDX-License-Identifier: BSD-2-Clause
// The style sheet of a report's page.
#ifndef BENCH_SHOW_REPORT_STYLE_H
#define BENCH_SHOW_REPORT_STYLE_H

#include <stdio.h>

/* Writes it, with the colours that the notification strategies have. */
void report_style_write(FILE *to);

#endif

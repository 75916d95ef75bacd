// SPDX-License-Identifier: BSD-2-Clause
// Results for a mail: plain text with aligned columns, or Markdown.
#ifndef BENCH_SHOW_REPORT_TEXT_H
#define BENCH_SHOW_REPORT_TEXT_H

#include <stdio.h>

struct report;

void report_markdown(const struct report *r, FILE *to);
void report_text(const struct report *r, FILE *to);

#endif

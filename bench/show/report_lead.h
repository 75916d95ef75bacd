// SPDX-License-Identifier: BSD-2-Clause
// What a report's page opens with.
#ifndef BENCH_SHOW_REPORT_LEAD_H
#define BENCH_SHOW_REPORT_LEAD_H

#include "bench/show/report_types.h"

/* Of one file: its verdict, the short table, the doses. */
void report_html_lead(const struct results *f, FILE *to);

#endif

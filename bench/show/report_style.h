// SPDX-License-Identifier: BSD-2-Clause
// The style sheet of a report's page.
#ifndef BENCH_SHOW_REPORT_STYLE_H
#define BENCH_SHOW_REPORT_STYLE_H

extern const char report_style[];

#endif

// SPDX-License-Identifier: BSD-2-Clause
// What goes with figures: warnings.
#ifndef BENCH_SHOW_REPORT_NOTES_H
#define BENCH_SHOW_REPORT_NOTES_H

struct results;

/* What one should know before believing a file: calls say(ctx, text) for each. How many. */
unsigned report_warnings(const struct results *f, void (*say)(void *ctx, const char *text),
			 void *ctx);

#endif

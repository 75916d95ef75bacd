// SPDX-License-Identifier: BSD-2-Clause
// The commands that measure a results file's cells again.
#ifndef BENCH_SHOW_REPORT_COMMAND_H
#define BENCH_SHOW_REPORT_COMMAND_H

#include "bench/result/results.h"

/* A command that measures this cell again. */
void report_command(const struct results *f, const struct result *c, char *out, size_t size);

/* The command that the file says it comes from, quoted for a shell; "" when it doesn't. */
void report_file_command(const struct results *f, char *out, size_t size);

#endif

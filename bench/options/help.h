// SPDX-License-Identifier: BSD-2-Clause
// The options' part of a command's --help.
#ifndef BENCH_OPTIONS_HELP_H
#define BENCH_OPTIONS_HELP_H

#include <stdio.h>

#include "bench/options/table.h"

void option_help(FILE *to, unsigned command);

#define OPTION_HELP_BYTES 640u

/* An option's help, its range filled in and its default behind it. */
void option_describe(const struct option_row *row, char out[OPTION_HELP_BYTES]);

/* What holds where the option is not given, as --help says it; NULL: nothing is said. */
const char *option_default(const struct option_row *row);

#endif

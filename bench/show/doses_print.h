// SPDX-License-Identifier: BSD-2-Clause
// The dose table and its verdicts, as text.
#ifndef BENCH_SHOW_DOSES_PRINT_H
#define BENCH_SHOW_DOSES_PRINT_H

#include <stdio.h>

#include "bench/result/results.h"

/* For each mode of each kernel a table and a verdict; nothing where no slices were asked for. */
void doses_print(const struct results *f, FILE *to);

#endif

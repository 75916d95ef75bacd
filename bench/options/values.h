// SPDX-License-Identifier: BSD-2-Clause
// The values of options: are they right?
#ifndef BENCH_OPTIONS_VALUES_H
#define BENCH_OPTIONS_VALUES_H

#include "bench/options/table.h"

/* Is it a value of this option? 0; or -EINVAL, after one message that tells the way out. */
int option_check(const struct option_row *row, const char *text);

#endif

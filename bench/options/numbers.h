// SPDX-License-Identifier: BSD-2-Clause
// Values that are one number, or a word in its place.
#ifndef BENCH_OPTIONS_NUMBERS_H
#define BENCH_OPTIONS_NUMBERS_H

#include "bench/options/table.h"

/* Is it a number of the option's unit and range? Says nothing. */
bool option_is_number(const struct option_row *row, const char *text, double *v);

/* As option_check(). */
int option_check_number(const struct option_row *row, const char *text);

/* Of a text that was checked; NAN: it is a word. */
double option_read_number(const struct option_row *row, const char *text);

#endif

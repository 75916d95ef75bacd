// SPDX-License-Identifier: BSD-2-Clause
// The dose table and its verdicts, as text.
#ifndef BENCH_SHOW_DOSES_PRINT_H
#define BENCH_SHOW_DOSES_PRINT_H

#include <stdio.h>

#include "bench/result/doses.h"

/* For each mode of each kernel a table and a verdict; nothing where no slices were asked for. */
void doses_print(const struct results *f, FILE *to);

/* The verdict of each subject of a part, and what is no control here. */
void doses_print_verdicts(const struct dose_part *p, FILE *to);

#define DOSES_NAME 64u

/* By whom a row's notification is run, or what it controls. */
void doses_name_row(const struct dose_row *r, char out[DOSES_NAME]);

/* The slices of all rows, ns, the shortest first. How many. */
unsigned doses_slices(const struct dose_part *p, double ns[DOSES_MAX]);

/* The median over runs of a row's wait at that slice, us; NaN: not measured. */
double doses_wait_us(const struct dose_row *r, double ns);

/* As it is printed: -0.00 is 0.00. */
double doses_hundredths(double v);

#endif

// SPDX-License-Identifier: BSD-2-Clause
// The crowd's table: how long waits are, and whose absence made them so.
#ifndef BENCH_CROWD_PRINT_H
#define BENCH_CROWD_PRINT_H

#include <stdio.h>

struct crowd_bench;

void crowd_print(const struct crowd_bench *b, FILE *to);
void crowd_print_conditions(const struct crowd_bench *b, FILE *to);

#endif

// SPDX-License-Identifier: BSD-2-Clause
// The table of `bench tcp`.
#ifndef BENCH_TCP_PRINT_H
#define BENCH_TCP_PRINT_H

#include <stdio.h>

struct tcp_bench;

void tcp_print(const struct tcp_bench *b, FILE *to);
void tcp_print_conditions(const struct tcp_bench *b, FILE *to);

#endif

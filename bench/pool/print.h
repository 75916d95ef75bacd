// SPDX-License-Identifier: BSD-2-Clause
// The pool benchmark as text: scopes, tables, and the in-tree module's lines.
#ifndef BENCH_POOL_PRINT_H
#define BENCH_POOL_PRINT_H

#include <stdio.h>

struct pool_bench;
struct topology;

void pool_print(const struct pool_bench *b, FILE *to);
void pool_print_conditions(const struct pool_bench *b, FILE *to);

/* The rows of the pool in the in-tree module's line format, a block for each of its conditions. */
void pool_print_kernel(const struct pool_bench *b, FILE *to);
void pool_print_same(const struct topology *t, FILE *to);

/* Which CPUs each scope puts together, and which scopes are the same here. */
void pool_print_scopes(const struct topology *t, FILE *to);

#endif

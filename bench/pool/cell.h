// SPDX-License-Identifier: BSD-2-Clause
// One cell of the pool benchmark: bound producers, each with one item in flight, in a child
// process.
#ifndef BENCH_POOL_CELL_H
#define BENCH_POOL_CELL_H

#include <stdbool.h>

struct pool_cell;
struct pool_result;

/* Runs a cell in a child process. As cell_run(). */
int pool_cell_run(const struct pool_cell *cell, struct pool_result *out, bool *stop);

#endif

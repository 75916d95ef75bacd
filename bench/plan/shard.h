// SPDX-License-Identifier: BSD-2-Clause
// A part of a matrix, so that several machines can measure the whole.
#ifndef BENCH_PLAN_SHARD_H
#define BENCH_PLAN_SHARD_H

#include <stdbool.h>

struct bench;
struct shard;

/* "2/5". False: no shard, or one that cannot be. */
bool shard_parse(const char *text, struct shard *s);

/*
 * Keeps the rows of b->shard and drops the others; for a benchmark with names and baselines whose
 * rows have not been measured. Rows that differ in the base slice alone stay together. A baseline
 * of another shard is kept as well, and marked as borrowed: a ratio is of one machine. 0; -EINVAL:
 * some shard would have no row (logged).
 */
int shard_keep(struct bench *b);

#endif

// SPDX-License-Identifier: BSD-2-Clause
// All cells of a pool benchmark, run by run.
#ifndef BENCH_POOL_RUN_H
#define BENCH_POOL_RUN_H

struct pool_bench;
struct pool_row;

/* The row of the baseline `name` under the same conditions, NULL: none, or it did not run. */
const struct pool_row *pool_baseline_of(const struct pool_bench *b, const struct pool_row *row,
					const char *name);

/*
 * Runs all rows, interleaved, `runs` times each. 0; -EIO: a row failed; -EACCES:
 * child_not_trusted() (logged).
 */
int pool_bench_run(struct pool_bench *b);

/* The median over the runs; NAN without any. */
double pool_items_per_s(const struct pool_row *row);

#endif

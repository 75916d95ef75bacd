// SPDX-License-Identifier: BSD-2-Clause
// The shards of one matrix, made one results file again.
#ifndef BENCH_RESULT_MERGE_H
#define BENCH_RESULT_MERGE_H

#include "bench/result/results.h"

/*
 * Joins n files that `tandem bench --shard=I/N` has written, in any order, each shard once. Cells
 * come in the order of the whole matrix; those that a shard borrowed are left out, verdicts are
 * made anew. The document has the first shard's host, and "shards": what each says of its own.
 * `force`: join although the hosts are not alike. *out: to be let go of with json_decref(), NULL
 * on failure. 0; -EINVAL (logged: which file, what is wrong, the way out) or -ENOMEM (logged).
 */
int results_merge(const struct results *file, size_t n, bool force, json_t **out);

#endif

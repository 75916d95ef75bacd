// SPDX-License-Identifier: BSD-2-Clause
// The pool benchmark as JSON, schema tandem-bench/1, scenario "pool".
#ifndef BENCH_POOL_JSON_H
#define BENCH_POOL_JSON_H

struct pool_bench;

/* As tandem-bench/1, scenario "pool". 0 or -errno (logged). */
int pool_write_json(const struct pool_bench *b, const char *path);

#endif

// SPDX-License-Identifier: BSD-2-Clause
// The results of `bench tcp` as JSON, schema tandem-bench/1, scenario "tcp".
#ifndef BENCH_TCP_JSON_H
#define BENCH_TCP_JSON_H

struct tcp_bench;

/* As bench_write_json(). */
int tcp_write_json(const struct tcp_bench *b, const char *path);

#endif

// SPDX-License-Identifier: BSD-2-Clause
// All rows of `bench tcp`: each once in every round.
#ifndef BENCH_TCP_RUN_H
#define BENCH_TCP_RUN_H

struct tcp_bench;

/*
 * 0; -EIO: a row failed; -ENOSYS: this host lacks something; -EACCES: the measuring process broke
 * out of its filters, or returned nonsense (all logged). --baseline's words pick no row: -ENOENT.
 */
int tcp_bench_run(struct tcp_bench *b);

#endif

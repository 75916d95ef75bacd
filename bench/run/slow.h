// SPDX-License-Identifier: BSD-2-Clause
// The slowest notifications of a run, with all their stamps, and the threads that may be to blame.
#ifndef BENCH_RUN_SLOW_H
#define BENCH_RUN_SLOW_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define SLOW_MAX 8u
#define SLOW_THREADS_MAX 64u

/* Cycles of the one clock; names as in bench/run/latency.h. */
struct slow {
	uint64_t t0, t1, t2, t3;
};

/* Plain data: zeroed it is empty, and it can live in shared memory. */
struct slow_list {
	unsigned n;
	struct slow slow[SLOW_MAX]; /* in no order */
};

/* Keeps it if it is among the slowest. */
void slow_add(struct slow_list *l, const struct slow *s);

bool slow_list_is_sane(const struct slow_list *l);

struct slow_threads {
	unsigned n;
	pid_t tid[SLOW_THREADS_MAX];
};

/*
 * The threads of this process, its io_uring's among them; more than there is room for are left out.
 */
struct slow_threads slow_threads_here(void);
bool slow_threads_are_sane(const struct slow_threads *t);

#endif

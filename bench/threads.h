// SPDX-License-Identifier: BSD-2-Clause
// What the scheduler counts for a thread, read from /proc.
#ifndef BENCH_THREADS_H
#define BENCH_THREADS_H

#include <stdint.h>
#include <sys/types.h>

#include "pair/pair.h"

struct thread_counts {
	uint64_t voluntary;   /* context switches: it slept */
	uint64_t involuntary; /* it was preempted */
	uint64_t cpu_ns;      /* time it ran */
	uint64_t wait_ns;     /* time it was runnable and did not run */
	uint64_t slices;      /* times it was given a CPU */
};

/* The counts of thread `tid` of this process so far; zeros where they can't be read. */
struct thread_counts threads_read(pid_t tid);

/* Per role; the notifier's threads summed, the backend's with its SQPOLL thread. */
struct role_counts {
	struct thread_counts role[ROLES];
};

struct role_counts threads_sample(const struct pair *p);
struct role_counts threads_since(const struct role_counts *end, const struct role_counts *start);
void threads_merge(struct role_counts *to, const struct role_counts *from);

/* How many threads of this process are called `prefix`... */
unsigned threads_named(const char *prefix);

/* "a", "b", "backend", "notifier". */
const char *role_name(enum role r);

#endif

// SPDX-License-Identifier: BSD-2-Clause
// What the CPU counts for the threads of a pair: instructions and cycles, where perf_event_open()
// allows.
#ifndef BENCH_HOST_PERF_H
#define BENCH_HOST_PERF_H

#include <stdbool.h>
#include <stdint.h>

#include "bench/host/threads.h"

#define PERF_THREADS_MAX 8u /* of a, b and the backend */

enum perf_event { PERF_INSTRUCTIONS, PERF_CYCLES, PERF_EVENTS };

/* Plain data: can live in shared memory. */
struct perf_counts {
	bool known;
	bool user_only; /* the kernel's share is not in it: perf_event_paranoid */
	uint64_t n[ROLES][PERF_EVENTS];
};

struct perf {
	unsigned threads;
	bool user_only;
	enum role role[PERF_THREADS_MAX];
	int fd[PERF_THREADS_MAX][PERF_EVENTS];
};

/*
 * Control thread, once the pair's threads are there and before it is filtered: opens the counters
 * of those of a, b and the backend. All of them or none: no CPU counters (a guest of a hypervisor),
 * or not allowed.
 */
void perf_open(struct perf *p);
void perf_close(struct perf *p);

/* What they have counted so far; what was counted between two samples; several runs'. */
void perf_sample(const struct perf *p, struct perf_counts *out);
void perf_since(const struct perf_counts *end, const struct perf_counts *start,
		struct perf_counts *out);
void perf_merge(struct perf_counts *to, const struct perf_counts *from);
bool perf_is_sane(const struct perf_counts *c);

#endif

// SPDX-License-Identifier: BSD-2-Clause
// Who gave its CPU up to whom: directed yields by source, as far as this host lets itself be asked.
#ifndef BENCH_CROWD_YIELDS_H
#define BENCH_CROWD_YIELDS_H

#include <stdbool.h>
#include <stdint.h>

#include "vmm/stats.h"

enum yield_count {
	YIELD_HYPERCALLS,    /* KVM_HC_SCHED_YIELD: tried */
	YIELD_HYPERCALLS_OK, /* of these, done */
	YIELD_SPIN_EXITS,    /* a vCPU was caught spinning (x86: PAUSE exits; arm64: WFE exits) */
	/* the scheduler has carried out a yield, whoever asked; on all of the host */
	YIELD_SCHEDULER,
	/* no yield, but what hints hang on: guests were told that a vCPU is preempted */
	YIELD_TOLD,
	YIELD_COUNTS,
};

extern const char *const yield_names[YIELD_COUNTS];

/* Plain data. */
struct yields {
	bool known[YIELD_COUNTS];
	uint64_t n[YIELD_COUNTS];
	char from[YIELD_COUNTS][96]; /* where it comes from, or why it is not known */
};

struct yield_counter {
	int pause_fd; /* a perf event of the exits' tracepoint; -1: none */
	char pause_why[96];
};

/*
 * Before threads are made and privileges dropped: the counts are of all threads made from then on.
 */
void yields_open(struct yield_counter *c, bool kvm);
void yields_close(struct yield_counter *c);

/* The counts so far; `stats`: KVM's counters, NULL where there are none. */
void yields_read(const struct yield_counter *c, const struct vm_stats *stats, struct yields *out);

/* What came in between. */
void yields_since(struct yields *end, const struct yields *start);
/* Can these be counts? For those that came from a process that is not trusted. */
bool yields_are_sane(const struct yields *y);
void yields_merge(struct yields *to, const struct yields *from);

#endif

// SPDX-License-Identifier: BSD-2-Clause
// What the kernel counts meanwhile: per thread, per virtual machine, reschedule interrupts.
#ifndef BENCH_HOST_COUNTERS_H
#define BENCH_HOST_COUNTERS_H

#include <stdbool.h>
#include <stdio.h>

#include "bench/host/threads.h"
#include "pair/pair.h"

/* Plain data: can live in shared memory. */
struct counters {
	struct thread_list threads;
	struct vm_stats kvm[SIDES]; /* n == 0: none */
	uint64_t resched;	    /* reschedule interrupts of all CPUs: the whole host's */
	bool resched_known;
};

/*
 * Control thread: what has been counted so far; what happened between two such samples; several
 * runs'.
 */
void counters_sample(const struct pair *p, struct counters *out);
void counters_since(const struct counters *end, const struct counters *start, struct counters *out);
/* Can these be counters? For those that came from a process that is not trusted. */
bool counters_are_sane(const struct counters *c);
void counters_merge(struct counters *to, const struct counters *from);

/*
 * The line of /proc/interrupts that counts them (x86: RES, arm64: IPI0), all CPUs. false: there is
 * none.
 */
bool counters_read_resched(FILE *interrupts, uint64_t *n);

#endif

// SPDX-License-Identifier: BSD-2-Clause
// Which way KVM takes from a write of the irqfd to the interrupt: in the writer's context, or by a
// work item.
#ifndef BENCH_HOST_IRQPATH_H
#define BENCH_HOST_IRQPATH_H

#include <stdbool.h>
#include <stdint.h>

#include "bench/host/kworkers.h"

/*
 * The irqfd written some times, with a sleep after each: a work item has a kworker run each time.
 * In turns: what else the host queues comes in bursts, which fall into few of them.
 */
struct irqpath {
	uint64_t writes;
	uint64_t kworker_runs; /* meanwhile, bound workers of the CPU on which it was written */
	uint64_t other_runs;   /* theirs during as many pauses without a write */
	uint64_t unbound_runs; /* of workers that belong to no CPU, with a write */
	uint64_t other_unbound_runs; /* and without */
	uint64_t turns;
	uint64_t queue_turns;	/* with a run of a bound worker for each write, or nearly */
	uint64_t unbound_turns; /* with one of an unbound worker */
	uint64_t writer_turns;	/* with no more runs than without a write, or nearly */
	uint64_t since;		/* clock_now() when it began */
	bool known;		/* false: no /proc/PID/schedstat here, or no one CPU to stay on */
};

/* One turn more: runs with so many writes, and in the same pauses without. */
void irqpath_add(struct irqpath *p, uint64_t writes, const struct kworker_counts *written,
		 const struct kworker_counts *idle);

/*
 * Control thread, when nobody measures any more: some 80 ms, the guest's vCPU need not run. Stays
 * on one CPU meanwhile.
 */
struct irqpath irqpath_probe(int irqfd);

/*
 * Who injected? Unknown also where the host was too busy to tell. Unbound: a work item that need
 * not run on the writer's CPU, as of a kernel that queues it on system_dfl_wq.
 */
enum irqpath_taken { IRQPATH_UNKNOWN, IRQPATH_WRITER, IRQPATH_WORKQUEUE, IRQPATH_UNBOUND };
enum irqpath_taken irqpath_taken(const struct irqpath *p);
/* As results name it. */
const char *irqpath_word(enum irqpath_taken taken);

#endif

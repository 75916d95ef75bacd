// SPDX-License-Identifier: BSD-2-Clause
// Which way KVM takes from a write of the irqfd to the interrupt: in the writer's context, or by a
// work item.
#ifndef BENCH_HOST_IRQPATH_H
#define BENCH_HOST_IRQPATH_H

#include <stdbool.h>
#include <stdint.h>

/*
 * The irqfd written some times, with a sleep after each: a work item has a kworker run each time.
 * In turns: what else the host queues comes in bursts, which fall into few of them.
 */
struct irqpath {
	uint64_t writes;
	uint64_t kworker_runs; /* meanwhile, bound workers of the CPU on which it was written */
	uint64_t other_runs;   /* theirs during as many pauses without a write */
	uint64_t turns;
	uint64_t queue_turns;  /* with a run for each write, or nearly */
	uint64_t writer_turns; /* with no more runs than without a write, or nearly */
	uint64_t since;	       /* clock_now() when it began */
	bool known;	       /* false: no /proc/PID/schedstat here, or no one CPU to stay on */
};

/* One turn more: runs with so many writes, and of others in the same pauses without. */
void irqpath_add(struct irqpath *p, uint64_t writes, uint64_t kworker_runs, uint64_t other_runs);

/*
 * Control thread, when nobody measures any more: some 80 ms, the guest's vCPU need not run. Stays
 * on one CPU meanwhile.
 */
struct irqpath irqpath_probe(int irqfd);

/* Who injected? Unknown also where the host was too busy to tell. */
enum irqpath_taken { IRQPATH_UNKNOWN, IRQPATH_WRITER, IRQPATH_WORKQUEUE };
enum irqpath_taken irqpath_taken(const struct irqpath *p);

#endif

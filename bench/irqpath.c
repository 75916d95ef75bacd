// SPDX-License-Identifier: BSD-2-Clause
// The self-test of the interrupt path.
#include "bench/irqpath.h"

#include <sched.h>
#include <time.h>

#include "bench/kworkers.h"
#include "lib/clock.h"
#include "lib/fd.h"

#define WRITES 200u
#define PAUSE_NS 100000l

static void write_often(int irqfd)
{
	struct timespec pause = { .tv_nsec = PAUSE_NS };

	for (unsigned i = 0; i < WRITES; i++) {
		fd_signal(irqfd);
		nanosleep(&pause, NULL);
	}
}

/* A work item that is queued on a CPU is run by one of that CPU's bound workers: so only these need be looked at. */
static bool stay_here(cpu_set_t *before, cpu_set_t *here)
{
	int cpu = sched_getcpu();

	CPU_ZERO(here);
	if (cpu < 0 || cpu >= CPU_SETSIZE || sched_getaffinity(0, sizeof(*before), before) < 0)
		return false;
	CPU_SET(cpu, here);
	return sched_setaffinity(0, sizeof(*here), here) == 0;
}

struct irqpath irqpath_probe(int irqfd)
{
	struct irqpath p = { .writes = WRITES, .since = clock_now() };
	struct kworkers start, end;
	struct kworker_counts c;
	cpu_set_t before, here;

	if (!stay_here(&before, &here))
		return p;
	kworkers_sample(&start, &here);
	write_often(irqfd);
	kworkers_sample(&end, &here);
	sched_setaffinity(0, sizeof(before), &before);
	c = kworkers_since(&end, &start);
	p.kworker_runs = c.runs;
	p.known = c.readable;
	return p;
}

/* Other work items of the host are few in so short a time. */
bool irqpath_is_workqueue(const struct irqpath *p)
{
	return p->kworker_runs >= p->writes / 2;
}

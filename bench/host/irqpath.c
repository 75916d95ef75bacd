// SPDX-License-Identifier: BSD-2-Clause
// The self-test of the interrupt path.
#include "bench/host/irqpath.h"

#include <sched.h>
#include <time.h>

#include "bench/host/kworkers.h"
#include "lib/clock.h"
#include "lib/cpulist.h"
#include "lib/fd.h"

#define WRITES 200u
#define PAUSE_NS 100000l

/* irqfd -1: only the pauses. */
static struct kworker_counts write_often(int irqfd, const cpu_set_t *here)
{
	struct timespec pause = { .tv_nsec = PAUSE_NS };
	struct kworkers start, end;

	kworkers_sample(&start, here);
	for (unsigned i = 0; i < WRITES; i++) {
		if (irqfd >= 0)
			fd_signal(irqfd);
		nanosleep(&pause, NULL);
	}
	kworkers_sample(&end, here);
	return kworkers_since(&end, &start);
}

/*
 * A work item that is queued on a CPU is run by one of that CPU's bound workers: so only these need
 * be looked at.
 */
static bool stay_here(cpu_set_t *before, cpu_set_t *here)
{
	int cpu = sched_getcpu();

	CPU_ZERO(here);
	if (cpu < 0 || cpu >= CPU_SETSIZE || !cpulist_allowed(before))
		return false;
	CPU_SET(cpu, here);
	return sched_setaffinity(0, sizeof(*here), here) == 0;
}

struct irqpath irqpath_probe(int irqfd)
{
	struct irqpath p = { .writes = WRITES, .since = clock_now() };
	struct kworker_counts written, idle;
	cpu_set_t before, here;

	if (!stay_here(&before, &here))
		return p;
	idle = write_often(-1, &here);
	written = write_often(irqfd, &here);
	sched_setaffinity(0, sizeof(before), &before);
	p.other_runs = idle.runs;
	p.kworker_runs = written.runs;
	p.known = written.readable;
	return p;
}

/*
 * One run for each write, or none, on top of what other work items of the host need. On a busy CPU
 * a worker finds several writes merged into one item, or others' items are many: between a tenth
 * and half nothing is concluded.
 */
enum irqpath_taken irqpath_taken(const struct irqpath *p)
{
	if (!p->known)
		return IRQPATH_UNKNOWN;
	if (p->kworker_runs >= p->other_runs + p->writes / 2)
		return IRQPATH_WORKQUEUE;
	return p->kworker_runs < p->other_runs + p->writes / 10 ? IRQPATH_WRITER : IRQPATH_UNKNOWN;
}

// SPDX-License-Identifier: BSD-2-Clause
// The self-test of the interrupt path.
#include "bench/host/irqpath.h"

#include <sched.h>
#include <time.h>

#include "bench/host/kworkers.h"
#include "lib/clock.h"
#include "lib/cpulist.h"
#include "lib/fd.h"

#define TURNS 5u
#define WRITES 40u /* in each */
#define PAUSE_NS 100000l

/* irqfd -1: only the pauses. Runs from the sample in `at` to the end, which is put there. */
static struct kworker_counts write_often(int irqfd, const cpu_set_t *here, struct kworkers *at)
{
	struct timespec pause = { .tv_nsec = PAUSE_NS };
	struct kworkers start = *at;

	for (unsigned i = 0; i < WRITES; i++) {
		if (irqfd >= 0)
			fd_signal(irqfd);
		nanosleep(&pause, NULL);
	}
	kworkers_sample_unbound(at, here);
	return kworkers_since(at, &start);
}

/*
 * A work item that is queued on a CPU is run by one of that CPU's bound workers: of these only its
 * own need be looked at.
 */
static bool stay_here(cpu_set_t *before, cpu_set_t *here)
{
	int cpu = sched_getcpu();

	CPU_ZERO(here);
	if (cpu < 0 || cpu >= CPULIST_MAX || !cpulist_allowed(before))
		return false;
	CPU_SET(cpu, here);
	return sched_setaffinity(0, sizeof(*here), here) == 0;
}

struct irqpath irqpath_probe(int irqfd)
{
	struct irqpath p = { .since = clock_now() };
	struct kworker_counts written, idle;
	cpu_set_t before, here;
	struct kworkers at;

	if (!stay_here(&before, &here))
		return p;
	kworkers_sample_unbound(&at, &here);
	p.known = at.readable;
	for (unsigned i = 0; i < TURNS; i++) {
		idle = write_often(-1, &here, &at);
		written = write_often(irqfd, &here, &at);
		irqpath_add(&p, WRITES, &written, &idle);
		p.known &= written.readable;
	}
	sched_setaffinity(0, sizeof(before), &before);
	return p;
}

/*
 * One run for each write, or none, on top of what other work items of the host need. On a busy CPU
 * a worker finds several writes merged into one item, or others' items are many: a turn with more
 * than a tenth and less than half says nothing.
 */
void irqpath_add(struct irqpath *p, uint64_t writes, const struct kworker_counts *written,
		 const struct kworker_counts *idle)
{
	bool bound = written->runs >= idle->runs + writes / 2;
	bool unbound = written->unbound_runs >= idle->unbound_runs + writes / 2;

	p->writes += writes;
	p->kworker_runs += written->runs;
	p->other_runs += idle->runs;
	p->unbound_runs += written->unbound_runs;
	p->other_unbound_runs += idle->unbound_runs;
	p->turns++;
	p->queue_turns += bound;
	p->unbound_turns += unbound && !bound;
	p->writer_turns += !unbound && written->runs < idle->runs + writes / 10;
}

enum irqpath_taken irqpath_taken(const struct irqpath *p)
{
	if (!p->known)
		return IRQPATH_UNKNOWN;
	if (2 * p->queue_turns > p->turns)
		return IRQPATH_WORKQUEUE;
	if (2 * p->unbound_turns > p->turns)
		return IRQPATH_UNBOUND;
	return 2 * p->writer_turns > p->turns ? IRQPATH_WRITER : IRQPATH_UNKNOWN;
}

const char *irqpath_word(enum irqpath_taken taken)
{
	static const char *const words[] = {
		[IRQPATH_UNKNOWN] = "",
		[IRQPATH_WRITER] = "writer",
		[IRQPATH_WORKQUEUE] = "workqueue",
		[IRQPATH_UNBOUND] = "unbound_workqueue",
	};

	return words[taken];
}

// SPDX-License-Identifier: BSD-2-Clause
// The self-test of the interrupt path.
#include "bench/irqpath.h"

#include <sched.h>
#include <string.h>
#include <time.h>

#include "bench/kworkers.h"
#include "lib/clock.h"
#include "lib/fd.h"

#define WRITES 200u
#define PAUSE_NS 100000l

struct irqpath irqpath_probe(int irqfd)
{
	struct timespec pause = { .tv_nsec = PAUSE_NS };
	struct irqpath p = { .writes = WRITES, .since = clock_now() };
	struct kworkers before, after;
	struct kworker_counts c;
	cpu_set_t all;

	memset(&all, 0xff, sizeof(all));
	kworkers_sample(&before, &all);
	for (unsigned i = 0; i < WRITES; i++) {
		fd_signal(irqfd);
		nanosleep(&pause, NULL);
	}
	kworkers_sample(&after, &all);
	c = kworkers_since(&after, &before);
	p.kworker_runs = c.runs;
	p.known = c.readable;
	return p;
}

/* Other work items of the host are few in so short a time. */
bool irqpath_is_workqueue(const struct irqpath *p)
{
	return p->kworker_runs >= p->writes / 2;
}

// SPDX-License-Identifier: BSD-2-Clause
// Baseline of the pool benchmark: no pool at all, but a thread on each producer's CPU behind an
// eventfd.
#include <errno.h>
#include <stdlib.h>
#include <sys/eventfd.h>

#include "bench/pool/job.h"
#include "bench/pool/engines.h"
#include "lib/cpulist.h"
#include "lib/fd.h"
#include "lib/thread.h"
#include "tandem/shared.h"

struct partner {
	struct thread thread;
	int fd; /* blocking: one system call to sleep and to take the count */
	bool stopping;
	struct pool_job *job;
};

struct handoff {
	unsigned n;
	struct partner partners[];
};

static void partner_main(void *arg)
{
	struct partner *p = arg;

	for (;;) {
		struct pool_job *job;

		if (!fd_take(p->fd))
			continue;
		job = __atomic_exchange_n(&p->job, NULL, __ATOMIC_ACQ_REL); /* (J) */
		if (job)
			pool_job_run(job);
		if (shared_load_acquire(&p->stopping))
			return;
	}
}

static void queue(void *engine, struct pool_job *job, unsigned producer, unsigned cpu)
{
	struct partner *p = &((struct handoff *)engine)->partners[producer];

	(void)cpu;
	shared_store_release(&p->job, job); /* (J) */
	fd_signal(p->fd);
}

static void destroy(void *engine, struct pool_stats *stats)
{
	struct handoff *h = engine;

	(void)stats;
	for (unsigned i = 0; i < h->n; i++) {
		struct partner *p = &h->partners[i];

		shared_store_release(&p->stopping, true);
		if (p->fd >= 0)
			fd_signal(p->fd);
		thread_join(&p->thread);
		fd_close(&p->fd);
	}
	free(h);
}

static int start_partner(struct partner *p, int cpu)
{
	cpu_set_t cpus;

	CPU_ZERO(&cpus);
	CPU_SET(cpu, &cpus);
	p->fd = eventfd(0, EFD_CLOEXEC);
	return p->fd < 0 ? -errno
			 : thread_start(&p->thread, "eventfd-partner", &cpus, partner_main, p);
}

static int create(void **out, const struct pool_cell *cell)
{
	struct handoff *h = calloc(1, sizeof(*h) + cell->producers * sizeof(h->partners[0]));
	int err = 0;

	if (!h)
		return -ENOMEM;
	for (int cpu = 0; cpu < CPULIST_MAX && h->n < cell->producers && !err; cpu++)
		if (CPU_ISSET(cpu, &cell->layout.topology->cpus))
			err = start_partner(&h->partners[h->n++], cpu);
	if (err)
		destroy(h, NULL);
	else
		*out = h;
	return err;
}

const struct pool_engine pool_engine_eventfd = {
	.name = "eventfd",
	.summary = "a hand-off: one thread on each producer's CPU, behind an eventfd",
	.create = create,
	.queue = queue,
	.destroy = destroy,
};

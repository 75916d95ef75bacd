// SPDX-License-Identifier: BSD-2-Clause
// Strategy "deferred": a worker bound to the CPU that queued, as the kernel's system_percpu_wq.
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/cpulist.h"
#include "vhost/notify_thread.h"
#include "vhost/strategies.h"

struct cpu_worker {
	struct notify_thread thread;
	unsigned cpu;
	uint64_t pending; /* a bit for every target queued here */
};

struct deferred {
	struct notifier base;
	struct notify_target *targets[NOTIFY_TARGETS];
	unsigned nworkers;
	int fifo;
	const struct filter_rule *filter;
	struct cpu_worker *by_cpu[CPULIST_MAX]; /* never NULL at a CPU where the backend may run */
	struct cpu_worker workers[];
};

static struct deferred *deferred_of(struct notifier *n)
{
	return (struct deferred *)n;
}

static void run_pending(struct deferred *d, struct cpu_worker *w, uint64_t t1)
{
	uint64_t pending = __atomic_exchange_n(&w->pending, 0, __ATOMIC_SEQ_CST);

	for (; pending; pending &= pending - 1)
		notify_run(d->targets[__builtin_ctzll(pending)], t1);
}

static void loop(void *arg)
{
	struct notify_thread *t = arg;
	struct deferred *d = t->owner;
	struct cpu_worker *w = &d->workers[t->id];
	uint64_t t1;
	bool going;

	do {
		going = notify_thread_wait(t, &t1);
		run_pending(d, w, t1);
	} while (going);
}

static void destroy(struct notifier *n)
{
	struct deferred *d = deferred_of(n);

	if (!d)
		return;
	for (unsigned i = 0; i < d->nworkers; i++)
		notify_thread_fini(&d->workers[i].thread);
	free(d);
}

static int add_worker(struct deferred *d, unsigned cpu)
{
	struct cpu_worker *w = &d->workers[d->nworkers];
	int err = notify_thread_init(&w->thread, d, d->nworkers++);

	w->cpu = cpu;
	w->thread.fifo = d->fifo;
	w->thread.thread.filter = d->filter;
	d->by_cpu[cpu] = w;
	return err;
}

/* A CPU set changed under us must not make queue() fall over: any worker is better than none. */
static void fill_gaps(struct deferred *d)
{
	for (unsigned cpu = 0; cpu < CPULIST_MAX; cpu++)
		if (!d->by_cpu[cpu])
			d->by_cpu[cpu] = &d->workers[0];
}

static int create(struct notifier **out, const struct notify_config *config)
{
	unsigned n = (unsigned)CPU_COUNT(&config->backend_cpus);
	struct deferred *d = calloc(1, sizeof(*d) + n * sizeof(d->workers[0]));
	int err = 0;

	if (!d)
		return -ENOMEM;
	d->base.ops = &notify_deferred;
	d->fifo = config->fifo;
	d->filter = config->filter;
	memcpy(d->targets, config->targets, sizeof(d->targets));
	for (unsigned cpu = 0; cpu < CPULIST_MAX && !err; cpu++)
		if (CPU_ISSET(cpu, &config->backend_cpus))
			err = add_worker(d, cpu);
	if (err) {
		destroy(&d->base);
		return err;
	}
	fill_gaps(d);
	*out = &d->base;
	return 0;
}

static void stop(struct notifier *n)
{
	struct deferred *d = deferred_of(n);

	for (unsigned i = 0; i < d->nworkers; i++)
		notify_thread_stop(&d->workers[i].thread);
}

static int start(struct notifier *n)
{
	struct deferred *d = deferred_of(n);
	int err = 0;

	for (unsigned i = 0; i < d->nworkers && !err; i++) {
		struct cpu_worker *w = &d->workers[i];
		char name[16];
		cpu_set_t cpus;

		CPU_ZERO(&cpus);
		CPU_SET(w->cpu, &cpus);
		snprintf(name, sizeof(name), "tandem-cpu%u", w->cpu & 0xfff);
		err = notify_thread_start(&w->thread, name, &cpus, loop);
	}
	if (err)
		stop(n);
	return err;
}

static int queue(struct notifier *n, struct notify_target *target, uint64_t id, unsigned cpu)
{
	struct deferred *d = deferred_of(n);
	struct cpu_worker *w = d->by_cpu[cpu % CPULIST_MAX];

	if (!notify_claim(target, id))
		return -1;
	/*
	 * Whoever set the first bit wakes the worker; it has not looked since, or the bit were
	 * gone.
	 */
	if (__atomic_fetch_or(&w->pending, 1ull << target->index, __ATOMIC_SEQ_CST) == 0)
		return w->thread.wake_fd;
	return -1;
}

static unsigned fds(const struct notifier *n, int *out, unsigned max)
{
	const struct deferred *d = (const struct deferred *)n;

	for (unsigned i = 0; i < d->nworkers && i < max; i++)
		out[i] = d->workers[i].thread.wake_fd;
	return d->nworkers;
}

static unsigned tids(const struct notifier *n, pid_t *out, unsigned max)
{
	const struct deferred *d = (const struct deferred *)n;

	for (unsigned i = 0; i < d->nworkers && i < max; i++)
		out[i] = d->workers[i].thread.thread.tid;
	return d->nworkers;
}

const struct notify_ops notify_deferred = {
	.name = "deferred",
	.summary = "a worker bound to the CPU that queued it (the kernel's system_percpu_wq)",
	.deliverer = "worker on the producer's CPU",
	.class = "k-deferred",
	.colour = { "#d0600a", "#ff9d4d" },
	.create = create,
	.start = start,
	.queue = queue,
	.stop = stop,
	.destroy = destroy,
	.fds = fds,
	.tids = tids,
};

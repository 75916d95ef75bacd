// SPDX-License-Identifier: BSD-2-Clause
// Strategy "unbound": a pool of workers free to run anywhere, as the kernel's system_dfl_wq.
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vhost/notify_thread.h"

/* One worker more than targets, so that one is always idle or about to be. */
#define POOL_WORKERS (NOTIFY_TARGETS + 1)

/*
 * Idle workers form a stack: the one that slept least is woken first, its cache is the warmest.
 * `idle` packs a change counter (high half) and the top's index + 1 (low half, 0: empty); the
 * counter makes a compare-and-swap fail when the top left and came back in between.
 */
struct pool {
	struct notifier base;
	struct notify_target *targets[NOTIFY_TARGETS];
	cpu_set_t cpus;
	uint64_t pending; /* a bit for every target queued */
	uint64_t idle;
	uint32_t below[POOL_WORKERS]; /* the next one in the stack, index + 1 */
	unsigned nworkers;
	struct notify_thread workers[POOL_WORKERS];
};

static struct pool *pool_of(struct notifier *n)
{
	return (struct pool *)n;
}

static void push_idle(struct pool *p, uint32_t index)
{
	uint64_t old = __atomic_load_n(&p->idle, __ATOMIC_RELAXED), new;

	do {
		shared_store(&p->below[index], (uint32_t)old);
		new = ((old >> 32) + 1) << 32 | (index + 1);
	} while (!__atomic_compare_exchange_n(&p->idle, &old, new, 1, __ATOMIC_SEQ_CST,
					      __ATOMIC_RELAXED));
}

/* The index of the worker taken from the stack, or -1. */
static int pop_idle(struct pool *p)
{
	uint64_t old = __atomic_load_n(&p->idle, __ATOMIC_SEQ_CST), new;
	uint32_t top;

	do {
		top = (uint32_t)old;
		if (!top)
			return -1;
		new = ((old >> 32) + 1) << 32 | shared_load(&p->below[top - 1]);
	} while (!__atomic_compare_exchange_n(&p->idle, &old, new, 1, __ATOMIC_SEQ_CST,
					      __ATOMIC_SEQ_CST));
	return (int)top - 1;
}

static void wake_one(struct pool *p)
{
	int index = pop_idle(p);

	if (index >= 0)
		notify_thread_wake(&p->workers[index]);
}

static void run_pending(struct pool *p, uint64_t t1)
{
	uint64_t pending = __atomic_exchange_n(&p->pending, 0, __ATOMIC_SEQ_CST);

	for (unsigned i = 0; i < NOTIFY_TARGETS; i++)
		if (pending & 1ull << i)
			notify_run(p->targets[i], t1);
}

/*
 * Work queued while all were busy woke nobody. So a worker that has become idle looks once more,
 * and passes the wake-up on if there is something: it may be itself that it wakes.
 */
static void go_idle(struct pool *p, uint32_t index)
{
	push_idle(p, index);
	if (__atomic_load_n(&p->pending, __ATOMIC_SEQ_CST))
		wake_one(p);
}

static void loop(void *arg)
{
	struct notify_thread *t = arg;
	struct pool *p = t->owner;
	uint64_t t1;
	bool going;

	do {
		go_idle(p, t->id);
		going = notify_thread_wait(t, &t1);
		run_pending(p, t1);
	} while (going);
}

static void destroy(struct notifier *n)
{
	struct pool *p = pool_of(n);

	if (!p)
		return;
	for (unsigned i = 0; i < p->nworkers; i++)
		notify_thread_fini(&p->workers[i]);
	free(p);
}

static int create(struct notifier **out, const struct notify_config *config)
{
	struct pool *p = calloc(1, sizeof(*p));
	int err = 0;

	if (!p)
		return -ENOMEM;
	p->base.ops = &notify_unbound;
	memcpy(p->targets, config->targets, sizeof(p->targets));
	p->cpus = config->notifier_cpus;
	while (p->nworkers < POOL_WORKERS && !err) {
		err = notify_thread_init(&p->workers[p->nworkers], p, p->nworkers);
		p->workers[p->nworkers].fifo = config->fifo;
		p->nworkers++;
	}
	if (err) {
		destroy(&p->base);
		return err;
	}
	*out = &p->base;
	return 0;
}

static void stop(struct notifier *n)
{
	struct pool *p = pool_of(n);

	for (unsigned i = 0; i < p->nworkers; i++)
		notify_thread_stop(&p->workers[i]);
	/* What the last worker left when it was told to stop. */
	run_pending(p, 0);
}

static int start(struct notifier *n)
{
	struct pool *p = pool_of(n);
	int err = 0;

	p->idle = 0;
	for (unsigned i = 0; i < p->nworkers && !err; i++) {
		char name[16];

		snprintf(name, sizeof(name), "tandem-pool%u", i & 0xff);
		err = notify_thread_start(&p->workers[i], name, &p->cpus, loop);
	}
	if (err)
		stop(n);
	return err;
}

static int queue(struct notifier *n, struct notify_target *target, uint64_t id, unsigned cpu)
{
	struct pool *p = pool_of(n);
	int index;

	(void)cpu;
	if (!notify_claim(target, id))
		return -1;
	__atomic_fetch_or(&p->pending, 1ull << target->index, __ATOMIC_SEQ_CST);
	index = pop_idle(p);
	return index < 0 ? -1 : p->workers[index].wake_fd;
}

static unsigned fds(const struct notifier *n, int *out, unsigned max)
{
	const struct pool *p = (const struct pool *)n;

	for (unsigned i = 0; i < p->nworkers && i < max; i++)
		out[i] = p->workers[i].wake_fd;
	return p->nworkers;
}

static unsigned tids(const struct notifier *n, pid_t *out, unsigned max)
{
	const struct pool *p = (const struct pool *)n;

	for (unsigned i = 0; i < p->nworkers && i < max; i++)
		out[i] = p->workers[i].thread.tid;
	return p->nworkers;
}

const struct notify_ops notify_unbound = {
	.name = "unbound",
	.summary = "a pool of workers free to run anywhere (the kernel's system_dfl_wq)",
	.create = create,
	.start = start,
	.queue = queue,
	.stop = stop,
	.destroy = destroy,
	.fds = fds,
	.tids = tids,
};

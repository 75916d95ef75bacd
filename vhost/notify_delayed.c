// SPDX-License-Identifier: BSD-2-Clause
// Strategy "delayed", for tests: a worker that waits a known time before it writes the irqfd.
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/clock.h"
#include "vhost/notify_thread.h"
#include "vhost/strategies.h"

/*
 * If what is measured is right, the stage `write` of each notification is as long as the delay. It
 * spins, so that the delay is exact and the worker not one that sleeps twice.
 */
struct delayed {
	struct notifier base;
	struct notify_target *targets[NOTIFY_TARGETS];
	struct notify_thread thread;
	cpu_set_t cpus;
	uint64_t delay_ns;
	uint64_t pending; /* a bit for every target queued */
};

static struct delayed *delayed_of(struct notifier *n)
{
	return (struct delayed *)n;
}

/* t1 is taken here: the time that another target's delay took is none of this one's worker. */
static void run_later(struct delayed *d, struct notify_target *target)
{
	uint64_t t1 = clock_now(), end = clock_mono_ns() + d->delay_ns;

	while (clock_mono_ns() < end)
		clock_relax();
	notify_run(target, t1);
}

static void loop(void *arg)
{
	struct notify_thread *t = arg;
	struct delayed *d = t->owner;
	uint64_t t1, pending;
	bool going;

	do {
		going = notify_thread_wait(t, &t1);
		pending = __atomic_exchange_n(&d->pending, 0, __ATOMIC_SEQ_CST);
		for (; pending; pending &= pending - 1)
			run_later(d, d->targets[__builtin_ctzll(pending)]);
	} while (going);
}

static void destroy(struct notifier *n)
{
	if (!n)
		return;
	notify_thread_fini(&delayed_of(n)->thread);
	free(n);
}

static int create(struct notifier **out, const struct notify_config *config)
{
	struct delayed *d = calloc(1, sizeof(*d));
	int err;

	if (!d)
		return -ENOMEM;
	d->base.ops = &notify_delayed;
	memcpy(d->targets, config->targets, sizeof(d->targets));
	d->cpus = config->notifier_cpus;
	d->delay_ns = config->delay_us * 1000ull;
	err = notify_thread_init(&d->thread, d, 0);
	d->thread.fifo = config->fifo;
	d->thread.thread.filter = config->filter;
	if (err) {
		destroy(&d->base);
		return err;
	}
	*out = &d->base;
	return 0;
}

static int start(struct notifier *n)
{
	struct delayed *d = delayed_of(n);

	return notify_thread_start(&d->thread, "tandem-delayed", &d->cpus, loop);
}

static void stop(struct notifier *n)
{
	notify_thread_stop(&delayed_of(n)->thread);
}

static int queue(struct notifier *n, struct notify_target *target, uint64_t id, unsigned cpu)
{
	struct delayed *d = delayed_of(n);

	(void)cpu;
	if (!notify_claim(target, id))
		return -1;
	if (__atomic_fetch_or(&d->pending, 1ull << target->index, __ATOMIC_SEQ_CST) == 0)
		return d->thread.wake_fd;
	return -1;
}

static unsigned fds(const struct notifier *n, int *out, unsigned max)
{
	if (max)
		out[0] = ((const struct delayed *)n)->thread.wake_fd;
	return 1;
}

static unsigned tids(const struct notifier *n, pid_t *out, unsigned max)
{
	if (max)
		out[0] = ((const struct delayed *)n)->thread.thread.tid;
	return 1;
}

const struct notify_ops notify_delayed = {
	.name = "delayed",
	.summary = "for tests: a worker that waits a given time before it writes the irqfd",
	.deliverer = "worker that waits",
	.class = "k-other",
	.has_delay = true,
	.create = create,
	.start = start,
	.queue = queue,
	.stop = stop,
	.destroy = destroy,
	.fds = fds,
	.tids = tids,
};

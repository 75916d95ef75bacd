// SPDX-License-Identifier: BSD-2-Clause
// Strategy "unbound": a pool of workers free to run anywhere, as the kernel's system_dfl_wq.
#include <errno.h>
#include <stdlib.h>

#include "vhost/pool_worker.h"
#include "vhost/strategies.h"

/* One worker more than guests in each pod, so that one is always idle or about to be. */
#define POD_WORKERS (NOTIFY_PORTS + 1)

struct delivery {
	struct pool_item item;
	struct notify_target *target;
};

struct unbound {
	struct notifier base;
	struct pool *pool;
	struct delivery deliveries[NOTIFY_TARGETS];
};

static struct unbound *unbound_of(struct notifier *n)
{
	return (struct unbound *)n;
}

/* The item is off the pool's list by now, so the target may be queued again from here on. */
static void deliver(struct pool_item *item, uint64_t t1)
{
	notify_run(((struct delivery *)item)->target, t1);
}

static void destroy(struct notifier *n)
{
	struct unbound *u = unbound_of(n);

	if (!u)
		return;
	pool_destroy(u->pool);
	free(u);
}

static int make_pool(struct unbound *u, const struct notify_config *config)
{
	struct pool_config pc = { .layout = config->pool,
				  .workers = POD_WORKERS,
				  .unmanaged = true,
				  .eventfds = true,
				  .fifo = config->fifo,
				  .filter = config->filter,
				  .from = &config->backend_cpus };
	struct topology *flat = NULL;
	int err;

	if (!pc.layout.topology) {
		flat = malloc(sizeof(*flat));
		if (!flat)
			return -ENOMEM;
		topology_flat(flat, &config->notifier_cpus);
		pc.layout.topology = flat;
		pc.layout.scope = SCOPE_SYSTEM;
	}
	err = pool_create(&u->pool, &pc);
	free(flat);
	if (!err && pool_tids(u->pool, NULL, 0) > NOTIFY_THREADS_MAX)
		err = -E2BIG;
	return err;
}

static int create(struct notifier **out, const struct notify_config *config)
{
	struct unbound *u = calloc(1, sizeof(*u));
	int err;

	if (!u)
		return -ENOMEM;
	u->base.ops = &notify_unbound;
	for (unsigned i = 0; i < NOTIFY_TARGETS; i++)
		u->deliveries[i] =
			(struct delivery){ .item.fn = deliver, .target = config->targets[i] };
	err = make_pool(u, config);
	if (err)
		destroy(&u->base);
	else
		*out = &u->base;
	return err;
}

static int start(struct notifier *n)
{
	return pool_start(unbound_of(n)->pool);
}

static int queue(struct notifier *n, struct notify_target *target, uint64_t id, unsigned cpu)
{
	struct unbound *u = unbound_of(n);

	if (!notify_claim(target, id))
		return -1;
	return pool_queue_fd(u->pool, &u->deliveries[target->index].item, cpu);
}

static void stop(struct notifier *n)
{
	pool_stop(unbound_of(n)->pool);
}

static unsigned fds(const struct notifier *n, int *out, unsigned max)
{
	return pool_fds(((const struct unbound *)n)->pool, out, max);
}

static unsigned tids(const struct notifier *n, pid_t *out, unsigned max)
{
	return pool_tids(((const struct unbound *)n)->pool, out, max);
}

const struct notify_ops notify_unbound = {
	.name = "unbound",
	.summary = "a pool of workers free to run anywhere (the kernel's system_dfl_wq)",
	.deliverer = "unbound worker",
	.class = "k-unbound",
	.colour = { "#0f8a63", "#4fcf9f" },
	.has_pool = true,
	.create = create,
	.start = start,
	.queue = queue,
	.stop = stop,
	.destroy = destroy,
	.fds = fds,
	.tids = tids,
};

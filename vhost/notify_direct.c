// SPDX-License-Identifier: BSD-2-Clause
// Strategy "direct": the backend writes the guest's irqfd itself.
#include <errno.h>
#include <stdlib.h>

#include "vhost/strategies.h"

static int create(struct notifier **out, const struct notify_config *config)
{
	struct notifier *n = calloc(1, sizeof(*n));

	(void)config;
	if (!n)
		return -ENOMEM;
	n->ops = &notify_direct;
	*out = n;
	return 0;
}

static int start(struct notifier *n)
{
	(void)n;
	return 0;
}

static int queue(struct notifier *n, struct notify_target *target, uint64_t id, unsigned cpu)
{
	(void)n;
	(void)cpu;
	notify_stamp(target, id, stamps_at(target->stamps, id)->t0);
	notify_delivered(target);
	return target->call_fd;
}

static unsigned fds(const struct notifier *n, int *out, unsigned max)
{
	(void)n;
	(void)out;
	(void)max;
	return 0;
}

static void stop(struct notifier *n)
{
	(void)n;
}

static void destroy(struct notifier *n)
{
	free(n);
}

static unsigned tids(const struct notifier *n, pid_t *out, unsigned max)
{
	(void)n;
	(void)out;
	(void)max;
	return 0;
}

const struct notify_ops notify_direct = {
	.name = "direct",
	.summary = "the backend writes the guest's irqfd itself",
	.class = "k-direct",
	.colour = { "#2563c9", "#6ba4ff" },
	.create = create,
	.start = start,
	.queue = queue,
	.stop = stop,
	.destroy = destroy,
	.fds = fds,
	.tids = tids,
};

// SPDX-License-Identifier: BSD-2-Clause
// A backend by its table of functions.
#include "vhost/backend.h"

#include <assert.h>

int backend_start(struct backend *b)
{
	return b->ops->start(b);
}

int backend_attach(struct backend *b, unsigned port, const struct port_setup *setup)
{
	assert(port < BACKEND_PORTS_MAX);
	return b->ops->attach(b, port, setup);
}

void backend_detach(struct backend *b, unsigned port, uint32_t base[PORT_QUEUES])
{
	assert(port < BACKEND_PORTS_MAX);
	b->ops->detach(b, port, base);
}

void backend_steer(struct backend *b, unsigned device)
{
	assert(device < BACKEND_PORTS);
	if (b->ops->steer)
		b->ops->steer(b, device);
}

void backend_stop(struct backend *b)
{
	b->ops->stop(b);
}

void backend_destroy(struct backend *b)
{
	if (b)
		b->ops->destroy(b);
}

struct backend_stats backend_stats(const struct backend *b)
{
	return b->ops->stats(b);
}

const struct stamps *backend_stamps(const struct backend *b, unsigned port)
{
	return b->ops->stamps ? b->ops->stamps(b, port) : NULL;
}

pid_t backend_tid(const struct backend *b)
{
	pid_t tid = 0;

	b->ops->tids(b, BACKEND_MOVER, &tid, 1);
	return tid;
}

unsigned backend_notifier_tids(const struct backend *b, pid_t *tids, unsigned max)
{
	return b->ops->tids(b, BACKEND_NOTIFIERS, tids, max);
}

unsigned backend_kthread_pids(const struct backend *b, pid_t *pids, unsigned max)
{
	return b->ops->tids(b, BACKEND_KTHREADS, pids, max);
}

const char *vhost_thread_name(enum vhost_thread which)
{
	static const char *const names[] = { "auto", "task", "kthread" };

	return names[which];
}

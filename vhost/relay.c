// SPDX-License-Identifier: BSD-2-Clause
// A worker between the kernel's vhost and a guest.
#include "vhost/relay.h"

#include "lib/clock.h"
#include "lib/fd.h"

static void count(uint64_t *counter, uint64_t n)
{
	shared_store(counter, *counter + n);
}

/* The flag comes before the look at the irqfd, as relay_aim() has it the other way round (F). */
static void deliver(struct relay *r, uint64_t signals)
{
	int fd;

	__atomic_store_n(&r->writing, true, __ATOMIC_SEQ_CST); /* (F) */
	fd = __atomic_load_n(&r->to.call_fd, __ATOMIC_SEQ_CST);
	if (fd >= 0) {
		count(&r->to.decided, signals);
		count(&r->to.coalesced, signals - 1);
		fd_signal(fd);
		count(&r->to.delivered, 1);
	}
	shared_store_release(&r->writing, false);
}

static void loop(void *arg)
{
	struct notify_thread *t = arg;
	struct relay *r = t->owner;

	while (!shared_load_acquire(&t->stopping)) {
		uint64_t signals;

		if (!fd_wait(t->wake_fd, -1))
			continue;
		signals = fd_take(t->wake_fd);
		if (signals)
			deliver(r, signals);
	}
}

int relay_init(struct relay *r, int fifo, const struct filter_rule *filter)
{
	int err = notify_thread_init(&r->thread, r, 0);

	r->thread.fifo = fifo;
	r->thread.thread.filter = filter;
	r->to.call_fd = -1;
	return err;
}

void relay_fini(struct relay *r)
{
	notify_thread_fini(&r->thread);
}

int relay_start(struct relay *r, const char *name, const cpu_set_t *cpus)
{
	return notify_thread_start(&r->thread, name, cpus, loop);
}

void relay_stop(struct relay *r)
{
	notify_thread_stop(&r->thread);
}

void relay_aim(struct relay *r, int call_fd)
{
	__atomic_store_n(&r->to.call_fd, call_fd, __ATOMIC_SEQ_CST); /* (F) */
	while (call_fd < 0 && __atomic_load_n(&r->writing, __ATOMIC_SEQ_CST))
		clock_relax();
}

// SPDX-License-Identifier: BSD-2-Clause
// A notifier thread.
#include "vhost/notify_thread.h"

#include "lib/clock.h"
#include "lib/fd.h"

int notify_thread_init(struct notify_thread *t, void *owner, unsigned id)
{
	*t = (struct notify_thread){ .wake_fd = fd_eventfd(), .owner = owner, .id = id };
	return t->wake_fd < 0 ? t->wake_fd : 0;
}

int notify_thread_start(struct notify_thread *t, const char *name, const cpu_set_t *cpus,
			void (*loop)(void *))
{
	struct sched_param fifo = { .sched_priority = t->fifo };
	int err;

	shared_store(&t->stopping, false);
	fd_take(t->wake_fd); /* a wake-up that the last run no longer needed */
	err = thread_start(&t->thread, name, cpus, loop, t);
	if (err || !t->fifo)
		return err;
	err = -pthread_setschedparam(t->thread.handle, SCHED_FIFO, &fifo);
	if (err)
		notify_thread_stop(t);
	return err;
}

void notify_thread_wake(struct notify_thread *t)
{
	fd_signal(t->wake_fd);
}

/*
 * The count is taken before the caller looks for work: a wake-up for work queued after that look
 * is then still in the eventfd.
 */
bool notify_thread_wait(struct notify_thread *t, uint64_t *t1)
{
	while (!fd_wait(t->wake_fd, -1))
		;
	*t1 = clock_now();
	fd_take(t->wake_fd);
	return !shared_load_acquire(&t->stopping);
}

void notify_thread_stop(struct notify_thread *t)
{
	if (!t->thread.started)
		return;
	shared_store_release(&t->stopping, true);
	notify_thread_wake(t);
	thread_join(&t->thread);
}

void notify_thread_fini(struct notify_thread *t)
{
	if (t->wake_fd >= 0)
		fd_close(&t->wake_fd);
}

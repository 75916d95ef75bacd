// SPDX-License-Identifier: BSD-2-Clause
// A notifier thread: sleeps on an eventfd, runs targets whose bit is set.
#ifndef VHOST_NOTIFY_THREAD_H
#define VHOST_NOTIFY_THREAD_H

#include <stdbool.h>

#include "lib/thread.h"
#include "vhost/notify.h"

struct notify_thread {
	struct thread thread;
	int wake_fd;
	int fifo; /* SCHED_FIFO priority, 0: none; set before start */
	bool stopping;
	void *owner; /* the strategy's object */
	unsigned id; /* which of the owner's threads this is */
};

/*
 * Makes the wake-up eventfd. 0 or -errno; the thread object is valid for the calls below either
 * way.
 */
int notify_thread_init(struct notify_thread *t, void *owner, unsigned id);

/* Starts `loop(t)` as tandem-NAME. 0 or -errno. */
int notify_thread_start(struct notify_thread *t, const char *name, const cpu_set_t *cpus,
			void (*loop)(void *));

/* Any thread: makes notify_thread_wait() return. */
void notify_thread_wake(struct notify_thread *t);

/* The thread itself: sleeps until woken. t1: the moment it runs again. false: stop. */
bool notify_thread_wait(struct notify_thread *t, uint64_t *t1);

/* Ends the thread's loop and waits for it. */
void notify_thread_stop(struct notify_thread *t);
void notify_thread_fini(struct notify_thread *t);

#endif

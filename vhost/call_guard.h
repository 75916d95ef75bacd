// SPDX-License-Identifier: BSD-2-Clause
// Frees whoever writes a front end's call eventfd, should that front end have made it block.
#ifndef VHOST_CALL_GUARD_H
#define VHOST_CALL_GUARD_H

#include <stdbool.h>

#include "lib/thread.h"
#include "vhost/port.h"

/*
 * A call eventfd's file description is the front end's as well: it can clear O_NONBLOCK at any
 * time and fill the counter. The next write of a backend or notifier then waits, and the other
 * front end with it; no write of an eventfd can be told not to. So a thread of its own looks
 * whether a counter is full, and empties it: that ends the write. No honest front end's is ever
 * full: the last of 2^64 - 2 notifications would have to be unread.
 */
#define CALL_GUARD_FDS (PAIRS_MAX * PORT_QUEUES)

struct call_guard {
	struct thread thread;
	const char *path; /* the socket's, for the message */
	int stop;	  /* eventfd */
	pthread_mutex_t lock;
	int fd[CALL_GUARD_FDS]; /* duplicates; -1: none. Under the lock */
	bool tripped;		/* atomic */
};

/* Control thread: before anything else. `path` is there for longer. */
void call_guard_init(struct call_guard *g, const char *path);

/*
 * Control thread: its thread starts under `name`, with `filter` (NULL: its creator's). 0, or
 * -errno.
 */
int call_guard_start(struct call_guard *g, const char *name, const struct filter_rule *filter);

/* Control thread: harmless when it was never started, or is stopped. */
void call_guard_stop(struct call_guard *g);

/*
 * Any thread: looks after `fd` from now on in place of that queue's last one; -1: after none. Call
 * it while nobody writes the last one and before anybody writes this one. 0, or -errno.
 */
int call_guard_watch(struct call_guard *g, unsigned queue, int fd);

/* Any thread: was a counter full since the last call_guard_rearm()? */
bool call_guard_tripped(const struct call_guard *g);

/* The thread that watches: another front end is here. */
void call_guard_rearm(struct call_guard *g);

#endif

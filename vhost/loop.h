// SPDX-License-Identifier: BSD-2-Clause
// The backend's io_uring: multishot polls on a fixed set of eventfds, and nothing else allowed.
#ifndef VHOST_LOOP_H
#define VHOST_LOOP_H

#include <liburing.h>
#include <stdbool.h>

#define LOOP_FDS_MAX 8

struct loop {
	struct io_uring ring;
	bool made;
	bool defer_taskrun; /* completions are run by the home thread when it asks */
	unsigned nfds;
	bool armed[LOOP_FDS_MAX]; /* does a multishot poll watch this fd? */
};

/*
 * Control thread: makes the ring (disabled), registers `fds` and restricts it to polling them. 0, or -errno: -EPERM
 * where kernel.io_uring_disabled forbids it.
 */
int loop_create(struct loop *l, const int *fds, unsigned nfds);

/* Home thread, first: enables the ring and starts watching. 0 or -errno. */
int loop_enable(struct loop *l);

/* Home thread: notes what has happened, without sleeping. true: something has. */
bool loop_peek(struct loop *l);

/* Home thread: sleeps until one of the eventfds is signalled; may return early. */
void loop_wait(struct loop *l);

void loop_destroy(struct loop *l);

#endif

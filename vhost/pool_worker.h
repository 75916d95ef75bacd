// SPDX-License-Identifier: BSD-2-Clause
// A pool's workers: queueing for them, waking them, their thread.
#ifndef VHOST_POOL_WORKER_H
#define VHOST_POOL_WORKER_H

#include "vhost/pool_idle.h"

struct pool;
struct pool_worker;

/*
 * Any thread, not after pool_stop(): has `item` run by a worker of the pod of `cpu`, the
 * caller's. Never allocates; blocks only for the pod's lock.
 */
void pool_queue(struct pool *p, struct pool_item *item, unsigned cpu);

/* With eventfds: the same, but the caller has to signal the eventfd returned; -1: none. */
int pool_queue_fd(struct pool *p, struct pool_item *item, unsigned cpu);

/* Any thread: makes the worker look at what it is to do. */
void pool_worker_signal(const struct pool *p, struct pool_worker *w);

/* A worker's thread. */
void pool_worker_main(void *worker);

#endif

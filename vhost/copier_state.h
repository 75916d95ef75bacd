// SPDX-License-Identifier: BSD-2-Clause
// What tandem's own backend consists of; for its own files.
#ifndef VHOST_COPIER_STATE_H
#define VHOST_COPIER_STATE_H

#include "lib/thread.h"
#include "vhost/backend.h"
#include "vhost/loop.h"
#include "vhost/mailbox.h"
#include "vhost/polling.h"
#include "vhost/steer.h"

/*
 * The loop's places: the kicks of each port's queues, then the command's; in batches the call
 * fds come first.
 */
#define COPIER_KICKS_MAX (BACKEND_PORTS_MAX * PORT_QUEUES)
_Static_assert(COPIER_KICKS_MAX + 1 <= LOOP_WATCH_MAX, "all are watched");

struct copier {
	struct backend base;
	/* The hot part: the backend thread's own. */
	struct port *port; /* the pairs of both devices take turns: a's first, b's first, ... */
	struct flow *flow; /* the same: from each port */
	unsigned nports;
	struct steer steer[BACKEND_PORTS]; /* where there are several pairs */
	struct notifier *notifier;
	struct loop loop;
	const struct producer_ops *producer;
	struct producer kernel; /* when producer->in_kernel */
	unsigned budget;
	struct polling polling;
	uint64_t turns, sleeps, wakes;

	struct thread thread;
	struct backend_config config;
	int sq_cpu;	/* sqpoll: the kernel thread's */
	int command_fd; /* wakes the loop for a command or to stop */
	bool stopping;
	bool running;
	struct mailbox mailbox;
};

static inline unsigned copier_kicks(const struct copier *c)
{
	return c->nports * PORT_QUEUES;
}

#endif

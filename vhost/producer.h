// SPDX-License-Identifier: BSD-2-Clause
// The producer in the kernel: payloads and signals go through the ring.
#ifndef VHOST_PRODUCER_H
#define VHOST_PRODUCER_H

#include "vhost/flow.h"
#include "vhost/loop.h"

struct backend_ops;

struct producer_ops {
	const char *name;
	const char *summary;
	const struct backend_ops *backend; /* who moves the frames that way */
	bool in_kernel;			   /* copies and signals happen in the kernel: */
	bool sqpoll;   /* a kernel thread executes them from the ring; else one io_uring_enter */
	bool not_ours; /* neither, it has a backend of its own: no ring, no batches, no turns */
	/* Frames as they usually are where it is used, and at most; 0: nothing is usual, any. */
	uint32_t frame_usual, frame_max;
	uint64_t lacks; /* virtio features that its rings do not have */
	/* Not every host has it: is it here? Else -errno; `why` (256 bytes) has the way out. */
	int (*check)(char *why);
};

/*
 * A producer in the kernel moves each payload through a pipe: a write and a read that need not
 * wait, so that io_uring does both in the context that submits. Two copies instead of one, on
 * every kernel and file system; see docs/preemption.md for the ways that do not stay.
 */
struct producer_stats {
	uint64_t batches;  /* handed to the kernel */
	uint64_t jobs;	   /* frames whose payload it copied */
	uint64_t signals;  /* eventfds signalled by it */
	uint64_t failures; /* copies and signals that the kernel did not do whole, so done here */
};

/* Eventfds that one batch signals at most; what is more is signalled from user mode. */
#define SIGNALS_MAX 4u

/* The kernel-resident producer of one backend. */
struct producer {
	unsigned batch;		  /* frames at most; signals come on top */
	int pipe[2];		  /* read end, write end */
	unsigned cpu;		  /* that it runs on */
	int signals[SIGNALS_MAX]; /* eventfds that the batch signals */
	unsigned nsignals;
	struct copy_job *jobs; /* `batch` of them for each flow */
	struct producer_stats stats;
};

/* Control thread. `frame_max`: bytes of a frame at most. 0 or -errno. */
int producer_create(struct producer *p, unsigned batch, uint32_t frame_max);
void producer_destroy(struct producer *p); /* accepts one that create() did not finish */

/* Operations in the ring that a batch of this size may need. */
unsigned producer_operations(unsigned batch);

/*
 * Backend thread: decides about the notifications for what the last call made visible, and hands
 * these and up to `batch` copies of each flow, one for each direction, to the kernel at once, the
 * signals in front; then makes the frames visible. true: there may be more to do at once, notifying
 * of these at least.
 */
bool producer_turn(struct producer *p, struct loop *l, struct flow *const *flows, unsigned nflows,
		   struct notifier *n);

#endif

// SPDX-License-Identifier: BSD-2-Clause
// One direction between two ports: frames popped from one guest's tx queue, copied once, pushed to
// the other's rx queue.
#ifndef VHOST_FLOW_H
#define VHOST_FLOW_H

#include "vhost/pieces.h"
#include "vhost/port.h"

/* Sampled by the control thread while the backend counts. */
struct flow_stats {
	uint64_t frames; /* copied to the other guest */
	uint64_t bytes;	 /* of those, Ethernet header included */
	/* taken, but longer than the MTU allows, or the receiver's queue is broken */
	uint64_t dropped;
	uint64_t too_small; /* taken, but the receiver's buffer, or its whole queue, is too small */
	uint64_t starved;   /* turns that ended for want of a receive buffer */
};

/* Whom flow_decide() found to want a notification, and its receive queue's used index by then. */
struct flow_call {
	struct notify_target *target;
	uint16_t rx_idx;
};

/* Per flow: receive buffers filled, frames sent, and a queue broken on either side. */
#define FLOW_CALLS_MAX 4u

struct flow_calls {
	struct flow_call call[FLOW_CALLS_MAX];
	unsigned n;
};

/* A frame popped on both sides whose payload still has to be copied, by whoever does that. */
struct copy_job {
	const uint8_t *from;
	uint8_t *to;
	uint32_t bytes;	  /* 0: nothing (more) to copy */
	uint32_t written; /* to the receive buffer; 0: the frame was dropped, there is none */
	struct virtq_chain tx, rx; /* the segments are gone by the time it is completed */
};

struct flow {
	struct port *from;
	struct port *to; /* with several pairs, another one of that device once others run */
	struct virtq_room rx_room, tx_room; /* for one chain each */
	struct merge merge;		    /* for a frame that takes several receive buffers */
	/* so many receive buffers are there, too few for the next frame; 0: any helps */
	uint32_t rx_short;
	bool held; /* another one has to have the receiver's buffers first: nothing is taken */
	struct flow_stats stats;
	struct flow_calls calls; /* as last decided */
};

/* Control thread: a flow between queues of up to queue_size_max entries. 0 or -ENOMEM. */
int flow_init(struct flow *f, struct port *from, struct port *to, uint32_t queue_size_max);
void flow_fini(struct flow *f);

/*
 * Moves up to `budget` frames, then makes them visible and calls the guests that want to know: a
 * stream pays for the fence and the call once per budget, a lone frame waits for nothing.
 * Returns true when there may be more to do at once.
 */
bool flow_run(struct flow *f, struct notifier *n, unsigned budget);

/* Would flow_run() move or drop a frame now? */
bool flow_has_work(struct flow *f);

/*
 * For a producer that copies elsewhere: pops up to max frames and says what to copy. The jobs
 * must be completed, all and in order, before anything else is asked of the flow.
 */
unsigned flow_collect(struct flow *f, struct copy_job *jobs, unsigned max);
void flow_complete(struct flow *f, const struct copy_job *jobs, unsigned njobs);

/*
 * Whom to notify: of what was completed, and of queues found broken; it stands until this is
 * asked again. flow_run() asks itself and notifies from user mode; whoever produces in the
 * kernel asks, and signals from there.
 */
const struct flow_calls *flow_decide(struct flow *f);

/*
 * Asks for the kicks that this flow needs before the backend sleeps: a frame to send, or, when
 * starved, a buffer to receive. true: something came in the meantime, run again.
 */
bool flow_enable_kicks(struct flow *f);

/* There is enough to do: no kicks, please, until they are asked for again (a hint, 2.7.10). */
void flow_disable_kicks(struct flow *f);

#endif

// SPDX-License-Identifier: BSD-2-Clause
// One direction between two ports: frames popped from one guest's tx queue, copied once, pushed to the other's rx queue.
#ifndef VHOST_FLOW_H
#define VHOST_FLOW_H

#include "vhost/notify.h"
#include "virtio/mmio.h"
#include "virtio/virtq.h"

/* One guest's device as the backend sees it. Backend thread only, once it runs. */
struct port {
	char name; /* 'a', 'b': for messages */
	bool active;
	struct virtq queue[NET_QUEUES];
	struct virtio_mmio *dev; /* InterruptStatus and NEEDS_RESET only */
	struct notify_target target;
	struct stamps stamps;
	bool break_reported[NET_QUEUES];
	enum virtq_break last_break;
	uint64_t breaks; /* queues that were found broken */
};

/* Sampled by the control thread while the backend counts. */
struct flow_stats {
	uint64_t frames;    /* copied to the other guest */
	uint64_t bytes;	    /* of those, Ethernet header included */
	uint64_t dropped;   /* taken, but the receiver's queue is broken */
	uint64_t too_small; /* taken, but the receiver's buffer could not hold it */
	uint64_t starved;   /* turns that ended for want of a receive buffer */
};

struct flow {
	struct port *from;
	struct port *to;
	struct virtq_chain rx; /* a receive chain popped, not yet filled */
	bool rx_held;
	struct flow_stats stats;
};

/*
 * Moves up to `budget` frames and calls the guests that want to know. Returns true when there may
 * be more to do at once.
 */
bool flow_run(struct flow *f, struct notifier *n, unsigned budget);

/*
 * Asks for the kicks that this flow needs before the backend sleeps: a frame to send, or, when
 * starved, a buffer to receive. true: something came in the meantime, run again.
 */
bool flow_enable_kicks(struct flow *f);

/* Forgets what was held of a port that goes away. */
void flow_forget(struct flow *f, const struct port *port);

/* A port's queues: start and stop. -EINVAL when the driver's layout can't be used (logged). */
int port_start(struct port *p, const struct gmem *mem);
void port_stop(struct port *p);

#endif

// SPDX-License-Identifier: BSD-2-Clause
// One guest's device as a backend sees it: what it is given when it attaches, and what it keeps
// meanwhile.
#ifndef VHOST_PORT_H
#define VHOST_PORT_H

#include "vhost/notify.h"
#include "virtio/net.h"

#define PORT_QUEUES NET_QUEUES

/* A device may have several pairs of queues: each is a port of its own (virtio 1.2, 5.1.2). */
#define PAIRS_MAX 8u

struct queue_setup {
	bool absent; /* it does not run: the port is served without it */
	struct virtq_layout at;
	uint32_t base; /* the index to go on from, see virtq_start() */
	int kick_fd;   /* eventfd, non-blocking; -1: no kicks come, it is polled */
	int call_fd;   /* the same; -1: the driver polls */
};

/*
 * All that a backend needs to serve a device. The fds and the memory stay the caller's until it
 * detaches.
 */
struct port_setup {
	const struct gmem *mem;
	uint64_t features;
	/* bytes of a frame that the driver may send, Ethernet header included */
	uint32_t frame_max;
	struct queue_setup queue[PORT_QUEUES];
	/*
	 * Told of used buffers and broken queues, for a driver that reads registers; NULL: none
	 * does.
	 */
	struct virtio_device *dev;
};

/*
 * As a driver set `dev` up in `mem`: an eventfd for the kicks of each queue, one for all
 * interrupts.
 */
struct port_setup port_setup_of(struct virtio_device *dev, const struct gmem *mem,
				const int kick_fd[PORT_QUEUES], int call_fd);

/* How a driver of one queue and its backend treat each other. */
struct queue_stats {
	uint64_t published; /* times that used buffers were made visible */
	uint64_t wanted;    /* of those, how often the driver wanted to be called */
	uint64_t asked;	    /* times that the driver was asked for a kick */
};

/* Backend thread only, once it runs. */
struct port {
	char name;     /* 'a', 'b': for messages */
	unsigned pair; /* of the device's: 0 is its first */
	bool active;
	bool receives;	    /* its receive queue runs */
	uint32_t hdr_bytes; /* of the header in front of each of its frames */
	uint32_t chain_max; /* bytes of a transmit chain at most */
	bool mergeable;	    /* a frame may take several receive buffers (5.1.6.3.1) */
	struct virtq queue[PORT_QUEUES];
	/* to tell of each queue: one call fd is one target */
	struct notify_target *who[PORT_QUEUES];
	struct virtio_device *dev;
	struct notify_target target[PORT_QUEUES];
	struct stamps stamps;
	struct queue_stats count[PORT_QUEUES];
	bool break_reported[PORT_QUEUES];
	enum virtq_break last_break;
	uint64_t breaks;		  /* queues that were found broken */
	uint64_t breaks_by[VIRTQ_BREAKS]; /* the same, by reason; said when it happens first */
};

/*
 * Control thread: port `index` of its backend, for queues of up to queue_size_max. The ports of
 * both devices take turns: 0 and 1 are their first pairs, 2 and 3 their second. 0 or -ENOMEM.
 */
int port_init(struct port *p, unsigned index, uint32_t queue_size_max);

/* Control thread: stamps go to those of `first`, its device's first pair. */
void port_share_stamps(struct port *p, struct port *first);
void port_fini(struct port *p);

/* -EINVAL when the driver's layout can't be used (logged). */
int port_start(struct port *p, const struct port_setup *setup);

/* `base`, if not NULL, gets the index of each queue to go on from. */
void port_stop(struct port *p, uint32_t base[PORT_QUEUES]);

/* Counts and says that a queue is broken, and has its driver find that out (2.1.2). */
void port_note_break(struct port *p, unsigned queue);

/*
 * Any thread, of a port that was stopped: is everything told that was to be told? Its call fds
 * are free then.
 */
bool port_is_quiet(const struct port *p);

#endif

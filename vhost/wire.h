// SPDX-License-Identifier: BSD-2-Clause
// The way between two kernel backends: two taps in a bridge, in a network namespace of their own.
#ifndef VHOST_WIRE_H
#define VHOST_WIRE_H

#include <stdint.h>

/* Ethernet header included: what a tap's largest MTU allows. */
#define WIRE_FRAME_MAX 65535u

#define WIRE_WHY_BYTES 256u

/* What joins the two taps. */
#define WIRE_LINK "bridge"

/* Of each tap. */
struct wire_sizes {
	uint32_t mtu;	/* bytes of a frame behind its Ethernet header */
	uint32_t queue; /* frames that its transmit queue holds */
};

/* What wire_create() gives the taps, from the same two values. */
struct wire_sizes wire_sizes(uint32_t frame_max, uint32_t queue);

struct wire {
	int tap[2]; /* while one of them is open, namespace and bridge are there, and no longer */
};

#define WIRE_NONE ((struct wire){ { -1, -1 } })

/*
 * Control thread, with the rights of the user: makes it for frames of up to frame_max, of which
 * `queue` fit into each tap's queue, with virtio-net headers of 12 bytes in front. 0; or -errno,
 * with what failed and the way out in `why`.
 */
int wire_create(struct wire *w, uint32_t frame_max, uint32_t queue, char why[WIRE_WHY_BYTES]);
void wire_destroy(struct wire *w);

#endif

// SPDX-License-Identifier: BSD-2-Clause
// Driver half of a virtqueue whose buffers never change place: where it is and how far it has come.
#ifndef GUEST_RING_STATE_H
#define GUEST_RING_STATE_H

#include <linux/virtio_ring.h>
#include <stdbool.h>
#include <stdint.h>

#include "tandem/shared.h"

/*
 * Slot i is described by descriptor i for ever: with VIRTIO_F_IN_ORDER buffers come back in the
 * order they were given, whatever the ring. Both counters of buffers only grow, and wrap at 65536:
 * the ring's size, a power of two, divides that.
 */
struct ring {
	struct vring_avail *avail; /* packed: the driver's event structure */
	struct vring_used *used;   /* packed: the device's event structure */
	uint16_t *used_event;	   /* driver -> device: interrupt me when you pass this */
	uint16_t *avail_event;	   /* device -> driver: kick me when you pass this */
	struct vring_desc *desc;   /* packed: the ring */
	uint8_t *slots;
	uint32_t stride;
	uint32_t queue;
	uint16_t size;
	uint16_t avail_idx;   /* as published */
	uint16_t avail_asked; /* avail index when a kick was last considered */
	uint16_t used_seen;
	/* packed: what a descriptor says, as the device overwrites it; how an interrupt is asked */
	uint32_t slot_len;
	uint16_t slot_flags;
	uint16_t arm_flags;
};

/* Buffers with the device, or used and not yet taken back. */
static inline uint16_t ring_outstanding(const struct ring *r)
{
	return (uint16_t)(r->avail_idx - r->used_seen);
}

#endif

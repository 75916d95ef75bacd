// SPDX-License-Identifier: BSD-2-Clause
// Driver half of a split virtqueue whose buffers never change place (virtio 1.2, 2.7, with
// IN_ORDER).
#ifndef GUEST_RING_H
#define GUEST_RING_H

#include <linux/virtio_ring.h>
#include <stdbool.h>
#include <stdint.h>

#include "tandem/shared.h"

/*
 * Slot i is described by descriptor i, and avail entry i names descriptor i for ever: with
 * VIRTIO_F_IN_ORDER buffers come back in the order they were given, so giving n buffers to the
 * device is one store of the avail index.
 *
 * Partners of the letters are in virtio/virtq.c.
 */
struct ring {
	struct vring_avail *avail;
	struct vring_used *used;
	uint16_t *used_event;  /* driver -> device: interrupt me when you pass this */
	uint16_t *avail_event; /* device -> driver: kick me when you pass this */
	struct vring_desc *desc;
	uint8_t *slots;
	uint32_t stride;
	uint32_t queue;
	uint16_t size;
	uint16_t avail_idx;   /* as published */
	uint16_t avail_asked; /* avail index when a kick was last considered */
	uint16_t used_seen;
};

/* Buffers the device has used and the driver not yet taken back. */
static inline uint16_t ring_used(const struct ring *r)
{
	return (uint16_t)(shared_load_acquire(&r->used->idx) - r->used_seen); /* (B) */
}

/* Buffers with the device, or used and not yet taken back. */
static inline uint16_t ring_outstanding(const struct ring *r)
{
	return (uint16_t)(r->avail_idx - r->used_seen);
}

/* Makes the next n slots available. */
static inline void ring_publish(struct ring *r, uint16_t n)
{
	r->avail_idx = (uint16_t)(r->avail_idx + n);
	shared_store_release(&r->avail->idx, r->avail_idx); /* (A) */
}

/* After ring_publish() and a fence (D): does the device want a kick? */
static inline bool ring_wants_kick(struct ring *r)
{
	uint16_t old = r->avail_asked;

	r->avail_asked = r->avail_idx;
	return vring_need_event(shared_load(r->avail_event), r->avail_idx, old);
}

/*
 * Asks for an interrupt when `more` further buffers have been used; then fence (C), then look
 * again.
 */
static inline void ring_arm(struct ring *r, uint16_t more)
{
	shared_store(r->used_event, (uint16_t)(r->used_seen + more - 1));
}

/* No interrupt, please: the event index is moved as far away as it goes. */
static inline void ring_disarm(struct ring *r)
{
	shared_store(r->used_event, (uint16_t)(r->used_seen + 0x8000));
}

#endif

// SPDX-License-Identifier: BSD-2-Clause
// What goes through a split ring (virtio 1.2, 2.7, with IN_ORDER), however its sides are told.
#ifndef GUEST_RING_SPLIT_INDEX_H
#define GUEST_RING_SPLIT_INDEX_H

#include "ring_state.h"

/*
 * Avail entry i names descriptor i for ever, so giving n buffers to the device is one store of the
 * avail index. Partners of the letters are in virtio/virtq.c.
 */

/* What says how long a used buffer is. */
typedef struct vring_used_elem ring_elem;

/* Buffers the device has used and the driver not yet taken back. */
static inline uint16_t ring_used(const struct ring *r)
{
	return (uint16_t)(shared_load_acquire(&r->used->idx) - r->used_seen); /* (B) */
}

/* Has it used any? */
static inline bool ring_has_used(const struct ring *r)
{
	return ring_used(r) != 0;
}

static inline const ring_elem *ring_elem_at(const struct ring *r, uint16_t idx)
{
	return &r->used->ring[idx & (r->size - 1)];
}

/* Makes the next n slots available. */
static inline void ring_publish(struct ring *r, uint16_t n)
{
	r->avail_idx = (uint16_t)(r->avail_idx + n);
	shared_store_release(&r->avail->idx, r->avail_idx); /* (A) */
}

#endif

// SPDX-License-Identifier: BSD-2-Clause
// The driver's steps over a split ring (virtio 1.2, 2.7), with event indices.
#ifndef GUEST_RING_SPLIT_H
#define GUEST_RING_SPLIT_H

#include "ring_split_index.h"

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

/* The interrupt that was asked for has come: an index that is passed asks for no other. */
static inline void ring_answered(struct ring *r)
{
	(void)r;
}

#endif

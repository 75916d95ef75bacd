// SPDX-License-Identifier: BSD-2-Clause
// The driver's steps over a split ring without event indices: both sides say by flags whether they
// want to be told (virtio 1.2, 2.7.7 and 2.7.10).
#ifndef GUEST_RING_FLAGS_H
#define GUEST_RING_FLAGS_H

#include "ring_split_index.h"

/* After ring_publish() and a fence (D): does the device want a kick? */
static inline bool ring_wants_kick(struct ring *r)
{
	uint16_t old = r->avail_asked;

	r->avail_asked = r->avail_idx;
	return r->avail_idx != old && !(shared_load(&r->used->flags) & VRING_USED_F_NO_NOTIFY);
}

/* Asks for an interrupt at the next buffer that is used; then fence (C), then look again. */
static inline void ring_arm(struct ring *r, uint16_t more)
{
	(void)more;
	shared_store(&r->avail->flags, 0);
}

static inline void ring_disarm(struct ring *r)
{
	shared_store(&r->avail->flags, VRING_AVAIL_F_NO_INTERRUPT);
}

/* The interrupt that was asked for has come: there would be one for every buffer from here on. */
static inline void ring_answered(struct ring *r)
{
	ring_disarm(r);
}

#endif

// SPDX-License-Identifier: BSD-2-Clause
// The driver's steps over a packed ring (virtio 1.2, 2.8, with IN_ORDER), with event indices or
// without.
#ifndef GUEST_RING_PACKED_H
#define GUEST_RING_PACKED_H

#include "ring_state.h"

/*
 * Buffer number n, of all that were ever given, is in slot n modulo the ring's size, and n divided
 * by it says in which lap: that is all there is to the wrap counter, 1 in laps 0, 2, 4, ...
 * The device writes a used descriptor for every buffer, where it was made available.
 *
 * Partners of the letters are in virtio/virtq_packed.c.
 */

#define RING_AVAIL (1u << VRING_PACKED_DESC_F_AVAIL)
#define RING_USED (1u << VRING_PACKED_DESC_F_USED)
#define RING_WRAP (1u << VRING_PACKED_EVENT_F_WRAP_CTR)

/* What says how long a used buffer is. */
typedef struct vring_packed_desc ring_elem;

static inline bool ring_lap_is_odd(const struct ring *r, uint16_t idx)
{
	return idx & r->size;
}

static inline ring_elem *ring_packed_at(const struct ring *r, uint16_t idx)
{
	return (ring_elem *)(void *)&r->desc[idx & (r->size - 1)];
}

static inline const ring_elem *ring_elem_at(const struct ring *r, uint16_t idx)
{
	return ring_packed_at(r, idx);
}

static inline bool ring_is_used(const struct ring *r, uint16_t idx)
{
	uint16_t flags = shared_load_acquire(&ring_packed_at(r, idx)->flags); /* (L) */

	return (flags & (RING_AVAIL | RING_USED)) ==
	       (ring_lap_is_odd(r, idx) ? 0 : RING_AVAIL | RING_USED);
}

/* Has the device used any that the driver has not yet taken back? */
static inline bool ring_has_used(const struct ring *r)
{
	return ring_is_used(r, r->used_seen);
}

/* How many has it? */
static inline uint16_t ring_used(const struct ring *r)
{
	uint16_t n = 0;

	while (n < r->size && ring_is_used(r, (uint16_t)(r->used_seen + n)))
		n++;
	return n;
}

/* The flags that make slots available in the lap of `idx`. */
static inline uint16_t ring_flags_to_give(const struct ring *r, uint16_t idx)
{
	return (uint16_t)(r->slot_flags | (ring_lap_is_odd(r, idx) ? RING_USED : RING_AVAIL));
}

/* Makes the next n slots available, at least one, all at once: the first is written last. */
static inline void ring_publish(struct ring *r, uint16_t n)
{
	uint16_t idx = r->avail_idx;

	r->avail_idx = (uint16_t)(idx + n);
	for (uint16_t i = (uint16_t)(idx + n - 1); i != idx; i--) {
		shared_store(&ring_packed_at(r, i)->len, r->slot_len);
		shared_store(&ring_packed_at(r, i)->flags, ring_flags_to_give(r, i));
	}
	shared_store(&ring_packed_at(r, idx)->len, r->slot_len);
	shared_store_release(&ring_packed_at(r, idx)->flags, ring_flags_to_give(r, idx)); /* (K) */
}

/* How many buffers after number `from` the device's event is, which wraps after two laps. */
static inline uint16_t ring_event_behind(const struct ring *r, uint16_t from, uint32_t event)
{
	uint16_t idx = (uint16_t)((event & (RING_WRAP - 1)) + (event & RING_WRAP ? 0 : r->size));

	return (uint16_t)((idx - from) & (2u * r->size - 1));
}

/* After ring_publish() and a fence (N): does the device want a kick? */
static inline bool ring_wants_kick(struct ring *r)
{
	uint32_t event = shared_load((const uint32_t *)(const void *)r->used);
	uint16_t old = r->avail_asked, n = (uint16_t)(r->avail_idx - old);

	r->avail_asked = r->avail_idx;
	if (event >> 16 != VRING_PACKED_EVENT_FLAG_DESC)
		return n && event >> 16 == VRING_PACKED_EVENT_FLAG_ENABLE;
	return ring_event_behind(r, old, event) < n;
}

static inline void ring_set_event(struct ring *r, uint16_t idx, uint32_t flags)
{
	uint32_t at = (idx & (r->size - 1u)) | (ring_lap_is_odd(r, idx) ? 0 : RING_WRAP);

	shared_store((uint32_t *)(void *)r->avail, at | flags << 16);
}

/*
 * Asks for an interrupt when `more` further buffers have been used, or, without event indices, at
 * the next; then fence (M), then look again.
 */
static inline void ring_arm(struct ring *r, uint16_t more)
{
	ring_set_event(r, (uint16_t)(r->used_seen + more - 1), r->arm_flags);
}

static inline void ring_disarm(struct ring *r)
{
	ring_set_event(r, r->used_seen, VRING_PACKED_EVENT_FLAG_DISABLE);
}

/* The interrupt that was asked for has come: its place would be passed again two laps later. */
static inline void ring_answered(struct ring *r)
{
	ring_disarm(r);
}

#endif

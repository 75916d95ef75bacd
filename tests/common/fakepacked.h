// SPDX-License-Identifier: BSD-2-Clause
// A scriptable driver half of a packed virtqueue: well behaved by its helpers, anything when raw.
#ifndef TESTS_COMMON_FAKEPACKED_H
#define TESTS_COMMON_FAKEPACKED_H

#include "tests/common/fakedriver.h"

#define PACKED_AVAIL (1u << VRING_PACKED_DESC_F_AVAIL)
#define PACKED_USED (1u << VRING_PACKED_DESC_F_USED)
#define PACKED_WRAP (1u << VRING_PACKED_EVENT_F_WRAP_CTR)

/* An entry's number and the wrap counter that goes with it. */
struct packed_at {
	uint16_t off;
	bool wrap;
};

/* As with struct fake_queue, a test may drive a device half on another thread. */
struct packed_queue {
	const struct gmem *mem;
	struct virtq_layout at;
	bool event_idx;
	struct packed_at avail, used; /* next to fill, next to look at */
	struct packed_at asked;	      /* `avail` when a kick was last considered */
	uint32_t nfree;
	uint32_t added; /* descriptors since `asked` */
	uint16_t *ids;	/* those that are free, ids[0] to ids[nids - 1] */
	uint32_t nids;
	uint16_t *count; /* descriptors of the chain that has an id; 0: none has */
};

/* A layout from `start` on, well aligned, with gaps; and the bytes it takes, gaps included. */
struct virtq_layout packed_layout(uint64_t start, uint32_t size);
uint64_t packed_layout_bytes(uint32_t size);

/* A driver that has just found its device: the ring is zeroed, its wrap counters are 1. */
void packed_init(struct packed_queue *d, const struct gmem *mem, const struct virtq_layout *at,
		 bool event_idx);
void packed_fini(struct packed_queue *d);

/* Raw access; any value goes. */
struct vring_packed_desc packed_get(const struct packed_queue *d, uint32_t i);
void packed_set(struct packed_queue *d, uint32_t i, struct vring_packed_desc desc);
void packed_set_flags(struct packed_queue *d, uint32_t i, uint16_t flags);
void packed_set_event(struct packed_queue *d, uint16_t off_wrap, uint16_t flags);
struct vring_packed_desc_event packed_device_event(const struct packed_queue *d);

/* AVAIL and USED of a descriptor that is available at this place, and of one that is used. */
uint16_t packed_available(struct packed_at at);
uint16_t packed_is_used(struct packed_at at);
struct packed_at packed_next(const struct packed_queue *d, struct packed_at at, uint32_t n);
uint16_t packed_off_wrap(struct packed_at at);

/*
 * Well behaved: makes a chain available at once, its first descriptor last. Its id, or -1 without
 * free descriptors.
 */
int packed_add(struct packed_queue *d, const struct fake_buf *bufs, unsigned n);

/* Does the device want a kick for what was added since this was asked last (2.8.14)? */
bool packed_wants_kick(struct packed_queue *d);

/* Takes the next used descriptor and frees its chain. false: there is none. */
bool packed_take(struct packed_queue *d, struct vring_packed_desc *used);

/* Asks for a call at the next used descriptor. true: some came in the meantime. */
bool packed_arm_call(struct packed_queue *d);

#endif

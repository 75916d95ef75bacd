// SPDX-License-Identifier: BSD-2-Clause
// What split and packed rings have in common: where they lie, buffers in guest memory, what is in
// flight. For virtio/virtq.c and virtio/virtq_packed.c.
#ifndef VIRTIO_VIRTQ_PARTS_H
#define VIRTIO_VIRTQ_PARTS_H

#include <assert.h>

#include "virtio/virtq_state.h"

/* `bytes` of a ring, or NULL and the queue is broken. `align` is a power of two. */
void *virtq_ring_ptr(struct virtq *q, gpa_t at, uint64_t bytes, uint64_t align);

/* Adds a descriptor's buffer to the chain, or says why not. */
enum virtq_break virtq_add_buffer(const struct virtq *q, struct virtq_room room,
				  struct virtq_chain *chain, struct vring_desc d);

/* The table that a descriptor refers to, of d.len bytes, or why not (2.7.5.3, 2.8.7). */
enum virtq_break virtq_find_table(const struct virtq *q, struct vring_desc d, const void **table);

/* As most chains are: one buffer, in one piece. False: it takes a longer look. */
static inline bool virtq_take_single(const struct virtq *q, struct virtq_room room,
				     struct virtq_chain *chain, struct vring_desc d)
{
	uint8_t *p = gmem_ptr(q->gmem, gpa(d.addr), d.len);

	if (d.flags & (VRING_DESC_F_NEXT | VRING_DESC_F_INDIRECT) || !d.len || !p || !room.max)
		return false;
	room.segs[0] = (struct virtq_seg){ p, d.len };
	chain->nsegs = 1;
	chain->readable = !(d.flags & VRING_DESC_F_WRITE);
	chain->bytes = d.len;
	return true;
}

/* A head, or buffer id, below the queue's size is in flight from now on; false: it was already. */
static inline bool virtq_claim(struct virtq *q, uint16_t head)
{
	uint64_t bit = 1ull << (head % 64), *word = &q->in_flight[head / 64];

	if (*word & bit)
		return false;
	*word |= bit;
	return true;
}

static inline void virtq_release(struct virtq *q, uint16_t head)
{
	assert(q->in_flight[head / 64] & 1ull << (head % 64));
	q->in_flight[head / 64] &= ~(1ull << (head % 64));
}

#endif

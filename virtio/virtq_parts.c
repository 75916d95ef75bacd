// SPDX-License-Identifier: BSD-2-Clause
// What split and packed rings have in common.
#include "virtio/virtq_parts.h"

void *virtq_ring_ptr(struct virtq *q, gpa_t at, uint64_t bytes, uint64_t align)
{
	void *p;

	if (at.v & (align - 1)) {
		virtq_fail(q, VIRTQ_BAD_ALIGN);
		return NULL;
	}
	p = gmem_ptr(q->gmem, at, bytes);
	if (!p)
		virtq_fail(q, VIRTQ_BAD_RING);
	return p;
}

/*
 * A buffer's segments: one, or more where it lies over the border of regions. How many; 0: not
 * inside.
 */
static uint32_t add_segs(const struct virtq *q, struct virtq_seg *segs, uint32_t max,
			 struct vring_desc d)
{
	uint64_t left = d.len, part;
	uint32_t n = 0;

	for (; left && n < max; n++) {
		part = left;
		segs[n].p = gmem_part(q->gmem, gpa(d.addr + d.len - left), &part);
		if (!segs[n].p)
			return 0;
		segs[n].len = (uint32_t)part;
		left -= part;
	}
	return left ? max + 1 : n;
}

enum virtq_break virtq_add_buffer(const struct virtq *q, struct virtq_room room,
				  struct virtq_chain *chain, struct vring_desc d)
{
	bool writable = d.flags & VRING_DESC_F_WRITE;
	uint32_t n;

	if (!d.len)
		return VIRTQ_ZERO_LENGTH;
	if (!writable && chain->readable != chain->nsegs)
		return VIRTQ_BAD_ORDER;
	if (chain->nsegs == room.max)
		return VIRTQ_TOO_MANY;
	n = add_segs(q, &room.segs[chain->nsegs], room.max - chain->nsegs, d);
	if (!n)
		return VIRTQ_BAD_BUFFER;
	if (n > room.max - chain->nsegs)
		return VIRTQ_TOO_MANY;
	chain->nsegs += n;
	chain->readable += writable ? 0 : n;
	chain->bytes += d.len;
	return chain->bytes > UINT32_MAX ? VIRTQ_TOO_LONG : VIRTQ_OK;
}

/* Entries are read eight bytes at a time, so they must be aligned. */
enum virtq_break virtq_find_table(const struct virtq *q, struct vring_desc d, const void **table)
{
	if (!q->indirect)
		return VIRTQ_INDIRECT;
	if (d.flags & VRING_DESC_F_NEXT || !d.len || d.len % sizeof(d) || d.addr % sizeof(uint64_t))
		return VIRTQ_BAD_TABLE;
	*table = gmem_ptr(q->gmem, gpa(d.addr), d.len);
	return *table ? VIRTQ_OK : VIRTQ_BAD_TABLE;
}

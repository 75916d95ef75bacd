// SPDX-License-Identifier: BSD-2-Clause
// Driver half of a split virtqueue: laying it out. All that happens per frame is inline in ring.h.
#include "ring.h"

#include "guest.h"

static uint8_t *page_align(uint8_t *p)
{
	return (uint8_t *)(((uintptr_t)p + 4095) & ~(uintptr_t)4095);
}

static void describe_slots(struct guest *g, struct ring *r, uint32_t slot_len, bool writable)
{
	for (uint32_t i = 0; i < r->size; i++) {
		struct vring_desc *d = &r->desc[i];

		d->addr = plat_gpa(g, r->slots + (uint64_t)i * r->stride + FRAME_SLOT_PAD);
		d->len = slot_len;
		d->flags = writable ? VRING_DESC_F_WRITE : 0;
		d->next = 0;
		r->avail->ring[i] = (uint16_t)i;
	}
}

void ring_init(struct guest *g, struct ring *r, uint32_t queue, uint8_t *mem, uint32_t size,
	       uint32_t slot_len, bool writable)
{
	r->queue = queue;
	r->size = (uint16_t)size;
	r->stride = (uint32_t)frame_slot_bytes(slot_len - FRAME_VNET_HDR);
	r->avail_idx = 0;
	r->avail_asked = 0;
	r->used_seen = 0;
	r->desc = (struct vring_desc *)(void *)mem;
	r->avail = (struct vring_avail *)(void *)page_align(mem + 16ull * size);
	r->used_event = &r->avail->ring[size];
	r->used = (struct vring_used *)(void *)page_align((uint8_t *)(r->used_event + 1));
	r->avail_event = (uint16_t *)(void *)&r->used->ring[size];
	r->slots = page_align((uint8_t *)(r->avail_event + 1));
	r->avail->flags = 0;
	ring_disarm(r);
	describe_slots(g, r, slot_len, writable);
}

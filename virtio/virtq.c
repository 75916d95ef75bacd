// SPDX-License-Identifier: BSD-2-Clause
// Device half of a virtqueue: split rings here, packed ones in virtio/virtq_packed.c.
#include "virtio/virtq.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "tandem/shared.h"
#include "virtio/virtq_packed.h"
#include "virtio/virtq_parts.h"

/*
 * Partners of the letters below are in guest/ring_split_index.h and ring_split.h:
 *  (A) acquire of avail->idx   <- the driver's release after it filled entries and descriptors
 *  (B) release of used->idx    -> the driver's acquire before it reads entries and buffers
 *  (C) fence between used->idx and used_event: the driver fences between used_event and used->idx
 *  (D) fence between avail_event and avail->idx: the driver fences between avail->idx and
 *      avail_event
 */

_Static_assert(sizeof(struct vring_desc) == 16, "two 64-bit loads read a descriptor");

static const char *const break_text[VIRTQ_BREAKS] = {
	[VIRTQ_OK] = "in order",
	[VIRTQ_BAD_SIZE] = "queue size is not a power of two within the maximum",
	[VIRTQ_BAD_ALIGN] = "ring address is not aligned",
	[VIRTQ_BAD_RING] = "ring lies outside guest memory",
	[VIRTQ_BAD_AVAIL_INDEX] = "available index moved by more than the queue size",
	[VIRTQ_BAD_HEAD] = "available entry is not a descriptor index",
	[VIRTQ_BAD_NEXT] = "next is not a descriptor index",
	[VIRTQ_LOOP] = "descriptor chain loops",
	[VIRTQ_INDIRECT] = "indirect descriptor without VIRTIO_F_INDIRECT_DESC",
	[VIRTQ_ZERO_LENGTH] = "buffer of zero bytes",
	[VIRTQ_BAD_BUFFER] = "buffer lies outside guest memory",
	[VIRTQ_BAD_ORDER] = "device-readable buffer after a device-writable one",
	[VIRTQ_TOO_LONG] = "chain of 2^32 bytes or more",
	[VIRTQ_BAD_DIRECTION] = "buffer of the wrong direction for this queue",
	[VIRTQ_SHORT] = "transmit chain shorter than its header",
	[VIRTQ_HEAD_IN_FLIGHT] = "head made available again before it was used",
	[VIRTQ_TOO_MANY] = "chain of more segments than there is room for",
	[VIRTQ_BAD_TABLE] = "indirect table is empty, ragged, nested or outside guest memory",
	[VIRTQ_BAD_ID] = "buffer id is not below the queue size",
	[VIRTQ_CUT_SHORT] = "descriptor chain goes on where none is available",
	[VIRTQ_BAD_BASE] = "index to go on from is outside the ring",
	[VIRTQ_REFUSED] = "refused by the kernel's vhost",
};

const char *virtq_break_text(enum virtq_break why)
{
	return why < VIRTQ_BREAKS ? break_text[why] : "unknown";
}

int virtq_init(struct virtq *q, uint32_t size_max)
{
	*q = (struct virtq){ .size_max = size_max };
	assert(size_max && size_max <= VIRTQ_SIZE_MAX);
	q->in_flight = calloc((size_max + 63) / 64, sizeof(*q->in_flight));
	return q->in_flight ? 0 : -ENOMEM;
}

void virtq_fini(struct virtq *q)
{
	free(q->in_flight);
	q->in_flight = NULL;
}

static int start_split(struct virtq *q, const struct virtq_layout *at, uint32_t base)
{
	uint64_t n = at->size;

	q->avail_next = q->avail_seen = (uint16_t)base;
	q->used_next = q->used_visible = q->used_called = (uint16_t)base;
	if (!n || n > q->size_max || (n & (n - 1)))
		return virtq_fail(q, VIRTQ_BAD_SIZE);
	q->desc = virtq_ring_ptr(q, at->desc, 16 * n, VRING_DESC_ALIGN_SIZE);
	q->avail = virtq_ring_ptr(q, at->driver, 6 + 2 * n, VRING_AVAIL_ALIGN_SIZE);
	q->used = virtq_ring_ptr(q, at->device, 6 + 8 * n, VRING_USED_ALIGN_SIZE);
	return q->broken ? -EPROTO : 0;
}

int virtq_start(struct virtq *q, const struct gmem *m, const struct virtq_layout *at,
		uint64_t features, uint32_t base)
{
	virtq_stop(q);
	q->gmem = m;
	q->event_idx = features & VIRTQ_EVENT_IDX;
	q->indirect = features & VIRTQ_INDIRECT_DESC;
	q->packed = features & VIRTQ_PACKED;
	if (q->packed ? packed_start(q, at, base) : start_split(q, at, base))
		return -EINVAL;
	q->size = at->size;
	q->split = !q->packed;
	return 0;
}

uint32_t virtq_stop(struct virtq *q)
{
	uint64_t *in_flight = q->in_flight;
	uint32_t size_max = q->size_max, base = q->packed ? packed_base(q) : q->avail_next;

	memset(in_flight, 0, (size_max + 63) / 64 * sizeof(*in_flight));
	*q = (struct virtq){ .in_flight = in_flight, .size_max = size_max };
	return base;
}

static bool runs_packed(const struct virtq *q)
{
	return q->packed && !q->broken;
}

/* The event words stand behind the rings; the device may not write to the avail ring at all. */
static uint16_t *used_event(struct virtq *q)
{
	return &q->avail->ring[q->size];
}

static uint16_t *avail_event(struct virtq *q)
{
	return (uint16_t *)&q->used->ring[q->size];
}

static uint32_t pending_now(const struct virtq *q)
{
	return (uint16_t)(q->avail_seen - q->avail_next);
}

static uint32_t refresh_pending(struct virtq *q)
{
	uint16_t idx = shared_load_acquire(&q->avail->idx); /* (A) */

	if ((uint16_t)(idx - q->avail_next) > q->size) {
		virtq_fail(q, VIRTQ_BAD_AVAIL_INDEX);
		return 0;
	}
	q->avail_seen = idx;
	return pending_now(q);
}

uint32_t virtq_pending(struct virtq *q)
{
	uint32_t n = pending_now(q);

	if (!q->split)
		return runs_packed(q) && packed_has_more(q, 0);
	return n ? n : refresh_pending(q);
}

bool virtq_has_more(struct virtq *q, uint32_t n)
{
	if (!q->split)
		return runs_packed(q) && packed_has_more(q, n);
	return pending_now(q) > n || refresh_pending(q) > n;
}

/* Both halves of a descriptor as the driver had them at one moment each. */
static struct vring_desc read_desc(const struct vring_desc *shared)
{
	union {
		struct vring_desc d;
		uint64_t w[2];
	} u;
	const uint64_t *w = (const uint64_t *)(const void *)shared;

	u.w[0] = shared_load(&w[0]);
	u.w[1] = shared_load(&w[1]);
	return u.d;
}

/* Where a chain's next descriptors are: the queue's own, or an indirect table's. */
struct table {
	const struct vring_desc *desc;
	uint32_t size;
	bool indirect;
};

/* The chain goes on at the table's first descriptor, and ends in it (2.7.5.3). */
static enum virtq_break enter_table(const struct virtq *q, struct table *t, struct vring_desc *d)
{
	enum virtq_break why = virtq_find_table(q, *d, (const void **)&t->desc);

	if (why || t->indirect)
		return why ? why : VIRTQ_BAD_TABLE;
	t->size = d->len / sizeof(*t->desc);
	t->indirect = true;
	*d = read_desc(t->desc);
	return d->flags & VRING_DESC_F_INDIRECT ? VIRTQ_BAD_TABLE : VIRTQ_OK;
}

/*
 * From a chain's first descriptor, already read, to its last. Out of line: it would slow
 * virtq_take_single() down. A table may be longer than the queue: what a chain has is bounded by
 * the room for it.
 */
static __attribute__((noinline)) enum virtq_break walk_chain(const struct virtq *q,
							     struct virtq_room room,
							     struct virtq_chain *chain,
							     struct vring_desc d)
{
	struct table t = { q->desc, q->size, false };
	enum virtq_break why = VIRTQ_OK;

	for (uint32_t n = 1;; n++) {
		if (d.flags & VRING_DESC_F_INDIRECT) {
			why = enter_table(q, &t, &d);
			n = 1;
		}
		if (!why)
			why = virtq_add_buffer(q, room, chain, d);
		if (why || !(d.flags & VRING_DESC_F_NEXT))
			return why;
		if (d.next >= t.size)
			return VIRTQ_BAD_NEXT;
		if (n >= t.size)
			return VIRTQ_LOOP;
		d = read_desc(&t.desc[d.next]);
	}
}

static enum virtq_break take_chain(const struct virtq *q, struct virtq_room room,
				   struct virtq_chain *chain)
{
	struct vring_desc d = read_desc(&q->desc[chain->head]);

	if (virtq_take_single(q, room, chain, d))
		return VIRTQ_OK;
	chain->nsegs = chain->readable = 0;
	chain->bytes = 0;
	return walk_chain(q, room, chain, d);
}

static __attribute__((noinline)) int pop_otherwise(struct virtq *q, struct virtq_room room,
						   struct virtq_chain *chain)
{
	if (q->broken)
		return -EPROTO;
	return q->packed ? packed_pop(q, room, chain) : 0;
}

int virtq_pop(struct virtq *q, struct virtq_room room, struct virtq_chain *chain)
{
	enum virtq_break why;
	uint16_t head;

	if (!q->split)
		return pop_otherwise(q, room, chain);
	if (!pending_now(q) && !refresh_pending(q))
		return q->broken ? -EPROTO : 0;
	head = shared_load(&q->avail->ring[q->avail_next & (q->size - 1)]);
	chain->segs = room.segs;
	chain->head = head;
	if (head >= q->size)
		return virtq_fail(q, VIRTQ_BAD_HEAD);
	if (!virtq_claim(q, head))
		return virtq_fail(q, VIRTQ_HEAD_IN_FLIGHT);
	why = take_chain(q, room, chain);
	if (why)
		return virtq_fail(q, why);
	q->avail_next++;
	return 1;
}

/* What a stopped or broken queue had is nobody's any more. */
void virtq_unpop(struct virtq *q, const struct virtq_chain *chains, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		virtq_release(q, chains[i].head);
	if (q->packed)
		packed_unpop(q, chains, n);
	q->avail_next -= (uint16_t)n;
}

void virtq_push_used(struct virtq *q, const struct virtq_chain *chain, uint32_t written)
{
	struct vring_used_elem *e;

	virtq_release(q, chain->head);
	if (q->packed) {
		packed_push_used(q, chain, written);
		return;
	}
	e = &q->used->ring[q->used_next & (q->size - 1)];
	shared_store(&e->id, chain->head);
	shared_store(&e->len, written);
	q->used_next++;
}

void virtq_publish(struct virtq *q)
{
	if (q->used_visible == q->used_next)
		return;
	q->used_visible = q->used_next;
	if (q->packed) {
		packed_publish(q);
		return;
	}
	shared_store_release(&q->used->idx, q->used_visible); /* (B) */
}

bool virtq_wants_call(struct virtq *q)
{
	uint16_t old = q->used_called;

	if (q->broken || !q->size || old == q->used_visible)
		return false;
	q->used_called = q->used_visible;
	if (q->packed)
		return packed_wants_call(q);
	shared_fence(); /* (C) */
	if (q->event_idx)
		return vring_need_event(shared_load(used_event(q)), q->used_visible, old);
	return !(shared_load(&q->avail->flags) & VRING_AVAIL_F_NO_INTERRUPT);
}

bool virtq_enable_kick_after(struct virtq *q, uint32_t n)
{
	if (!q->split)
		return runs_packed(q) && packed_enable_kick_after(q, n);
	if (q->event_idx)
		shared_store(avail_event(q), (uint16_t)(q->avail_next + n));
	else
		shared_store(&q->used->flags, 0);
	shared_fence(); /* (D) */
	return refresh_pending(q) > n;
}

bool virtq_enable_kick(struct virtq *q)
{
	return virtq_enable_kick_after(q, 0);
}

void virtq_disable_kick(struct virtq *q)
{
	if (runs_packed(q))
		packed_disable_kick(q);
	/* With event indices silence is the default: the index is simply not moved. */
	if (!q->split || q->event_idx)
		return;
	shared_store(&q->used->flags, VRING_USED_F_NO_NOTIFY);
}

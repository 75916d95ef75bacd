// SPDX-License-Identifier: BSD-2-Clause
// Device half of a split virtqueue.
#include "virtio/virtq.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tandem/shared.h"

/*
 * Partners of the letters below are in guest/ring.c:
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

int virtq_fail(struct virtq *q, enum virtq_break why)
{
	if (q->broken == VIRTQ_OK)
		q->broken = why;
	return -EPROTO;
}

static void *ring_ptr(struct virtq *q, gpa_t at, uint64_t bytes, uint64_t align)
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

int virtq_start(struct virtq *q, const struct gmem *m, const struct virtq_layout *at,
		uint64_t features, uint32_t base)
{
	uint64_t n = at->size;

	virtq_stop(q);
	q->gmem = m;
	q->event_idx = features & VIRTQ_EVENT_IDX;
	q->indirect = features & VIRTQ_INDIRECT_DESC;
	q->avail_next = q->avail_seen = (uint16_t)base;
	q->used_next = q->used_visible = q->used_called = (uint16_t)base;
	if (!n || n > q->size_max || (n & (n - 1))) {
		virtq_fail(q, VIRTQ_BAD_SIZE);
		return -EINVAL;
	}
	q->desc = ring_ptr(q, at->desc, 16 * n, VRING_DESC_ALIGN_SIZE);
	q->avail = ring_ptr(q, at->driver, 6 + 2 * n, VRING_AVAIL_ALIGN_SIZE);
	q->used = ring_ptr(q, at->device, 6 + 8 * n, VRING_USED_ALIGN_SIZE);
	if (q->broken)
		return -EINVAL;
	q->size = at->size;
	return 0;
}

uint32_t virtq_stop(struct virtq *q)
{
	uint64_t *in_flight = q->in_flight;
	uint32_t size_max = q->size_max, base = q->avail_next;

	memset(in_flight, 0, (size_max + 63) / 64 * sizeof(*in_flight));
	*q = (struct virtq){ .in_flight = in_flight, .size_max = size_max };
	return base;
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

	if (q->broken || !q->size)
		return 0;
	return n ? n : refresh_pending(q);
}

bool virtq_has_more(struct virtq *q, uint32_t n)
{
	if (q->broken || !q->size)
		return false;
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

static enum virtq_break add_buffer(const struct virtq *q, struct virtq_room room,
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

/* Where a chain's next descriptors are: the queue's own, or an indirect table's. */
struct table {
	const struct vring_desc *desc;
	uint32_t size;
	bool indirect;
};

/*
 * A descriptor that refers to a table: the chain goes on at its first one, and ends in it
 * (2.7.5.3). Entries are read eight bytes at a time, so they must be aligned.
 */
static enum virtq_break enter_table(const struct virtq *q, struct table *t, struct vring_desc *d)
{
	if (!q->indirect)
		return VIRTQ_INDIRECT;
	if (t->indirect || d->flags & VRING_DESC_F_NEXT || !d->len || d->len % sizeof(*t->desc) ||
	    d->addr % sizeof(uint64_t))
		return VIRTQ_BAD_TABLE;
	t->desc = gmem_ptr(q->gmem, gpa(d->addr), d->len);
	t->size = d->len / sizeof(*t->desc);
	t->indirect = true;
	if (!t->desc)
		return VIRTQ_BAD_TABLE;
	*d = read_desc(t->desc);
	return d->flags & VRING_DESC_F_INDIRECT ? VIRTQ_BAD_TABLE : VIRTQ_OK;
}

/*
 * From a chain's first descriptor, already read, to its last. Out of line: it would slow
 * take_single() down. A table may be longer than the queue: what a chain has is bounded by the
 * room for it.
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
			why = add_buffer(q, room, chain, d);
		if (why || !(d.flags & VRING_DESC_F_NEXT))
			return why;
		if (d.next >= t.size)
			return VIRTQ_BAD_NEXT;
		if (n >= t.size)
			return VIRTQ_LOOP;
		d = read_desc(&t.desc[d.next]);
	}
}

/* As most chains are: one buffer, in one piece. False: walk_chain() says what it is. */
static bool take_single(const struct virtq *q, struct virtq_room room, struct virtq_chain *chain,
			struct vring_desc d)
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

static enum virtq_break take_chain(const struct virtq *q, struct virtq_room room,
				   struct virtq_chain *chain)
{
	struct vring_desc d = read_desc(&q->desc[chain->head]);

	if (take_single(q, room, chain, d))
		return VIRTQ_OK;
	chain->nsegs = chain->readable = 0;
	chain->bytes = 0;
	return walk_chain(q, room, chain, d);
}

static enum virtq_break claim_head(struct virtq *q, uint16_t head)
{
	uint64_t bit = 1ull << (head % 64), *word;

	if (head >= q->size)
		return VIRTQ_BAD_HEAD;
	word = &q->in_flight[head / 64];
	if (*word & bit)
		return VIRTQ_HEAD_IN_FLIGHT;
	*word |= bit;
	return VIRTQ_OK;
}

static void release_head(struct virtq *q, uint16_t head)
{
	assert(q->in_flight[head / 64] & 1ull << (head % 64));
	q->in_flight[head / 64] &= ~(1ull << (head % 64));
}

int virtq_pop(struct virtq *q, struct virtq_room room, struct virtq_chain *chain)
{
	enum virtq_break why;
	uint16_t head;

	if (!virtq_pending(q))
		return q->broken ? -EPROTO : 0;
	head = shared_load(&q->avail->ring[q->avail_next & (q->size - 1)]);
	chain->segs = room.segs;
	chain->head = head;
	why = claim_head(q, head);
	if (!why)
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
		release_head(q, chains[i].head);
	q->avail_next -= (uint16_t)n;
}

void virtq_push_used(struct virtq *q, const struct virtq_chain *chain, uint32_t written)
{
	struct vring_used_elem *e = &q->used->ring[q->used_next & (q->size - 1)];

	release_head(q, chain->head);
	shared_store(&e->id, chain->head);
	shared_store(&e->len, written);
	q->used_next++;
}

void virtq_publish(struct virtq *q)
{
	if (q->used_visible == q->used_next)
		return;
	q->used_visible = q->used_next;
	shared_store_release(&q->used->idx, q->used_visible); /* (B) */
}

bool virtq_wants_call(struct virtq *q)
{
	uint16_t old = q->used_called;

	if (q->broken || !q->size || old == q->used_visible)
		return false;
	q->used_called = q->used_visible;
	shared_fence(); /* (C) */
	if (q->event_idx)
		return vring_need_event(shared_load(used_event(q)), q->used_visible, old);
	return !(shared_load(&q->avail->flags) & VRING_AVAIL_F_NO_INTERRUPT);
}

bool virtq_enable_kick_after(struct virtq *q, uint32_t n)
{
	if (q->broken || !q->size)
		return false;
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
	/* With event indices silence is the default: the index is simply not moved. */
	if (q->broken || !q->size || q->event_idx)
		return;
	shared_store(&q->used->flags, VRING_USED_F_NO_NOTIFY);
}

// SPDX-License-Identifier: BSD-2-Clause
// Device half of a packed virtqueue: one ring of descriptors, in which the flags of each say whose
// it is.
#include "virtio/virtq_packed.h"

#include "tandem/shared.h"
#include "virtio/virtq_parts.h"

/*
 * Partners of the letters below are in guest/ring_packed.h:
 *  (K) acquire of a descriptor's flags <- its release after it filled the descriptor, and those
 *      behind it in a chain
 *  (L) release of the first used descriptor's flags -> its acquire before it reads what was used
 *  (M) fence between those flags and the driver's event structure: it fences between writing that
 *      and looking at flags
 *  (N) fence between the device's event structure and the next flags: it fences between making
 *      available and reading that
 */

#define AVAIL (1u << VRING_PACKED_DESC_F_AVAIL)
#define USED (1u << VRING_PACKED_DESC_F_USED)
#define LAP (AVAIL | USED) /* both change when a place wraps */
#define WRAP (1u << VRING_PACKED_EVENT_F_WRAP_CTR)
#define EVENT_FLAGS 3u

_Static_assert(sizeof(struct vring_packed_desc) == sizeof(struct vring_desc), "tables alike");
_Static_assert(sizeof(struct vring_packed_desc_event) == sizeof(uint32_t), "read at once");

/* ---- places ---- */

/* As drivers and front ends write one: the wrap counter is the top bit. */
static uint16_t off_wrap_of(struct virtq_place p)
{
	return (uint16_t)(p.off | (p.bits & AVAIL ? WRAP : 0));
}

static void advance(const struct virtq *q, struct virtq_place *p, uint32_t n)
{
	uint32_t off = p->off + n;

	if (off >= q->size) {
		off -= q->size;
		p->bits ^= LAP;
	}
	p->off = (uint16_t)off;
}

static void retreat(const struct virtq *q, struct virtq_place *p, uint32_t n)
{
	if (n > p->off) {
		p->off = (uint16_t)(p->off + q->size);
		p->bits ^= LAP;
	}
	p->off = (uint16_t)(p->off - n);
}

/* How far it is forward from one place to another, on a circle of two laps. */
static uint32_t distance(const struct virtq *q, uint16_t from, uint16_t to)
{
	uint32_t a = (from & ~WRAP) + (from & WRAP ? 0 : q->size);
	uint32_t b = (to & ~WRAP) + (to & WRAP ? 0 : q->size);

	return b >= a ? b - a : b + 2 * q->size - a;
}

/* ---- start and stop ---- */

static void set_places(struct virtq_packed *pk, uint16_t at)
{
	bool wrap = at & WRAP;

	pk->avail = (struct virtq_place){ (uint16_t)(at & ~WRAP), wrap ? AVAIL : USED };
	pk->used = (struct virtq_place){ (uint16_t)(at & ~WRAP), wrap ? LAP : 0 };
	pk->visible = pk->called = pk->used;
}

int packed_start(struct virtq *q, const struct virtq_layout *at, uint32_t base)
{
	uint16_t from = (uint16_t)(base >> 16 ? base >> 16 : base);
	uint64_t n = at->size;

	if (!n || n > q->size_max)
		return virtq_fail(q, VIRTQ_BAD_SIZE);
	if ((from & ~WRAP) >= n)
		return virtq_fail(q, VIRTQ_BAD_BASE);
	set_places(&q->pk, from);
	q->pk.ring = virtq_ring_ptr(q, at->desc, sizeof(*q->pk.ring) * n, 16);
	q->pk.driver = virtq_ring_ptr(q, at->driver, sizeof(*q->pk.driver), 4);
	q->pk.device = virtq_ring_ptr(q, at->device, sizeof(*q->pk.device), 4);
	return q->broken ? -EPROTO : 0;
}

uint32_t packed_base(const struct virtq *q)
{
	return off_wrap_of(q->pk.avail) | (uint32_t)off_wrap_of(q->pk.used) << 16;
}

/* ---- available ---- */

static bool is_available(const struct virtq *q, struct virtq_place at, uint16_t *flags)
{
	*flags = shared_load_acquire(&q->pk.ring[at.off].flags); /* (K) */
	return (*flags & LAP) == at.bits;
}

/* Is a chain available behind n others? *at: there, or where those that are there end. */
static bool find_behind(const struct virtq *q, uint32_t n, struct virtq_place *at)
{
	uint32_t left = q->size - q->pk.taken;
	uint16_t flags;

	*at = q->pk.avail;
	while (is_available(q, *at, &flags)) {
		if (!n--)
			return true;
		do {
			if (!left--)
				return false;
			flags = shared_load(&q->pk.ring[at->off].flags);
			advance(q, at, 1);
		} while (flags & VRING_DESC_F_NEXT);
	}
	return false;
}

bool packed_has_more(const struct virtq *q, uint32_t n)
{
	struct virtq_place at;

	return find_behind(q, n, &at);
}

/* A descriptor whose flags were read before, as one of a split ring. */
static struct vring_desc read_desc(const struct vring_packed_desc *d, uint16_t flags)
{
	return (struct vring_desc){ shared_load(&d->addr), shared_load(&d->len), flags, 0 };
}

/* All of it, in its order; no flag but WRITE counts (2.8.7). The room bounds it. */
static enum virtq_break take_table(const struct virtq *q, struct virtq_room room,
				   struct virtq_chain *chain, struct vring_desc d)
{
	uint16_t counts = q->only_read ? 0 : VRING_DESC_F_WRITE;
	const struct vring_packed_desc *table = NULL;
	enum virtq_break why = virtq_find_table(q, d, (const void **)&table);

	for (uint32_t i = 0; !why && i < d.len / sizeof(*table); i++) {
		uint16_t flags = shared_load(&table[i].flags) & counts;

		why = virtq_add_buffer(q, room, chain, read_desc(&table[i], flags));
	}
	return why;
}

/*
 * From a chain's first descriptor, already read, to its last, which has the id (2.8.6). Out of
 * line, as that of split rings is.
 */
static __attribute__((noinline)) enum virtq_break walk_chain(const struct virtq *q,
							     struct virtq_room room,
							     struct virtq_chain *chain,
							     struct vring_desc d)
{
	struct virtq_place at = q->pk.avail;
	enum virtq_break why;
	uint16_t flags;

	chain->nsegs = chain->readable = 0;
	chain->bytes = 0;
	if (d.flags & VRING_DESC_F_INDIRECT)
		return take_table(q, room, chain, d);
	for (;;) {
		why = virtq_add_buffer(q, room, chain, d);
		if (why || !(d.flags & VRING_DESC_F_NEXT))
			return why;
		if (chain->count == q->size)
			return VIRTQ_LOOP;
		chain->count++;
		advance(q, &at, 1);
		if (!is_available(q, at, &flags))
			return VIRTQ_CUT_SHORT;
		if (flags & VRING_DESC_F_INDIRECT)
			return VIRTQ_BAD_TABLE;
		d = read_desc(&q->pk.ring[at.off], flags);
		chain->head = shared_load(&q->pk.ring[at.off].id);
	}
}

static enum virtq_break take_chain(const struct virtq *q, struct virtq_room room,
				   struct virtq_chain *chain, uint16_t flags)
{
	const struct vring_packed_desc *first = &q->pk.ring[q->pk.avail.off];
	struct vring_desc d = read_desc(first, flags);

	chain->segs = room.segs;
	chain->count = 1;
	chain->head = shared_load(&first->id);
	if (virtq_take_single(q, room, chain, d))
		return VIRTQ_OK;
	return walk_chain(q, room, chain, d);
}

/* More descriptors than the ring has are the driver's rewriting of some that are in flight. */
static enum virtq_break claim(struct virtq *q, const struct virtq_chain *chain)
{
	if (chain->head >= q->size)
		return VIRTQ_BAD_ID;
	if (q->pk.taken + chain->count > q->size)
		return VIRTQ_BAD_AVAIL_INDEX;
	return virtq_claim(q, chain->head) ? VIRTQ_OK : VIRTQ_HEAD_IN_FLIGHT;
}

int packed_pop(struct virtq *q, struct virtq_room room, struct virtq_chain *chain)
{
	enum virtq_break why;
	uint16_t flags;

	if (!is_available(q, q->pk.avail, &flags))
		return 0;
	why = take_chain(q, room, chain, flags);
	if (!why)
		why = claim(q, chain);
	if (why)
		return virtq_fail(q, why);
	advance(q, &q->pk.avail, chain->count);
	q->pk.taken += chain->count;
	return 1;
}

void packed_unpop(struct virtq *q, const struct virtq_chain *chains, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		retreat(q, &q->pk.avail, chains[i].count);
		q->pk.taken -= chains[i].count;
	}
}

/* ---- used ---- */

/*
 * The driver looks at the first used descriptor, then at the next: what is pushed becomes visible
 * at once when the flags of the first are written, last of all (2.8.10).
 */
void packed_push_used(struct virtq *q, const struct virtq_chain *chain, uint32_t written)
{
	struct virtq_packed *pk = &q->pk;
	struct vring_packed_desc *d = &pk->ring[pk->used.off];
	uint16_t flags = (uint16_t)(pk->used.bits | (written ? VRING_DESC_F_WRITE : 0));

	shared_store(&d->id, chain->head);
	shared_store(&d->len, written);
	if (q->used_visible == q->used_next) {
		pk->held = &d->flags;
		pk->held_flags = flags;
	} else {
		shared_store(&d->flags, flags);
	}
	advance(q, &pk->used, chain->count);
	pk->taken -= chain->count;
	pk->pushed += chain->count;
	q->used_next++;
}

void packed_publish(struct virtq *q)
{
	q->pk.visible = q->pk.used;
	q->pk.uncalled += q->pk.pushed;
	q->pk.pushed = 0;
	shared_store_release(q->pk.held, q->pk.held_flags); /* (L) */
}

/* ---- events ---- */

bool packed_wants_call(struct virtq *q)
{
	uint16_t old = off_wrap_of(q->pk.called);
	uint32_t n = q->pk.uncalled, event;

	q->pk.called = q->pk.visible;
	q->pk.uncalled = 0;
	shared_fence(); /* (M) */
	event = shared_load((const uint32_t *)(const void *)q->pk.driver);
	if ((event >> 16 & EVENT_FLAGS) == VRING_PACKED_EVENT_FLAG_DISABLE)
		return false;
	if ((event >> 16 & EVENT_FLAGS) != VRING_PACKED_EVENT_FLAG_DESC || !q->event_idx)
		return true;
	return distance(q, old, (uint16_t)event) < n;
}

static void set_event(struct virtq *q, struct virtq_place at, uint32_t flags)
{
	shared_store((uint32_t *)(void *)q->pk.device, off_wrap_of(at) | flags << 16);
}

/*
 * Where chains came in the meantime the event would be passed unseen, and come again two laps
 * later: none, until this is asked again.
 */
bool packed_enable_kick_after(struct virtq *q, uint32_t n)
{
	struct virtq_place at;

	find_behind(q, n, &at);
	set_event(q, at,
		  q->event_idx ? VRING_PACKED_EVENT_FLAG_DESC : VRING_PACKED_EVENT_FLAG_ENABLE);
	shared_fence(); /* (N) */
	if (!packed_has_more(q, n))
		return false;
	packed_disable_kick(q);
	return true;
}

void packed_disable_kick(struct virtq *q)
{
	set_event(q, q->pk.avail, VRING_PACKED_EVENT_FLAG_DISABLE);
}

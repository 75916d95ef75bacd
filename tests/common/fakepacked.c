// SPDX-License-Identifier: BSD-2-Clause
// A scriptable driver half of a packed virtqueue.
#include "tests/common/fakepacked.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "tandem/shared.h"

static uint64_t align_up(uint64_t v, uint64_t align)
{
	return (v + align - 1) & ~(align - 1);
}

struct virtq_layout packed_layout(uint64_t start, uint32_t size)
{
	uint64_t ring = align_up(start + FAKE_GAP, 16);
	uint64_t driver = ring + 16ull * size + FAKE_GAP;

	return (struct virtq_layout){ size, gpa(ring), gpa(driver), gpa(driver + 4 + FAKE_GAP) };
}

uint64_t packed_layout_bytes(uint32_t size)
{
	struct virtq_layout at = packed_layout(0, size);

	return align_up(at.device.v + 4 + FAKE_GAP, 4096);
}

static void *at_gpa(const struct packed_queue *d, gpa_t at, uint64_t bytes)
{
	void *p = gmem_ptr(d->mem, at, bytes);

	assert(p); /* the test's own layout must be in memory; hostile ones go to virtq_start() */
	return p;
}

static struct vring_packed_desc *ring(const struct packed_queue *d)
{
	return at_gpa(d, d->at.desc, 16ull * d->at.size);
}

void packed_init(struct packed_queue *d, const struct gmem *mem, const struct virtq_layout *at,
		 bool event_idx)
{
	uint32_t n = at->size;

	*d = (struct packed_queue){ .mem = mem, .at = *at, .event_idx = event_idx, .nfree = n };
	d->avail.wrap = d->used.wrap = d->asked.wrap = true;
	d->ids = calloc(n, sizeof(*d->ids));
	d->count = calloc(n, sizeof(*d->count));
	assert(d->ids && d->count);
	for (d->nids = 0; d->nids < n; d->nids++)
		d->ids[d->nids] = (uint16_t)(n - 1 - d->nids);
	memset(ring(d), 0, 16ull * n);
	memset(at_gpa(d, at->driver, 4), 0, 4);
	memset(at_gpa(d, at->device, 4), 0, 4);
}

void packed_fini(struct packed_queue *d)
{
	free(d->ids);
	free(d->count);
	d->ids = d->count = NULL;
}

struct vring_packed_desc packed_get(const struct packed_queue *d, uint32_t i)
{
	struct vring_packed_desc *p = &ring(d)[i];
	uint16_t flags = shared_load_acquire(&p->flags); /* (L) */

	return (struct vring_packed_desc){ shared_load(&p->addr), shared_load(&p->len),
					   shared_load(&p->id), flags };
}

void packed_set_flags(struct packed_queue *d, uint32_t i, uint16_t flags)
{
	shared_store_release(&ring(d)[i].flags, flags); /* (K) */
}

void packed_set(struct packed_queue *d, uint32_t i, struct vring_packed_desc desc)
{
	struct vring_packed_desc *p = &ring(d)[i];

	shared_store(&p->addr, desc.addr);
	shared_store(&p->len, desc.len);
	shared_store(&p->id, desc.id);
	packed_set_flags(d, i, desc.flags);
}

void packed_set_event(struct packed_queue *d, uint16_t off_wrap, uint16_t flags)
{
	shared_store((uint32_t *)at_gpa(d, d->at.driver, 4), off_wrap | (uint32_t)flags << 16);
}

struct vring_packed_desc_event packed_device_event(const struct packed_queue *d)
{
	uint32_t event = shared_load((uint32_t *)at_gpa(d, d->at.device, 4));

	return (struct vring_packed_desc_event){ (uint16_t)event, (uint16_t)(event >> 16) };
}

uint16_t packed_available(struct packed_at at)
{
	return at.wrap ? PACKED_AVAIL : PACKED_USED;
}

uint16_t packed_is_used(struct packed_at at)
{
	return at.wrap ? PACKED_AVAIL | PACKED_USED : 0;
}

struct packed_at packed_next(const struct packed_queue *d, struct packed_at at, uint32_t n)
{
	for (; n; n--) {
		bool last = at.off + 1u == d->at.size;

		at = (struct packed_at){ last ? 0 : (uint16_t)(at.off + 1), at.wrap ^ last };
	}
	return at;
}

uint16_t packed_off_wrap(struct packed_at at)
{
	return (uint16_t)(at.off | (at.wrap ? PACKED_WRAP : 0));
}

int packed_add(struct packed_queue *d, const struct fake_buf *bufs, unsigned n)
{
	struct packed_at at = d->avail;
	uint16_t id, first = 0;

	if (!n || d->nfree < n || !d->nids)
		return -1;
	id = d->ids[--d->nids];
	for (unsigned k = 0; k < n; k++, at = packed_next(d, at, 1)) {
		uint16_t flags = (uint16_t)(packed_available(at) |
					    (bufs[k].writable ? VRING_DESC_F_WRITE : 0) |
					    (k + 1 < n ? VRING_DESC_F_NEXT : 0));
		struct vring_packed_desc old = packed_get(d, at.off);

		if (!k)
			first = flags;
		packed_set(d, at.off,
			   (struct vring_packed_desc){ bufs[k].addr, bufs[k].len, id,
						       k ? flags : old.flags });
	}
	packed_set_flags(d, d->avail.off, first);
	d->avail = at;
	d->count[id] = (uint16_t)n;
	d->nfree -= n;
	d->added += n;
	return id;
}

/* Is the event's place among the n from `from` on? Slowly, as the specification words it. */
static bool is_among(const struct packed_queue *d, uint16_t off_wrap, struct packed_at from,
		     uint32_t n)
{
	for (; n; n--, from = packed_next(d, from, 1))
		if (packed_off_wrap(from) == off_wrap)
			return true;
	return false;
}

bool packed_wants_kick(struct packed_queue *d)
{
	struct vring_packed_desc_event e;
	struct packed_at asked = d->asked;
	uint32_t added = d->added;

	shared_fence(); /* (N) */
	e = packed_device_event(d);
	d->asked = d->avail;
	d->added = 0;
	if (!added || e.flags == VRING_PACKED_EVENT_FLAG_DISABLE)
		return false;
	if (e.flags == VRING_PACKED_EVENT_FLAG_ENABLE)
		return true;
	assert(d->event_idx);
	return is_among(d, e.off_wrap, asked, added);
}

bool packed_take(struct packed_queue *d, struct vring_packed_desc *used)
{
	*used = packed_get(d, d->used.off);
	if ((used->flags & (PACKED_AVAIL | PACKED_USED)) != packed_is_used(d->used))
		return false;
	assert(used->id < d->at.size && d->count[used->id]);
	d->used = packed_next(d, d->used, d->count[used->id]);
	d->nfree += d->count[used->id];
	d->count[used->id] = 0;
	d->ids[d->nids++] = used->id;
	return true;
}

bool packed_arm_call(struct packed_queue *d)
{
	struct vring_packed_desc next;

	packed_set_event(d, packed_off_wrap(d->used),
			 d->event_idx ? VRING_PACKED_EVENT_FLAG_DESC
				      : VRING_PACKED_EVENT_FLAG_ENABLE);
	shared_fence(); /* (M) */
	next = packed_get(d, d->used.off);
	return (next.flags & (PACKED_AVAIL | PACKED_USED)) == packed_is_used(d->used);
}

// SPDX-License-Identifier: BSD-2-Clause
// A scriptable driver half of a split virtqueue.
#include "tests/common/fakedriver.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "tandem/shared.h"

static uint64_t align_up(uint64_t v, uint64_t align)
{
	return (v + align - 1) & ~(align - 1);
}

struct virtq_layout fake_layout(uint64_t start, uint32_t size)
{
	uint64_t desc = align_up(start + FAKE_GAP, VRING_DESC_ALIGN_SIZE);
	uint64_t driver = desc + 16ull * size + FAKE_GAP;
	uint64_t device = align_up(driver + 6 + 2ull * size + FAKE_GAP, VRING_USED_ALIGN_SIZE);

	return (struct virtq_layout){ size, gpa(desc), gpa(driver), gpa(device) };
}

uint64_t fake_layout_bytes(uint32_t size)
{
	struct virtq_layout at = fake_layout(0, size);

	return align_up(at.device.v + 6 + 8ull * size + FAKE_GAP, 4096);
}

static void *at_gpa(const struct fake_queue *d, gpa_t at, uint64_t bytes)
{
	void *p = gmem_ptr(d->mem, at, bytes);

	assert(p); /* the test's own layout must be in memory; hostile ones go to virtq_start() */
	return p;
}

static struct vring_desc *descs(const struct fake_queue *d)
{
	return at_gpa(d, d->at.desc, 16ull * d->at.size);
}

static struct vring_avail *avail(const struct fake_queue *d)
{
	return at_gpa(d, d->at.driver, 6 + 2ull * d->at.size);
}

static struct vring_used *used_ring(const struct fake_queue *d)
{
	return at_gpa(d, d->at.device, 6 + 8ull * d->at.size);
}

void fake_init(struct fake_queue *d, const struct gmem *mem, const struct virtq_layout *at,
	       bool event_idx)
{
	uint32_t n = at->size;

	*d = (struct fake_queue){ .mem = mem, .at = *at, .event_idx = event_idx, .nfree = n };
	d->next = calloc(n, sizeof(*d->next));
	d->count = calloc(n, sizeof(*d->count));
	assert(d->next && d->count);
	for (uint32_t i = 0; i < n; i++)
		d->next[i] = (uint16_t)(i + 1);
	memset(descs(d), 0, 16ull * n);
	memset(avail(d), 0, 6 + 2ull * n);
	memset(used_ring(d), 0, 6 + 8ull * n);
}

void fake_fini(struct fake_queue *d)
{
	free(d->next);
	free(d->count);
	d->next = NULL;
	d->count = NULL;
}

void fake_set_desc(struct fake_queue *d, uint32_t i, struct vring_desc desc)
{
	uint64_t *to = (uint64_t *)(void *)&descs(d)[i], w[2];

	memcpy(w, &desc, sizeof(w));
	shared_store(&to[0], w[0]);
	shared_store(&to[1], w[1]);
}

void fake_set_avail_entry(struct fake_queue *d, uint16_t slot, uint16_t head)
{
	shared_store(&avail(d)->ring[slot & (d->at.size - 1)], head);
}

void fake_set_avail_idx(struct fake_queue *d, uint16_t idx)
{
	shared_store_release(&avail(d)->idx, idx); /* (A) */
}

void fake_set_avail_flags(struct fake_queue *d, uint16_t flags)
{
	shared_store(&avail(d)->flags, flags);
}

void fake_set_used_event(struct fake_queue *d, uint16_t idx)
{
	shared_store(&avail(d)->ring[d->at.size], idx);
}

uint16_t fake_avail_event(const struct fake_queue *d)
{
	return shared_load((uint16_t *)(void *)&used_ring(d)->ring[d->at.size]);
}

uint16_t fake_used_idx(const struct fake_queue *d)
{
	return shared_load_acquire(&used_ring(d)->idx); /* (B) */
}

uint16_t fake_used_flags(const struct fake_queue *d)
{
	return shared_load(&used_ring(d)->flags);
}

struct vring_used_elem fake_used_entry(const struct fake_queue *d, uint16_t slot)
{
	struct vring_used_elem *e = &used_ring(d)->ring[slot & (d->at.size - 1)];

	return (struct vring_used_elem){ shared_load(&e->id), shared_load(&e->len) };
}

int fake_add(struct fake_queue *d, const struct fake_buf *bufs, unsigned n)
{
	uint16_t head = d->free, i = head, last = head;

	if (!n || d->nfree < n)
		return -1;
	for (unsigned k = 0; k < n; k++, i = d->next[i]) {
		uint16_t flags = bufs[k].writable ? VRING_DESC_F_WRITE : 0;

		if (k + 1 < n)
			flags |= VRING_DESC_F_NEXT;
		fake_set_desc(d, i,
			      (struct vring_desc){ bufs[k].addr, bufs[k].len, flags,
						   k + 1 < n ? d->next[i] : 0 });
		last = i;
	}
	d->free = d->next[last];
	d->nfree -= n;
	d->count[head] = (uint16_t)n;
	fake_offer(d, head);
	return head;
}

void fake_offer(struct fake_queue *d, uint16_t head)
{
	fake_set_avail_entry(d, d->avail_next++, head);
}

bool fake_publish(struct fake_queue *d)
{
	uint16_t old = d->avail_visible;

	d->avail_visible = d->avail_next;
	fake_set_avail_idx(d, d->avail_visible);
	shared_fence(); /* (D) */
	if (old == d->avail_visible)
		return false;
	if (d->event_idx)
		return vring_need_event(fake_avail_event(d), d->avail_visible, old);
	return !(fake_used_flags(d) & VRING_USED_F_NO_NOTIFY);
}

static void free_chain(struct fake_queue *d, uint16_t head)
{
	uint16_t last = head;

	for (unsigned k = 1; k < d->count[head]; k++)
		last = d->next[last];
	d->next[last] = d->free;
	d->free = head;
	d->nfree += d->count[head];
	d->count[head] = 0;
}

bool fake_take(struct fake_queue *d, struct vring_used_elem *used)
{
	if (fake_used_idx(d) == d->used_next)
		return false;
	*used = fake_used_entry(d, d->used_next++);
	if (used->id < d->at.size && d->count[used->id])
		free_chain(d, (uint16_t)used->id);
	return true;
}

bool fake_arm_call(struct fake_queue *d)
{
	if (d->event_idx)
		fake_set_used_event(d, d->used_next);
	else
		fake_set_avail_flags(d, 0);
	shared_fence(); /* (C) */
	return fake_used_idx(d) != d->used_next;
}

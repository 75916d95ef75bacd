// SPDX-License-Identifier: BSD-2-Clause
// Seeds for the fuzz targets.
#include "tests/common/seed.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SIZE_MAX_LOG2 8u
#define FUZZ_DATA 0x2000u /* the target's memory ends at 0x4000 */

struct seed {
	uint8_t bytes[4096];
	size_t n;
};

static void put(struct seed *s, unsigned v)
{
	if (s->n < sizeof(s->bytes))
		s->bytes[s->n++] = (uint8_t)v;
}

static void put16(struct seed *s, unsigned v)
{
	put(s, v & 0xff);
	put(s, v >> 8 & 0xff);
}

static unsigned log2_of(uint32_t size)
{
	unsigned n = 0;

	while (size >> 1 >> n)
		n++;
	return n;
}

/* The test's buffers become the target's; what is outside stays outside. */
static uint16_t move_address(const struct fake_queue *d, uint64_t addr, uint64_t data)
{
	if (addr >= data && addr - data < 0x1000)
		return (uint16_t)(FUZZ_DATA + (addr - data));
	if (addr >= d->mem->base && addr - d->mem->base < FUZZ_DATA)
		return (uint16_t)(addr - d->mem->base);
	return (uint16_t)-8;
}

static void put_desc(struct seed *s, const struct fake_queue *d, uint32_t i, uint64_t data)
{
	const struct vring_desc *v = gmem_ptr(d->mem, gpa(d->at.desc.v + 16 * i), 16);

	if (!v || (!v->addr && !v->len && !v->flags))
		return;
	put(s, 1);
	put(s, i);
	put16(s, move_address(d, v->addr, data));
	put16(s, v->len > 0xffff ? v->len >> 16 : v->len);
	put(s, (v->flags & 7u) | (v->len > 0xffff ? 0x80 : 0));
	put(s, v->next);
}

static void save(const struct seed *s)
{
	static unsigned number;
	char path[512];
	FILE *f;

	snprintf(path, sizeof(path), "%s/unit-%d-%u", getenv("TANDEM_SEEDS"), getpid(), number++);
	f = fopen(path, "wb");
	if (!f)
		return;
	fwrite(s->bytes, 1, s->n, f);
	fclose(f);
}

void seed_virtq(const struct fake_queue *d, uint64_t data)
{
	struct seed s = { .n = 0 };
	const uint16_t *avail;
	uint16_t idx;

	if (!getenv("TANDEM_SEEDS") || !d->mem || !d->at.size || d->at.size > 1u << SIZE_MAX_LOG2)
		return;
	avail = gmem_ptr(d->mem, d->at.driver, 6 + 2ull * d->at.size);
	if (!avail)
		return;
	idx = avail[1];
	put(&s, log2_of(d->at.size) | (d->event_idx ? 16 : 0));
	for (uint32_t i = 0; i < d->at.size; i++)
		put_desc(&s, d, i, data);
	for (uint16_t i = 0; i < idx && i < d->at.size; i++) {
		put(&s, 3);
		put(&s, avail[2 + i]);
	}
	put(&s, 5);
	put16(&s, idx);
	put(&s, 6);
	put16(&s, avail[2 + d->at.size]);
	for (unsigned i = 0; i < 4; i++) { /* pop, push the head, publish, enable the kick */
		put(&s, 8);
		put(&s, 10);
		put(&s, avail[2 + (i & (d->at.size - 1))]);
		put16(&s, i);
		put(&s, 11);
		put(&s, 12);
	}
	save(&s);
}

// SPDX-License-Identifier: BSD-2-Clause
// The device half of a packed virtqueue: what a good driver sees, and what a bad one cannot do.
#include "tests/common/fakepacked.h"
#include "tests/common/suite.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "lib/clock.h"
#include "tandem/shared.h"

#define RAM 0x40000000ull
#define RAM_BYTES (2ull << 20)
#define RAM_END (RAM + RAM_BYTES)
#define DATA (RAM + (1ull << 20))
#define TABLE (DATA + 65536)
#define SIZE 8u

#define NEXT VRING_DESC_F_NEXT
#define WRITE VRING_DESC_F_WRITE
#define INDIRECT VRING_DESC_F_INDIRECT
#define FIRST 0x80008000u

static struct {
	struct gmem mem;
	struct packed_queue driver;
	struct virtq q;
	struct virtq_room room;
	uint8_t *before;
} fx;

static const struct fake_buf in = { DATA, 64, false }, out = { DATA + 4096, 100, true };

static int set_up(void **state)
{
	(void)state;
	memset(&fx, 0, sizeof(fx));
	assert_int_equal(gmem_create(&fx.mem, "test-packed", gpa(RAM), RAM_BYTES), 0);
	fx.before = malloc(RAM_BYTES);
	fx.room = (struct virtq_room){ calloc(VIRTQ_SIZE_MAX, sizeof(struct virtq_seg)),
				       VIRTQ_SIZE_MAX };
	assert_true(fx.before && fx.room.segs);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	virtq_fini(&fx.q);
	packed_fini(&fx.driver);
	gmem_destroy(&fx.mem);
	free(fx.before);
	free(fx.room.segs);
	return 0;
}

static void start(uint32_t size, uint64_t features)
{
	struct virtq_layout at = packed_layout(RAM, size);

	assert_int_equal(virtq_init(&fx.q, size), 0);
	packed_init(&fx.driver, &fx.mem, &at, features & VIRTQ_EVENT_IDX);
	assert_int_equal(virtq_start(&fx.q, &fx.mem, &at, VIRTQ_PACKED | features, FIRST), 0);
}

static int add(struct fake_buf buf)
{
	int id = packed_add(&fx.driver, &buf, 1);

	assert_true(id >= 0);
	return id;
}

static struct virtq_chain pop(void)
{
	struct virtq_chain chain;

	assert_int_equal(virtq_pop(&fx.q, fx.room, &chain), 1);
	return chain;
}

static void use(const struct virtq_chain *chain, uint32_t written)
{
	virtq_push_used(&fx.q, chain, written);
	virtq_publish(&fx.q);
}

static void assert_dead(enum virtq_break why)
{
	struct virtq_chain chain;

	assert_int_equal(fx.q.broken, why);
	assert_int_equal(virtq_pop(&fx.q, fx.room, &chain), -EPROTO);
	assert_int_equal(virtq_pending(&fx.q), 0);
	assert_false(virtq_has_more(&fx.q, 0));
	assert_false(virtq_wants_call(&fx.q));
	assert_false(virtq_enable_kick(&fx.q));
	virtq_disable_kick(&fx.q);
	assert_int_equal(fx.q.broken, why);
}

static void assert_breaks(enum virtq_break why)
{
	struct virtq_chain chain;

	memcpy(fx.before, fx.mem.host, RAM_BYTES);
	assert_int_equal(virtq_pop(&fx.q, fx.room, &chain), -EPROTO);
	assert_dead(why);
	assert_memory_equal(fx.before, fx.mem.host, RAM_BYTES);
}

/* ------------------------------------------------------------------ what a good driver sees */

static void a_chain_comes_out_and_goes_back_as_one(void **state)
{
	const struct fake_buf bufs[] = { in, { RAM_END - 1, 1, false }, out };
	struct vring_packed_desc used;
	struct virtq_chain chain;
	int id;

	(void)state;
	start(SIZE, 0);
	assert_int_equal(virtq_pending(&fx.q), 0);
	assert_int_equal(virtq_pop(&fx.q, fx.room, &chain), 0);
	id = packed_add(&fx.driver, bufs, 3);
	assert_int_equal(virtq_pending(&fx.q), 1);
	chain = pop();
	assert_int_equal(chain.head, id);
	assert_int_equal(chain.nsegs, 3);
	assert_int_equal(chain.readable, 2);
	assert_int_equal(chain.bytes, 165);
	for (int i = 0; i < 3; i++) {
		assert_ptr_equal(chain.segs[i].p, fx.mem.host + (bufs[i].addr - RAM));
		assert_int_equal(chain.segs[i].len, bufs[i].len);
	}
	assert_false(packed_take(&fx.driver, &used));
	use(&chain, 77);
	assert_true(packed_take(&fx.driver, &used));
	assert_int_equal(used.id, id);
	assert_int_equal(used.len, 77);
	assert_true(used.flags & WRITE);
	assert_int_equal(fx.driver.used.off, 3);
	assert_false(packed_take(&fx.driver, &used));
}

/* 2.8.4: of a buffer into which nothing was written the length does not count. */
static void nothing_written_is_not_marked_as_written(void **state)
{
	struct vring_packed_desc used;
	struct virtq_chain chain;

	(void)state;
	start(SIZE, 0);
	add(in);
	chain = pop();
	use(&chain, 0);
	assert_true(packed_take(&fx.driver, &used));
	assert_false(used.flags & WRITE);
}

/* 2.8.10: the first of several that were pushed is marked last of all. */
static void nothing_is_visible_before_it_is_published(void **state)
{
	struct virtq_chain chain[4];
	struct vring_packed_desc used;

	(void)state;
	start(SIZE, 0);
	for (int i = 0; i < 4; i++) {
		add(in);
		chain[i] = pop();
	}
	for (int i = 3; i >= 0; i--) {
		virtq_push_used(&fx.q, &chain[i], (uint32_t)i);
		assert_false(packed_take(&fx.driver, &used));
	}
	virtq_publish(&fx.q);
	for (int i = 3; i >= 0; i--) {
		assert_true(packed_take(&fx.driver, &used));
		assert_int_equal(used.id, chain[i].head);
	}
	memcpy(fx.before, fx.mem.host, RAM_BYTES);
	virtq_publish(&fx.q);
	assert_memory_equal(fx.before, fx.mem.host, RAM_BYTES);
}

/* What was given back comes again, over the end of the ring too. */
static void what_is_unpopped_comes_again(void **state)
{
	const struct fake_buf two[] = { in, in };
	struct vring_packed_desc used;

	(void)state;
	start(5, 0);
	for (uint32_t lap = 0; lap < 40; lap++) {
		struct virtq_chain chain[2], again;

		assert_true(packed_add(&fx.driver, two, 2) >= 0);
		add(out);
		chain[0] = pop();
		chain[1] = pop();
		assert_false(virtq_has_more(&fx.q, 0));
		virtq_unpop(&fx.q, chain, 2);
		assert_true(virtq_has_more(&fx.q, 1));
		assert_false(virtq_has_more(&fx.q, 2));
		for (int i = 0; i < 2; i++) {
			again = pop();
			assert_int_equal(again.head, chain[i].head);
			assert_int_equal(again.bytes, chain[i].bytes);
			use(&again, 1);
			assert_true(packed_take(&fx.driver, &used));
		}
	}
}

struct lap_row {
	const char *name;
	uint32_t size, longest;
	bool event_idx;
};

static const struct lap_row laps[] = {
	{ "2.8.1 wrap counters over many laps, ring of 1", 1, 1, false },
	{ "2.8.1 wrap counters over many laps, ring of 7: no power of two", 7, 3, true },
	{ "2.8.1 wrap counters over many laps, ring of 8", 8, 8, true },
	{ "2.8.1 wrap counters over many laps, ring of 8, no event indices", 8, 3, false },
	{ "2.8.1 wrap counters over many laps, ring of 32768", 32768, 5, true },
};

/* What is in flight: as the device has it, and how many descriptors it takes. */
struct flights {
	struct virtq_chain chain[16];
	uint32_t n;
};

static void pop_into(struct flights *f)
{
	if (f->n < ARRAY_SIZE(f->chain) && virtq_pop(&fx.q, fx.room, &f->chain[f->n]) == 1)
		f->n++;
	assert_int_equal(fx.q.broken, VIRTQ_OK);
}

/* One of those in flight, any, is used: out of order for the most part. */
static void use_any(struct flights *f, uint64_t *seed)
{
	uint32_t k;

	if (!f->n)
		return;
	k = suite_random(seed) % f->n;
	virtq_push_used(&fx.q, &f->chain[k], f->chain[k].head + 1u);
	f->chain[k] = f->chain[--f->n];
}

static uint32_t add_any(uint32_t longest, uint64_t *seed)
{
	struct fake_buf bufs[8];
	uint32_t n = 1 + suite_random(seed) % longest;

	for (uint32_t i = 0; i < n; i++)
		bufs[i] = (struct fake_buf){ DATA + 64 * i, 1 + suite_random(seed) % 64, true };
	return packed_add(&fx.driver, bufs, n) >= 0;
}

static uint32_t take_all(void)
{
	struct vring_packed_desc used;
	uint32_t n = 0;

	for (; packed_take(&fx.driver, &used); n++)
		assert_int_equal(used.len, used.id + 1u);
	return n;
}

/* Everything comes back once, whatever the order, and both sides agree where the ring stands. */
static void laps_hold(void **state)
{
	const struct lap_row *row = *state;
	uint64_t seed = row->size;
	uint32_t added = 0, taken = 0;
	struct flights f = { .n = 0 };

	start(row->size, row->event_idx ? VIRTQ_EVENT_IDX : 0);
	for (uint32_t i = 0; i < 200000; i++) {
		added += add_any(row->longest, &seed);
		pop_into(&f);
		if (suite_random(&seed) & 1)
			use_any(&f, &seed);
		if (suite_random(&seed) & 1)
			virtq_publish(&fx.q);
		if (!(suite_random(&seed) & 3))
			taken += take_all();
	}
	for (uint32_t n = added; n; n--) {
		use_any(&f, &seed);
		pop_into(&f);
	}
	virtq_publish(&fx.q);
	assert_int_equal(taken + take_all(), added);
	assert_int_equal(virtq_stop(&fx.q), packed_off_wrap(fx.driver.avail) * 0x10001u);
}

/* ------------------------------------------------------------------ start and stop */

static void stopped_and_started_it_goes_on(void **state)
{
	struct vring_packed_desc used;
	uint32_t base = FIRST;

	(void)state;
	start(3, 0);
	for (int i = 0; i < 20; i++) {
		struct virtq_chain chain;

		add(in);
		chain = pop();
		use(&chain, 0);
		assert_true(packed_take(&fx.driver, &used));
		base = virtq_stop(&fx.q);
		assert_int_equal(base, packed_off_wrap(fx.driver.avail) * 0x10001u);
		assert_int_equal(virtq_start(&fx.q, &fx.mem, &fx.driver.at, VIRTQ_PACKED, base), 0);
	}
}

/* DPDK gives the lower half alone; what is in flight by both halves is taken once more. */
static void the_base_is_of_one_half_or_of_two(void **state)
{
	struct virtq_chain chain;

	(void)state;
	start(SIZE, 0);
	for (int i = 0; i < 3; i++)
		add(in);
	assert_int_equal(virtq_start(&fx.q, &fx.mem, &fx.driver.at, VIRTQ_PACKED, 0x8001), 0);
	for (int i = 0; i < 2; i++)
		pop();
	assert_int_equal(virtq_pop(&fx.q, fx.room, &chain), 0);
	assert_int_equal(virtq_start(&fx.q, &fx.mem, &fx.driver.at, VIRTQ_PACKED, 0x80008002), 0);
	for (int i = 0; i < 3; i++)
		pop();
	assert_int_equal(virtq_pop(&fx.q, fx.room, &chain), 0);
}

struct start_row {
	const char *name;
	enum virtq_break why;
	uint32_t size, base;
	uint64_t desc, driver, device; /* added to where they are */
};

static const struct start_row starts[] = {
	{ "2.8 a ring of no entries", VIRTQ_BAD_SIZE, 0, FIRST, 0, 0, 0 },
	{ "2.8 a ring larger than the maximum", VIRTQ_BAD_SIZE, 101, FIRST, 0, 0, 0 },
	{ "2.8 a ring of as many as may be, no power of two", VIRTQ_OK, 100, FIRST, 0, 0, 0 },
	{ "2.8.10.1 a ring that is not aligned to 16", VIRTQ_BAD_ALIGN, 8, FIRST, 8, 0, 0 },
	{ "2.8.10.1 a driver's event at 2", VIRTQ_BAD_ALIGN, 8, FIRST, 0, 2, 0 },
	{ "2.8.10.1 a device's event at 2", VIRTQ_BAD_ALIGN, 8, FIRST, 0, 0, 2 },
	{ "a ring that ends outside memory", VIRTQ_BAD_RING, 100, FIRST, RAM_BYTES - 1024, 0, 0 },
	{ "a driver's event outside memory", VIRTQ_BAD_RING, 8, FIRST, 0, RAM_BYTES, 0 },
	{ "a device's event outside memory", VIRTQ_BAD_RING, 8, FIRST, 0, 0, RAM_BYTES },
	{ "a base that is the last entry", VIRTQ_OK, 8, 0x80078007, 0, 0, 0 },
	{ "a base outside the ring", VIRTQ_BAD_BASE, 8, 0x80088000, 0, 0, 0 },
	{ "a base of one half outside the ring", VIRTQ_BAD_BASE, 8, 8, 0, 0, 0 },
};

static void a_start_row_holds(void **state)
{
	const struct start_row *r = *state;
	struct virtq_layout at = packed_layout(RAM, 100);
	int err;

	assert_int_equal(virtq_init(&fx.q, 100), 0);
	packed_init(&fx.driver, &fx.mem, &at, false);
	at.size = r->size;
	at.desc.v += r->desc;
	at.driver.v += r->driver;
	at.device.v += r->device;
	err = virtq_start(&fx.q, &fx.mem, &at, VIRTQ_PACKED, r->base);
	assert_int_equal(err, r->why ? -EINVAL : 0);
	if (r->why)
		assert_dead(r->why);
}

/* ------------------------------------------------------------------ what a bad one cannot do */

struct row {
	const char *name;
	enum virtq_break why;	  /* VIRTQ_OK: it comes out */
	uint32_t nsegs, readable; /* then */
	/* flags without AVAIL and USED: those are right, but where they are given */
	struct vring_packed_desc desc[SIZE];
	struct vring_packed_desc table[4]; /* at TABLE */
};

#define ENTRY 16u

static const struct row rows[] = {
	{ .name = "2.8.6 an id that is the last one",
	  .nsegs = 1,
	  .readable = 1,
	  .desc = { { DATA, 64, SIZE - 1, 0 } } },
	{ .name = "2.8.6 an id out of range",
	  .why = VIRTQ_BAD_ID,
	  .desc = { { DATA, 64, SIZE, 0 } } },
	{ .name = "2.8.6 an id of 65535", .why = VIRTQ_BAD_ID, .desc = { { DATA, 64, 65535, 0 } } },
	{ .name = "2.8.6 the id of a chain stands in its last descriptor",
	  .nsegs = 2,
	  .readable = 1,
	  .desc = { { DATA, 64, 65535, NEXT }, { DATA, 64, 0, WRITE } } },
	{ .name = "2.8.6 an id out of range in a chain's last",
	  .why = VIRTQ_BAD_ID,
	  .desc = { { DATA, 64, 0, NEXT }, { DATA, 64, SIZE, WRITE } } },
	{ .name = "2.8.6 a chain that goes on where none is available",
	  .why = VIRTQ_CUT_SHORT,
	  .desc = { { DATA, 64, 0, NEXT } } },
	{ .name = "2.8.6 a chain that goes on at a used one",
	  .why = VIRTQ_CUT_SHORT,
	  .desc = { { DATA, 64, 0, NEXT }, { DATA, 64, 0, PACKED_AVAIL | PACKED_USED } } },
	{ .name = "2.8.6 a chain as long as the ring",
	  .nsegs = SIZE,
	  .readable = SIZE,
	  .desc = { { DATA, 1, 0, NEXT },
		    { DATA, 1, 0, NEXT },
		    { DATA, 1, 0, NEXT },
		    { DATA, 1, 0, NEXT },
		    { DATA, 1, 0, NEXT },
		    { DATA, 1, 0, NEXT },
		    { DATA, 1, 0, NEXT },
		    { DATA, 1, 0, 0 } } },
	{ .name = "2.8.17 a chain without end",
	  .why = VIRTQ_LOOP,
	  .desc = { { DATA, 1, 0, NEXT },
		    { DATA, 1, 0, NEXT },
		    { DATA, 1, 0, NEXT },
		    { DATA, 1, 0, NEXT },
		    { DATA, 1, 0, NEXT },
		    { DATA, 1, 0, NEXT },
		    { DATA, 1, 0, NEXT },
		    { DATA, 1, 0, NEXT } } },
	{ .name = "2.8.17 readable after writable",
	  .why = VIRTQ_BAD_ORDER,
	  .desc = { { DATA, 64, 0, NEXT | WRITE }, { DATA, 64, 0, 0 } } },
	{ .name = "a buffer of no bytes", .why = VIRTQ_ZERO_LENGTH, .desc = { { DATA, 0, 0, 0 } } },
	{ .name = "a buffer outside memory",
	  .why = VIRTQ_BAD_BUFFER,
	  .desc = { { RAM_END - 63, 64, 0, 0 } } },
	{ .name = "2.8.7 a table's entries follow each other",
	  .nsegs = 3,
	  .readable = 2,
	  .desc = { { TABLE, 3 * ENTRY, 5, INDIRECT | WRITE } },
	  .table = { { DATA, 64, 99, 0 }, { DATA, 64, 99, 0 }, { DATA, 64, 99, WRITE } } },
	{ .name = "2.8.7 NEXT and INDIRECT in a table are ignored",
	  .nsegs = 2,
	  .readable = 2,
	  .desc = { { TABLE, 2 * ENTRY, 0, INDIRECT } },
	  .table = { { DATA, 64, 0, INDIRECT }, { DATA, 64, 0, NEXT } } },
	{ .name = "2.8.7 an id out of range of a table",
	  .why = VIRTQ_BAD_ID,
	  .desc = { { TABLE, ENTRY, SIZE, INDIRECT } },
	  .table = { { DATA, 64, 0, 0 } } },
	{ .name = "2.8.7 an empty table",
	  .why = VIRTQ_BAD_TABLE,
	  .desc = { { TABLE, 0, 0, INDIRECT } } },
	{ .name = "2.8.7 a table of 15 bytes",
	  .why = VIRTQ_BAD_TABLE,
	  .desc = { { TABLE, 15, 0, INDIRECT } } },
	{ .name = "2.8.7 a table of 17 bytes",
	  .why = VIRTQ_BAD_TABLE,
	  .desc = { { TABLE, 17, 0, INDIRECT } } },
	{ .name = "2.8.7 a table at an odd address",
	  .why = VIRTQ_BAD_TABLE,
	  .desc = { { TABLE + 1, ENTRY, 0, INDIRECT } } },
	{ .name = "2.8.7 a table outside memory",
	  .why = VIRTQ_BAD_TABLE,
	  .desc = { { RAM - ENTRY, ENTRY, 0, INDIRECT } } },
	{ .name = "2.8.7 a table that ends outside memory",
	  .why = VIRTQ_BAD_TABLE,
	  .desc = { { RAM_END - ENTRY, 2 * ENTRY, 0, INDIRECT } } },
	{ .name = "2.8.7 a table of 4 GiB",
	  .why = VIRTQ_BAD_TABLE,
	  .desc = { { TABLE, UINT32_MAX & ~15u, 0, INDIRECT } } },
	{ .name = "2.8.19 a table that goes on in the ring",
	  .why = VIRTQ_BAD_TABLE,
	  .desc = { { TABLE, ENTRY, 0, INDIRECT | NEXT }, { DATA, 64, 0, 0 } },
	  .table = { { DATA, 64, 0, 0 } } },
	{ .name = "2.8.19 a chain that goes on in a table",
	  .why = VIRTQ_BAD_TABLE,
	  .desc = { { DATA, 64, 0, NEXT }, { TABLE, ENTRY, 0, INDIRECT } },
	  .table = { { DATA, 64, 0, 0 } } },
	{ .name = "2.8.17 readable after writable, in a table",
	  .why = VIRTQ_BAD_ORDER,
	  .desc = { { TABLE, 2 * ENTRY, 0, INDIRECT } },
	  .table = { { DATA, 64, 0, WRITE }, { DATA, 64, 0, 0 } } },
	{ .name = "a buffer of a table outside memory",
	  .why = VIRTQ_BAD_BUFFER,
	  .desc = { { TABLE, ENTRY, 0, INDIRECT } },
	  .table = { { 0, 64, 0, 0 } } },
	{ .name = "a buffer of a table without bytes",
	  .why = VIRTQ_ZERO_LENGTH,
	  .desc = { { TABLE, ENTRY, 0, INDIRECT } },
	  .table = { { DATA, 0, 0, 0 } } },
};

static void put_table(uint64_t at, const struct vring_packed_desc *d, uint32_t n)
{
	memcpy(gmem_ptr(&fx.mem, gpa(at), n * ENTRY), d, n * ENTRY);
}

/* Descriptors without bytes and address are not there. */
static void offer(const struct row *r)
{
	for (uint32_t i = SIZE; i--;) {
		struct vring_packed_desc d = r->desc[i];

		if (!d.addr)
			continue;
		if (!(d.flags & (PACKED_AVAIL | PACKED_USED)))
			d.flags |= PACKED_AVAIL;
		packed_set(&fx.driver, i, d);
	}
	put_table(TABLE, r->table, ARRAY_SIZE(r->table));
}

static void a_row_holds(void **state)
{
	const struct row *r = *state;
	struct virtq_chain chain;

	start(SIZE, VIRTQ_INDIRECT_DESC);
	offer(r);
	if (r->why) {
		assert_breaks(r->why);
		return;
	}
	chain = pop();
	assert_int_equal(chain.nsegs, r->nsegs);
	assert_int_equal(chain.readable, r->readable);
	assert_true(chain.head < SIZE);
}

static void no_table_where_it_was_not_agreed_on(void **state)
{
	struct row row = { .desc = { { TABLE, ENTRY, 0, INDIRECT } },
			   .table = { { DATA, 64, 0, 0 } } };

	(void)state;
	start(SIZE, 0);
	offer(&row);
	assert_breaks(VIRTQ_INDIRECT);
}

/* Linux's tables may be longer than the ring; what bounds them is the room. */
static void a_table_longer_than_the_ring(void **state)
{
	struct row row = { .desc = { { TABLE, 32 * ENTRY, 0, INDIRECT } } };
	struct vring_packed_desc d = { DATA, 64, 0, 0 };
	uint32_t room = (uint32_t)(uintptr_t)*state;
	struct virtq_chain chain;

	start(SIZE, VIRTQ_INDIRECT_DESC);
	offer(&row);
	for (uint16_t i = 0; i < 32; i++)
		put_table(TABLE + i * ENTRY, &d, 1);
	fx.room.max = room;
	if (room < 32) {
		assert_breaks(VIRTQ_TOO_MANY);
		return;
	}
	chain = pop();
	assert_int_equal(chain.nsegs, 32);
	assert_int_equal(chain.count, 1);
}

/* What is only read is readable whatever a table says; in the ring itself the rule stands. */
static void a_queue_that_is_only_read(void **state)
{
	struct row row = { .desc = { { TABLE, 2 * ENTRY, 0, INDIRECT }, { DATA, 64, 1, WRITE } },
			   .table = { { DATA, 12, 0, WRITE }, { DATA, 64, 0, 0 } } };
	struct virtq_chain chain;

	(void)state;
	start(SIZE, VIRTQ_INDIRECT_DESC);
	virtq_only_read(&fx.q);
	offer(&row);
	chain = pop();
	assert_int_equal(chain.readable, 2);
	chain = pop();
	assert_int_equal(chain.readable, 0);
}

static void an_id_twice(void **state)
{
	struct row row = { .desc = { { DATA, 64, 3, 0 }, { DATA, 64, 3, 0 } } };

	(void)state;
	start(SIZE, 0);
	offer(&row);
	pop();
	assert_breaks(VIRTQ_HEAD_IN_FLIGHT);
}

/* All are in flight; the driver marks the first as available in the next lap. */
static void more_than_the_ring_holds(void **state)
{
	(void)state;
	start(SIZE, 0);
	for (uint16_t i = 0; i < SIZE; i++)
		packed_set(&fx.driver, i, (struct vring_packed_desc){ DATA, 64, 0, PACKED_AVAIL });
	for (uint16_t i = 0; i < SIZE; i++) {
		packed_set(&fx.driver, i, (struct vring_packed_desc){ DATA, 64, i, PACKED_AVAIL });
		pop();
	}
	assert_false(virtq_has_more(&fx.q, 0));
	packed_set(&fx.driver, 0, (struct vring_packed_desc){ DATA, 64, 0, PACKED_USED });
	assert_false(virtq_has_more(&fx.q, 1));
	assert_breaks(VIRTQ_BAD_AVAIL_INDEX);
}

/* Buffers that the device never gives back: the driver runs dry, nothing else happens. */
static void buffers_never_given_back(void **state)
{
	struct virtq_chain chain;

	(void)state;
	start(SIZE, 0);
	for (uint32_t i = 0; i < SIZE; i++) {
		add(in);
		pop();
	}
	assert_int_equal(packed_add(&fx.driver, &in, 1), -1);
	assert_int_equal(virtq_pop(&fx.q, fx.room, &chain), 0);
	assert_int_equal(fx.q.broken, VIRTQ_OK);
	virtq_stop(&fx.q);
	assert_int_equal(virtq_start(&fx.q, &fx.mem, &fx.driver.at, VIRTQ_PACKED, FIRST), 0);
	for (uint32_t i = 0; i < SIZE; i++)
		pop();
}

/* Flags of the lap before, or of none: the wrap counter decides. */
static void flags_of_another_lap_are_not_available(void **state)
{
	static const uint16_t wrong[] = { 0, PACKED_USED, PACKED_AVAIL | PACKED_USED };
	struct virtq_chain chain;

	(void)state;
	start(SIZE, 0);
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		packed_set(&fx.driver, 0, (struct vring_packed_desc){ DATA, 64, 0, wrong[i] });
		assert_int_equal(virtq_pop(&fx.q, fx.room, &chain), 0);
		assert_false(virtq_has_more(&fx.q, 0));
	}
	packed_set_flags(&fx.driver, 0, PACKED_AVAIL);
	pop();
}

/* A queue that breaks completes what was popped before. */
static void what_was_popped_is_completed_after_a_break(void **state)
{
	struct vring_packed_desc used;
	struct virtq_chain chain;

	(void)state;
	start(SIZE, 0);
	add(in);
	chain = pop();
	virtq_fail(&fx.q, VIRTQ_BAD_DIRECTION);
	use(&chain, 0);
	assert_true(packed_take(&fx.driver, &used));
	assert_dead(VIRTQ_BAD_DIRECTION);
}

/* ------------------------------------------------------------------ events */

static void assert_event(uint16_t off_wrap, uint16_t flags)
{
	struct vring_packed_desc_event e = packed_device_event(&fx.driver);

	assert_int_equal(e.off_wrap, off_wrap);
	assert_int_equal(e.flags, flags);
}

static void kicks_come_when_they_were_asked_for(void **state)
{
	bool event_idx = *state;
	uint16_t on = event_idx ? VRING_PACKED_EVENT_FLAG_DESC : VRING_PACKED_EVENT_FLAG_ENABLE;

	start(3, event_idx ? VIRTQ_EVENT_IDX : 0);
	for (int i = 0; i < 20; i++) {
		struct vring_packed_desc used;
		struct virtq_chain chain;

		virtq_disable_kick(&fx.q);
		add(in);
		assert_false(packed_wants_kick(&fx.driver));
		assert_true(virtq_enable_kick(&fx.q)); /* it came before it was asked */
		assert_int_equal(packed_device_event(&fx.driver).flags,
				 VRING_PACKED_EVENT_FLAG_DISABLE);
		chain = pop();
		assert_false(virtq_enable_kick(&fx.q));
		assert_event(packed_off_wrap(fx.driver.avail), on);
		use(&chain, 0);
		assert_true(packed_take(&fx.driver, &used));
		add(in);
		assert_true(packed_wants_kick(&fx.driver));
		chain = pop();
		use(&chain, 0);
		assert_true(packed_take(&fx.driver, &used));
	}
}

/* Whoever cannot go on with so few chains is kicked at the next one, not before. */
static void a_kick_behind_chains_that_are_there(void **state)
{
	const struct fake_buf two[] = { in, in };

	(void)state;
	start(6, VIRTQ_EVENT_IDX);
	assert_true(packed_add(&fx.driver, two, 2) >= 0);
	assert_true(packed_add(&fx.driver, two, 2) >= 0);
	assert_true(virtq_enable_kick_after(&fx.q, 1));
	assert_false(virtq_enable_kick_after(&fx.q, 2));
	assert_event(4 | PACKED_WRAP, VRING_PACKED_EVENT_FLAG_DESC);
	assert_true(packed_add(&fx.driver, two, 2) >= 0);
	assert_true(packed_wants_kick(&fx.driver));
	assert_true(virtq_has_more(&fx.q, 2));
}

struct call_row {
	const char *name;
	uint64_t features;
	uint16_t flags;
	int event; /* so many descriptors from where the driver is */
	uint32_t n;
	bool want;
};

#define EVENTS VIRTQ_EVENT_IDX
#define EVENT(f) VRING_PACKED_EVENT_FLAG_##f

static const struct call_row calls[] = {
	{ "2.8.14 ENABLE: a call for anything", 0, EVENT(ENABLE), 0, 1, true },
	{ "2.8.14 DISABLE: none", 0, EVENT(DISABLE), 0, 5, false },
	{ "2.8.14 DISABLE with event indices: none", EVENTS, EVENT(DISABLE), 0, 5, false },
	{ "2.8.14 ENABLE with event indices: a call", EVENTS, EVENT(ENABLE), 4, 1, true },
	{ "2.8.14 DESC: the first of one", EVENTS, EVENT(DESC), 0, 1, true },
	{ "2.8.14 DESC: the last of five", EVENTS, EVENT(DESC), 4, 5, true },
	{ "2.8.14 DESC: the one behind", EVENTS, EVENT(DESC), 5, 5, false },
	{ "2.8.14 DESC: the one before", EVENTS, EVENT(DESC), -1, 5, false },
	{ "2.8.14 DESC: another lap's", EVENTS, EVENT(DESC), 5 + 2, 5, false },
	{ "2.8.14 DESC without event indices: a call too many", 0, EVENT(DESC), 4, 1, true },
	{ "2.8.14 the reserved value: a call too many", EVENTS, 3, 4, 1, true },
};

static void use_one(void)
{
	struct virtq_chain chain;

	add(in);
	chain = pop();
	virtq_push_used(&fx.q, &chain, 0);
	assert_false(virtq_wants_call(&fx.q)); /* it is not published */
}

/* At every place of the ring, so that old, new and event lie on both sides of its end. */
static void a_call_row_holds(void **state)
{
	const struct call_row *r = *state;
	int around = 2 * 5;

	start(5, r->features);
	for (int lap = 0; lap < 30; lap++) {
		struct packed_at at = fx.driver.used;
		struct vring_packed_desc used;

		at = packed_next(&fx.driver, at, (uint32_t)((around + r->event) % around));
		packed_set_event(&fx.driver, packed_off_wrap(at), r->flags);
		for (uint32_t i = 0; i < r->n; i++)
			use_one();
		virtq_publish(&fx.q);
		assert_int_equal(virtq_wants_call(&fx.q), r->want);
		assert_false(virtq_wants_call(&fx.q));
		for (uint32_t i = 0; i < r->n; i++)
			assert_true(packed_take(&fx.driver, &used));
	}
}

/* Two laps between two questions: the event was passed, whichever it is. */
static void laps_between_two_questions(void **state)
{
	struct vring_packed_desc used;

	(void)state;
	start(5, VIRTQ_EVENT_IDX);
	packed_set_event(&fx.driver, 4, VRING_PACKED_EVENT_FLAG_DESC);
	for (uint32_t i = 0; i < 11; i++) {
		struct virtq_chain chain;

		add(in);
		chain = pop();
		use(&chain, 0);
		assert_true(packed_take(&fx.driver, &used));
	}
	assert_true(virtq_wants_call(&fx.q));
}

/* ------------------------------------------------------------------ a driver of two minds */

struct flipper {
	bool stop;
	uint64_t seed;
};

/* As put_table(), while the device reads it. */
static void flip_table(uint32_t i, struct vring_packed_desc d)
{
	struct vring_packed_desc *p = gmem_ptr(&fx.mem, gpa(TABLE + i * ENTRY), ENTRY);

	shared_store(&p->addr, d.addr);
	shared_store(&p->len, d.len);
	shared_store(&p->flags, d.flags);
}

static void *flip(void *arg)
{
	static const uint16_t bits[] = { PACKED_AVAIL, PACKED_USED, PACKED_AVAIL | PACKED_USED, 0 };
	static const uint64_t where[] = { DATA, TABLE, RAM_END - 8, 0 };
	struct flipper *f = arg;

	while (!shared_load(&f->stop)) {
		uint32_t r = suite_random(&f->seed), s = suite_random(&f->seed);
		struct vring_packed_desc d = { where[r >> 4 & (r & 0x8000 ? 3 : 1)],
					       s & 63 ? s >> 8 & 63 : s, r >> 16 & 15,
					       (uint16_t)(bits[s >> 16 & 3] | (s >> 20 & 7)) };

		if (s >> 24 & 1)
			packed_set(&fx.driver, r & 7, d);
		else
			packed_set_flags(&fx.driver, r & 7, d.flags);
		if (!(r & 0xff00))
			flip_table(r >> 20 & 7, d);
		packed_set_event(&fx.driver, (uint16_t)s, r >> 28 & 3);
	}
	return NULL;
}

static void assert_chain_inside(const struct virtq_chain *chain)
{
	uint64_t bytes = 0;

	assert_true(chain->nsegs >= 1 && chain->nsegs <= fx.room.max);
	assert_true(chain->readable <= chain->nsegs);
	assert_true(chain->head < SIZE && chain->count >= 1 && chain->count <= SIZE);
	for (unsigned i = 0; i < chain->nsegs; i++) {
		const struct virtq_seg *s = &chain->segs[i];

		assert_true(s->p >= fx.mem.host && s->len);
		assert_true(s->len <= (uint64_t)(fx.mem.host + RAM_BYTES - s->p));
		bytes += s->len;
	}
	assert_int_equal(bytes, chain->bytes);
}

static void flags_that_flip_yield_only_buffers_inside_memory(void **state)
{
	struct flipper f = { .seed = 7 };
	uint64_t good = 0, bad = 0, end = clock_mono_ns() + 4000000000ull;
	uint64_t features = VIRTQ_PACKED | VIRTQ_EVENT_IDX | VIRTQ_INDIRECT_DESC;
	struct virtq_chain chain;
	pthread_t thread;

	(void)state;
	start(SIZE, features);
	fx.room.max = 16;
	assert_int_equal(pthread_create(&thread, NULL, flip, &f), 0);
	while ((good < 500 || bad < 100) && clock_mono_ns() < end) {
		int got = virtq_pop(&fx.q, fx.room, &chain);

		if (got == 1) {
			good++;
			assert_chain_inside(&chain);
			use(&chain, 1);
			virtq_wants_call(&fx.q);
			virtq_enable_kick_after(&fx.q, (uint32_t)good & 7);
		} else if (got < 0) {
			bad++;
			assert_int_equal(
				virtq_start(&fx.q, &fx.mem, &fx.driver.at, features, FIRST), 0);
		}
	}
	shared_store(&f.stop, true);
	pthread_join(thread, NULL);
	assert_true(good && bad);
}

#define ADD(test) suite_add(&s, #test, test, NULL)

int main(void)
{
	static struct suite s = { .setup = set_up, .teardown = tear_down };

	ADD(a_chain_comes_out_and_goes_back_as_one);
	ADD(nothing_written_is_not_marked_as_written);
	ADD(nothing_is_visible_before_it_is_published);
	ADD(what_is_unpopped_comes_again);
	for (size_t i = 0; i < ARRAY_SIZE(laps); i++)
		suite_add(&s, laps[i].name, laps_hold, &laps[i]);
	ADD(stopped_and_started_it_goes_on);
	ADD(the_base_is_of_one_half_or_of_two);
	for (size_t i = 0; i < ARRAY_SIZE(starts); i++)
		suite_add(&s, starts[i].name, a_start_row_holds, &starts[i]);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		suite_add(&s, rows[i].name, a_row_holds, &rows[i]);
	ADD(no_table_where_it_was_not_agreed_on);
	suite_add(&s, "2.8.7 a table longer than the ring", a_table_longer_than_the_ring,
		  (void *)32);
	suite_add(&s, "2.8.7 a table longer than the room for it", a_table_longer_than_the_ring,
		  (void *)31);
	ADD(a_queue_that_is_only_read);
	ADD(an_id_twice);
	ADD(more_than_the_ring_holds);
	ADD(buffers_never_given_back);
	ADD(flags_of_another_lap_are_not_available);
	ADD(what_was_popped_is_completed_after_a_break);
	suite_add(&s, "kicks come when they were asked for", kicks_come_when_they_were_asked_for,
		  NULL);
	suite_add(&s, "kicks come when they were asked for, event indices",
		  kicks_come_when_they_were_asked_for, (void *)1);
	ADD(a_kick_behind_chains_that_are_there);
	for (size_t i = 0; i < ARRAY_SIZE(calls); i++)
		suite_add(&s, calls[i].name, a_call_row_holds, &calls[i]);
	ADD(laps_between_two_questions);
	ADD(flags_that_flip_yield_only_buffers_inside_memory);
	return suite_run(&s, "virtq_packed");
}

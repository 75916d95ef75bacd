// SPDX-License-Identifier: BSD-2-Clause
// Chains in indirect tables, where they are allowed: those that come out, and those that must not.
#include "tests/common/lonequeue.h"

#include <errno.h>
#include <string.h>

#define SIZE 8u
#define TABLE (DATA + 65536)
#define ENTRY 16u

struct row {
	const char *name;
	enum virtq_break why;	  /* VIRTQ_OK: it comes out */
	uint32_t nsegs, readable; /* then */
	struct vring_desc desc[4];
	struct vring_desc table[4]; /* at TABLE */
};

static const struct row rows[] = {
	{ .name = "2.7.5.3 a table of one",
	  .nsegs = 1,
	  .readable = 1,
	  .desc = { { TABLE, ENTRY, INDIRECT, 0 } },
	  .table = { { DATA, 64, 0, 0 } } },
	{ .name = "2.7.5.3 a table's entries may stand in any order",
	  .nsegs = 3,
	  .readable = 2,
	  .desc = { { TABLE, 4 * ENTRY, INDIRECT, 0 } },
	  .table = { { DATA, 64, NEXT, 3 },
		     { DATA, 64, WRITE, 0 },
		     { 0 },
		     { DATA, 64, NEXT, 1 } } },
	{ .name = "2.7.5.3.2 WRITE of the descriptor that refers to a table is ignored",
	  .nsegs = 1,
	  .readable = 1,
	  .desc = { { TABLE, ENTRY, INDIRECT | WRITE, 0 } },
	  .table = { { DATA, 64, 0, 0 } } },
	{ .name = "2.7.5.3.2 direct ones, then a table",
	  .nsegs = 3,
	  .readable = 2,
	  .desc = { { DATA, 12, NEXT, 1 }, { TABLE, 2 * ENTRY, INDIRECT, 0 } },
	  .table = { { DATA, 64, NEXT, 1 }, { DATA, 64, WRITE, 0 } } },
	{ .name = "2.7.5.3.1 a nested table",
	  .why = VIRTQ_BAD_TABLE,
	  .desc = { { TABLE, 2 * ENTRY, INDIRECT, 0 } },
	  .table = { { DATA, 64, NEXT, 1 }, { TABLE, ENTRY, INDIRECT, 0 } } },
	{ .name = "2.7.5.3.1 a table that begins with a table",
	  .why = VIRTQ_BAD_TABLE,
	  .desc = { { TABLE, ENTRY, INDIRECT, 0 } },
	  .table = { { TABLE, ENTRY, INDIRECT, 0 } } },
	{ .name = "2.7.5.3.1 the ring itself as a table, for ever",
	  .why = VIRTQ_BAD_TABLE,
	  .desc = { { DATA, 64, NEXT, 1 }, { RAM + FAKE_GAP, 2 * ENTRY, INDIRECT, 0 } } },
	{ .name = "2.7.5.3.1 INDIRECT with NEXT",
	  .why = VIRTQ_BAD_TABLE,
	  .desc = { { TABLE, ENTRY, INDIRECT | NEXT, 1 }, { DATA, 64, 0, 0 } },
	  .table = { { DATA, 64, 0, 0 } } },
	{ .name = "2.7.5.3 an empty table",
	  .why = VIRTQ_BAD_TABLE,
	  .desc = { { TABLE, 0, INDIRECT, 0 } } },
	{ .name = "2.7.5.3 a table of 15 bytes",
	  .why = VIRTQ_BAD_TABLE,
	  .desc = { { TABLE, 15, INDIRECT, 0 } } },
	{ .name = "2.7.5.3 a table of 17 bytes",
	  .why = VIRTQ_BAD_TABLE,
	  .desc = { { TABLE, 17, INDIRECT, 0 } } },
	{ .name = "2.7.5.3 a table at an odd address",
	  .why = VIRTQ_BAD_TABLE,
	  .desc = { { TABLE + 1, ENTRY, INDIRECT, 0 } } },
	{ .name = "2.7.5.3 a table outside memory",
	  .why = VIRTQ_BAD_TABLE,
	  .desc = { { RAM - ENTRY, ENTRY, INDIRECT, 0 } } },
	{ .name = "2.7.5.3 a table that ends outside memory",
	  .why = VIRTQ_BAD_TABLE,
	  .desc = { { RAM_END - ENTRY, 2 * ENTRY, INDIRECT, 0 } } },
	{ .name = "2.7.5.3 a table of 4 GiB",
	  .why = VIRTQ_BAD_TABLE,
	  .desc = { { TABLE, UINT32_MAX & ~15u, INDIRECT, 0 } } },
	{ .name = "2.7.5.3 a table whose next is outside it, within the ring",
	  .why = VIRTQ_BAD_NEXT,
	  .desc = { { TABLE, 2 * ENTRY, INDIRECT, 0 } },
	  .table = { { DATA, 64, NEXT, 2 } } },
	{ .name = "2.7.5.3 a table that loops",
	  .why = VIRTQ_LOOP,
	  .desc = { { TABLE, 2 * ENTRY, INDIRECT, 0 } },
	  .table = { { DATA, 64, NEXT, 1 }, { DATA, 64, NEXT, 0 } } },
	{ .name = "2.7.5 a buffer of a table outside memory",
	  .why = VIRTQ_BAD_BUFFER,
	  .desc = { { TABLE, ENTRY, INDIRECT, 0 } },
	  .table = { { 0, 64, 0, 0 } } },
	{ .name = "2.7.5 a buffer of a table without bytes",
	  .why = VIRTQ_ZERO_LENGTH,
	  .desc = { { TABLE, ENTRY, INDIRECT, 0 } },
	  .table = { { DATA, 0, 0, 0 } } },
	{ .name = "2.7.4.2 readable after writable, in a table",
	  .why = VIRTQ_BAD_ORDER,
	  .desc = { { TABLE, 2 * ENTRY, INDIRECT, 0 } },
	  .table = { { DATA, 64, WRITE | NEXT, 1 }, { DATA, 64, 0, 0 } } },
};

static void start(uint64_t features)
{
	start_queue(SIZE, false);
	assert_int_equal(virtq_start(&fx.q, &fx.mem, &fx.driver.at, features, 0), 0);
}

static void put_table(uint64_t at, const struct vring_desc *d, uint32_t n)
{
	memcpy(gmem_ptr(&fx.mem, gpa(at), n * ENTRY), d, n * ENTRY);
}

static void offer(const struct row *r)
{
	for (uint32_t i = 0; i < ARRAY_SIZE(r->desc); i++)
		fake_set_desc(&fx.driver, i, r->desc[i]);
	put_table(TABLE, r->table, ARRAY_SIZE(r->table));
	fake_offer(&fx.driver, 0);
	fake_publish(&fx.driver);
}

static void a_row_holds(void **state)
{
	const struct row *r = *state;
	struct virtq_chain chain;

	start(VIRTQ_INDIRECT_DESC);
	offer(r);
	remember_memory();
	if (r->why) {
		assert_int_equal(virtq_pop(&fx.q, fx.room, &chain), -EPROTO);
		assert_dead(r->why);
	} else {
		assert_int_equal(virtq_pop(&fx.q, fx.room, &chain), 1);
		assert_int_equal(chain.nsegs, r->nsegs);
		assert_int_equal(chain.readable, r->readable);
		assert_int_equal(chain.head, 0);
	}
	assert_memory_unchanged();
}

static void not_where_it_was_not_agreed_on(void **state)
{
	struct virtq_chain chain;

	(void)state;
	start(0);
	offer(&rows[0]);
	assert_int_equal(virtq_pop(&fx.q, fx.room, &chain), -EPROTO);
	assert_dead(VIRTQ_INDIRECT);
}

/* Linux's tables may be longer than the ring; what bounds them is the room. */
static void a_table_longer_than_the_ring(void **state)
{
	struct row row = { .desc = { { TABLE, 32 * ENTRY, INDIRECT, 0 } } };
	struct virtq_seg segs[32];
	struct virtq_chain chain;
	uint32_t room = (uint32_t)(uintptr_t)*state;

	start(VIRTQ_INDIRECT_DESC);
	offer(&row);
	for (uint16_t i = 0; i < 32; i++) {
		struct vring_desc d = { DATA, 64, i < 31 ? NEXT : 0, (uint16_t)(i + 1) };

		put_table(TABLE + i * ENTRY, &d, 1);
	}
	if (room == 32) {
		assert_int_equal(virtq_pop(&fx.q, (struct virtq_room){ segs, room }, &chain), 1);
		assert_int_equal(chain.nsegs, 32);
		return;
	}
	assert_int_equal(virtq_pop(&fx.q, (struct virtq_room){ segs, room }, &chain), -EPROTO);
	assert_dead(VIRTQ_TOO_MANY);
}

int main(void)
{
	static struct suite s;

	s.setup = lone_set_up;
	s.teardown = lone_tear_down;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		suite_add(&s, rows[i].name, a_row_holds, &rows[i]);
	suite_add(&s, "2.7.5.3.1 a table without VIRTIO_F_INDIRECT_DESC",
		  not_where_it_was_not_agreed_on, NULL);
	suite_add(&s, "2.7.5.3 a table longer than the ring", a_table_longer_than_the_ring,
		  (void *)32);
	suite_add(&s, "2.7.5.3 a table longer than the room for it", a_table_longer_than_the_ring,
		  (void *)31);
	return suite_run(&s, "virtq_indirect");
}

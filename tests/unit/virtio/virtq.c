// SPDX-License-Identifier: BSD-2-Clause
// The device half of a split virtqueue against drivers that break the rules, one row for each way.
#include "tests/common/lonequeue.h"

#include <errno.h>
#include <string.h>

/* ------------------------------------------------------------------ hostile rows */

struct row {
	const char *name;
	void (*arrange)(const struct row *row); /* instead of desc[] and avail[] */
	uint32_t size;				/* 0: 8 */
	int pops;				/* chains that come out before the queue breaks */
	enum virtq_break why;			/* VIRTQ_OK: it does not */
	uint32_t n;				/* for arrange() */
	uint32_t navail;			/* 0: one entry, head 0 */
	uint16_t avail[4];
	struct vring_desc desc[4];
};

static void offer_heads(uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		fake_set_desc(&fx.driver, i % fx.q.size, good_desc);
		fake_set_avail_entry(&fx.driver, (uint16_t)i, (uint16_t)(i % fx.q.size));
	}
}

/* The index says n, all heads behind it are distinct as far as the ring goes. */
static void index_at(const struct row *row)
{
	offer_heads(fx.q.size);
	fake_set_avail_idx(&fx.driver, (uint16_t)row->n);
}

static void link_chain(uint32_t n, bool closed)
{
	for (uint32_t i = 0; i < n; i++) {
		bool last = i + 1 == n;
		uint16_t next = last ? 0 : (uint16_t)(i + 1);

		fake_set_desc(&fx.driver, i,
			      (struct vring_desc){ DATA + i, 1, last && !closed ? 0 : NEXT, next });
	}
	fake_offer(&fx.driver, 0);
	fake_publish(&fx.driver);
}

static void open_chain(const struct row *row)
{
	link_chain(row->n, false);
}

static void closed_chain(const struct row *row)
{
	link_chain(row->n, true);
}

/* A tail of n descriptors that runs into a cycle of the rest of the ring. */
static void tail_into_cycle(const struct row *row)
{
	link_chain(fx.q.size, true);
	fake_set_desc(&fx.driver, fx.q.size - 1,
		      (struct vring_desc){ DATA, 1, NEXT, (uint16_t)row->n });
}

/* n descriptors that each span all of guest memory; the last `size - n` bytes less. */
static void huge_chain(const struct row *row)
{
	uint32_t count = (uint32_t)((1ull << 32) / RAM_BYTES);

	for (uint32_t i = 0; i < count; i++) {
		bool last = i + 1 == count;
		uint32_t len = (uint32_t)RAM_BYTES - (last ? row->n : 0);

		fake_set_desc(&fx.driver, i,
			      (struct vring_desc){ RAM, len, last ? 0 : NEXT, (uint16_t)(i + 1) });
	}
	fake_offer(&fx.driver, 0);
	fake_publish(&fx.driver);
}

/* The head is still with the device; the driver offers it again with a second index update. */
static void again_in_flight(const struct row *row)
{
	struct virtq_chain chain;

	(void)row;
	offer_good(&fx.driver, 3);
	assert_int_equal(virtq_pop(&fx.q, fx.room, &chain), 1);
	offer_good(&fx.driver, 3);
}

/* Two good chains are popped and used, then the index moves. */
static void index_moves_to(const struct row *row)
{
	offer_good(&fx.driver, 0);
	offer_good(&fx.driver, 1);
	assert_int_equal(pop_all(), 2);
	push_head(0, 0);
	push_head(1, 0);
	virtq_publish(&fx.q);
	offer_heads(fx.q.size);
	fake_set_avail_idx(&fx.driver, (uint16_t)row->n);
}

/* The device has seen index 3 and popped one; the driver takes the other two back. */
static void index_back_while_cached(const struct row *row)
{
	struct virtq_chain chain;

	(void)row;
	offer_good(&fx.driver, 0);
	fake_offer(&fx.driver, 1);
	offer_good(&fx.driver, 2);
	fake_set_desc(&fx.driver, 1, good_desc);
	assert_int_equal(virtq_pop(&fx.q, fx.room, &chain), 1);
	fake_set_avail_idx(&fx.driver, 1);
}

/* clang-format off */
static const struct row rows[] = {
	/* 2.7.13: heads */
	{ .name = "2.7.13 a head equal to the queue size breaks the queue",
	  .avail = { 8 }, .navail = 1, .why = VIRTQ_BAD_HEAD },
	{ .name = "2.7.13 a head of 65535 breaks the queue",
	  .avail = { 65535 }, .navail = 1, .why = VIRTQ_BAD_HEAD },
	{ .name = "2.7.13 a head of 32768 in a ring of 32768 breaks the queue",
	  .size = 32768, .avail = { 32768 }, .navail = 1, .why = VIRTQ_BAD_HEAD },
	{ .name = "2.7.13 a good chain before a bad head still comes out",
	  .desc = { { DATA, 64, 0, 0 } }, .avail = { 0, 9 }, .navail = 2, .pops = 1,
	  .why = VIRTQ_BAD_HEAD },
	{ .name = "2.7.13 the same head twice in one batch breaks the queue",
	  .desc = { { DATA, 64, 0, 0 } }, .avail = { 0, 0 }, .navail = 2, .pops = 1,
	  .why = VIRTQ_HEAD_IN_FLIGHT },
	{ .name = "2.7.13 the same head twice with another between breaks the queue",
	  .desc = { { DATA, 64, 0, 0 }, { DATA, 64, 0, 0 } }, .avail = { 0, 1, 0 }, .navail = 3,
	  .pops = 2, .why = VIRTQ_HEAD_IN_FLIGHT },
	{ .name = "2.7.13 a head made available again while in flight breaks the queue",
	  .arrange = again_in_flight, .why = VIRTQ_HEAD_IN_FLIGHT },

	/* 2.7.5.2: chains */
	{ .name = "2.7.5.2 chain that is a self loop breaks the queue",
	  .desc = { { DATA, 64, NEXT, 0 } }, .why = VIRTQ_LOOP },
	{ .name = "2.7.5.2 chain that is a cycle of two breaks the queue",
	  .desc = { { DATA, 64, NEXT, 1 }, { DATA, 64, NEXT, 0 } }, .why = VIRTQ_LOOP },
	{ .name = "2.7.5.2 chain that is a cycle of three breaks the queue",
	  .arrange = closed_chain, .n = 3, .why = VIRTQ_LOOP },
	{ .name = "2.7.5.2 chain that is a cycle through the whole ring breaks the queue",
	  .arrange = closed_chain, .n = 8, .why = VIRTQ_LOOP },
	{ .name = "2.7.5.2 chain that is a cycle of 32768 breaks the queue",
	  .size = 32768, .arrange = closed_chain, .n = 32768, .why = VIRTQ_LOOP },
	{ .name = "2.7.5.2 chain whose tail runs into a cycle of one breaks the queue",
	  .arrange = tail_into_cycle, .n = 7, .why = VIRTQ_LOOP },
	{ .name = "2.7.5.2 chain whose tail runs into a cycle of five breaks the queue",
	  .arrange = tail_into_cycle, .n = 3, .why = VIRTQ_LOOP },
	{ .name = "2.7.5.2 chain exactly as long as the ring comes out",
	  .arrange = open_chain, .n = 8, .pops = 1 },
	{ .name = "2.7.5.2 chain of 32768 in a ring of 32768 comes out",
	  .size = 32768, .arrange = open_chain, .n = 32768, .pops = 1 },
	{ .name = "2.7.5.2 self loop in a ring of one breaks the queue",
	  .size = 1, .desc = { { DATA, 64, NEXT, 0 } }, .why = VIRTQ_LOOP },
	{ .name = "2.7.5.2 readable loop entered from a writable buffer breaks the queue",
	  .desc = { { DATA, 1, WRITE | NEXT, 0 } }, .why = VIRTQ_LOOP },

	/* 2.7.5: next */
	{ .name = "2.7.5 next equal to the queue size breaks the queue",
	  .desc = { { DATA, 64, NEXT, 8 } }, .why = VIRTQ_BAD_NEXT },
	{ .name = "2.7.5 next of 65535 breaks the queue",
	  .desc = { { DATA, 64, NEXT, 65535 } }, .why = VIRTQ_BAD_NEXT },
	{ .name = "2.7.5 next out of range in the second descriptor breaks the queue",
	  .desc = { { DATA, 64, NEXT, 1 }, { DATA, 64, NEXT, 9 } }, .why = VIRTQ_BAD_NEXT },
	{ .name = "2.7.5 next out of range without the NEXT flag does not matter",
	  .desc = { { DATA, 64, 0, 65535 } }, .pops = 1 },
	{ .name = "2.7.5 reserved descriptor flags do not matter",
	  .desc = { { DATA, 64, 0xfff8, 0 } }, .pops = 1 },

	/* 2.7.5: total length */
	{ .name = "2.7.5 chain of 2^32 - 1 bytes comes out",
	  .size = 4096, .arrange = huge_chain, .n = 1, .pops = 1 },
	{ .name = "2.7.5 chain of 2^32 bytes breaks the queue",
	  .size = 4096, .arrange = huge_chain, .n = 0, .why = VIRTQ_TOO_LONG },
	{ .name = "2.7.5.2 cycle whose total overflows 2^32 breaks the queue",
	  .size = 32768, .desc = { { RAM, RAM_BYTES, NEXT, 0 } }, .why = VIRTQ_TOO_LONG },

	/* 2.7.5: zero length */
	{ .name = "2.7.5 zero-length descriptor alone breaks the queue",
	  .desc = { { DATA, 0, 0, 0 } }, .why = VIRTQ_ZERO_LENGTH },
	{ .name = "2.7.5 zero-length writable descriptor breaks the queue",
	  .desc = { { DATA, 0, WRITE, 0 } }, .why = VIRTQ_ZERO_LENGTH },
	{ .name = "2.7.5 zero-length descriptor before a good one breaks the queue",
	  .desc = { { DATA, 0, NEXT, 1 }, { DATA, 64, 0, 0 } }, .why = VIRTQ_ZERO_LENGTH },
	{ .name = "2.7.5 zero-length descriptor between good ones breaks the queue",
	  .desc = { { DATA, 64, NEXT, 1 }, { DATA, 0, NEXT, 2 }, { DATA, 64, 0, 0 } },
	  .why = VIRTQ_ZERO_LENGTH },
	{ .name = "2.7.5 zero-length descriptor at the end breaks the queue",
	  .desc = { { DATA, 64, NEXT, 1 }, { DATA, 0, 0, 0 } }, .why = VIRTQ_ZERO_LENGTH },
	{ .name = "2.7.5 zero-length self loop breaks the queue",
	  .desc = { { DATA, 0, NEXT, 0 } }, .why = VIRTQ_ZERO_LENGTH },

	{ .name = "2.7.5 zero-length descriptor at a bad address breaks the queue",
	  .desc = { { RAM_END + 4096, 0, 0, 0 } }, .why = VIRTQ_ZERO_LENGTH },
	{ .name = "2.7.5 zero-length descriptor at a bad address behind a good one breaks the queue",
	  .desc = { { DATA, 64, NEXT, 1 }, { UINT64_MAX, 0, WRITE, 0 } }, .why = VIRTQ_ZERO_LENGTH },

	/* 2.7.4.2: order */
	{ .name = "2.7.4.2 readable after writable breaks the queue",
	  .desc = { { DATA, 64, WRITE | NEXT, 1 }, { DATA, 64, 0, 0 } }, .why = VIRTQ_BAD_ORDER },
	{ .name = "2.7.4.2 readable, writable, readable breaks the queue",
	  .desc = { { DATA, 64, NEXT, 1 }, { DATA, 64, WRITE | NEXT, 2 }, { DATA, 64, 0, 0 } },
	  .why = VIRTQ_BAD_ORDER },
	{ .name = "2.7.4.2 writable, writable, readable breaks the queue",
	  .desc = { { DATA, 64, WRITE | NEXT, 1 },
		    { DATA, 64, WRITE | NEXT, 2 },
		    { DATA, 64, 0, 0 } },
	  .why = VIRTQ_BAD_ORDER },
	{ .name = "2.7.4.2 readable before writable comes out",
	  .desc = { { DATA, 64, NEXT, 1 }, { DATA, 64, WRITE, 0 } }, .pops = 1 },

	/* 2.7.5: addresses */
	{ .name = "2.7.5 buffer that is all of memory comes out",
	  .desc = { { RAM, RAM_BYTES, 0, 0 } }, .pops = 1 },
	{ .name = "2.7.5 buffer that is the last byte of memory comes out",
	  .desc = { { RAM_END - 1, 1, 0, 0 } }, .pops = 1 },
	{ .name = "2.7.5 buffer at the end of memory breaks the queue",
	  .desc = { { RAM_END, 1, 0, 0 } }, .why = VIRTQ_BAD_BUFFER },
	{ .name = "2.7.5 buffer one byte past the end of memory breaks the queue",
	  .desc = { { RAM_END - 63, 64, 0, 0 } }, .why = VIRTQ_BAD_BUFFER },
	{ .name = "2.7.5 writable buffer one byte past the end of memory breaks the queue",
	  .desc = { { RAM_END - 63, 64, WRITE, 0 } }, .why = VIRTQ_BAD_BUFFER },
	{ .name = "2.7.5 buffer one byte longer than memory breaks the queue",
	  .desc = { { RAM, RAM_BYTES + 1, 0, 0 } }, .why = VIRTQ_BAD_BUFFER },
	{ .name = "2.7.5 buffer of 2^32 - 1 bytes breaks the queue",
	  .desc = { { RAM, UINT32_MAX, 0, 0 } }, .why = VIRTQ_BAD_BUFFER },
	{ .name = "2.7.5 buffer right below memory breaks the queue",
	  .desc = { { RAM - 1, 1, 0, 0 } }, .why = VIRTQ_BAD_BUFFER },
	{ .name = "2.7.5 buffer that straddles the start of memory breaks the queue",
	  .desc = { { RAM - 1, 2, 0, 0 } }, .why = VIRTQ_BAD_BUFFER },
	{ .name = "2.7.5 buffer at address 0 breaks the queue",
	  .desc = { { 0, 64, 0, 0 } }, .why = VIRTQ_BAD_BUFFER },
	{ .name = "2.7.5 buffer in a hole far above memory breaks the queue",
	  .desc = { { 0xd0000000ull, 512, 0, 0 } }, .why = VIRTQ_BAD_BUFFER },
	{ .name = "2.7.5 buffer that wraps at 2^64 breaks the queue",
	  .desc = { { UINT64_MAX - 31, 64, 0, 0 } }, .why = VIRTQ_BAD_BUFFER },
	{ .name = "2.7.5 buffer that wraps at 2^64 into memory breaks the queue",
	  .desc = { { UINT64_MAX, UINT32_MAX, 0, 0 } }, .why = VIRTQ_BAD_BUFFER },
	{ .name = "2.7.5 buffer that is the last byte of the address space breaks the queue",
	  .desc = { { UINT64_MAX, 1, 0, 0 } }, .why = VIRTQ_BAD_BUFFER },
	{ .name = "2.7.5 buffer 2^32 above memory breaks the queue",
	  .desc = { { DATA + (1ull << 32), 64, 0, 0 } }, .why = VIRTQ_BAD_BUFFER },
	{ .name = "2.7.5 bad buffer behind a good one breaks the queue",
	  .desc = { { DATA, 64, NEXT, 1 }, { 0, 64, 0, 0 } }, .why = VIRTQ_BAD_BUFFER },

	/* 2.7.5.3: indirect */
	{ .name = "2.7.5.3 INDIRECT that was not negotiated breaks the queue",
	  .desc = { { DATA, 16, INDIRECT, 0 } }, .why = VIRTQ_INDIRECT },
	{ .name = "2.7.5.3 INDIRECT of length 0 breaks the queue",
	  .desc = { { DATA, 0, INDIRECT, 0 } }, .why = VIRTQ_INDIRECT },
	{ .name = "2.7.5.3 INDIRECT of length 1 breaks the queue",
	  .desc = { { DATA, 1, INDIRECT, 0 } }, .why = VIRTQ_INDIRECT },
	{ .name = "2.7.5.3 INDIRECT of length 15 breaks the queue",
	  .desc = { { DATA, 15, INDIRECT, 0 } }, .why = VIRTQ_INDIRECT },
	{ .name = "2.7.5.3 INDIRECT of length 17 breaks the queue",
	  .desc = { { DATA, 17, INDIRECT, 0 } }, .why = VIRTQ_INDIRECT },
	{ .name = "2.7.5.3 INDIRECT longer than memory breaks the queue",
	  .desc = { { DATA, UINT32_MAX & ~15u, INDIRECT, 0 } }, .why = VIRTQ_INDIRECT },
	{ .name = "2.7.5.3.1 INDIRECT with NEXT breaks the queue",
	  .desc = { { DATA, 16, INDIRECT | NEXT, 1 }, { DATA, 64, 0, 0 } },
	  .why = VIRTQ_INDIRECT },
	{ .name = "2.7.5.3.1 INDIRECT with WRITE breaks the queue",
	  .desc = { { DATA, 16, INDIRECT | WRITE, 0 } }, .why = VIRTQ_INDIRECT },
	{ .name = "2.7.5.3 INDIRECT behind a good descriptor breaks the queue",
	  .desc = { { DATA, 64, NEXT, 1 }, { DATA, 16, INDIRECT, 0 } }, .why = VIRTQ_INDIRECT },

	{ .name = "2.7.5.3 INDIRECT behind a chain of direct ones breaks the queue",
	  .desc = { { DATA, 64, NEXT, 1 },
		    { DATA, 64, NEXT, 2 },
		    { DATA, 64, WRITE | NEXT, 3 },
		    { DATA, 16, INDIRECT | WRITE, 0 } },
	  .why = VIRTQ_INDIRECT },

	/* 2.7.6: the available index */
	{ .name = "2.7.6 index ahead by exactly the ring comes out whole",
	  .arrange = index_at, .n = 8, .pops = 8 },
	{ .name = "2.7.6 index ahead by the ring plus one breaks the queue",
	  .arrange = index_at, .n = 9, .why = VIRTQ_BAD_AVAIL_INDEX },
	{ .name = "2.7.6 index ahead by half of its range breaks the queue",
	  .arrange = index_at, .n = 32768, .why = VIRTQ_BAD_AVAIL_INDEX },
	{ .name = "2.7.6 index one back from the start breaks the queue",
	  .arrange = index_at, .n = 65535, .why = VIRTQ_BAD_AVAIL_INDEX },
	{ .name = "2.7.6 index ahead by exactly a ring of 32768 comes out whole",
	  .size = 32768, .arrange = index_at, .n = 32768, .pops = 32768 },
	{ .name = "2.7.6 index ahead by a ring of 32768 plus one breaks the queue",
	  .size = 32768, .arrange = index_at, .n = 32769, .why = VIRTQ_BAD_AVAIL_INDEX },
	{ .name = "2.7.6 index one back in a ring of 32768 breaks the queue",
	  .size = 32768, .arrange = index_at, .n = 65535, .why = VIRTQ_BAD_AVAIL_INDEX },
	{ .name = "2.7.6 index ahead by two in a ring of one breaks the queue",
	  .size = 1, .arrange = index_at, .n = 2, .why = VIRTQ_BAD_AVAIL_INDEX },
	{ .name = "2.7.6 index that goes back by one breaks the queue",
	  .arrange = index_moves_to, .n = 1, .why = VIRTQ_BAD_AVAIL_INDEX },
	{ .name = "2.7.6 index that goes back to 0 breaks the queue",
	  .arrange = index_moves_to, .n = 0, .why = VIRTQ_BAD_AVAIL_INDEX },
	{ .name = "2.7.6 index that stands still yields nothing",
	  .arrange = index_moves_to, .n = 2 },
	{ .name = "2.7.6 index that moves by the ring from 2 comes out whole",
	  .arrange = index_moves_to, .n = 10, .pops = 8 },
	{ .name = "2.7.6 index that moves by the ring plus one from 2 breaks the queue",
	  .arrange = index_moves_to, .n = 11, .why = VIRTQ_BAD_AVAIL_INDEX },
	{ .name = "2.7.6 index taken back after it was read breaks the queue once used up",
	  .arrange = index_back_while_cached, .pops = 2, .why = VIRTQ_BAD_AVAIL_INDEX },
};
/* clang-format on */

static void arrange(const struct row *row)
{
	if (row->arrange) {
		row->arrange(row);
		return;
	}
	for (uint32_t i = 0; i < ARRAY_SIZE(row->desc) && i < fx.q.size; i++)
		fake_set_desc(&fx.driver, i, row->desc[i]);
	for (uint32_t i = 0; i < row->navail; i++)
		fake_offer(&fx.driver, row->avail[i]);
	if (!row->navail)
		fake_offer(&fx.driver, 0);
	fake_publish(&fx.driver);
}

/* Whatever the driver does now, short of a reset, the queue stays broken and silent. */
static void assert_sticky(enum virtq_break why)
{
	assert_dead(why);
	remember_memory();
	fake_set_avail_idx(&fx.driver, fx.q.avail_next);
	assert_dead(why);
	fake_set_desc(&fx.driver, 0, good_desc);
	fake_set_avail_entry(&fx.driver, fx.q.avail_next, 0);
	fake_set_avail_idx(&fx.driver, (uint16_t)(fx.q.avail_next + 1));
	assert_dead(why);
}

static void assert_heals(uint32_t size)
{
	struct virtq_layout at = fake_layout(RAM, size);
	struct virtq_chain chain;

	virtq_stop(&fx.q);
	assert_int_equal(fx.q.broken, VIRTQ_OK);
	assert_int_equal(virtq_pop(&fx.q, fx.room, &chain), 0);
	fake_fini(&fx.driver);
	fake_init(&fx.driver, &fx.mem, &at, false);
	assert_int_equal(start_at(&at, false), 0);
	offer_good(&fx.driver, 0);
	assert_int_equal(virtq_pop(&fx.q, fx.room, &chain), 1);
	assert_int_equal(chain.head, 0);
	push_head(0, 0);
	virtq_publish(&fx.q);
	assert_int_equal(fake_used_idx(&fx.driver), 1);
}

static void test_row(void **state)
{
	const struct row *row = *state;
	uint32_t size = row->size ? row->size : 8;

	start_queue(size, false);
	arrange(row);
	remember_memory();
	assert_int_equal(pop_all(), row->pops);
	assert_int_equal(fx.q.broken, row->why);
	assert_memory_unchanged();
	if (row->why)
		assert_sticky(row->why);
	assert_heals(size);
}

/* ------------------------------------------------------------------ ring layouts */

enum which { DESC, DRIVER, DEVICE };

struct layout_row {
	const char *name;
	uint32_t size;
	uint32_t size_max; /* 0: 8 */
	enum which which;
	uint64_t addr; /* of the ring named by `which`; 0: where it is by default */
	enum virtq_break why;
};

static const struct layout_row layout_rows[] = {
	{ "2.7 queue size 0 is refused", 0, 0, DESC, 0, VIRTQ_BAD_SIZE },
	{ "2.7 queue size 1 is taken", 1, 0, DESC, 0, VIRTQ_OK },
	{ "2.7 queue size 3 is refused", 3, 0, DESC, 0, VIRTQ_BAD_SIZE },
	{ "2.7 queue size 6 is refused", 6, 0, DESC, 0, VIRTQ_BAD_SIZE },
	{ "2.7 queue size above the maximum offered is refused", 16, 8, DESC, 0, VIRTQ_BAD_SIZE },
	{ "2.7 queue size equal to the maximum offered is taken", 8, 8, DESC, 0, VIRTQ_OK },
	{ "2.7 queue size below the maximum offered is taken", 2, 8, DESC, 0, VIRTQ_OK },
	{ "2.7 queue size 32768 is taken where offered", 32768, 32768, DESC, 0, VIRTQ_OK },
	{ "2.7 queue size 32768 is refused where not offered", 32768, 256, DESC, 0,
	  VIRTQ_BAD_SIZE },
	{ "2.7 queue size 65535 is refused", 65535, 32768, DESC, 0, VIRTQ_BAD_SIZE },
	{ "2.7 queue size 65536 is refused", 65536, 32768, DESC, 0, VIRTQ_BAD_SIZE },
	{ "2.7 queue size 2^31 is refused", 1u << 31, 32768, DESC, 0, VIRTQ_BAD_SIZE },
	{ "2.7 queue size 2^32 - 1 is refused", UINT32_MAX, 32768, DESC, 0, VIRTQ_BAD_SIZE },

	{ "2.7 descriptor table off by 1 is refused", 8, 0, DESC, DATA + 1, VIRTQ_BAD_ALIGN },
	{ "2.7 descriptor table off by 8 is refused", 8, 0, DESC, DATA + 8, VIRTQ_BAD_ALIGN },
	{ "2.7 descriptor table off by 15 is refused", 8, 0, DESC, DATA + 15, VIRTQ_BAD_ALIGN },
	{ "2.7 descriptor table at a multiple of 16 is taken", 8, 0, DESC, DATA + 16, VIRTQ_OK },
	{ "2.7 available ring off by 1 is refused", 8, 0, DRIVER, DATA + 1, VIRTQ_BAD_ALIGN },
	{ "2.7 available ring at a multiple of 2 is taken", 8, 0, DRIVER, DATA + 2, VIRTQ_OK },
	{ "2.7 used ring off by 1 is refused", 8, 0, DEVICE, DATA + 1, VIRTQ_BAD_ALIGN },
	{ "2.7 used ring off by 2 is refused", 8, 0, DEVICE, DATA + 2, VIRTQ_BAD_ALIGN },
	{ "2.7 used ring at a multiple of 4 is taken", 8, 0, DEVICE, DATA + 4, VIRTQ_OK },
	{ "2.7 unaligned and outside memory is refused", 8, 0, DESC, UINT64_MAX, VIRTQ_BAD_ALIGN },

	{ "descriptor table below memory is refused", 8, 0, DESC, RAM - 16, VIRTQ_BAD_RING },
	{ "descriptor table at the end of memory is refused", 8, 0, DESC, RAM_END, VIRTQ_BAD_RING },
	{ "descriptor table that ends memory is taken", 8, 0, DESC, RAM_END - 128, VIRTQ_OK },
	{ "descriptor table that straddles the end of memory is refused", 8, 0, DESC, RAM_END - 112,
	  VIRTQ_BAD_RING },
	{ "descriptor table that ends the address space is refused", 8, 0, DESC, -128ull,
	  VIRTQ_BAD_RING },
	{ "descriptor table that wraps at 2^64 is refused", 8, 0, DESC, -16ull, VIRTQ_BAD_RING },
	{ "available ring right below memory is refused", 8, 0, DRIVER, RAM - 22, VIRTQ_BAD_RING },
	{ "available ring that straddles the start of memory is refused", 8, 0, DRIVER, RAM - 2,
	  VIRTQ_BAD_RING },
	{ "available ring that ends memory is taken", 8, 0, DRIVER, RAM_END - 22, VIRTQ_OK },
	{ "available ring whose event word lies outside memory is refused", 8, 0, DRIVER,
	  RAM_END - 20, VIRTQ_BAD_RING },
	{ "available ring that wraps at 2^64 is refused", 8, 0, DRIVER, -2ull, VIRTQ_BAD_RING },
	{ "used ring right below memory is refused", 8, 0, DEVICE, RAM - 72, VIRTQ_BAD_RING },
	{ "used ring that ends memory is taken", 8, 0, DEVICE, RAM_END - 72, VIRTQ_OK },
	{ "used ring whose event word lies outside memory is refused", 8, 0, DEVICE, RAM_END - 68,
	  VIRTQ_BAD_RING },
	{ "used ring that wraps at 2^64 is refused", 8, 0, DEVICE, -4ull, VIRTQ_BAD_RING },
	{ "descriptor table at address 16 is refused", 8, 0, DESC, 16, VIRTQ_BAD_RING },
};

static struct virtq_layout layout_of(const struct layout_row *row)
{
	struct virtq_layout at = fake_layout(RAM, row->size && row->size <= 32768 ? row->size : 8);

	at.size = row->size;
	if (row->addr && row->which == DESC)
		at.desc = gpa(row->addr);
	if (row->addr && row->which == DRIVER)
		at.driver = gpa(row->addr);
	if (row->addr && row->which == DEVICE)
		at.device = gpa(row->addr);
	return at;
}

/* One chain there and back, so that a layout taken is a layout used. */
static void assert_works(const struct virtq_layout *at)
{
	struct vring_used_elem used;
	struct virtq_chain chain;

	fake_init(&fx.driver, &fx.mem, at, false);
	offer_good(&fx.driver, (uint16_t)(at->size - 1));
	assert_int_equal(virtq_pop(&fx.q, fx.room, &chain), 1);
	virtq_push_used(&fx.q, &chain, 1);
	virtq_publish(&fx.q);
	assert_true(fake_take(&fx.driver, &used));
	assert_int_equal(used.id, at->size - 1);
}

static void test_layout(void **state)
{
	const struct layout_row *row = *state;
	struct virtq_layout at = layout_of(row), good = fake_layout(RAM, 1);
	int err;

	assert_int_equal(virtq_init(&fx.q, row->size_max ? row->size_max : 8), 0);
	remember_memory();
	err = start_at(&at, true);
	assert_int_equal(err, row->why ? -EINVAL : 0);
	assert_int_equal(fx.q.broken, row->why);
	assert_memory_unchanged();
	if (!row->why) {
		assert_works(&at);
		return;
	}
	assert_dead(row->why);
	assert_int_equal(start_at(&good, true), 0);
	assert_works(&good);
}

/* All three rings in one place: the device reads what it has just written itself. */
static void test_overlapping_rings(void **state)
{
	struct virtq_layout at = { 8, gpa(RAM), gpa(RAM), gpa(RAM) };
	struct virtq_chain chain;
	uint64_t seed = 1;

	(void)state;
	assert_int_equal(virtq_init(&fx.q, 8), 0);
	for (int i = 0; i < 2000; i++) {
		for (uint32_t b = 0; b < 128; b++)
			fx.mem.host[b] = (uint8_t)suite_random(&seed);
		fx.mem.host[2] &= 7;
		fx.mem.host[3] = 0;
		assert_int_equal(start_at(&at, i & 1), 0);
		while (virtq_pop(&fx.q, fx.room, &chain) == 1) {
			virtq_push_used(&fx.q, &chain, 1);
			virtq_publish(&fx.q);
			virtq_wants_call(&fx.q);
			virtq_enable_kick(&fx.q);
			if (fx.q.avail_next > 1000)
				break;
		}
	}
}

static void test_stopped_queue(void **state)
{
	struct virtq_chain chain;

	(void)state;
	assert_int_equal(virtq_init(&fx.q, 8), 0);
	assert_int_equal(virtq_pending(&fx.q), 0);
	assert_int_equal(virtq_pop(&fx.q, fx.room, &chain), 0);
	assert_false(virtq_wants_call(&fx.q));
	assert_false(virtq_enable_kick(&fx.q));
	virtq_disable_kick(&fx.q);
	virtq_publish(&fx.q);
	virtq_stop(&fx.q);
	assert_int_equal(virtq_pop(&fx.q, fx.room, &chain), 0);
}

static void test_first_reason_stays(void **state)
{
	(void)state;
	start_queue(8, false);
	assert_int_equal(virtq_fail(&fx.q, VIRTQ_SHORT), -EPROTO);
	assert_int_equal(virtq_fail(&fx.q, VIRTQ_LOOP), -EPROTO);
	assert_dead(VIRTQ_SHORT);
}

static void test_every_reason_has_a_text(void **state)
{
	(void)state;
	for (int i = 0; i < VIRTQ_BREAKS; i++) {
		assert_non_null(virtq_break_text((enum virtq_break)i));
		assert_true(strlen(virtq_break_text((enum virtq_break)i)) > 4);
		for (int j = 0; j < i; j++)
			assert_string_not_equal(virtq_break_text((enum virtq_break)i),
						virtq_break_text((enum virtq_break)j));
	}
	assert_string_equal(virtq_break_text(VIRTQ_BREAKS), "unknown");
}

int main(void)
{
	static struct suite s = { .setup = lone_set_up, .teardown = lone_tear_down };

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		suite_add(&s, rows[i].name, test_row, &rows[i]);
	for (size_t i = 0; i < ARRAY_SIZE(layout_rows); i++)
		suite_add(&s, layout_rows[i].name, test_layout, &layout_rows[i]);
	suite_add(&s, "rings that overlap do not harm the device", test_overlapping_rings, NULL);
	suite_add(&s, "a stopped queue yields nothing", test_stopped_queue, NULL);
	suite_add(&s, "the first reason for breaking stays", test_first_reason_stays, NULL);
	suite_add(&s, "every reason for breaking has its text", test_every_reason_has_a_text, NULL);
	return suite_run(&s, "virtq");
}

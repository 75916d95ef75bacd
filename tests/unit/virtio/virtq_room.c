// SPDX-License-Identifier: BSD-2-Clause
// What a caller of the device half may rely on: its own room, chains given back, an index to go on from.
#include "tests/common/lonequeue.h"

#include <errno.h>
#include <string.h>

static void add_chain(unsigned n, bool writable)
{
	struct fake_buf bufs[8];

	for (unsigned i = 0; i < n; i++)
		bufs[i] = (struct fake_buf){ DATA + 64 * i, 64, writable };
	assert_true(fake_add(&fx.driver, bufs, n) >= 0);
	fake_publish(&fx.driver);
}

static void a_chain_stays_when_the_next_is_popped(void **state)
{
	struct virtq_seg first[2], second[2];
	struct virtq_chain a, b;

	(void)state;
	start_queue(8, false);
	add_chain(2, false);
	add_chain(1, true);
	assert_int_equal(virtq_pop(&fx.q, (struct virtq_room){ first, 2 }, &a), 1);
	assert_int_equal(virtq_pop(&fx.q, (struct virtq_room){ second, 2 }, &b), 1);
	assert_ptr_equal(a.segs, first);
	assert_ptr_equal(a.segs[1].p, fx.mem.host + (DATA + 64 - RAM));
	assert_int_equal(a.readable, 2);
	assert_ptr_equal(b.segs, second);
	assert_int_equal(b.readable, 0);
}

static void a_chain_of_more_segments_than_room_breaks_the_queue(void **state)
{
	struct virtq_seg segs[3] = { { NULL, 0 } };
	struct virtq_chain chain;

	(void)state;
	start_queue(8, false);
	add_chain(2, false);
	add_chain(3, false);
	assert_int_equal(virtq_pop(&fx.q, (struct virtq_room){ segs, 2 }, &chain), 1);
	assert_int_equal(virtq_pop(&fx.q, (struct virtq_room){ segs, 2 }, &chain), -EPROTO);
	assert_null(segs[2].p);
	assert_dead(VIRTQ_TOO_MANY);
}

static void no_room_takes_no_chain(void **state)
{
	struct virtq_chain chain;

	(void)state;
	start_queue(8, false);
	add_chain(1, false);
	assert_int_equal(virtq_pop(&fx.q, (struct virtq_room){ NULL, 0 }, &chain), -EPROTO);
	assert_dead(VIRTQ_TOO_MANY);
}

static void chains_given_back_come_again(void **state)
{
	struct virtq_seg segs[3][4];
	struct virtq_chain c[3], again;

	(void)state;
	start_queue(8, false);
	for (unsigned i = 0; i < 3; i++) {
		add_chain(i + 1, false);
		assert_int_equal(virtq_pop(&fx.q, (struct virtq_room){ segs[i], 4 }, &c[i]), 1);
	}
	virtq_unpop(&fx.q, &c[1], 2);
	assert_int_equal(virtq_pending(&fx.q), 2);
	for (unsigned i = 1; i < 3; i++) {
		assert_int_equal(virtq_pop(&fx.q, fx.room, &again), 1);
		assert_int_equal(again.head, c[i].head);
		assert_int_equal(again.nsegs, i + 1);
	}
	assert_int_equal(virtq_pop(&fx.q, fx.room, &again), 0);
	for (unsigned i = 0; i < 3; i++)
		virtq_push_used(&fx.q, &c[i], 0);
	virtq_publish(&fx.q);
	assert_int_equal(fake_used_idx(&fx.driver), 3);
}

/* A driver that changes its avail ring meanwhile gives something else, not the same head twice. */
static void a_chain_given_back_is_the_drivers_again(void **state)
{
	struct virtq_chain chain;

	(void)state;
	start_queue(8, false);
	offer_good(&fx.driver, 3);
	assert_int_equal(virtq_pop(&fx.q, fx.room, &chain), 1);
	fake_set_avail_entry(&fx.driver, 0, 5);
	fake_set_desc(&fx.driver, 5, good_desc);
	virtq_unpop(&fx.q, &chain, 1);
	assert_int_equal(virtq_pop(&fx.q, fx.room, &chain), 1);
	assert_int_equal(chain.head, 5);
	offer_good(&fx.driver, 3);
	assert_int_equal(virtq_pop(&fx.q, fx.room, &chain), 1); /* 3 is free: it was given back */
}

static void a_kick_is_asked_for_what_was_given_back(void **state)
{
	struct virtq_chain chain;

	(void)state;
	start_queue(8, true);
	add_chain(1, false);
	assert_int_equal(virtq_pop(&fx.q, fx.room, &chain), 1);
	assert_false(virtq_enable_kick(&fx.q));
	virtq_unpop(&fx.q, &chain, 1);
	assert_true(virtq_enable_kick(&fx.q));
	assert_int_equal(fake_avail_event(&fx.driver), 0);
}

/* Both rings move past the end of the index, so that wherever it begins makes no difference. */
static void a_queue_goes_on_from_where_it_stopped(void **state)
{
	uint32_t base = (uint32_t)(uintptr_t)*state;
	struct virtq_layout at = fake_layout(RAM, 4);
	struct virtq_chain chain;

	start_queue(4, true);
	fx.driver.avail_next = fx.driver.avail_visible = fx.driver.used_next = (uint16_t)base;
	fake_set_avail_idx(&fx.driver, (uint16_t)base);
	for (unsigned i = 0; i < 10; i++) {
		struct vring_used_elem used;

		assert_int_equal(virtq_stop(&fx.q), i ? (uint16_t)(base + i) : 0);
		assert_int_equal(virtq_start(&fx.q, &fx.mem, &at, VIRTQ_EVENT_IDX, base + i), 0);
		assert_int_equal(virtq_pending(&fx.q), 0);
		add_chain(1, false);
		assert_int_equal(virtq_pop(&fx.q, fx.room, &chain), 1);
		virtq_push_used(&fx.q, &chain, i);
		virtq_publish(&fx.q);
		assert_true(fake_take(&fx.driver, &used));
		assert_int_equal(used.len, i);
	}
}

/* ---- several regions ---- */

#define SECOND RAM_END

static void add_second_region(void)
{
	const char *why;
	struct gmem_slot slot = { .guest = SECOND, .user = 0x1000, .bytes = 4096, .fd = fx.mem.fd };

	assert_int_equal(gmem_add(&fx.mem, &slot, &why), 0);
}

static void a_buffer_over_a_border_makes_two_segments(void **state)
{
	struct fake_buf buf = { SECOND - 10, 30, true };
	struct virtq_chain chain;

	(void)state;
	add_second_region();
	start_queue(8, false);
	fake_add(&fx.driver, &buf, 1);
	fake_publish(&fx.driver);
	assert_int_equal(virtq_pop(&fx.q, fx.room, &chain), 1);
	assert_int_equal(chain.nsegs, 2);
	assert_int_equal(chain.readable, 0);
	assert_int_equal(chain.bytes, 30);
	assert_ptr_equal(chain.segs[0].p, fx.mem.host + RAM_BYTES - 10);
	assert_int_equal(chain.segs[0].len, 10);
	assert_ptr_equal(chain.segs[1].p, fx.mem.region[1].host);
	assert_int_equal(chain.segs[1].len, 20);
}

static void a_buffer_over_the_last_border_is_refused(void **state)
{
	struct fake_buf buf = { SECOND + 4090, 7, false };
	struct virtq_chain chain;

	(void)state;
	add_second_region();
	start_queue(8, false);
	fake_add(&fx.driver, &buf, 1);
	fake_publish(&fx.driver);
	assert_int_equal(virtq_pop(&fx.q, fx.room, &chain), -EPROTO);
	assert_dead(VIRTQ_BAD_BUFFER);
}

static void two_segments_need_room_for_two(void **state)
{
	struct fake_buf buf = { SECOND - 10, 30, true };
	struct virtq_seg segs[2] = { { NULL, 0 } };
	struct virtq_chain chain;

	(void)state;
	add_second_region();
	start_queue(8, false);
	fake_add(&fx.driver, &buf, 1);
	fake_publish(&fx.driver);
	assert_int_equal(virtq_pop(&fx.q, (struct virtq_room){ segs, 1 }, &chain), -EPROTO);
	assert_null(segs[1].p);
	assert_dead(VIRTQ_TOO_MANY);
}

static void rings_may_not_lie_over_a_border(void **state)
{
	struct virtq_layout at = fake_layout(RAM, 8);

	(void)state;
	add_second_region();
	assert_int_equal(virtq_init(&fx.q, 8), 0);
	fake_init(&fx.driver, &fx.mem, &at, false);
	at.desc = gpa(SECOND - 64);
	assert_int_equal(virtq_start(&fx.q, &fx.mem, &at, 0, 0), -EINVAL);
	assert_int_equal(fx.q.broken, VIRTQ_BAD_RING);
	at.desc = gpa(SECOND);
	assert_int_equal(virtq_start(&fx.q, &fx.mem, &at, 0, 0), 0);
}

#define ADD(test) suite_add(&s, #test, test, NULL)

int main(void)
{
	static struct suite s = { .setup = lone_set_up, .teardown = lone_tear_down };

	ADD(a_chain_stays_when_the_next_is_popped);
	ADD(a_chain_of_more_segments_than_room_breaks_the_queue);
	ADD(no_room_takes_no_chain);
	ADD(chains_given_back_come_again);
	ADD(a_chain_given_back_is_the_drivers_again);
	ADD(a_kick_is_asked_for_what_was_given_back);
	suite_add(&s, "a queue goes on from where it stopped, from 0",
		  a_queue_goes_on_from_where_it_stopped, (void *)0);
	suite_add(&s, "a queue goes on from where it stopped, from 65533",
		  a_queue_goes_on_from_where_it_stopped, (void *)65533);
	ADD(a_buffer_over_a_border_makes_two_segments);
	ADD(a_buffer_over_the_last_border_is_refused);
	ADD(two_segments_need_room_for_two);
	ADD(rings_may_not_lie_over_a_border);
	return suite_run(&s, "virtq: room, unpop, base, regions");
}

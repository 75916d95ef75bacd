// SPDX-License-Identifier: BSD-2-Clause
// What a driver that keeps the rules sees of the device half: chains, used entries, calls, kicks.
#include "tests/common/lonequeue.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* ------------------------------------------------------------------ what a good driver sees */

static void test_segments(void **state)
{
	const struct fake_buf bufs[] = { { DATA + 5, 7, false },
					 { RAM_END - 1, 1, false },
					 { DATA + 4096, 100, true } };
	struct virtq_chain chain;
	int head;

	(void)state;
	start_queue(8, false);
	head = fake_add(&fx.driver, bufs, 3);
	assert_int_equal(virtq_pending(&fx.q), 0); /* not published */
	fake_publish(&fx.driver);
	assert_int_equal(virtq_pending(&fx.q), 1);
	assert_int_equal(virtq_pop(&fx.q, fx.room, &chain), 1);
	assert_int_equal(chain.head, head);
	assert_int_equal(chain.nsegs, 3);
	assert_int_equal(chain.readable, 2);
	assert_int_equal(chain.bytes, 108);
	for (int i = 0; i < 3; i++) {
		assert_ptr_equal(chain.segs[i].p, fx.mem.host + (bufs[i].addr - RAM));
		assert_int_equal(chain.segs[i].len, bufs[i].len);
	}
	assert_int_equal(virtq_pending(&fx.q), 0);
	assert_int_equal(virtq_pop(&fx.q, fx.room, &chain), 0);
}

/* Used entries: in the order pushed, nothing visible before it is published, nothing beside. */
static void test_used_ring(void **state)
{
	static const uint16_t order[] = { 2, 0, 3, 1 };
	struct vring_used_elem e;

	(void)state;
	start_queue(4, false);
	for (uint16_t i = 0; i < 4; i++)
		offer_good(&fx.driver, i);
	assert_int_equal(pop_all(), 4);
	for (uint32_t i = 0; i < 4; i++) {
		push_head(order[i], 1000 * i);
		assert_int_equal(fake_used_idx(&fx.driver), 0);
	}
	virtq_publish(&fx.q);
	assert_int_equal(fake_used_idx(&fx.driver), 4);
	for (uint32_t i = 0; i < 4; i++) {
		e = fake_used_entry(&fx.driver, (uint16_t)i);
		assert_int_equal(e.id, order[i]);
		assert_int_equal(e.len, 1000 * i);
	}
	remember_memory();
	virtq_publish(&fx.q);
	assert_memory_unchanged();
}

/* A head may come back once it has been used. */
static void test_head_comes_back(void **state)
{
	struct virtq_chain chain;

	(void)state;
	start_queue(128, false);
	for (int i = 0; i < 1000; i++) {
		uint16_t head = (uint16_t)(i % 3 ? 127 : 64);

		offer_good(&fx.driver, head);
		assert_int_equal(virtq_pop(&fx.q, fx.room, &chain), 1);
		assert_int_equal(chain.head, head);
		push_head(head, 0);
	}
}

/* A head that was in flight when the queue was stopped is free after the next start. */
static void test_stop_forgets_in_flight(void **state)
{
	struct virtq_layout at = fake_layout(RAM, 128);

	(void)state;
	start_queue(128, false);
	for (uint16_t i = 0; i < 128; i++)
		offer_good(&fx.driver, i);
	assert_int_equal(pop_all(), 128);
	virtq_stop(&fx.q);
	fake_fini(&fx.driver);
	fake_init(&fx.driver, &fx.mem, &at, false);
	assert_int_equal(start_at(&at, false), 0);
	for (uint16_t i = 0; i < 128; i++)
		offer_good(&fx.driver, i);
	assert_int_equal(pop_all(), 128);
	assert_int_equal(fx.q.broken, VIRTQ_OK);
}

struct lap_row {
	const char *name;
	uint32_t size;
	uint32_t batch;
	uint32_t total;
	bool event_idx;
};

static const struct lap_row lap_rows[] = {
	{ "2.7.6 indices wrap at 65536 over four laps, ring of 1", 1, 1, 4 * 65536 + 3, false },
	{ "2.7.6 indices wrap at 65536 over four laps, ring of 8", 8, 5, 4 * 65536 + 3, false },
	{ "2.7.6 indices wrap at 65536 over four laps, event indices", 8, 8, 4 * 65536 + 3, true },
	{ "2.7.6 indices wrap at 65536 over four laps, ring of 32768", 32768, 32768, 4 * 65536,
	  false },
	{ "2.7.6 indices wrap at 65536 over four laps, ring of 32768, odd batches", 32768, 32767,
	  4 * 65536, true },
};

static void take_all_used(uint32_t want)
{
	struct vring_used_elem e;
	uint32_t n = 0;

	while (fake_take(&fx.driver, &e))
		n += e.len == 0x1234;
	assert_int_equal(n, want);
}

static void test_laps(void **state)
{
	const struct fake_buf buf = { DATA, 64, false };
	const struct lap_row *row = *state;
	struct virtq_chain chain;

	start_queue(row->size, row->event_idx);
	for (uint32_t done = 0; done < row->total; done += row->batch) {
		for (uint32_t i = 0; i < row->batch; i++)
			assert_true(fake_add(&fx.driver, &buf, 1) >= 0);
		fake_publish(&fx.driver);
		assert_int_equal(virtq_pending(&fx.q), row->batch);
		while (virtq_pop(&fx.q, fx.room, &chain) == 1)
			virtq_push_used(&fx.q, &chain, 0x1234);
		virtq_publish(&fx.q);
		assert_false(virtq_enable_kick(&fx.q));
		take_all_used(row->batch);
	}
	assert_int_equal(fx.q.broken, VIRTQ_OK);
}

/* ------------------------------------------------------------------ calls and kicks */

static const uint16_t interesting[] = { 0,	1,	2,	7,	8,	9,
					0x7fff, 0x8000, 0x8001, 0xfff8, 0xfffe, 0xffff };

/* As if `old` had been asked about and everything up to `new` was published since. */
static void used_went(uint16_t old, uint16_t new)
{
	fx.q.used_called = old;
	fx.q.used_visible = old;
	fx.q.used_next = new;
	virtq_publish(&fx.q);
}

static void test_call_decision(void **state)
{
	const uint16_t old = *(const uint16_t *)*state;

	start_queue(8, true);
	for (size_t n = 0; n < ARRAY_SIZE(interesting); n++) {
		for (size_t e = 0; e < ARRAY_SIZE(interesting); e++) {
			uint16_t new = interesting[n], event = interesting[e];

			fake_set_used_event(&fx.driver, event);
			used_went(old, new);
			if (virtq_wants_call(&fx.q) != model_need_event(event, new, old))
				fail_msg("old %u new %u event %u", old, new, event);
			assert_false(virtq_wants_call(&fx.q)); /* asked already */
		}
	}
}

static void test_no_call_when_nothing_new(void **state)
{
	(void)state;
	start_queue(8, true);
	for (uint32_t event = 0; event < 65536; event++) {
		fake_set_used_event(&fx.driver, (uint16_t)event);
		assert_false(virtq_wants_call(&fx.q));
	}
}

static void test_no_interrupt_flag(void **state)
{
	(void)state;
	start_queue(8, false);
	used_went(0, 1);
	assert_true(virtq_wants_call(&fx.q));
	fake_set_avail_flags(&fx.driver, VRING_AVAIL_F_NO_INTERRUPT);
	used_went(1, 2);
	assert_false(virtq_wants_call(&fx.q));
	fake_set_avail_flags(&fx.driver, 0);
	assert_false(virtq_wants_call(&fx.q)); /* nothing new since it was asked */
	used_went(2, 3);
	assert_true(virtq_wants_call(&fx.q));
	fake_set_avail_flags(&fx.driver, 0xfffe); /* reserved bits */
	used_went(3, 4);
	assert_true(virtq_wants_call(&fx.q));
}

/* 2.7.7.2: with event indices the flags field means nothing, and the other way round. */
static void test_flag_ignored_with_event_idx(void **state)
{
	(void)state;
	start_queue(8, true);
	fake_set_avail_flags(&fx.driver, VRING_AVAIL_F_NO_INTERRUPT);
	fake_set_used_event(&fx.driver, 0);
	used_went(0, 1);
	assert_true(virtq_wants_call(&fx.q));
}

static void test_used_event_ignored_without_feature(void **state)
{
	(void)state;
	start_queue(8, false);
	fake_set_used_event(&fx.driver, 100);
	used_went(0, 1);
	assert_true(virtq_wants_call(&fx.q));
}

static void test_enable_kick_race(void **state)
{
	bool event_idx = *(const bool *)*state;
	struct virtq_chain chain;

	start_queue(8, event_idx);
	assert_false(virtq_enable_kick(&fx.q));
	assert_int_equal(virtq_pending(&fx.q), 0);
	offer_good(&fx.driver, 0); /* after the last look, before the question */
	assert_true(virtq_enable_kick(&fx.q));
	assert_true(virtq_enable_kick(&fx.q)); /* still there */
	assert_int_equal(virtq_pop(&fx.q, fx.room, &chain), 1);
	offer_good(&fx.driver, 1);
	assert_true(virtq_enable_kick(&fx.q));
	assert_int_equal(virtq_pop(&fx.q, fx.room, &chain), 1);
	assert_false(virtq_enable_kick(&fx.q));
}

static void test_enable_kick_finds_bad_index(void **state)
{
	start_queue(8, *(const bool *)*state);
	fake_set_avail_idx(&fx.driver, 9);
	assert_false(virtq_enable_kick(&fx.q));
	assert_dead(VIRTQ_BAD_AVAIL_INDEX);
}

/* Chains that are known and too few do not count: the kick is for the next one. */
static void test_enable_kick_after(void **state)
{
	bool event_idx = *(const bool *)*state;
	const struct fake_buf buf = { DATA, 64, false };
	struct virtq_chain chain[2];

	start_queue(8, event_idx);
	for (int lap = 0; lap < 3; lap++) {
		struct vring_used_elem e;

		for (int i = 0; i < 2; i++) {
			fake_add(&fx.driver, &buf, 1);
			fake_publish(&fx.driver);
			assert_int_equal(virtq_pop(&fx.q, fx.room, &chain[i]), 1);
		}
		virtq_unpop(&fx.q, chain, 2);
		virtq_disable_kick(&fx.q);
		assert_false(virtq_has_more(&fx.q, 2));
		assert_true(virtq_has_more(&fx.q, 1));
		assert_true(virtq_enable_kick_after(&fx.q, 1));
		assert_false(virtq_enable_kick_after(&fx.q, 2));
		fake_add(&fx.driver, &buf, 1);
		assert_true(fake_publish(&fx.driver));
		assert_true(virtq_has_more(&fx.q, 2));
		assert_true(virtq_enable_kick_after(&fx.q, 2));
		for (int i = 0; i < 3; i++) {
			assert_int_equal(virtq_pop(&fx.q, fx.room, &chain[0]), 1);
			virtq_push_used(&fx.q, &chain[0], 0);
		}
		virtq_publish(&fx.q);
		while (fake_take(&fx.driver, &e))
			;
	}
}

/* What the device wrote is what a driver's own rule (2.7.10) needs in order to kick. */
static void test_driver_kicks_when_asked(void **state)
{
	bool event_idx = *(const bool *)*state;
	const struct fake_buf buf = { DATA, 64, false };

	start_queue(8, event_idx);
	for (int i = 0; i < 70000; i++) {
		bool ask = i % 3 == 0;
		struct virtq_chain chain;
		struct vring_used_elem e;

		virtq_disable_kick(&fx.q);
		if (ask)
			assert_false(virtq_enable_kick(&fx.q));
		assert_true(fake_add(&fx.driver, &buf, 1) >= 0);
		assert_int_equal(fake_publish(&fx.driver), ask);
		assert_int_equal(virtq_pop(&fx.q, fx.room, &chain), 1);
		virtq_push_used(&fx.q, &chain, 0);
		virtq_publish(&fx.q);
		assert_true(fake_take(&fx.driver, &e));
	}
}

static void test_avail_event_value(void **state)
{
	(void)state;
	start_queue(8, true);
	offer_good(&fx.driver, 0);
	offer_good(&fx.driver, 1);
	assert_int_equal(pop_all(), 2);
	assert_false(virtq_enable_kick(&fx.q));
	assert_int_equal(fake_avail_event(&fx.driver), 2);
	assert_int_equal(fake_used_flags(&fx.driver), 0);
	virtq_disable_kick(&fx.q); /* silence is not moving the index */
	assert_int_equal(fake_avail_event(&fx.driver), 2);
	assert_int_equal(fake_used_flags(&fx.driver), 0);
}

static void test_no_notify_flag(void **state)
{
	(void)state;
	start_queue(8, false);
	virtq_disable_kick(&fx.q);
	assert_int_equal(fake_used_flags(&fx.driver), VRING_USED_F_NO_NOTIFY);
	virtq_enable_kick(&fx.q);
	assert_int_equal(fake_used_flags(&fx.driver), 0);
	assert_int_equal(fake_avail_event(&fx.driver), 0);
}

/* Everything but the used ring's own bytes is as the driver left it. */
static void test_writes_only_its_area(void **state)
{
	bool event_idx = *(const bool *)*state;
	uint64_t used = 0, used_bytes = 6 + 8 * 8;
	struct virtq_chain chain;

	start_queue(8, event_idx);
	used = fx.driver.at.device.v - RAM;
	for (uint64_t i = DATA - RAM; i < DATA - RAM + 4096; i++)
		fx.mem.host[i] = (uint8_t)i;
	for (int lap = 0; lap < 5; lap++) {
		for (uint16_t i = 0; i < 8; i++)
			offer_good(&fx.driver, i);
		fake_set_used_event(&fx.driver, (uint16_t)(8 * lap + 3));
		remember_memory();
		while (virtq_pop(&fx.q, fx.room, &chain) == 1)
			virtq_push_used(&fx.q, &chain, UINT32_MAX);
		virtq_disable_kick(&fx.q);
		virtq_publish(&fx.q);
		assert_true(virtq_wants_call(&fx.q));
		assert_false(virtq_enable_kick(&fx.q));
		memcpy(fx.before + used, fx.mem.host + used, used_bytes);
		assert_memory_unchanged();
	}
}

int main(void)
{
	static const bool flags = false, events = true;
	static char call_names[ARRAY_SIZE(interesting)][80];
	static struct suite s = { .setup = lone_set_up, .teardown = lone_tear_down };

	for (size_t i = 0; i < ARRAY_SIZE(lap_rows); i++)
		suite_add(&s, lap_rows[i].name, test_laps, &lap_rows[i]);
	for (size_t i = 0; i < ARRAY_SIZE(interesting); i++) {
		snprintf(call_names[i], sizeof(call_names[i]),
			 "2.7.7.2 call decided from used index %u, all new indices and events",
			 interesting[i]);
		suite_add(&s, call_names[i], test_call_decision, &interesting[i]);
	}
	suite_add(&s, "2.7.4 a chain comes out with its segments in order", test_segments, NULL);
	suite_add(&s, "2.7.8 used entries appear in order, once published", test_used_ring, NULL);
	suite_add(&s, "2.7.13 a head may come back once it is used", test_head_comes_back, NULL);
	suite_add(&s, "stop forgets the heads in flight", test_stop_forgets_in_flight, NULL);
	suite_add(&s, "2.7.7.2 no call when nothing is new", test_no_call_when_nothing_new, NULL);
	suite_add(&s, "2.7.7.2 NO_INTERRUPT silences calls", test_no_interrupt_flag, NULL);
	suite_add(&s, "2.7.7.2 NO_INTERRUPT is ignored with event indices",
		  test_flag_ignored_with_event_idx, NULL);
	suite_add(&s, "2.7.7.2 used_event is ignored without event indices",
		  test_used_event_ignored_without_feature, NULL);
	suite_add(&s, "2.7.10 enable_kick tells what came in between, flags", test_enable_kick_race,
		  &flags);
	suite_add(&s, "2.7.10 enable_kick tells what came in between, event indices",
		  test_enable_kick_race, &events);
	suite_add(&s, "2.7.10 enable_kick_after waits for the next chain, flags",
		  test_enable_kick_after, &flags);
	suite_add(&s, "2.7.10 enable_kick_after waits for the next chain, event indices",
		  test_enable_kick_after, &events);
	suite_add(&s, "2.7.6 enable_kick breaks on a bad index, flags",
		  test_enable_kick_finds_bad_index, &flags);
	suite_add(&s, "2.7.6 enable_kick breaks on a bad index, event indices",
		  test_enable_kick_finds_bad_index, &events);
	suite_add(&s, "2.7.10 a driver kicks exactly when asked, flags",
		  test_driver_kicks_when_asked, &flags);
	suite_add(&s, "2.7.10 a driver kicks exactly when asked, event indices",
		  test_driver_kicks_when_asked, &events);
	suite_add(&s, "2.7.10 avail_event is the next index to pop", test_avail_event_value, NULL);
	suite_add(&s, "2.7.10 NO_NOTIFY is set and cleared without event indices",
		  test_no_notify_flag, NULL);
	suite_add(&s, "2.7.8 the device writes nothing but the used ring, flags",
		  test_writes_only_its_area, &flags);
	suite_add(&s, "2.7.8 the device writes nothing but the used ring, event indices",
		  test_writes_only_its_area, &events);
	return suite_run(&s, "virtq_driver");
}

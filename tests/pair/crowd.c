// SPDX-License-Identifier: BSD-2-Clause
// A crowd as host threads: the same locks and IPIs, for ThreadSanitizer to look at.
#include "tests/pair/crowd_fixture.h"

#include "tests/common/proc.h"

static void a_crowd_meets_works_and_ends(void **state)
{
	const struct crowd_trial *t = *state;
	struct crowd_setup s = crowd_test_setup(&accel_thread, -1, t);

	run_crowd(&s, t);
}

static void stopping_in_the_middle_leaves_nothing_behind(void **state)
{
	unsigned fds = proc_fds(), threads = proc_threads_settled(PROC_ALONE);

	(void)state;
	for (unsigned i = 0; i < 10; i++) {
		struct crowd_trial t = { .kind = 1 + i % 5,
					 .guests = 2,
					 .vcpus = 3,
					 .flags = i & 1 && i % 5 > 1 ? CROWD_IDLE : 0 };
		struct crowd_setup s = crowd_test_setup(&accel_thread, -1, &t);
		struct crowd *c = make_crowd(&s);

		assert_int_equal(crowd_start(c), 0);
		assert_true(wait_crowd(c, t.guests, PAIR_RUNNING));
		end_crowd(c);
	}
	assert_int_equal(proc_threads_settled(threads), threads);
	assert_int_equal(proc_fds(), fds);
}

static void buckets_hold_what_they_say(void **state)
{
	(void)state;
	for (uint64_t v = 0; v < 1ull << 44; v = v < 200 ? v + 1 : v + v / 50) {
		uint32_t b = cycles_bucket_of(v);
		uint64_t middle = cycles_bucket_middle(b);

		assert_int_equal(cycles_bucket_of(middle), b);
		assert_true(v < 64 ? middle == v : middle > v - v / 32 && middle < v + v / 32 + 1);
	}
	assert_int_equal(cycles_bucket_of(UINT64_MAX), CYCLES_BUCKETS - 1);
}

int main(void)
{
	static struct suite s;
	static struct crowd_trial trials[] = {
		{ .kind = CROWD_TICKET, .guests = 1, .vcpus = 1, .ms = 10 },
		{ .kind = CROWD_TICKET, .guests = 1, .vcpus = 2, .ms = 50 },
		{ .kind = CROWD_TICKET, .guests = 2, .vcpus = 2, .ms = 100 },
		{ .kind = CROWD_TAS, .guests = 1, .vcpus = 2, .ms = 50 },
		{ .kind = CROWD_TAS, .guests = 2, .vcpus = 3, .ms = 100 },
		{ .kind = CROWD_UNICAST, .guests = 1, .vcpus = 2, .ms = 100 },
		{ .kind = CROWD_UNICAST, .guests = 2, .vcpus = 3, .ms = 100 },
		{ .kind = CROWD_BROADCAST, .guests = 1, .vcpus = 3, .ms = 100 },
		{ .kind = CROWD_BROADCAST,
		  .guests = 1,
		  .vcpus = 3,
		  .ms = 100,
		  .flags = CROWD_IDLE },
		{ .kind = CROWD_ASYNC, .guests = 1, .vcpus = 3, .ms = 100 },
		{ .kind = CROWD_ASYNC, .guests = 2, .vcpus = 2, .ms = 100, .flags = CROWD_IDLE },
	};

	test_clock_hz();
	s.teardown = end_live_crowds;
	for (size_t i = 0; i < ARRAY_SIZE(trials); i++) {
		name_crowd_trial(&trials[i]);
		suite_add(&s, trials[i].name, a_crowd_meets_works_and_ends, &trials[i]);
	}
	suite_add(&s, "stopping_in_the_middle_leaves_nothing_behind",
		  stopping_in_the_middle_leaves_nothing_behind, NULL);
	suite_add(&s, "buckets_hold_what_they_say", buckets_hold_what_they_say, NULL);
	return suite_run(&s, "pair: crowd");
}

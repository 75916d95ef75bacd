// SPDX-License-Identifier: BSD-2-Clause
// A pair is made, started, stopped, thrown away at any moment; others misbehave beside it.
#include "tests/pair/fixture.h"

#include <errno.h>

#include "tests/common/proc.h"
#include "vhost/strategies.h"

#define RSS_SLACK_KIB 2048

static struct pair *pairs[2];

static int tear_down(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(pairs); i++) {
		pair_destroy(pairs[i]);
		pairs[i] = NULL;
	}
	return 0;
}

static const struct notify_ops *strategy(unsigned i)
{
	unsigned n = 0;

	while (notify_strategies[n])
		n++;
	return notify_strategies[i % n];
}

static uint32_t workload(unsigned i)
{
	return i % 2 ? TANDEM_RR_PING : TANDEM_STREAM_SEND;
}

static struct pair_config small_config(unsigned i)
{
	struct pair_config c = test_config(&accel_thread, strategy(i), workload(i));

	c.ring_size = 16;
	c.window = 8;
	return c;
}

static void two_pairs_run_in_one_process(void **state)
{
	const struct notify_ops *notify = *state;
	struct pair_config c[] = {
		test_config(&accel_thread, notify, TANDEM_STREAM_SEND),
		test_config(&accel_thread, notify, TANDEM_RR_PING),
	};

	for (unsigned i = 0; i < 2; i++)
		pairs[i] = make_pair(&c[i]);
	for (unsigned i = 0; i < 2; i++)
		start_pair(pairs[i]);
	for (unsigned i = 0; i < 2; i++)
		assert_true(wait_frames(pairs[i], 500));
	for (unsigned i = 0; i < 2; i++)
		drain_pair(pairs[i]);
	for (unsigned i = 0; i < 2; i++) {
		pair_stop(pairs[i]);
		assert_complete(pairs[i], &c[i]);
	}
}

static void live_once(unsigned i)
{
	struct pair_config c = small_config(i);

	pairs[0] = make_pair(&c);
	start_pair(pairs[0]);
	if (i % 4 < 2)
		assert_true(wait_frames(pairs[0], 1));
	pair_stop(pairs[0]);
	pair_destroy(pairs[0]);
	pairs[0] = NULL;
}

static void cycles_leave_nothing_behind(void **state)
{
	unsigned fds, threads, cycles = (unsigned)suite_scaled(200, 50);
	long rss;

	(void)state;
	for (unsigned i = 0; i < 20; i++) /* allocators settle */
		live_once(i);
	threads = proc_threads_settled(PROC_ALONE);
	fds = proc_fds();
	rss = proc_rss_kib();
	for (unsigned i = 0; i < cycles; i++)
		live_once(i);
	assert_int_equal(proc_threads_settled(threads), threads);
	assert_int_equal(proc_fds(), fds);
	print_message("# RSS %ld KiB, after %u cycles %ld KiB\n", rss, cycles, proc_rss_kib());
	if (!PROC_TSAN) /* its shadow of freed memory stays */
		assert_true(proc_rss_kib() - rss < RSS_SLACK_KIB);
}

static void a_pair_never_started_is_thrown_away(void **state)
{
	struct pair_config c = small_config(0);
	unsigned fds = proc_fds();

	(void)state;
	pairs[0] = make_pair(&c);
	pair_stop(pairs[0]);
	pair_destroy(pairs[0]);
	pairs[0] = NULL;
	pair_destroy(NULL);
	assert_int_equal(proc_fds(), fds);
}

static void a_pair_that_cannot_be_made_leaves_nothing_behind(void **state)
{
	struct pair_config c = small_config(0);
	struct pair *p = NULL;
	unsigned fds = proc_fds();

	(void)state;
	c.ring_size = 32768;
	c.frame_bytes = 65536;
	assert_int_equal(pair_ram_bytes(&c), 0);
	assert_int_equal(pair_create(&p, &c), -EINVAL);
	assert_null(p);
	assert_int_equal(proc_fds(), fds);
}

/* Every interleaving of starting and stopping, down to none at all. */
static void a_pair_stops_while_it_is_coming_up(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 60; i++) {
		struct pair_config c = small_config(i);
		struct timespec t = { .tv_nsec = i / 6 * 20000 };

		pairs[0] = make_pair(&c);
		assert_int_equal(pair_start(pairs[0]), 0);
		nanosleep(&t, NULL);
		pair_stop(pairs[0]);
		assert_notifications_conserved(pairs[0]);
		tear_down(NULL);
	}
}

static void a_pair_stops_in_the_middle_of_its_traffic(void **state)
{
	const struct notify_ops *notify = *state;

	for (unsigned i = 0; i < 20; i++) {
		struct pair_config c = test_config(&accel_thread, notify, workload(i));
		const struct tandem_report *a, *b;
		uint64_t accepted;

		pairs[0] = make_pair(&c);
		start_pair(pairs[0]);
		assert_true(wait_frames(pairs[0], 100));
		pair_stop(pairs[0]);
		a = pair_report(pairs[0], SIDE_A);
		b = pair_report(pairs[0], SIDE_B);
		accepted = b->rx_frames;
		assert_true(accepted >= 100);
		assert_true(a->acked_seq <= accepted && accepted <= a->tx_frames + 1);
		assert_nothing_went_wrong(pairs[0]);
		assert_notifications_conserved(pairs[0]);
		sleep_ms(2);
		assert_int_equal(b->rx_frames, accepted); /* nobody is left to count */
		tear_down(NULL);
	}
}

/* A pair beside the one that suffers. */
static void start_healthy(struct pair_config *c)
{
	*c = small_config(0);
	pairs[1] = make_pair(c);
	start_pair(pairs[1]);
}

static void assert_healthy_goes_on(const struct pair_config *c)
{
	assert_true(wait_frames(pairs[1], frames_accepted(pairs[1]) + 100));
	drain_pair(pairs[1]);
	pair_stop(pairs[1]);
	assert_complete(pairs[1], c);
}

static void a_mute_guest_is_seen_to_be_mute_and_ends_when_asked(void **state)
{
	struct pair_config c = small_config((unsigned)(uintptr_t)*state), healthy;

	start_healthy(&healthy);
	c.flags = TANDEM_MISBEHAVE_MUTE;
	pairs[0] = make_pair(&c);
	start_pair(pairs[0]);
	sleep_ms(50);
	assert_int_equal(frames_accepted(pairs[0]), 0);
	assert_int_equal(pair_state(pairs[0], SIDE_A), PAIR_RUNNING);
	assert_int_equal(pair_state(pairs[0], SIDE_B), PAIR_RUNNING);
	pair_ask_to_end(pairs[0], SIDE_B);
	assert_true(wait_state(pairs[0], SIDE_B, PAIR_DONE));
	pair_stop(pairs[0]); /* A still waits for an answer */
	assert_notifications_conserved(pairs[0]);
	assert_healthy_goes_on(&healthy);
}

static void a_guest_that_faults_is_reported_and_the_process_goes_on(void **state)
{
	struct pair_config c = small_config((unsigned)(uintptr_t)*state), healthy;
	char why[200] = "";

	start_healthy(&healthy);
	c.flags = TANDEM_MISBEHAVE_FAULT;
	pairs[0] = make_pair(&c);
	assert_int_equal(pair_start(pairs[0]), 0);
	assert_false(wait_state(pairs[0], SIDE_B, PAIR_DONE));
	assert_int_equal(pair_state(pairs[0], SIDE_B), PAIR_FAILED);
	assert_int_equal(pair_report(pairs[0], SIDE_B)->failure, TANDEM_FAIL_FAULT);
	pair_failure(pairs[0], SIDE_B, why, sizeof(why));
	assert_non_null(strstr(why, "faulted"));
	assert_non_null(strstr(why, "0x6")); /* the vector: undefined instruction */
	pair_stop(pairs[0]);
	assert_notifications_conserved(pairs[0]);
	assert_healthy_goes_on(&healthy);
}

static void wrong_magic(struct tandem_boot *b)
{
	b->magic ^= 1;
}

static void unknown_workload(struct tandem_boot *b)
{
	b->workload = 99;
}

static void too_little_memory(struct tandem_boot *b)
{
	b->ram_bytes = TANDEM_HEAP_OFFSET + 4096;
}

static void larger_ring_than_the_device(struct tandem_boot *b)
{
	b->ring_size *= 2;
	b->frame_bytes = 60; /* memory is not what it fails for */
}

static const struct bad_boot {
	const char *name;
	void (*spoil)(struct tandem_boot *b);
	enum tandem_failure failure;
} bad_boots[] = {
	{ "a_boot_page_with_a_wrong_magic_is_refused", wrong_magic, TANDEM_FAIL_BOOT },
	{ "an_unknown_workload_is_refused", unknown_workload, TANDEM_FAIL_BOOT },
	{ "too_little_memory_is_refused", too_little_memory, TANDEM_FAIL_MEMORY },
	{ "a_ring_larger_than_the_device_takes_is_refused", larger_ring_than_the_device,
	  TANDEM_FAIL_DEVICE },
};

static void the_guest_refuses_its_boot_page(void **state)
{
	const struct bad_boot *bad = *state;
	struct pair_config c = small_config(0);
	char why[200] = "";

	pairs[0] = make_pair(&c);
	bad->spoil(test_boot_page(pairs[0], SIDE_B));
	assert_int_equal(pair_start(pairs[0]), 0);
	assert_false(wait_state(pairs[0], SIDE_B, PAIR_DONE));
	assert_int_equal(pair_state(pairs[0], SIDE_B), PAIR_FAILED);
	assert_int_equal(pair_report(pairs[0], SIDE_B)->failure, bad->failure);
	pair_failure(pairs[0], SIDE_B, why, sizeof(why));
	assert_null(strstr(why, "does not know"));
	pair_stop(pairs[0]);
}

static void add_per_strategy(struct suite *s, const char *name, CMUnitTestFunction fn)
{
	for (size_t i = 0; notify_strategies[i]; i++)
		suite_add(s, name, fn, notify_strategies[i]);
}

int main(void)
{
	static struct suite s = { .teardown = tear_down };

	test_clock_hz();
	suite_add(&s, "cycles_leave_nothing_behind", cycles_leave_nothing_behind, NULL);
	add_per_strategy(&s, "two_pairs_run_in_one_process", two_pairs_run_in_one_process);
	suite_add(&s, "a_pair_never_started_is_thrown_away", a_pair_never_started_is_thrown_away,
		  NULL);
	suite_add(&s, "a_pair_that_cannot_be_made_leaves_nothing_behind",
		  a_pair_that_cannot_be_made_leaves_nothing_behind, NULL);
	suite_add(&s, "a_pair_stops_while_it_is_coming_up", a_pair_stops_while_it_is_coming_up,
		  NULL);
	add_per_strategy(&s, "a_pair_stops_in_the_middle_of_its_traffic",
			 a_pair_stops_in_the_middle_of_its_traffic);
	for (uintptr_t i = 0; i < 6; i++) {
		suite_add(&s, "a_mute_guest_is_seen_to_be_mute_and_ends_when_asked",
			  a_mute_guest_is_seen_to_be_mute_and_ends_when_asked, (void *)i);
		suite_add(&s, "a_guest_that_faults_is_reported_and_the_process_goes_on",
			  a_guest_that_faults_is_reported_and_the_process_goes_on, (void *)i);
	}
	for (size_t i = 0; i < ARRAY_SIZE(bad_boots); i++)
		suite_add(&s, bad_boots[i].name, the_guest_refuses_its_boot_page, &bad_boots[i]);
	return suite_run(&s, "pair: life");
}

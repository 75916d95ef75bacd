// SPDX-License-Identifier: BSD-2-Clause
// Which notification an interrupt was: the host's and the guest's stamps put together.
#include "tests/common/suite.h"

#include <math.h>
#include <stdlib.h>

#include "bench/run/latency.h"

#define HZ 1000000000ull /* a cycle is a nanosecond */

static struct stamps *host;
static struct tandem_report *guest;
static struct latency *out;
static struct latency_reader reader;

static int set_up(void **state)
{
	(void)state;
	host = calloc(1, sizeof(*host));
	guest = calloc(1, sizeof(*guest));
	out = calloc(1, sizeof(*out));
	latency_open(&reader, host, guest, HZ);
	return host && guest && out ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	free(host);
	free(guest);
	free(out);
	return 0;
}

/* A notification decided at t0 for the frames below rx_idx. */
static void notify(uint64_t t0, uint64_t t1, uint64_t t2, uint16_t rx_idx)
{
	struct stamp *e = stamps_at(host, stamps_add(host, t0, rx_idx));

	e->t1 = t1;
	e->t2 = t2;
}

static void look(uint64_t t3, uint64_t t4, uint16_t rx_idx)
{
	guest->stamps[guest->stamp_head++ & (TANDEM_STAMPS - 1)] =
		(struct tandem_stamp){ .t3 = t3, .t4 = t4, .rx_idx = rx_idx };
}

static void drain(void)
{
	latency_drain(&reader, out);
}

static void assert_matching(uint64_t sampled, uint64_t merged, uint64_t found, uint64_t coalesced,
			    uint64_t lost, uint64_t spurious)
{
	assert_int_equal(out->notify.n, sampled);
	assert_int_equal(out->merged, merged);
	assert_int_equal(out->found, found);
	assert_int_equal(out->coalesced, coalesced);
	assert_int_equal(out->lost, lost);
	assert_int_equal(out->spurious, spurious);
}

static void test_stages(void **state)
{
	(void)state;
	notify(1000, 1010, 1030, 1);
	look(1070, 1150, 1);
	drain();
	assert_matching(1, 0, 0, 0, 0, 0);
	assert_int_equal(out->notify.max_ns, 70);
	assert_int_equal(out->stage[STAGE_WORKER].max_ns, 10);
	assert_int_equal(out->stage[STAGE_WRITE].max_ns, 20);
	assert_int_equal(out->stage[STAGE_HANDLER].max_ns, 40);
	assert_int_equal(out->stage[STAGE_WORKLOAD].max_ns, 80);
}

/* Times to the handler of 70, 270 and 120: differences of 200 and 150. */
static void test_jitter(void **state)
{
	(void)state;
	notify(1000, 1000, 1001, 1);
	look(1070, 1150, 1);
	drain();
	assert_int_equal(out->jitter_n, 0);
	assert_true(isnan(latency_jitter_ns(out)));
	notify(2000, 2000, 2001, 2);
	look(2270, 2300, 2);
	notify(3000, 3000, 3001, 3);
	look(3120, 3130, 3);
	drain();
	assert_int_equal(out->jitter_n, 2);
	assert_true(latency_jitter_ns(out) > 174.9 && latency_jitter_ns(out) < 175.1);
}

static void test_merged(void **state)
{
	(void)state;
	notify(1000, 1000, 1001, 1);
	notify(1100, 1100, 1101, 2);
	look(1200, 1210, 2);
	drain();
	assert_matching(1, 1, 0, 0, 0, 0);
	assert_int_equal(out->notify.max_ns, 200);
}

static void test_coalesced(void **state)
{
	(void)state;
	notify(1000, 1000, 1001, 1);
	notify(1100, STAMP_COALESCED, 0, 2);
	look(1200, 1210, 2);
	drain();
	assert_matching(1, 0, 0, 1, 0, 0);
}

static void test_found(void **state)
{
	(void)state;
	notify(1000, 1000, 1001, 1);
	look(0, 1100, 1); /* without an interrupt */
	look(1200, 0, 1); /* which comes later, and brings nothing */
	drain();
	assert_matching(0, 0, 1, 0, 0, 1);
}

static void test_found_before_it_was_written(void **state)
{
	(void)state;
	notify(1000, 1000, 1500, 1);
	look(1200, 1210, 1);
	drain();
	assert_matching(0, 0, 1, 0, 0, 0);
}

/* The frames were taken before the backend decided: the interrupt is that notification's all the same. */
static void test_taken_before_it_was_decided(void **state)
{
	(void)state;
	look(0, 900, 1);
	drain();
	notify(1000, 1000, 1001, 1);
	look(1100, 0, 1);
	drain();
	assert_matching(1, 0, 0, 0, 0, 0);
	assert_int_equal(out->notify.max_ns, 100);
	assert_int_equal(out->stage[STAGE_HANDLER].n, 1);
	assert_int_equal(out->stage[STAGE_WORKLOAD].n, 0);
}

static void test_not_covered_yet(void **state)
{
	(void)state;
	notify(1000, 1000, 1001, 5);
	look(1100, 1110, 4);
	drain();
	assert_matching(0, 0, 0, 0, 0, 0);
	look(1200, 1210, 5);
	drain();
	assert_matching(1, 0, 0, 0, 0, 0);
	assert_int_equal(out->notify.max_ns, 200);
}

static void test_index_wraps(void **state)
{
	(void)state;
	notify(1000, 1000, 1001, 0xffff);
	notify(1100, 1100, 1101, 2);
	look(1050, 1060, 0xffff);
	look(1150, 1160, 2);
	drain();
	assert_matching(2, 0, 0, 0, 0, 0);
}

static void test_dropped(void **state)
{
	(void)state;
	notify(1000, 1000, 1001, 1);
	look(1100, 1110, 1);
	latency_drain(&reader, NULL);
	notify(2000, 2000, 2001, 2);
	look(2050, 2060, 2);
	drain();
	assert_matching(1, 0, 0, 0, 0, 0);
	assert_int_equal(out->notify.max_ns, 50);
}

static void test_reader_late(void **state)
{
	(void)state;
	for (unsigned i = 0; i < STAMPS_SIZE; i++)
		notify(1000 + i, 1000 + i, 1000 + i, (uint16_t)i);
	drain();
	assert_matching(0, 0, 0, 0, STAMPS_SIZE, 0);
	notify(90000, 90000, 90001, 9000);
	look(90100, 90110, 9000);
	drain();
	assert_int_equal(out->notify.n, 1);
}

static void test_guest_lies(void **state)
{
	(void)state;
	notify(1000, 1000, 1001, 1);
	guest->stamp_head = 1ull << 62;
	drain();
	assert_matching(0, 0, 0, 0, 1, 0);
}

static void test_clock_backwards(void **state)
{
	(void)state;
	notify(1000, 990, 995, 1);
	look(1000, 999, 1);
	drain();
	assert_int_equal(out->notify.max_ns, 0);
	assert_int_equal(out->stage[STAGE_WORKER].max_ns, 0);
	assert_int_equal(out->stage[STAGE_WORKLOAD].max_ns, 0);
}

/* As the counter of arm64 in the lab has it: 16 ns a cycle, so that the range of cycles is not that of nanoseconds. */
/* The kernel's vhost does not stamp: what is left is the guest's own, and nothing reads as 0. */
static void test_no_host_stamps(void **state)
{
	(void)state;
	latency_open(&reader, NULL, guest, HZ);
	look(1050, 1060, 1);
	look(1200, 0, 1);
	look(0, 1300, 2);
	drain();
	assert_matching(0, 0, 0, 0, 0, 1);
	for (unsigned i = 0; i < STAGES; i++)
		assert_int_equal(out->stage[i].n, i == STAGE_WORKLOAD);
	assert_int_equal(out->stage[STAGE_WORKLOAD].max_ns, 10);
	look(2000, 2010, 3);
	latency_drain(&reader, NULL); /* the warm-up */
	drain();
	assert_int_equal(out->stage[STAGE_WORKLOAD].n, 1);
}

static void test_end_of_the_range(void **state)
{
	(void)state;
	latency_open(&reader, host, guest, 62500000);
	notify(1000, 1010, 1030, 1);
	look(UINT64_MAX, UINT64_MAX, 1);
	notify(1100, 1110, 1130, 2);
	look(UINT64_MAX - 1, UINT64_MAX, 2);
	drain();
	assert_matching(2, 0, 0, 0, 0, 0);
	assert_true(out->notify.max_ns == INT64_MAX);
	assert_int_equal(out->jitter_n, 1);
	assert_true(latency_jitter_ns(out) == 0);
}

int main(void)
{
	static struct suite s = { .setup = set_up, .teardown = tear_down };
	static const struct {
		const char *name;
		CMUnitTestFunction fn;
	} tests[] = {
		{ "the_stages_of_a_notification_are_the_differences_of_its_stamps", test_stages },
		{ "jitter_is_how_far_the_times_of_neighbours_lie_apart", test_jitter },
		{ "a_second_notification_of_the_same_interrupt_is_merged", test_merged },
		{ "a_coalesced_notification_is_no_sample", test_coalesced },
		{ "frames_found_without_an_interrupt_are_no_sample", test_found },
		{ "frames_found_before_the_write_are_no_sample", test_found_before_it_was_written },
		{ "an_interrupt_after_the_frames_were_taken_has_no_workload",
		  test_taken_before_it_was_decided },
		{ "a_look_settles_only_what_it_saw", test_not_covered_yet },
		{ "indices_wrap", test_index_wraps },
		{ "stamps_of_the_warm_up_are_dropped", test_dropped },
		{ "a_late_reader_says_what_it_missed", test_reader_late },
		{ "a_guest_that_lies_is_survived", test_guest_lies },
		{ "a_difference_below_0_counts_as_0", test_clock_backwards },
		{ "a_backend_without_stamps_leaves_the_guest_s_own_stage", test_no_host_stamps },
		{ "a_stamp_at_the_end_of_its_range_is_a_long_time", test_end_of_the_range },
	};

	for (size_t i = 0; i < ARRAY_SIZE(tests); i++)
		suite_add(&s, tests[i].name, tests[i].fn, NULL);
	return suite_run(&s, "unit: latency");
}

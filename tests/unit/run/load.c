// SPDX-License-Identifier: BSD-2-Clause
// Open loop: schedules against their distributions, latency from the intended time, guests that lie.
#include "tests/common/suite.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/run/load.h"

#define HZ 2000000000ull /* of the clock: 2 cycles are a nanosecond */
#define RATE 10000u
#define MEAN (HZ / RATE)
#define START 1000000ull

static struct tandem_load *page;
static struct load_result *result;
static struct load_reader reader;

static int set_up(void **state)
{
	(void)state;
	page = calloc(1, sizeof(*page));
	result = calloc(1, sizeof(*result));
	return page && result ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	free(page);
	free(result);
	return 0;
}

static void fill(enum arrivals a, uint64_t seed)
{
	struct load_spec spec = { .rate = RATE, .arrivals = a, .seed = seed };

	load_fill(page, &spec, HZ);
	page->start = START;
	load_open(&reader, page, page, HZ);
}

/* Gap i, in units of the mean; the last one is that to the next round. */
static double gap(unsigned i)
{
	uint64_t end = i + 1 < TANDEM_ARRIVALS ? page->offset[i + 1] : page->period;

	return (double)(end - page->offset[i]) / MEAN;
}

/* ---- schedules ---- */

static void test_mean(void **state)
{
	(void)state;
	for (unsigned a = 0; a < ARRIVALS_KINDS; a++) {
		fill(a, a + 1);
		assert_int_equal(page->period, TANDEM_ARRIVALS * MEAN);
		assert_int_equal(page->offset[0], 0);
		for (unsigned i = 1; i < TANDEM_ARRIVALS; i++)
			assert_true(page->offset[i] >= page->offset[i - 1]);
		assert_true(page->offset[TANDEM_ARRIVALS - 1] <= page->period);
	}
}

/*
 * The largest distance between the gaps' distribution function and `cdf`, at 40 points. For n values of it that
 * is above 1.95 / sqrt(n) once in a thousand times (Kolmogorov); the seeds here are fixed.
 */
static double distance(double (*cdf)(double x))
{
	double worst = 0;

	for (unsigned k = 1; k <= 40; k++) {
		double x = k / 10.0;
		unsigned below = 0;

		for (unsigned i = 0; i < TANDEM_ARRIVALS; i++)
			below += gap(i) <= x;
		worst = fmax(worst, fabs((double)below / TANDEM_ARRIVALS - cdf(x)));
	}
	return worst;
}

static double exponential(double x)
{
	return 1 - exp(-x);
}

static double uniform(double x)
{
	return x < 2 ? x / 2 : 1;
}

static void test_poisson(void **state)
{
	(void)state;
	for (uint64_t seed = 0; seed < 20; seed++) {
		fill(ARRIVALS_POISSON, seed);
		assert_true(distance(exponential) < 1.95 / sqrt(TANDEM_ARRIVALS));
	}
	assert_true(distance(uniform) > 10 / sqrt(TANDEM_ARRIVALS));
}

static void test_uniform(void **state)
{
	(void)state;
	for (uint64_t seed = 0; seed < 20; seed++) {
		fill(ARRIVALS_UNIFORM, seed);
		assert_true(distance(uniform) < 1.95 / sqrt(TANDEM_ARRIVALS));
	}
}

static void test_fixed(void **state)
{
	(void)state;
	fill(ARRIVALS_FIXED, 3);
	for (unsigned i = 0; i < TANDEM_ARRIVALS; i++)
		assert_true(fabs(gap(i) - 1) < 1e-4);
}

/* Poisson gaps do not know each other: their correlation is that of noise. */
static void test_independent(void **state)
{
	double sum = 0;

	(void)state;
	fill(ARRIVALS_POISSON, 5);
	for (unsigned i = 0; i + 1 < TANDEM_ARRIVALS; i++)
		sum += (gap(i) - 1) * (gap(i + 1) - 1);
	assert_true(fabs(sum / TANDEM_ARRIVALS) < 4 / sqrt(TANDEM_ARRIVALS));
}

static void test_phase(void **state)
{
	unsigned quarter[4] = { 0 };

	(void)state;
	for (uint64_t seed = 0; seed < 400; seed++) {
		fill(ARRIVALS_FIXED, seed);
		assert_true(page->phase <= HZ / 100);
		quarter[page->phase * 4 / (HZ / 100 + 1)]++;
	}
	for (unsigned i = 0; i < 4; i++)
		assert_uint_in_range(quarter[i], 70, 130);
}

static void test_seed(void **state)
{
	uint64_t offset;

	(void)state;
	fill(ARRIVALS_POISSON, 11);
	offset = page->offset[1000];
	fill(ARRIVALS_POISSON, 11);
	assert_int_equal(page->offset[1000], offset);
	fill(ARRIVALS_POISSON, 12);
	assert_int_not_equal(page->offset[1000], offset);
}

/* intended() and due() are each other's inverse, over several rounds of the schedule. */
static void test_due(void **state)
{
	(void)state;
	fill(ARRIVALS_POISSON, 8);
	assert_int_equal(load_due(page, 0), 0);
	assert_int_equal(load_due(page, START), 0);
	for (uint64_t seq = 0; seq < 3 * TANDEM_ARRIVALS; seq += 7) {
		uint64_t t = load_intended(page, seq);

		assert_true(load_due(page, t) <= seq);
		assert_true(load_due(page, t + 1) > seq);
	}
	page->start = 0; /* not yet */
	assert_int_equal(load_due(page, 1 << 30), 0);
}

/* ---- latency ---- */

static void mark(uint64_t t, uint64_t seq)
{
	page->marks[page->head & (TANDEM_MARKS - 1)] = (struct tandem_mark){ t, seq };
	page->head++;
}

static uint64_t drain(uint64_t from, uint64_t to)
{
	return load_drain(&reader, from, to, &result->latency);
}

/* Ten frames that one look found: each waited since its own time. */
static void test_intended_time(void **state)
{
	(void)state;
	fill(ARRIVALS_FIXED, 1);
	mark(load_intended(page, 9) + 2000, 10);
	assert_int_equal(drain(0, UINT64_MAX), 0);
	assert_int_equal(result->latency.n, 10);
	assert_int_equal(result->latency.min_ns, 1000);
	assert_int_equal(result->latency.max_ns, (9 * MEAN + 2000) / 2);
}

/* A stall of 50 frames' time shows 50 times, not once: that is what coordinated omission would hide. */
static void test_stall(void **state)
{
	(void)state;
	fill(ARRIVALS_FIXED, 1);
	for (uint64_t seq = 0; seq < 100; seq++)
		mark(load_intended(page, seq < 50 ? 49 : seq) + 2, seq + 1);
	drain(0, UINT64_MAX);
	assert_int_equal(result->latency.n, 100);
	assert_true(hist_quantile(&result->latency, 0.75) >= 24 * MEAN / 2 * 0.99);
}

static void test_window(void **state)
{
	(void)state;
	fill(ARRIVALS_FIXED, 1);
	for (uint64_t seq = 0; seq < 100; seq++)
		mark(load_intended(page, seq) + 200, seq + 1);
	drain(load_intended(page, 20), load_intended(page, 30));
	assert_int_equal(result->latency.n, 10);
	assert_int_equal(result->latency.max_ns, 100);
}

static void test_nowhere(void **state)
{
	(void)state;
	fill(ARRIVALS_FIXED, 1);
	mark(START, 5);
	assert_int_equal(load_drain(&reader, 0, UINT64_MAX, NULL), 0);
	assert_int_equal(reader.seq, 5);
}

static void test_early(void **state)
{
	(void)state;
	fill(ARRIVALS_FIXED, 1);
	mark(START - 10, 1);
	drain(0, UINT64_MAX);
	assert_int_equal(result->latency.max_ns, 0);
	assert_int_equal(result->latency.n, 1);
}

/* ---- marks that are not what they should be ---- */

static void test_overwritten(void **state)
{
	(void)state;
	fill(ARRIVALS_FIXED, 1);
	for (uint64_t seq = 0; seq < TANDEM_MARKS; seq++)
		mark(load_intended(page, seq), seq + 1);
	assert_int_equal(drain(0, UINT64_MAX), TANDEM_MARKS);
	assert_int_equal(result->latency.n, 0);
	mark(load_intended(page, TANDEM_MARKS) + 20, TANDEM_MARKS + 1);
	assert_int_equal(drain(0, UINT64_MAX), 0);
	assert_int_equal(result->latency.n, 1);
	assert_int_equal(result->latency.max_ns, 10);
}

static void test_lies(void **state)
{
	static const uint64_t lies[] = { 1ull << 40, UINT64_MAX, 0, 3 };

	(void)state;
	fill(ARRIVALS_FIXED, 1);
	mark(load_intended(page, 3), 4);
	for (size_t i = 0; i < ARRAY_SIZE(lies); i++)
		mark(START, lies[i]);
	drain(0, UINT64_MAX);
	assert_true(result->latency.n <= 4);
	page->head = 1ull << 60;
	drain(0, UINT64_MAX);
	assert_true(result->latency.n <= 4);
}

/* ---- the end ---- */

static void finish(uint64_t sent, uint64_t accepted_before, uint64_t accepted_after)
{
	uint64_t accepted[2] = { accepted_before, accepted_after };

	load_finish(&reader, load_intended(page, 1000), load_intended(page, 2000), sent, accepted,
		    result);
}

/* A guest that rewrites the schedule does not keep the host busy. */
static void test_lying_schedule(void **state)
{
	uint64_t accepted[2] = { 0, 0 }, second = HZ;

	(void)state;
	fill(ARRIVALS_FIXED, 1);
	page->period = 1;
	load_finish(&reader, START + second, START + 2 * second, 0, accepted, result);
	assert_true(result->offered <= (second / reader.period + 2) * TANDEM_ARRIVALS);
	page->period = 0;
	load_finish(&reader, START + second, START + 2 * second, 0, accepted, result);
	assert_int_equal(result->offered, 0);
}

static void test_capacity(void **state)
{
	(void)state;
	fill(ARRIVALS_FIXED, 1);
	finish(2005, 998, 1997);
	assert_int_equal(result->offered, 1000);
	assert_int_equal(result->served, 999);
	assert_int_equal(result->unsent, 0);
	assert_int_equal(result->latency.n, 0);
	assert_false(result->overload);
}

/* What was never sent is not left out: it has waited until the end, at least. */
static void test_overload(void **state)
{
	(void)state;
	fill(ARRIVALS_FIXED, 1);
	finish(1500, 1000, 1490);
	assert_true(result->overload);
	assert_int_equal(result->unsent, 500);
	assert_int_equal(result->latency.n, 500);
	assert_int_equal(result->latency.max_ns, 500 * MEAN / 2);
}

static void test_behind_already(void **state)
{
	(void)state;
	fill(ARRIVALS_FIXED, 1);
	finish(2000, 700, 1700);
	assert_false(result->overload);
}

static void test_before_the_window(void **state)
{
	(void)state;
	fill(ARRIVALS_FIXED, 1);
	finish(10, 10, 10);
	assert_int_equal(result->unsent, 1000);
	assert_true(result->overload);
}

static void test_names(void **state)
{
	enum arrivals a;

	(void)state;
	for (unsigned i = 0; i < ARRIVALS_KINDS; i++) {
		assert_true(arrivals_find(arrivals_name(i), &a));
		assert_int_equal(a, i);
	}
	assert_false(arrivals_find("bursty", &a));
	assert_false(arrivals_find("", &a));
}

int main(void)
{
	static struct suite s = { .setup = set_up, .teardown = tear_down };
	static const struct {
		const char *name;
		CMUnitTestFunction fn;
	} tests[] = {
		{ "a_schedule_rises_and_its_mean_is_exact", test_mean },
		{ "poisson_gaps_are_exponentially_distributed", test_poisson },
		{ "uniform_gaps_are_uniformly_distributed", test_uniform },
		{ "fixed_gaps_are_all_the_same", test_fixed },
		{ "poisson_gaps_are_independent", test_independent },
		{ "the_phase_is_anywhere_within_a_tick", test_phase },
		{ "a_seed_repeats_a_schedule", test_seed },
		{ "when_and_how_many_agree", test_due },
		{ "latency_counts_from_the_intended_time", test_intended_time },
		{ "a_stall_counts_for_every_frame_it_delays", test_stall },
		{ "only_frames_of_the_window_count", test_window },
		{ "marks_can_be_read_and_dropped", test_nowhere },
		{ "a_frame_before_its_time_has_no_latency", test_early },
		{ "overwritten_marks_are_said", test_overwritten },
		{ "a_guest_that_lies_about_its_marks_is_survived", test_lies },
		{ "a_guest_that_rewrites_the_schedule_is_survived", test_lying_schedule },
		{ "below_capacity_there_is_no_overload", test_capacity },
		{ "frames_never_sent_are_in_the_latency", test_overload },
		{ "a_backlog_that_does_not_grow_is_no_overload", test_behind_already },
		{ "a_sender_that_never_came_to_the_window_is_overloaded", test_before_the_window },
		{ "arrivals_have_names", test_names },
	};

	for (size_t i = 0; i < ARRAY_SIZE(tests); i++)
		suite_add(&s, tests[i].name, tests[i].fn, NULL);
	return suite_run(&s, "unit: load");
}

// SPDX-License-Identifier: BSD-2-Clause
// What the guests of bench tcp say is taken only where it can be true.
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "bench/tcp/cell.h"
#include "bench/tcp/tcp.h"
#include "tests/common/suite.h"

static struct said said;

static enum said_what say(unsigned side, const char *line)
{
	enum said_phase phase;

	return said_take(&said, side, line, &phase);
}

static void say_value(unsigned side, enum said_figure f, uint64_t v)
{
	char line[SAID_TEXT];

	snprintf(line, sizeof(line), SAID_PREFIX "%s %llu", said_name(f), (unsigned long long)v);
	if (say(side, line) != SAID_VALUE)
		fail_msg("not taken: %s", line);
}

/* A second of each phase: 1 Mbyte of 2 in the window, 2000 round trips. */
static uint64_t honest(enum said_figure f)
{
	switch (f) {
	case SAID_STREAM_NS:
	case SAID_RR_NS:
		return 1000000000;
	case SAID_STREAM_BYTES:
		return 1000000;
	case SAID_SENT:
	case SAID_RECEIVED:
		return 2000000;
	case SAID_RR_TRIPS:
		return 2000;
	case SAID_CORRUPT:
		return 0;
	default:
		return 5;
	}
}

static void say_marks(void)
{
	static const char *const marks[] = { "begin stream", "end stream", "begin rr", "end rr" };
	char line[SAID_TEXT];

	for (size_t i = 0; i < ARRAY_SIZE(marks); i++) {
		snprintf(line, sizeof(line), SAID_PREFIX "%s", marks[i]);
		assert_int_equal(say(SIDE_A, line), i % 2 ? SAID_END : SAID_BEGIN);
	}
}

/* All of it, but that `side` says `v` of `lie`; SAID_FIGURES: no lie. */
static void say_all(unsigned side, enum said_figure lie, uint64_t v)
{
	memset(&said, 0, sizeof(said));
	say_marks();
	for (unsigned i = 0; i < SIDES; i++)
		for (unsigned f = 0; f < SAID_FIGURES; f++)
			if (said_by((enum said_figure)f, i))
				say_value(i, (enum said_figure)f,
					  i == side && f == lie ? v : honest((enum said_figure)f));
}

static const struct said_bounds bounds = { .asked_ns = 1000000000,
					   .lived_ns = 60000000000,
					   .counted = true,
					   .frames = 3000,
					   .bytes = 2100000 };

static void what_can_be_true_is_taken(void **state)
{
	char why[SAID_TEXT] = "";

	(void)state;
	say_all(SIDE_A, SAID_FIGURES, 0);
	assert_true(said_all(&said));
	if (!said_agrees(&said, &bounds, why))
		fail_msg("%s", why);
	assert_int_equal(said.value[SIDE_A][SAID_STREAM_BYTES], 1000000);
	assert_string_equal(said.wrong, "");
}

static void lines_of_others_are_left_alone(void **state)
{
	static const char *const lines[] = { "", "tandem.tcp", "tandem: guest is up",
					     " tandem.tcp x", "[    1.2] tandem.tcp sent 1" };

	(void)state;
	memset(&said, 0, sizeof(said));
	for (size_t i = 0; i < ARRAY_SIZE(lines); i++)
		assert_int_equal(say(SIDE_A, lines[i]), SAID_NOTHING);
	assert_string_equal(said.wrong, "");
}

static void nonsense_is_refused(void **state)
{
	static const struct {
		unsigned side;
		const char *line;
	} cases[] = {
		{ SIDE_A, "" },
		{ SIDE_A, "sent" },
		{ SIDE_A, "sent " },
		{ SIDE_A, "sent -1" },
		{ SIDE_A, "sent  1" },
		{ SIDE_A, "sent 1 " },
		{ SIDE_A, "sent 0x10" },
		{ SIDE_A, "sent 1e3" },
		{ SIDE_A, "sent nan" },
		{ SIDE_A, "sent 9007199254740993" },
		{ SIDE_A, "sent 99999999999999999999999999" },
		{ SIDE_A, "rtt_max_us 4294967296" },
		{ SIDE_A, "stream_ns 86400000000001" },
		{ SIDE_A, "sen 1" },
		{ SIDE_A, "sentt 1" },
		{ SIDE_A, "received 1" }, /* which is b's to say */
		{ SIDE_B, "sent 1" },
		{ SIDE_A, "begin rr" }, /* before the stream */
		{ SIDE_A, "end stream" },
		{ SIDE_A, "begin " },
		{ SIDE_A, "begin stream now" },
		{ SIDE_B, "begin stream" },
	};
	char line[SAID_TEXT];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		memset(&said, 0, sizeof(said));
		snprintf(line, sizeof(line), SAID_PREFIX "%s", cases[i].line);
		if (say(cases[i].side, line) != SAID_NONSENSE)
			fail_msg("taken: guest %c: %s", 'a' + (int)cases[i].side, cases[i].line);
	}
}

static void nothing_is_said_twice(void **state)
{
	(void)state;
	say_all(SIDE_A, SAID_FIGURES, 0);
	assert_int_equal(say(SIDE_A, SAID_PREFIX "sent 3"), SAID_NONSENSE);
	assert_int_equal(said.value[SIDE_A][SAID_SENT], 2000000);
	assert_int_equal(say(SIDE_A, SAID_PREFIX "begin stream"), SAID_NONSENSE);
	/* The first of them is what the error names. */
	assert_string_equal(said.wrong, "sent 3");
}

static void a_line_of_any_length_is_kept_short(void **state)
{
	char line[1000] = SAID_PREFIX;

	(void)state;
	memset(&said, 0, sizeof(said));
	memset(line + strlen(line), 'x', sizeof(line) - strlen(line) - 1);
	assert_int_equal(say(SIDE_B, line), SAID_NONSENSE);
	assert_true(strlen(said.wrong) < sizeof(said.wrong));
}

static void each_figure_must_be_there(void **state)
{
	(void)state;
	for (unsigned side = 0; side < SIDES; side++)
		for (unsigned f = 0; f < SAID_FIGURES; f++) {
			say_all(SIDE_A, SAID_FIGURES, 0);
			if (!said_by((enum said_figure)f, side))
				continue;
			said.there[side][f] = false;
			assert_false(said_all(&said));
		}
	say_all(SIDE_A, SAID_FIGURES, 0);
	said.marks--;
	assert_false(said_all(&said));
}

static void lies_are_found(void **state)
{
	static const struct {
		unsigned side;
		enum said_figure lie;
		uint64_t v;
		const char *why;
	} cases[] = {
		{ SIDE_A, SAID_STREAM_NS, 1, "did not measure for as long as asked" },
		{ SIDE_A, SAID_RR_NS, 60000000001, "did not measure for as long as asked" },
		{ SIDE_B, SAID_STREAM_NS, 0, "longer than it lived" },
		{ SIDE_B, SAID_RR_NS, 60000000001, "longer than it lived" },
		{ SIDE_A, SAID_RTT_P50_US, 6, "RTT is not in order" },
		{ SIDE_A, SAID_RTT_P99_US, 6, "RTT is not in order" },
		{ SIDE_A, SAID_TRIP_MAX_NS, 4, "round trips are not in order" },
		{ SIDE_A, SAID_STREAM_BYTES, 2000001, "more bytes acknowledged than sent" },
		{ SIDE_A, SAID_SENT, 2100001, "more bytes than the backend moved" },
		{ SIDE_A, SAID_RR_TRIPS, 3001, "more round trips than the backend moved" },
		{ SIDE_A, SAID_SENT, 2000001, "data was lost" },
		{ SIDE_B, SAID_RECEIVED, 1999999, "data was lost" },
		{ SIDE_B, SAID_RECEIVED, 2000001, "data was lost" },
		{ SIDE_A, SAID_CORRUPT, 1, "data was corrupted" },
		{ SIDE_B, SAID_CORRUPT, 1, "data was corrupted" },
	};
	char why[SAID_TEXT];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		say_all(cases[i].side, cases[i].lie, cases[i].v);
		why[0] = '\0';
		if (said_agrees(&said, &bounds, why) || !strstr(why, cases[i].why))
			fail_msg("case %zu: '%s' instead of '%s'", i, why, cases[i].why);
	}
}

/* vhost-net's kernel threads move frames that nobody counts. */
static void uncounted_frames_bound_nothing(void **state)
{
	struct said_bounds uncounted = bounds;
	char why[SAID_TEXT];

	(void)state;
	uncounted.counted = false;
	say_all(SIDE_A, SAID_RR_TRIPS, 3001);
	assert_true(said_agrees(&said, &uncounted, why));
	say_all(SIDE_A, SAID_RTT_P50_US, 6);
	assert_false(said_agrees(&said, &uncounted, why));
}

static void work_is_read_as_it_was_printed(void **state)
{
	static const char *const none[] = { "",		"1,2,3",   "1,2,3,4,5",	    "0,1,1,1",
					    "65,1,1,1", "1,0,1,1", "1,1048577,1,1", "1,1,1,1x" };
	const struct tcp_work work = { 3, 65536, 500, 2000 };
	struct tcp_work read;
	char text[TCP_WORK_TEXT];

	(void)state;
	tcp_work_print(&work, text);
	assert_true(tcp_work_read(text, &read));
	assert_memory_equal(&work, &read, sizeof(work));
	for (size_t i = 0; i < ARRAY_SIZE(none); i++)
		if (tcp_work_read(none[i], &read))
			fail_msg("taken: %s", none[i]);
}

/* The parent does not trust the process that ran the guests. */
static void a_child_that_lies_is_found(void **state)
{
	static struct tcp_result r;

	(void)state;
	memset(&r, 0, sizeof(r));
	assert_null(tcp_nonsense(&r));
	r.said.value[SIDE_B][SAID_RECEIVED] = SAID_VALUE_MAX + 1;
	assert_string_equal(tcp_nonsense(&r), "figures");
	memset(&r, 0, sizeof(r));
	memset(r.said.wrong, 'x', sizeof(r.said.wrong));
	assert_string_equal(tcp_nonsense(&r), "figures");
	memset(&r, 0, sizeof(r));
	r.window[SAID_RR].host_s = -1;
	assert_string_equal(tcp_nonsense(&r), "windows");
	memset(&r, 0, sizeof(r));
	r.window[SAID_STREAM].worker.n = 1;
	assert_string_equal(tcp_nonsense(&r), "windows");
	memset(&r, 0, sizeof(r));
	memset(&r.conserved, 2, 1);
	assert_string_equal(tcp_nonsense(&r), "flags");
	memset(&r, 0, sizeof(r));
	r.boot.ended[SIDE_A] = 77;
	assert_non_null(tcp_nonsense(&r));
}

static void a_run_is_worth_what_was_said(void **state)
{
	static struct tcp_result r;
	double value[METRICS];

	(void)state;
	memset(&r, 0, sizeof(r));
	say_all(SIDE_A, SAID_STREAM_NS, 2000000000);
	r.said = said;
	r.window[SAID_STREAM].host_s = 2;
	r.window[SAID_STREAM].notifications[SIDE_B] = 8;
	tcp_values(&r, value);
	assert_true(value[METRIC_GBPS] == 0.004);
	assert_true(value[METRIC_ROUND_TRIPS] == 2000);
	assert_true(value[metric_index(metric_find("interrupts_per_s", 16))] == 2.5 + 5);
	assert_true(value[metric_index(metric_find("notifications_per_s", 19))] == 4);
	assert_true(value[metric_index(metric_find("retransmits", 11))] == 5);
	assert_true(value[metric_index(metric_find("trip_p99_us", 11))] == 0.005);
	assert_true(isnan(value[metric_index(metric_find("notify_p50_us", 13))]));
	/* Five looks: not even the median has ten values beyond it. */
	assert_true(isnan(value[metric_index(metric_find("rtt_p50_us", 10))]));
	r.said.value[SIDE_A][SAID_RR_TRIPS] = 999;
	tcp_values(&r, value);
	assert_true(isnan(value[metric_index(metric_find("trip_p99_us", 11))]));
	assert_true(value[metric_index(metric_find("trip_p50_us", 11))] == 0.005);
}

int main(void)
{
	static struct suite s;

	suite_add(&s, "what can be true is taken", what_can_be_true_is_taken, NULL);
	suite_add(&s, "lines of others are left alone", lines_of_others_are_left_alone, NULL);
	suite_add(&s, "nonsense is refused", nonsense_is_refused, NULL);
	suite_add(&s, "nothing is said twice", nothing_is_said_twice, NULL);
	suite_add(&s, "a line of any length is kept short", a_line_of_any_length_is_kept_short,
		  NULL);
	suite_add(&s, "each figure must be there", each_figure_must_be_there, NULL);
	suite_add(&s, "lies are found", lies_are_found, NULL);
	suite_add(&s, "uncounted frames bound nothing", uncounted_frames_bound_nothing, NULL);
	suite_add(&s, "work is read as it was printed", work_is_read_as_it_was_printed, NULL);
	suite_add(&s, "a child that lies is found", a_child_that_lies_is_found, NULL);
	suite_add(&s, "a run is worth what was said", a_run_is_worth_what_was_said, NULL);
	return suite_run(&s, "said");
}

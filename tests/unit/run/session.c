// SPDX-License-Identifier: BSD-2-Clause
// The host's half of the stamps, read while the backend writes them.
#include "bench/run/session.h"

#include <stdlib.h>

#include "tests/common/suite.h"

static struct stamps *stamps;
static struct session_side *side;

static int set_up(void **state)
{
	(void)state;
	stamps = calloc(1, sizeof(*stamps));
	side = calloc(1, sizeof(*side));
	assert_true(stamps && side);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	free(stamps);
	free(side);
	return 0;
}

/* Decided at `t0`, delivered as the rest says; t2 0: not yet. */
static void add(uint64_t t0, uint64_t t1, uint64_t t2)
{
	struct stamp *e = stamps_at(stamps, stamps_add(stamps, t0, 0));

	e->t1 = t1;
	e->t2 = t2;
}

static void drain(bool last)
{
	session_drain(side, stamps, 2.0, last);
}

static void stages_are_taken_in_nanoseconds(void **state)
{
	(void)state;
	add(100, 110, 125);
	add(200, 200, 205);
	drain(false);
	drain(false);
	assert_int_equal(side->worker.n, 2);
	assert_int_equal(side->worker.max_ns, 20);
	assert_int_equal(side->write.max_ns, 30);
	assert_int_equal(side->write.min_ns, 10);
	assert_int_equal(side->lost, 0);
}

static void what_was_merged_is_no_sample(void **state)
{
	(void)state;
	add(100, STAMP_COALESCED, 0);
	add(200, 210, 220);
	drain(false);
	assert_int_equal(side->worker.n, 1);
	assert_int_equal(side->lost, 0);
}

static void what_is_not_delivered_is_waited_for(void **state)
{
	(void)state;
	add(100, 0, 0);
	add(200, 210, 220);
	drain(false);
	assert_int_equal(side->worker.n, 0);
	stamps_at(stamps, 0)->t1 = 150;
	stamps_at(stamps, 0)->t2 = 160;
	drain(false);
	assert_int_equal(side->worker.n, 2);
	assert_int_equal(side->worker.max_ns, 100);
}

static void what_never_was_delivered_is_lost_at_the_end(void **state)
{
	(void)state;
	add(100, 0, 0);
	add(200, 210, 220);
	drain(true);
	assert_int_equal(side->worker.n, 1);
	assert_int_equal(side->lost, 1);
}

static void a_late_reader_counts_what_it_lost(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 2 * STAMPS_SIZE; i++)
		add(i, i, i + 1);
	drain(false);
	assert_int_equal(side->worker.n + side->lost, 2 * STAMPS_SIZE);
	assert_true(side->lost >= STAMPS_SIZE && side->worker.n > STAMPS_SIZE / 2);
	drain(false);
	assert_int_equal(side->worker.n + side->lost, 2 * STAMPS_SIZE);
}

int main(void)
{
	static struct suite s = { .setup = set_up, .teardown = tear_down };

	suite_add(&s, "stages are taken, in nanoseconds", stages_are_taken_in_nanoseconds, NULL);
	suite_add(&s, "what was merged is no sample", what_was_merged_is_no_sample, NULL);
	suite_add(&s, "what is not delivered is waited for", what_is_not_delivered_is_waited_for,
		  NULL);
	suite_add(&s, "what never was delivered is lost at the end",
		  what_never_was_delivered_is_lost_at_the_end, NULL);
	suite_add(&s, "a late reader counts what it lost", a_late_reader_counts_what_it_lost, NULL);
	return suite_run(&s, "session");
}

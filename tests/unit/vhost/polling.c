// SPDX-License-Identifier: BSD-2-Clause
// How long the backend looks at its rings: what it learns from gaps.
#include "vhost/polling.h"

#include "tests/common/suite.h"

#define US 1000ull

static void gaps(struct polling *p, uint64_t ns, unsigned n)
{
	while (n--)
		polling_learn(p, ns);
}

static void a_fixed_time_stays(void **state)
{
	struct polling p = polling_of(50, false);

	(void)state;
	assert_int_equal(p.ns, 50 * US);
	gaps(&p, 60 * US, 9);
	gaps(&p, 1000000 * US, 9);
	assert_int_equal(p.ns, 50 * US);
	assert_int_equal(polling_of(0, false).ns, 0);
}

static void it_begins_without_polling(void **state)
{
	(void)state;
	assert_int_equal(polling_of(100, true).ns, 0);
}

static void short_gaps_in_a_row_double_it_up_to_the_maximum(void **state)
{
	static const uint64_t want[] = { 0, 10, 20, 40, 80, 100, 100 };
	struct polling p = polling_of(100, true);

	(void)state;
	for (unsigned i = 0; i < ARRAY_SIZE(want); i++) {
		gaps(&p, 95 * US, 1);
		assert_int_equal(p.ns, want[i] * US);
	}
}

static void gaps_that_it_catches_leave_it(void **state)
{
	struct polling p = polling_of(100, true);

	(void)state;
	gaps(&p, 15 * US, 3);
	assert_int_equal(p.ns, 20 * US);
	gaps(&p, 15 * US, 100);
	assert_int_equal(p.ns, 20 * US);
}

static void a_long_gap_ends_it(void **state)
{
	struct polling p = polling_of(100, true);

	(void)state;
	gaps(&p, 15 * US, 3);
	gaps(&p, 100 * US + 1, 1);
	assert_int_equal(p.ns, 0);
	gaps(&p, 15 * US, 1);
	assert_int_equal(p.ns, 0);
	gaps(&p, 15 * US, 1);
	assert_int_equal(p.ns, 10 * US);
}

/* A thousand frames a second, each answered at once: nothing is worth polling for. */
static void answers_between_long_gaps_teach_nothing(void **state)
{
	struct polling p = polling_of(100, true);

	(void)state;
	for (unsigned i = 0; i < 1000; i++) {
		gaps(&p, 20 * US, 1);
		gaps(&p, 980 * US, 1);
		assert_int_equal(p.ns, 0);
	}
}

int main(void)
{
	static struct suite s;

	suite_add(&s, "a fixed time stays", a_fixed_time_stays, NULL);
	suite_add(&s, "it begins without polling", it_begins_without_polling, NULL);
	suite_add(&s, "short gaps in a row double it, up to the maximum",
		  short_gaps_in_a_row_double_it_up_to_the_maximum, NULL);
	suite_add(&s, "gaps that it catches leave it", gaps_that_it_catches_leave_it, NULL);
	suite_add(&s, "a long gap ends it", a_long_gap_ends_it, NULL);
	suite_add(&s, "answers between long gaps teach nothing",
		  answers_between_long_gaps_teach_nothing, NULL);
	return suite_run(&s, "polling");
}

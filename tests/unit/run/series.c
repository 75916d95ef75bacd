// SPDX-License-Identifier: BSD-2-Clause
// A run's frames over its time.
#include "bench/run/series.h"

#include "tests/common/suite.h"

#define PART 1000000ull
#define WINDOW (PART * SERIES_POINTS)

static void a_point_is_taken_when_a_part_is_over(void **state)
{
	struct series s = { 0 };

	(void)state;
	series_look(&s, WINDOW, PART - 1, 5);
	assert_int_equal(s.n, 0);
	series_look(&s, WINDOW, PART + 7, 6);
	series_look(&s, WINDOW, 2 * PART - 1, 9);
	assert_int_equal(s.n, 1);
	assert_int_equal(s.point[0].ns, PART + 7);
	assert_int_equal(s.point[0].frames, 6);
	series_look(&s, WINDOW, 2 * PART, 10);
	assert_int_equal(s.n, 2);
}

/* The control thread did not run: one long step, and no invented empty ones. */
static void a_late_look_is_one_point(void **state)
{
	struct series s = { 0 };

	(void)state;
	series_look(&s, WINDOW, PART, 1);
	series_look(&s, WINDOW, 9 * PART + 3, 2);
	series_look(&s, WINDOW, 9 * PART + 4, 3);
	assert_int_equal(s.n, 2);
	series_look(&s, WINDOW, 10 * PART, 4);
	assert_int_equal(s.n, 3);
}

static void a_longer_window_has_no_more_points(void **state)
{
	struct series s = { 0 };

	(void)state;
	for (uint64_t i = 1; i <= 3 * SERIES_POINTS; i++)
		series_look(&s, WINDOW, i * PART, i);
	assert_int_equal(s.n, SERIES_POINTS);
	assert_true(series_is_sane(&s));
}

static void a_window_without_end_has_none(void **state)
{
	struct series s = { 0 };

	(void)state;
	series_look(&s, 0, 5 * PART, 1);
	assert_int_equal(s.n, 0);
}

static void what_no_child_could_leave(void **state)
{
	struct series s = { .n = 2, .point = { { 5, 1 }, { 6, 1 } } };

	(void)state;
	assert_true(series_is_sane(&s));
	s.point[1].ns = 5;
	assert_false(series_is_sane(&s));
	s.point[1] = (struct series_point){ 6, 0 };
	assert_false(series_is_sane(&s));
	s.n = SERIES_POINTS + 1;
	assert_false(series_is_sane(&s));
}

int main(void)
{
	static struct suite s;

	suite_add(&s, "a point is taken when a part of the window is over",
		  a_point_is_taken_when_a_part_is_over, NULL);
	suite_add(&s, "a late look is one point", a_late_look_is_one_point, NULL);
	suite_add(&s, "a longer window has no more points", a_longer_window_has_no_more_points,
		  NULL);
	suite_add(&s, "a window without end has none", a_window_without_end_has_none, NULL);
	suite_add(&s, "what no child could leave", what_no_child_could_leave, NULL);
	return suite_run(&s, "series");
}

// SPDX-License-Identifier: BSD-2-Clause
// Slopes of a wait over its dose, their verdict, and the loop's choice, on made-up and recorded hosts.
#include "tests/common/suite.h"

#include <math.h>
#include <string.h>

#include "bench/stat/dose.h"
#include "bench/stat/loop.h"
#include "bench/stat/random.h"

#define RUNS 6u

static const double doses[] = { 1400, 2800, 4000 };

/* Evenly between -1 and 1. */
static double chance(uint64_t *state)
{
	return (double)random_below(state, 2000001) / 1e6 - 1;
}

/* wait = base + slope * dose, give or take a share of `noise`. How many. */
static size_t make(struct dose_run *out, double base, double slope, double noise, uint64_t seed)
{
	size_t n = 0;

	for (size_t d = 0; d < ARRAY_SIZE(doses); d++)
		for (unsigned r = 0; r < RUNS; r++, n++)
			out[n] = (struct dose_run){ doses[d], (base + slope * doses[d]) *
								      (1 + noise * chance(&seed)) };
	return n;
}

static void a_known_slope_is_found(void **state)
{
	struct dose_run run[32];
	struct dose_slope s;

	(void)state;
	s = dose_slope(run, make(run, 100, 0.65, 0, 1), false);
	assert_true(fabs(s.slope - 0.65) < 1e-9);
	assert_int_equal(s.doses, 3);
	assert_true(fabs(s.interval.lo - 0.65) < 1e-9 && fabs(s.interval.hi - 0.65) < 1e-9);
	assert_int_equal(dose_answer(&s), DOSE_FOLLOWS);
	s = dose_slope(run, make(run, 200, 0, 0, 1), false);
	assert_true(fabs(s.slope) < 1e-9);
	assert_int_equal(dose_answer(&s), DOSE_FLAT);
}

/* The interval holds the truth about as often as it says, and no answer is the wrong one. */
static void noise_widens_and_does_not_mislead(void **state)
{
	unsigned holds = 0, wrong = 0;

	(void)state;
	for (uint64_t seed = 1; seed <= 200; seed++) {
		struct dose_run run[32];
		struct dose_slope up = dose_slope(run, make(run, 100, 0.6, 0.3, seed), false), flat;

		flat = dose_slope(run, make(run, 200, 0, 0.5, seed + 1000), false);
		holds += up.interval.lo <= 0.6 && up.interval.hi >= 0.6;
		wrong += dose_answer(&up) == DOSE_FLAT || dose_answer(&flat) == DOSE_FOLLOWS;
	}
	assert_true(holds >= 170);
	assert_int_equal(wrong, 0);
}

/* One run in six that stood still for a while does not turn the line. */
static void a_stall_does_not_turn_the_line(void **state)
{
	struct dose_run run[32];
	size_t n = make(run, 200, 0, 0.05, 3);
	struct dose_slope s;

	(void)state;
	for (size_t i = 0; i < n; i += RUNS)
		run[i + 2].wait = 90000;
	s = dose_slope(run, n, false);
	assert_true(fabs(s.slope) < 0.02);
	assert_int_equal(dose_answer(&s), DOSE_FLAT);
}

static void ties_and_gaps_are_taken_as_they_are(void **state)
{
	struct dose_run run[32];
	size_t n = make(run, 300, 0, 0, 1);
	struct dose_slope s;

	(void)state;
	run[0].wait = run[7].wait = NAN;
	s = dose_slope(run, n, false);
	assert_true(s.slope == 0 && s.interval.lo == 0 && s.interval.hi == 0);
	/* A dose that no run has is none. */
	for (size_t i = 2 * RUNS; i < n; i++)
		run[i].wait = NAN;
	s = dose_slope(run, n, false);
	assert_int_equal(s.doses, 2);
	/* Two runs of a dose are too few for an interval. */
	for (size_t i = RUNS + 2; i < 2 * RUNS; i++)
		run[i].wait = NAN;
	s = dose_slope(run, n, false);
	assert_false(isnan(s.slope));
	assert_int_equal(dose_answer(&s), DOSE_UNKNOWN);
}

static void one_dose_is_no_line_but_has_a_share(void **state)
{
	struct dose_run run[32];
	struct dose_slope s;

	(void)state;
	make(run, 0, 0.8, 0.1, 1);
	s = dose_slope(run, RUNS, false);
	assert_true(isnan(s.slope));
	assert_int_equal(s.doses, 1);
	s = dose_slope(run, RUNS, true);
	assert_true(s.slope > 0.7 && s.slope < 0.9);
	assert_int_equal(dose_answer(&s), DOSE_FOLLOWS);
	s = dose_slope(run, 0, false);
	assert_true(isnan(s.slope));
	assert_int_equal(s.doses, 0);
}

static void twins_have_no_difference_and_others_do(void **state)
{
	struct dose_run a[32], b[32];
	size_t n = make(a, 100, 0.6, 0.2, 1);
	struct dose_slope s;

	(void)state;
	make(b, 100, 0.6, 0.2, 2);
	s = dose_difference(a, n, b, n, false);
	assert_true(s.interval.lo < 0 && s.interval.hi > 0);
	make(b, 200, 0, 0.2, 2);
	s = dose_difference(a, n, b, n, false);
	assert_true(fabs(s.slope - 0.6) < 0.15);
	assert_int_equal(dose_answer(&s), DOSE_FOLLOWS);
}

/* ---- the verdict */

static struct dose_slope of(double slope, double lo, double hi)
{
	return (struct dose_slope){ slope, { lo, hi }, 3 };
}

#define NONE of(NAN, NAN, NAN)

static const struct judged {
	const char *name;
	struct {
		double slope, lo, hi;
	} subject, control, twin;
	bool slow;
	enum dose_finding finding;
	enum dose_reason reason;
} judged[] = {
	{ "it follows, all else is flat",
	  { 0.65, 0.5, 0.8 },
	  { 0, -0.05, 0.05 },
	  { 0, -0.1, 0.1 },
	  false,
	  DOSE_SHOWN,
	  DOSE_BY_SLOPE },
	{ "all is flat",
	  { 0.01, -0.05, 0.06 },
	  { 0, -0.05, 0.05 },
	  { 0, -0.1, 0.1 },
	  false,
	  DOSE_ABSENT,
	  DOSE_BY_SLOPE },
	{ "a slow loop does not hide what it shows",
	  { 0.65, 0.5, 0.8 },
	  { 0, -0.05, 0.05 },
	  { 0, -0.1, 0.1 },
	  true,
	  DOSE_SHOWN,
	  DOSE_BY_SLOPE },
	{ "flat in a slow loop is no proof",
	  { 0.01, -0.05, 0.06 },
	  { 0, -0.05, 0.05 },
	  { 0, -0.1, 0.1 },
	  true,
	  DOSE_SPOILED,
	  DOSE_TOO_SLOW },
	{ "a control that follows",
	  { 0.65, 0.5, 0.8 },
	  { 0.4, 0.2, 0.6 },
	  { 0, -0.1, 0.1 },
	  false,
	  DOSE_SPOILED,
	  DOSE_CONTROL_MOVED },
	{ "a control that falls",
	  { 0.65, 0.5, 0.8 },
	  { -0.4, -0.6, -0.2 },
	  { 0, -0.1, 0.1 },
	  false,
	  DOSE_SPOILED,
	  DOSE_CONTROL_MOVED },
	{ "a control of which nothing sure is known",
	  { 0.65, 0.5, 0.8 },
	  { 0.1, -0.3, 0.5 },
	  { 0, -0.1, 0.1 },
	  false,
	  DOSE_SHOWN,
	  DOSE_BY_SLOPE },
	{ "a control that was not measured",
	  { 0.65, 0.5, 0.8 },
	  { NAN, NAN, NAN },
	  { NAN, NAN, NAN },
	  false,
	  DOSE_SHOWN,
	  DOSE_BY_SLOPE },
	{ "the same cell twice, a little apart",
	  { 1.02, 1.0, 1.05 },
	  { 0, -0.05, 0.05 },
	  { -0.25, -0.31, -0.22 },
	  false,
	  DOSE_SHOWN,
	  DOSE_BY_SLOPE },
	{ "the same cell twice, and flat at all",
	  { 0.01, -0.05, 0.06 },
	  { 0, -0.05, 0.05 },
	  { -0.25, -0.31, -0.22 },
	  false,
	  DOSE_SPOILED,
	  DOSE_TWINS_DIFFER },
	{ "the same cell twice is two",
	  { 0.65, 0.5, 0.8 },
	  { 0, -0.05, 0.05 },
	  { 0.6, 0.4, 0.8 },
	  false,
	  DOSE_SPOILED,
	  DOSE_TWINS_DIFFER },
	{ "an interval with both in it",
	  { 0.2, 0.05, 0.5 },
	  { 0, -0.05, 0.05 },
	  { 0, -0.1, 0.1 },
	  false,
	  DOSE_SPOILED,
	  DOSE_NOISY },
	{ "longer than any slice",
	  { 2.1, 1.5, 5 },
	  { 0, -0.05, 0.05 },
	  { 0, -0.1, 0.1 },
	  false,
	  DOSE_SPOILED,
	  DOSE_TOO_STEEP },
	{ "too few runs",
	  { 0.6, NAN, NAN },
	  { 0, NAN, NAN },
	  { 0, NAN, NAN },
	  false,
	  DOSE_SPOILED,
	  DOSE_FEW_RUNS },
	{ "one dose",
	  { NAN, NAN, NAN },
	  { NAN, NAN, NAN },
	  { NAN, NAN, NAN },
	  false,
	  DOSE_SPOILED,
	  DOSE_ONE_DOSE },
};

static void each_case_has_its_verdict(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(judged); i++) {
		const struct judged *j = &judged[i];
		struct dose_cell cell[] = {
			{ DOSE_NEITHER, of(0.9, 0.8, 1) },
			{ DOSE_CONTROL, of(j->control.slope, j->control.lo, j->control.hi) },
			{ DOSE_SUBJECT, of(j->subject.slope, j->subject.lo, j->subject.hi) },
			{ DOSE_TWIN, of(j->twin.slope, j->twin.lo, j->twin.hi) },
			{ DOSE_POSITIVE, of(0.9, 0.8, 1) },
		};
		struct dose_verdict v = dose_judge(cell, ARRAY_SIZE(cell), j->slow);

		if (v.finding != j->finding || v.reason != j->reason)
			fail_msg("%s: finding %d, reason %d", j->name, v.finding, v.reason);
		if (v.reason == DOSE_CONTROL_MOVED)
			assert_int_equal(v.culprit, 1);
	}
}

static void without_a_subject_there_is_no_verdict(void **state)
{
	struct dose_cell cell[] = { { DOSE_CONTROL, of(0, -0.05, 0.05) }, { DOSE_SUBJECT, NONE } };

	(void)state;
	cell[1].slope.doses = 0;
	assert_int_equal(dose_judge(cell, 1, false).reason, DOSE_NO_SUBJECT);
	assert_int_equal(dose_judge(cell, 2, false).reason, DOSE_NO_SUBJECT);
	assert_int_equal(dose_judge(cell, 0, false).reason, DOSE_NO_SUBJECT);
}

/* ---- the loop: round trips from the figures of two machines of the same size, 7.3.4 in the lab */

static void the_loop_is_as_short_as_the_host_needs(void **state)
{
	/* An Intel machine, 0.388 Gb/s direct; an AMD one, 0.131. */
	static const struct loop_try quick[] = { { 1500, 16, 60, 495 }, { 1500, 8, 30, 260 } };
	static const struct loop_try slow[] = { { 1500, 16, 180, 1465 },
						{ 1500, 8, 90, 790 },
						{ 512, 4, 40, 420 } };

	(void)state;
	assert_int_equal(loop_choose(quick, 2, 1400), 0);
	assert_int_equal(loop_choose(quick, 2, 700), 1);
	assert_int_equal(loop_choose(slow, 3, 4000), 0);
	assert_int_equal(loop_choose(slow, 3, 1400), 2);
	/* None fits: the shortest, and the slice that would do. */
	assert_int_equal(loop_choose(slow, 3, 300), 2);
	assert_true(loop_needs_us(&slow[2]) == 840);
	/* Copying decides where it takes longer than a quarter. */
	assert_true(loop_needs_us(&(struct loop_try){ 65536, 16, 500, 600 }) == 2000);
}

int main(void)
{
	static struct suite s;

	suite_add(&s, "a known slope is found", a_known_slope_is_found, NULL);
	suite_add(&s, "noise widens the interval and does not mislead",
		  noise_widens_and_does_not_mislead, NULL);
	suite_add(&s, "a stall does not turn the line", a_stall_does_not_turn_the_line, NULL);
	suite_add(&s, "ties, and runs and doses that are missing",
		  ties_and_gaps_are_taken_as_they_are, NULL);
	suite_add(&s, "one dose has no slope, but a share", one_dose_is_no_line_but_has_a_share,
		  NULL);
	suite_add(&s, "twins do not differ, others do", twins_have_no_difference_and_others_do,
		  NULL);
	suite_add(&s, "shown, absent, spoiled, and by what", each_case_has_its_verdict, NULL);
	suite_add(&s, "without a subject there is no verdict",
		  without_a_subject_there_is_no_verdict, NULL);
	suite_add(&s, "frame and window are as short as the host needs",
		  the_loop_is_as_short_as_the_host_needs, NULL);
	return suite_run(&s, "dose");
}

// SPDX-License-Identifier: BSD-2-Clause
// The ages of frames, as a guest counts them and as it does not.
#include "bench/run/ages.h"

#include <stdlib.h>

#include "tests/common/suite.h"

static struct tandem_report *guest;
static struct ages from, to;
static struct hist *out;

static int set_up(void **state)
{
	(void)state;
	guest = calloc(1, sizeof(*guest));
	out = calloc(1, sizeof(*out));
	assert_true(guest && out);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	free(guest);
	free(out);
	return 0;
}

static void what_was_counted_before_the_window_is_not_in_it(void **state)
{
	unsigned young = cycles_bucket_of(2000), old = cycles_bucket_of(4000000);

	(void)state;
	guest->age[young] = 5;
	guest->age[old] = 7;
	ages_read(guest, &from);
	guest->age[young] += 20;
	guest->age[old] += 1;
	ages_read(guest, &to);
	ages_between(&from, &to, 0.5, out);
	assert_int_equal(out->n, 21);
	assert_true(hist_is_sane(out));
	assert_uint_in_range((uint64_t)hist_quantile(out, 0.5), 984, 1016);
	assert_uint_in_range(out->max_ns, 1968000, 2032000);
	assert_int_equal(out->above_1ms, 1);
}

static void without_frames_there_are_no_ages(void **state)
{
	(void)state;
	guest->age[3] = 9;
	ages_read(guest, &from);
	ages_between(&from, &from, 1, out);
	assert_int_equal(out->n, 0);
	assert_true(hist_is_sane(out));
}

/* Backwards, or by more than anyone counts: left out, and the others stay right. */
static void a_guest_that_miscounts_harms_only_that_bucket(void **state)
{
	(void)state;
	guest->age[10] = 5;
	ages_read(guest, &from);
	guest->age[10] = 4;
	guest->age[11] = UINT64_MAX;
	guest->age[12] = 1ull << 48;
	guest->age[13] = 2;
	guest->age[CYCLES_BUCKETS - 1] = 1;
	ages_read(guest, &to);
	ages_between(&from, &to, 1, out);
	assert_int_equal(out->n, 3);
	assert_true(hist_is_sane(out));
}

int main(void)
{
	static struct suite s = { .setup = set_up, .teardown = tear_down };

	suite_add(&s, "what_was_counted_before_the_window_is_not_in_it",
		  what_was_counted_before_the_window_is_not_in_it, NULL);
	suite_add(&s, "without_frames_there_are_no_ages", without_frames_there_are_no_ages, NULL);
	suite_add(&s, "a_guest_that_miscounts_harms_only_that_bucket",
		  a_guest_that_miscounts_harms_only_that_bucket, NULL);
	return suite_run(&s, "unit: ages");
}

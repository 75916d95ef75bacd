// SPDX-License-Identifier: BSD-2-Clause
// Parts of a matrix: every cell in one shard, its baseline beside it, its slices together.
#include "tests/common/suite.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bench/plan/bench.h"
#include "bench/plan/shard.h"
#include "vhost/strategies.h"

#define CELLS 12u

struct fixture {
	struct bench b;
	struct bench_row row[CELLS];
};

static struct fixture *make(void)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	f->b.row = f->row;
	return f;
}

static const char *const slices[] = { "default", "2x", "6x" };

/* Two scenarios of two deliverers at three slices each, compared with the first of its slice. */
static void fill(struct fixture *f)
{
	memset(f->row, 0, sizeof(f->row));
	f->b.nrows = CELLS;
	for (unsigned i = 0; i < CELLS; i++) {
		struct bench_row *row = &f->row[i];

		row->spec.scenario = i / 6 ? SCENARIO_RR : SCENARIO_STREAM;
		row->spec.notify = notify_find(i / 3 % 2 ? "deferred" : "direct");
		row->spec.slice = slices[i % 3];
		row->over.baseline = i / 3 % 2 ? (int)i - 3 : -1;
	}
}

static void keep(struct fixture *f, unsigned index, unsigned of)
{
	fill(f);
	f->b.shard = (struct shard){ .index = index, .of = of };
	assert_int_equal(shard_keep(&f->b), 0);
	assert_int_equal(f->b.shard.cells, CELLS);
}

static void a_shard_is_two_numbers(void **state)
{
	static const char *const bad[] = { "",	   "1",	    "1/",    "/2",
					   "0/2",  "3/2",   "1/0",   "-1/2",
					   "+1/2", "1/2x",  " 1/2",  "1/ 2",
					   "a/b",  "1/2/3", "1/513", "1/99999999999999999999" };
	struct shard s;

	(void)state;
	assert_true(shard_parse("2/5", &s));
	assert_int_equal(s.index, 2);
	assert_int_equal(s.of, 5);
	assert_true(shard_parse("1/1", &s));
	for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (shard_parse(bad[i], &s))
			fail_msg("'%s' was taken for %u/%u", bad[i], s.index, s.of);
}

static void each_cell_is_in_one_shard(void **state)
{
	struct fixture *f = make();

	(void)state;
	for (unsigned of = 1; of <= 4; of++) {
		unsigned owners[CELLS] = { 0 };

		for (unsigned index = 1; index <= of; index++) {
			keep(f, index, of);
			for (unsigned i = 0; i < f->b.nrows; i++)
				owners[f->row[i].shard_cell] += !f->row[i].borrowed;
		}
		for (unsigned i = 0; i < CELLS; i++)
			assert_int_equal(owners[i], 1);
	}
	free(f);
}

static void a_baseline_comes_along(void **state)
{
	struct fixture *f = make();

	(void)state;
	/* Units: stream direct, stream deferred, rr direct, rr deferred. */
	keep(f, 2, 4);
	assert_int_equal(f->b.nrows, 6);
	for (unsigned i = 0; i < 3; i++) {
		assert_true(f->row[i].borrowed);
		assert_int_equal(f->row[i].over.baseline, -1);
		assert_false(f->row[i + 3].borrowed);
		assert_int_equal(f->row[i + 3].over.baseline, i);
		assert_ptr_equal(f->row[i].spec.slice, f->row[i + 3].spec.slice);
	}
	free(f);
}

static void what_needs_no_other_is_alone(void **state)
{
	struct fixture *f = make();

	(void)state;
	keep(f, 3, 4);
	assert_int_equal(f->b.nrows, 3);
	for (unsigned i = 0; i < 3; i++) {
		assert_int_equal(f->row[i].shard_cell, 6 + i);
		assert_int_equal(f->row[i].over.baseline, -1);
	}
	free(f);
}

static void the_slices_of_a_cell_stay_together(void **state)
{
	struct fixture *f = make();

	(void)state;
	keep(f, 1, 2);
	for (unsigned i = 0; i < f->b.nrows; i++)
		if (!f->row[i].borrowed)
			assert_ptr_equal(f->row[i].spec.notify, notify_find("direct"));
	assert_int_equal(f->b.nrows, 6);
	free(f);
}

/* A baseline that has one itself is borrowed without it. */
static void a_borrowed_cell_has_no_baseline_of_its_own(void **state)
{
	struct fixture *f = make();

	(void)state;
	fill(f);
	f->row[6].over.baseline = 3; /* deferred stream, which is compared with direct */
	f->b.shard = (struct shard){ .index = 3, .of = 4 };
	assert_int_equal(shard_keep(&f->b), 0);
	assert_int_equal(f->b.nrows, 4);
	assert_int_equal(f->row[0].shard_cell, 3);
	assert_true(f->row[0].borrowed);
	assert_int_equal(f->row[0].over.baseline, -1);
	assert_int_equal(f->row[1].over.baseline, 0);
	free(f);
}

static void no_shard_is_empty(void **state)
{
	struct fixture *f = make();

	(void)state;
	fill(f);
	f->b.shard = (struct shard){ .index = 1, .of = 5 };
	assert_int_equal(shard_keep(&f->b), -EINVAL);
	assert_int_equal(f->b.nrows, CELLS);
	free(f);
}

int main(void)
{
	static struct suite s;

	suite_add(&s, "a shard is two numbers", a_shard_is_two_numbers, NULL);
	suite_add(&s, "each cell is in one shard", each_cell_is_in_one_shard, NULL);
	suite_add(&s, "a baseline comes along", a_baseline_comes_along, NULL);
	suite_add(&s, "what needs no other is alone", what_needs_no_other_is_alone, NULL);
	suite_add(&s, "the slices of a cell stay together", the_slices_of_a_cell_stay_together,
		  NULL);
	suite_add(&s, "a borrowed cell has no baseline of its own",
		  a_borrowed_cell_has_no_baseline_of_its_own, NULL);
	suite_add(&s, "no shard is empty", no_shard_is_empty, NULL);
	return suite_run(&s, "shard");
}

// SPDX-License-Identifier: BSD-2-Clause
// When to stop making rounds: once no slope leaves open whether it is one.
#include "tests/common/suite.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/plan/enough.h"
#include "vhost/strategies.h"
#include "vmm/vm.h"

#define RUNS 6u
#define SLICES 3u

static const uint64_t slices_ns[SLICES] = { 1400000, 2800000, 8400000 };
static const char *const asked[SLICES] = { "default", "2x", "6x" };

static struct bench *make(unsigned kinds)
{
	struct bench *b = calloc(1, sizeof(*b));

	assert_non_null(b);
	b->row = calloc((size_t)kinds * SLICES, sizeof(*b->row));
	assert_non_null(b->row);
	b->host.hz = 250;
	b->host.slice.hrtick = 1;
	b->rounds.runs = RUNS;
	b->nrows = kinds * SLICES;
	for (unsigned i = 0; i < b->nrows; i++)
		b->row[i].spec = (struct cell_spec){
			.notify = notify_find(i < SLICES ? "deferred" : "direct"),
			.producer = producer_find("sqpoll"),
			.irq = vm_irqs,
			.loop = "gated",
			.slice = asked[i % SLICES],
			.slice_ns = slices_ns[i % SLICES],
		};
	assert_int_equal(runs_open(&b->rounds, b->nrows, &b->row->over, sizeof(*b->row)), 0);
	return b;
}

static void drop(struct bench *b)
{
	runs_free(&b->rounds);
	free(b->row);
	free(b);
}

/* Waits of a kind's runs: `slope` of the dose, every second run longer by a share of `noise`. */
static void fill(struct bench *b, unsigned kind, const char *metric, double slope, double noise)
{
	unsigned m = metric_index(metric_find(metric, strlen(metric)));

	for (unsigned i = kind * SLICES; i < (kind + 1) * SLICES; i++) {
		struct bench_row *row = &b->row[i];
		double dose = fmin((double)row->spec.slice_ns / 1e3, 4000);

		for (row->over.n = 0; row->over.n < RUNS; row->over.n++)
			row->over.sample[m][row->over.n] =
				100 + slope * dose + (row->over.n % 2 ? noise * dose : 0);
	}
}

static void clear_slopes_are_enough(void **state)
{
	struct bench *b = make(2);

	(void)state;
	fill(b, 0, "worker_mean", 0.65, 0);
	fill(b, 1, "handler_mean", 0, 0);
	assert_true(enough_for_slopes(b));
	drop(b);
}

static void one_that_is_open_is_not(void **state)
{
	struct bench *b = make(2);

	(void)state;
	fill(b, 0, "worker_mean", 0.65, 0);
	fill(b, 1, "handler_mean", 0, 0.6);
	assert_false(enough_for_slopes(b));
	drop(b);
}

/* More rounds do not give a cell values that cannot have any. */
static void cells_without_values_do_not_keep_it_going(void **state)
{
	struct bench *b = make(2);

	(void)state;
	fill(b, 0, "worker_mean", 0.65, 0);
	assert_true(enough_for_slopes(b));
	for (unsigned i = 0; i < b->nrows; i++)
		b->row[i].spec.slice = NULL;
	fill(b, 0, "worker_mean", 0.2, 0.6);
	assert_true(enough_for_slopes(b));
	drop(b);
}

int main(void)
{
	static struct suite s;

	suite_add(&s, "clear slopes are enough", clear_slopes_are_enough, NULL);
	suite_add(&s, "a slope that may be one asks for more", one_that_is_open_is_not, NULL);
	suite_add(&s, "cells without values do not ask for more",
		  cells_without_values_do_not_keep_it_going, NULL);
	return suite_run(&s, "enough");
}

// SPDX-License-Identifier: BSD-2-Clause
// Histograms against the exact quantiles of the same values.
#include "tests/common/suite.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/crowd/dist.h"
#include "bench/stat/hist.h"
#include "bench/result/json_hist.h"

#define VALUES 200000u
#define ERROR 0.01 /* what is promised */

static struct hist *hist, *other;
static uint64_t *values;

static int set_up(void **state)
{
	(void)state;
	hist = calloc(1, sizeof(*hist));
	other = calloc(1, sizeof(*other));
	values = calloc(VALUES, sizeof(*values));
	return hist && other && values ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	free(hist);
	free(other);
	free(values);
	return 0;
}

static int compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

/* The definition: the smallest value that a share q of all does not exceed. */
static uint64_t exact(const uint64_t *sorted, size_t n, double q)
{
	size_t rank = (size_t)ceil(q * (double)n);

	return sorted[rank ? rank - 1 : 0];
}

static double share(uint64_t *seed)
{
	return ((double)suite_random(seed) + 0.5) / 4294967296.0;
}

/* Distributions over the whole range that is promised, 100 ns to 10 s. */
static uint64_t log_uniform(uint64_t *seed)
{
	return (uint64_t)(100 * pow(10, 8 * share(seed)));
}

static uint64_t exponential(uint64_t *seed)
{
	return (uint64_t)(-log(share(seed)) * 5000);
}

static uint64_t two_humps(uint64_t *seed)
{
	return share(seed) < 0.98 ? 2000 + suite_random(seed) % 300
				  : 4000000 + suite_random(seed) % 999;
}

static uint64_t constant(uint64_t *seed)
{
	(void)seed;
	return 705123;
}

static uint64_t small(uint64_t *seed)
{
	return suite_random(seed) % 400;
}

struct distribution {
	const char *name;
	uint64_t (*draw)(uint64_t *seed);
};

static const struct distribution distributions[] = {
	{ "quantiles_of_values_from_100_ns_to_10_s_are_right_to_1_percent", log_uniform },
	{ "quantiles_of_an_exponential_distribution_are_right_to_1_percent", exponential },
	{ "quantiles_of_two_humps_are_right_to_1_percent", two_humps },
	{ "quantiles_of_a_constant_are_right_to_1_percent", constant },
	{ "quantiles_of_values_around_the_linear_part_are_right_to_1_percent", small },
};

static void fill(const struct distribution *d, uint64_t seed)
{
	for (unsigned i = 0; i < VALUES; i++) {
		values[i] = d->draw(&seed);
		hist_add(hist, values[i]);
	}
	qsort(values, VALUES, sizeof(*values), compare);
}

static void assert_close(double got, double want)
{
	if (fabs(got - want) > want * ERROR)
		fail_msg("%f instead of %f", got, want);
}

static void test_quantiles(void **state)
{
	static const double qs[] = { 0,	  0.001, 0.1,  0.25,  0.5,    0.75,
				     0.9, 0.95,	 0.99, 0.999, 0.9999, 1 };

	fill(*state, 12345);
	for (size_t i = 0; i < ARRAY_SIZE(qs); i++)
		assert_close(hist_quantile(hist, qs[i]), (double)exact(values, VALUES, qs[i]));
}

static void test_add_many(void **state)
{
	struct hist *once = calloc(1, sizeof(*once));

	(void)state;
	assert_non_null(once);
	for (unsigned i = 0; i < 3; i++) {
		hist_add(once, 150000);
		hist_add(once, 2000000);
	}
	hist_add_many(hist, 2000000, 3);
	hist_add_many(hist, 150000, 3);
	assert_memory_equal(hist, once, sizeof(*once));
	free(once);
}

static void test_exact_figures(void **state)
{
	uint64_t above_100us = 0, above_1ms = 0;
	double sum = 0;

	(void)state;
	fill(&distributions[0], 99);
	for (unsigned i = 0; i < VALUES; i++) {
		sum += (double)values[i];
		above_100us += values[i] > 100000;
		above_1ms += values[i] > 1000000;
	}
	assert_int_equal(hist->n, VALUES);
	assert_int_equal(hist->min_ns, values[0]);
	assert_int_equal(hist->max_ns, values[VALUES - 1]);
	assert_int_equal(hist->above_100us, above_100us);
	assert_int_equal(hist->above_1ms, above_1ms);
	assert_true(fabs(hist_mean(hist) - sum / VALUES) < 1e-6 * sum / VALUES);
}

static void test_bounds(void **state)
{
	(void)state;
	hist_add(hist, 100000);
	hist_add(hist, 1000000);
	assert_int_equal(hist->above_100us, 1);
	assert_int_equal(hist->above_1ms, 0);
}

/* Each value alone, from 100 ns to 10 s in steps of 0.1 %. */
static void test_every_bucket(void **state)
{
	(void)state;
	for (double v = 100; v < 1e10; v *= 1.001) {
		memset(hist, 0, sizeof(*hist));
		hist_add(hist, (uint64_t)v);
		hist_add(hist, 20000000000ull);
		hist_add(hist, 0);
		assert_close(hist_quantile(hist, 0.5), floor(v));
	}
}

static void test_beyond_the_range(void **state)
{
	(void)state;
	hist_add(hist, 0);
	hist_add(hist, UINT64_MAX);
	assert_int_equal(hist->n, 2);
	assert_true(hist_quantile(hist, 1) == (double)UINT64_MAX);
	assert_true(hist_quantile(hist, 0) == 0);
}

static void test_merge(void **state)
{
	struct hist *whole = calloc(1, sizeof(*whole));
	uint64_t seed = 7;

	(void)state;
	assert_non_null(whole);
	for (unsigned i = 0; i < VALUES; i++) {
		uint64_t v = log_uniform(&seed);

		hist_add(whole, v);
		hist_add(i % 3 ? hist : other, v);
	}
	hist_merge(hist, other);
	/* Sums of floating point numbers depend on their order. */
	assert_true(fabs(hist->sum_ns - whole->sum_ns) < 1e-9 * whole->sum_ns);
	hist->sum_ns = whole->sum_ns;
	assert_memory_equal(hist, whole, sizeof(*hist));
	free(whole);
}

static void test_merge_empty(void **state)
{
	(void)state;
	hist_add(other, 500);
	hist_merge(hist, other);
	assert_int_equal(hist->min_ns, 500);
	memset(other, 0, sizeof(*other));
	hist_merge(hist, other);
	assert_int_equal(hist->n, 1);
	assert_int_equal(hist->min_ns, 500);
}

static void test_empty(void **state)
{
	struct hist_point points[HIST_CURVE_MAX];

	(void)state;
	assert_true(hist_quantile(hist, 0.5) == 0);
	assert_true(hist_mean(hist) == 0);
	assert_false(hist_has(hist, 0.5));
	assert_int_equal(hist_curve(hist, points), 0);
}

static void test_suppressed(void **state)
{
	static const struct {
		double q;
		uint64_t n;
	} rows[] = { { 0.5, 20 }, { 0.9, 100 }, { 0.99, 1000 }, { 0.999, 10000 } };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		hist->n = rows[i].n - 1;
		assert_false(hist_has(hist, rows[i].q));
		hist->n = rows[i].n;
		assert_true(hist_has(hist, rows[i].q));
	}
}

/* Steps upwards, every point the quantile it says, none where there are too few values, the maximum last. */
static void test_curve(void **state)
{
	struct hist_point points[HIST_CURVE_MAX];
	unsigned n;

	(void)state;
	fill(&distributions[0], 4);
	n = hist_curve(hist, points);
	assert_true(n > 20 && n <= HIST_CURVE_MAX);
	assert_true(points[0].q == 0);
	for (unsigned i = 1; i < n; i++) {
		assert_true(points[i].q > points[i - 1].q);
		assert_true(points[i].ns > points[i - 1].ns);
	}
	for (unsigned i = 0; i + 1 < n; i++) {
		assert_true(points[i].q == 0 || hist_has(hist, points[i].q));
		assert_close(points[i].ns, (double)exact(values, VALUES, points[i].q));
	}
	assert_true(points[n - 1].q == 1);
	assert_true(points[n - 1].ns == (double)hist->max_ns);
}

static void test_curve_of_one(void **state)
{
	struct hist_point points[HIST_CURVE_MAX];

	(void)state;
	hist_add(hist, 42);
	assert_int_equal(hist_curve(hist, points), 1);
	assert_true(points[0].q == 1 && points[0].ns == 42);
}

static void of_nothing_there_is_no_value(void **state)
{
	static const char *const none[] = { "mean",  "p50", "p90",	   "p99",
					    "p99_9", "max", "above_100us", "above_1ms" };
	const struct crowd_dist empty = { 0 };
	json_t *o = json_hist(hist);

	(void)state;
	assert_int_equal(json_integer_value(json_object_get(o, "n")), 0);
	for (size_t i = 0; i < ARRAY_SIZE(none); i++)
		assert_true(json_is_null(json_object_get(o, none[i])));
	json_decref(o);
	hist_add(hist, 7000);
	o = json_hist(hist);
	assert_true(json_real_value(json_object_get(o, "max")) == 7);
	assert_true(json_real_value(json_object_get(o, "above_1ms")) == 0);
	json_decref(o);
	assert_false(crowd_dist_has(&empty, 1));
}

/* What came later is all that is left, and quantiles are of it. */
static void test_since(void **state)
{
	static struct hist start, end, since;

	(void)state;
	memset(&end, 0, sizeof(end));
	for (unsigned i = 0; i < 100; i++)
		hist_add(&end, 1000000);
	start = end;
	for (unsigned i = 0; i < 40; i++)
		hist_add(&end, 2000 + i);
	hist_since(&end, &start, &since);
	assert_int_equal(since.n, 40);
	assert_int_equal(since.above_100us, 0);
	assert_true(hist_quantile(&since, 0.5) < 2100 && hist_mean(&since) < 2100);
	hist_since(&end, &end, &since);
	assert_int_equal(since.n, 0);
	assert_true(since.sum_ns == 0);
}

/* Nothing is lost: from the buckets alone the quantiles come out again. */
static void buckets_are_all_of_it(void **state)
{
	static struct hist again;
	uint64_t seed = 4711;
	json_t *o, *list;

	(void)state;
	memset(hist, 0, sizeof(*hist));
	memset(&again, 0, sizeof(again));
	for (unsigned i = 0; i < 5000; i++)
		hist_add(hist, log_uniform(&seed));
	o = json_hist_whole(hist);
	list = json_object_get(o, "buckets");
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *pair = json_array_get(list, i);
		double ns = json_number_value(json_array_get(pair, 0)) * 1e3;

		for (json_int_t k = json_integer_value(json_array_get(pair, 1)); k > 0; k--)
			hist_add(&again, (uint64_t)ns);
	}
	json_decref(o);
	assert_int_equal(again.n, hist->n);
	assert_memory_equal(again.bucket, hist->bucket, sizeof(hist->bucket));
}

int main(void)
{
	static struct suite s = { .setup = set_up, .teardown = tear_down };

	for (size_t i = 0; i < ARRAY_SIZE(distributions); i++)
		suite_add(&s, distributions[i].name, test_quantiles, &distributions[i]);
	suite_add(&s, "counts_mean_extremes_and_shares_are_exact", test_exact_figures, NULL);
	suite_add(&s, "the_same_value_many_times_is_as_many_values", test_add_many, NULL);
	suite_add(&s, "a_share_above_does_not_count_the_bound", test_bounds, NULL);
	suite_add(&s, "every_value_from_100_ns_to_10_s_is_right_to_1_percent", test_every_bucket,
		  NULL);
	suite_add(&s, "values_beyond_the_range_are_counted", test_beyond_the_range, NULL);
	suite_add(&s, "merged_histograms_are_that_of_all_values", test_merge, NULL);
	suite_add(&s, "merging_with_an_empty_one_changes_nothing", test_merge_empty, NULL);
	suite_add(&s, "an_empty_one_has_no_figures", test_empty, NULL);
	suite_add(&s, "of_nothing_there_is_no_value", of_nothing_there_is_no_value, NULL);
	suite_add(&s, "a_quantile_needs_ten_values_beyond_it", test_suppressed, NULL);
	suite_add(&s, "the_curve_rises_to_the_maximum", test_curve, NULL);
	suite_add(&s, "the_curve_of_one_value_is_a_point", test_curve_of_one, NULL);
	suite_add(&s, "buckets are all of it", buckets_are_all_of_it, NULL);
	suite_add(&s, "what was added since", test_since, NULL);
	return suite_run(&s, "unit: histograms");
}

// SPDX-License-Identifier: BSD-2-Clause
// Statistics against what can be counted out, against published tables, and against simulated experiments.
#include "tests/common/suite.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/stat/order.h"
#include "bench/stat/random.h"
#include "bench/stat/stats.h"
#include "bench/stat/stats_rank.h"

#define N_MAX 40
#define POOL 4000

/* ---------------------------------------------------------------- noise */

static double uniform(uint64_t *state)
{
	return ((double)suite_random(state) + 0.5) / 4294967296.0;
}

/* Box and Muller. */
static double normal(uint64_t *state)
{
	double r = sqrt(-2 * log(uniform(state)));

	return r * cos(2 * M_PI * uniform(state));
}

/* What runs on a shared host look like: spread in proportion, and every tenth run is far off. */
static double noisy_run(uint64_t *state)
{
	double v = 100 * exp(0.05 * normal(state));

	return uniform(state) < 0.1 ? v * (1 + 3 * uniform(state)) : v;
}

static void fill(double *v, size_t n, double factor, uint64_t *state)
{
	for (size_t i = 0; i < n; i++)
		v[i] = noisy_run(state) * factor;
}

/* ---------------------------------------------------------------- medians and quantiles */

static void medians(void **state)
{
	double odd[] = { 3, 1, 2 }, even[] = { 4, 1, 3, 2 }, one[] = { 7 }, same[] = { 5, 5, 5, 5 };

	(void)state;
	assert_true(stats_median(odd, 3) == 2);
	assert_true(stats_median(even, 4) == 2.5);
	assert_true(stats_median(one, 1) == 7);
	assert_true(stats_median(same, 4) == 5);
	assert_true(isnan(stats_median(odd, 0)));
}

static int ascending(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void what_is_found_is_what_sorting_finds(void **state)
{
	uint64_t seed = 7;
	double v[41], sorted[41];

	(void)state;
	for (size_t times = 0; times < 2000; times++) {
		size_t n = times % 41 + 1;
		double wanted;
		struct interval middle;

		/* Few values, so that there are ties. */
		for (size_t i = 0; i < n; i++)
			v[i] = sorted[i] = floor(uniform(&seed) * (double)(times % 7 + 1) * 5);
		qsort(sorted, n, sizeof(*sorted), ascending);
		wanted = (sorted[(n - 1) / 2] + sorted[n / 2]) / 2;
		if (stats_median(v, n) != wanted)
			fail_msg("%zu values: not %g", n, wanted);
		middle = stats_interval(v, n);
		assert_true(middle.lo == stats_quantile(sorted, n, (1 - STATS_CONFIDENCE) / 2));
		assert_true(middle.hi == stats_quantile(sorted, n, (1 + STATS_CONFIDENCE) / 2));
	}
}

static void quantiles(void **state)
{
	double v[] = { 10, 20, 30, 40, 50 }, inf[] = { 1, INFINITY, INFINITY };

	(void)state;
	assert_true(stats_quantile(v, 5, 0) == 10);
	assert_true(stats_quantile(v, 5, 1) == 50);
	assert_true(stats_quantile(v, 5, 0.5) == 30);
	assert_true(fabs(stats_quantile(v, 5, 0.9) - 46) < 1e-9);
	assert_true(isnan(stats_quantile(v, 0, 0.5)));
	assert_true(isinf(stats_quantile(inf, 3, 0.9)));
}

/* ---------------------------------------------------------------- Mann-Whitney */

/* U by definition: how many pairs, ties half. */
static double count_u(const double *a, size_t na, const double *b, size_t nb)
{
	double u = 0;

	for (size_t i = 0; i < na; i++)
		for (size_t j = 0; j < nb; j++)
			u += b[j] > a[i] ? 1 : b[j] == a[i] ? 0.5 : 0;
	return u;
}

/* The two-sided p by looking at every way to deal the values out. */
static double enumerate(const double *a, size_t na, const double *b, size_t nb)
{
	double all[20], x[20], y[20], far = 0, ways = 0;
	double observed = fabs(count_u(a, na, b, nb) - (double)(na * nb) / 2);

	memcpy(all, a, na * sizeof(*a));
	memcpy(all + na, b, nb * sizeof(*b));
	for (unsigned set = 0; set < 1u << (na + nb); set++) {
		size_t nx = 0, ny = 0;

		if ((size_t)__builtin_popcount(set) != na)
			continue;
		for (size_t i = 0; i < na + nb; i++) {
			if (set >> i & 1)
				x[nx++] = all[i];
			else
				y[ny++] = all[i];
		}
		ways++;
		far += fabs(count_u(x, nx, y, ny) - (double)(na * nb) / 2) >= observed;
	}
	return far / ways;
}

static void exact_p_is_what_enumeration_gives(void **state)
{
	uint64_t seed = 11;

	(void)state;
	for (unsigned round = 0; round < 150; round++) {
		size_t na = 1 + suite_random(&seed) % 7, nb = 1 + suite_random(&seed) % 7;
		unsigned values = round % 3 ? 1000000 : 4; /* every third with many ties */
		double a[7], b[7], got, wanted;

		for (size_t i = 0; i < na; i++)
			a[i] = suite_random(&seed) % values;
		for (size_t i = 0; i < nb; i++)
			b[i] = suite_random(&seed) % values;
		got = stats_mann_whitney(a, na, b, nb);
		wanted = enumerate(a, na, b, nb);
		if (fabs(got - wanted) > 1e-12)
			fail_msg("round %u, %zu against %zu: p %.12f, counted out %.12f", round, na,
				 nb, got, wanted);
	}
}

/* Two samples without ties of which b is above a in exactly u pairs. */
static void make_u(double *a, double *b, size_t n, unsigned u)
{
	for (size_t i = 0; i < n; i++) {
		unsigned above = u > n ? (unsigned)n : u;

		a[i] = (double)i;
		/* b[i] is above `above` of a's. */
		b[i] = (double)above - 0.5 + 1e-3 * (double)i;
		u -= above;
	}
}

/* Critical values of U, two-sided, as in any table of the test. */
static const struct critical {
	size_t n;
	double alpha;
	unsigned u;
} criticals[] = {
	{ 5, 0.05, 2 },	 { 6, 0.05, 5 },   { 7, 0.05, 8 },   { 8, 0.05, 13 },
	{ 9, 0.05, 17 }, { 10, 0.05, 23 }, { 15, 0.05, 64 }, { 20, 0.05, 127 },
	{ 5, 0.01, 0 },	 { 6, 0.01, 2 },   { 7, 0.01, 4 },   { 8, 0.01, 7 },
	{ 9, 0.01, 11 }, { 10, 0.01, 16 }, { 15, 0.01, 51 }, { 20, 0.01, 105 },
};

static void critical_values_are_those_of_the_tables(void **state)
{
	double a[20], b[20];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(criticals); i++) {
		const struct critical *c = &criticals[i];
		double at, above;

		make_u(a, b, c->n, c->u);
		assert_true(count_u(a, c->n, b, c->n) == c->u);
		at = stats_mann_whitney(a, c->n, b, c->n);
		make_u(a, b, c->n, c->u + 1);
		above = stats_mann_whitney(a, c->n, b, c->n);
		if (at > c->alpha || above <= c->alpha)
			fail_msg("n %zu, alpha %g: U %u has p %g, U %u has p %g", c->n, c->alpha,
				 c->u, at, c->u + 1, above);
	}
}

/* The distribution of U by Mann and Whitney's own recurrence: another way than the program's. */
static double recurrence_p(unsigned n, unsigned u)
{
	static double ways[26][26][626];
	double far = 0, all = 0, middle = (double)(n * n) / 2;

	for (unsigned i = 0; i <= n; i++)
		for (unsigned j = 0; j <= n; j++)
			for (unsigned k = 0; k <= n * n; k++) {
				if (!i || !j)
					ways[i][j][k] = k == 0;
				else
					ways[i][j][k] = (k >= j ? ways[i - 1][j][k - j] : 0) +
							ways[i][j - 1][k];
			}
	for (unsigned k = 0; k <= n * n; k++) {
		all += ways[n][n][k];
		far += fabs(k - middle) >= fabs(u - middle) ? ways[n][n][k] : 0;
	}
	return far / all;
}

static void normal_approximation_is_near_the_exact_distribution(void **state)
{
	double a[25], b[25];

	(void)state;
	for (unsigned n = 19; n <= 25; n++)
		for (unsigned u = 0; u <= n * n; u += 7) {
			double got, wanted = recurrence_p(n, u);
			bool exact = 2 * n <= STATS_EXACT_MAX;

			make_u(a, b, n, u);
			got = stats_mann_whitney(a, n, b, n);
			if (fabs(got - wanted) > (exact ? 1e-9 : 0.005))
				fail_msg("n %u, U %u: p %g, exactly %g", n, u, got, wanted);
		}
}

static void ties_are_corrected_for(void **state)
{
	/* 30 against 30 values of four kinds. Variance 30 * 30 / 12 * (61 - sum(t^3 - t) / (60 * 59)). */
	double a[30], b[30], ties = 0, u, z;
	unsigned kinds[4] = { 0 };

	(void)state;
	for (unsigned i = 0; i < 30; i++) {
		a[i] = i % 4;
		b[i] = (i * i) % 4;
		kinds[i % 4]++;
		kinds[i * i % 4]++;
	}
	for (unsigned k = 0; k < 4; k++)
		ties += pow(kinds[k], 3) - kinds[k];
	u = count_u(a, 30, b, 30);
	z = (fabs(u - 450) - 0.5) / sqrt(900.0 / 12 * (61 - ties / (60 * 59)));
	assert_true(fabs(stats_mann_whitney(a, 30, b, 30) - erfc(z / sqrt(2))) < 1e-12);
}

static void the_least_p_is_that_of_complete_separation(void **state)
{
	(void)state;
	for (size_t na = 1; na <= 8; na++)
		for (size_t nb = 1; nb <= 8; nb++) {
			double a[8], b[8];

			for (size_t i = 0; i < 8; i++) {
				a[i] = (double)i;
				b[i] = 100 + (double)i;
			}
			assert_true(fabs(stats_mann_whitney_least(na, nb) -
					 stats_mann_whitney(a, na, b, nb)) < 1e-12);
		}
	assert_true(stats_mann_whitney_least(0, 5) == 1);
	assert_true(stats_mann_whitney_least(1000, 1000) < 1e-6);
	/* What STATS_RUNS_MIN stands on. */
	assert_true(stats_mann_whitney_least(5, 5) <= STATS_ALPHA);
	assert_true(stats_mann_whitney_least(4, 5) > STATS_ALPHA);
}

static void p_under_the_null_is_what_it_says(void **state)
{
	static const size_t sizes[] = { 5, 8, 10, 20, 30 };
	uint64_t seed = 3;
	double a[30], b[30];

	(void)state;
	for (size_t k = 0; k < ARRAY_SIZE(sizes); k++) {
		unsigned at_5 = 0, at_1 = 0;

		for (unsigned i = 0; i < 2000; i++) {
			double p;

			fill(a, sizes[k], 1, &seed);
			fill(b, sizes[k], 1, &seed);
			p = stats_mann_whitney(a, sizes[k], b, sizes[k]);
			at_5 += p <= 0.05;
			at_1 += p <= 0.01;
		}
		/* At most the level, three standard deviations of 2,000 trials allowed. */
		if (at_5 > 100 + 29 || at_1 > 20 + 14)
			fail_msg("n %zu: p <= 0.05 in %u, <= 0.01 in %u of 2000", sizes[k], at_5,
				 at_1);
	}
}

/* ---------------------------------------------------------------- bootstrap */

static double binomial(unsigned n, unsigned k, double p)
{
	return exp(lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1) + k * log(p) +
		   (n - k) * log1p(-p));
}

/* For odd n: the probability that a resample's median is at most the i-th smallest value (from 1). */
static double median_at_most(unsigned n, unsigned i)
{
	double sum = 0;

	for (unsigned k = n / 2 + 1; k <= n; k++)
		sum += i == n ? (k == n) : binomial(n, k, (double)i / n);
	return sum;
}

static void bootstrap_is_near_its_exact_distribution(void **state)
{
	double v[21];

	(void)state;
	for (unsigned n = 5; n <= 21; n += 2) {
		struct interval got;
		unsigned lo = 1, hi = 1;

		for (unsigned i = 0; i < n; i++)
			v[i] = i + 1;
		got = stats_median_interval(v, n);
		while (median_at_most(n, lo) < 0.025)
			lo++;
		while (median_at_most(n, hi) < 0.975)
			hi++;
		/* A share so close to the limit may fall on either side with 4,000 resamples. */
		if (fabs(got.lo - lo) > (median_at_most(n, lo) < 0.035 ? 1 : 0) ||
		    fabs(got.hi - hi) > (median_at_most(n, hi) < 0.985 ? 1 : 0))
			fail_msg("n %u: [%g, %g], exactly [%u, %u]", n, got.lo, got.hi, lo, hi);
	}
}

/* How often the interval has the true median, 100 without the outliers' pull: they are beyond it. */
static unsigned coverage(size_t n, double (*draw)(uint64_t *), double truth, unsigned trials)
{
	uint64_t seed = 5;
	unsigned hit = 0;
	double v[N_MAX];

	for (unsigned t = 0; t < trials; t++) {
		struct interval ci;

		for (size_t i = 0; i < n; i++)
			v[i] = draw(&seed);
		ci = stats_median_interval(v, n);
		hit += ci.lo <= truth && truth <= ci.hi;
	}
	return hit;
}

static double exponential(uint64_t *state)
{
	return -log(uniform(state));
}

static void intervals_hold_the_true_median_as_often_as_they_say(void **state)
{
	static const struct {
		size_t n;
		unsigned least; /* of 400 */
	} rows[] = { { 5, 350 }, { 10, 360 }, { 20, 364 }, { 40, 364 } };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		unsigned n = coverage(rows[i].n, normal, 0, 400);
		unsigned e = coverage(rows[i].n, exponential, M_LN2, 400);

		print_message(
			"# n %zu: 95 %% intervals hold the median in %.1f %% (normal), %.1f %% "
			"(exponential)\n",
			rows[i].n, n / 4.0, e / 4.0);
		if (n < rows[i].least || e < rows[i].least)
			fail_msg("n %zu: %u and %u of 400, at least %u wanted", rows[i].n, n, e,
				 rows[i].least);
	}
}

static void intervals_repeat(void **state)
{
	uint64_t seed = 9;
	double v[12];
	struct interval a, b;

	(void)state;
	fill(v, 12, 1, &seed);
	a = stats_median_interval(v, 12);
	b = stats_median_interval(v, 12);
	assert_true(a.lo == b.lo && a.hi == b.hi && a.lo < a.hi);
}

static void no_interval_of_too_few(void **state)
{
	double v[] = { 1, 2, 3, 4, 5 };

	(void)state;
	for (size_t n = 0; n < STATS_RUNS_MIN; n++) {
		assert_true(isnan(stats_median_interval(v, n).lo));
		assert_true(isnan(stats_ratio_interval(v, n, v, 5).lo));
		assert_true(isnan(stats_ratio_interval(v, 5, v, n).hi));
	}
	assert_true(stats_median_interval(v, 5).lo >= 1);
}

/* ---------------------------------------------------------------- contrasts */

static bool differs(const struct contrast *c)
{
	return c->verdict == VERDICT_LESS || c->verdict == VERDICT_MORE;
}

static void a_against_a_is_no_difference(void **state)
{
	static const size_t sizes[] = { 5, 10, 20 };
	uint64_t seed = 21;

	(void)state;
	for (size_t k = 0; k < ARRAY_SIZE(sizes); k++) {
		unsigned bad_series = 0, wrong = 0;

		for (unsigned series = 0; series < 20; series++) {
			unsigned same = 0;

			for (unsigned pair = 0; pair < 20; pair++) {
				double a[20], b[20];
				struct contrast c;

				fill(a, sizes[k], 1, &seed);
				fill(b, sizes[k], 1, &seed);
				c = stats_contrast(a, sizes[k], b, sizes[k]);
				same += c.verdict == VERDICT_SAME;
			}
			bad_series += same < 18;
			wrong += 20 - same;
		}
		print_message("# %zu runs: %u of 400 A/A pairs are said to differ\n", sizes[k],
			      wrong);
		/* 4 are expected; 11 are more than chance has in one of a thousand. */
		assert_int_equal(bad_series, 0);
		assert_true(wrong <= 11);
	}
}

static void a_shifted_cell_is_caught(void **state)
{
	static const struct {
		size_t n;
		double factor;
		enum stats_verdict wanted;
		unsigned least; /* of 100 */
	} rows[] = {
		{ 5, 2, VERDICT_MORE, 55 },
		{ 10, 1.5, VERDICT_MORE, 70 },
		{ 20, 1.2, VERDICT_MORE, 95 },
		{ 20, 0.8, VERDICT_LESS, 95 },
	};
	uint64_t seed = 33;

	(void)state;
	for (size_t k = 0; k < ARRAY_SIZE(rows); k++) {
		unsigned caught = 0;

		for (unsigned i = 0; i < 100; i++) {
			double a[20], b[20];

			fill(a, rows[k].n, 1, &seed);
			fill(b, rows[k].n, rows[k].factor, &seed);
			caught += stats_contrast(a, rows[k].n, b, rows[k].n).verdict ==
				  rows[k].wanted;
		}
		print_message("# %zu runs, factor %g: caught in %u of 100\n", rows[k].n,
			      rows[k].factor, caught);
		assert_true(caught >= rows[k].least);
	}
}

static void contrasts_at_the_edges(void **state)
{
	double zero[] = { 0, 0, 0, 0, 0 }, few[] = { 1, 2, 3, 4 }, five[] = { 5, 5, 5, 5, 5 },
	       six[] = { 6, 6, 6, 6, 6 };
	struct contrast c;

	(void)state;
	c = stats_contrast(zero, 5, zero, 5);
	assert_true(c.ratio == 1 && c.verdict == VERDICT_SAME && c.p == 1);
	c = stats_contrast(zero, 5, five, 5);
	assert_true(isinf(c.ratio) && c.verdict == VERDICT_MORE);
	c = stats_contrast(five, 5, zero, 5);
	assert_true(c.ratio == 0 && c.verdict == VERDICT_LESS);
	c = stats_contrast(five, 5, six, 5);
	assert_true(c.verdict == VERDICT_MORE && c.interval.lo == 1.2 && c.interval.hi == 1.2);
	c = stats_contrast(few, 4, six, 5);
	assert_true(c.verdict == VERDICT_UNKNOWN && c.ratio == 6 / 2.5);
	c = stats_contrast(NULL, 0, six, 5);
	assert_true(c.verdict == VERDICT_UNKNOWN && isnan(c.ratio));
	c = stats_contrast(five, 5, NULL, 0);
	assert_true(c.verdict == VERDICT_UNKNOWN && isnan(c.ratio) && !differs(&c));
}

/* ---------------------------------------------------------------- what can be resolved */

static void an_effect_of_the_resolvable_size_is_found_4_times_in_5(void **state)
{
	static const size_t sizes[] = { 6, 10, 25 };
	double runs[20], residual[POOL];
	uint64_t seed = 77;
	size_t n = 0;

	(void)state;
	/* Cells of 20 runs, each of its own size, with the same noise. */
	for (unsigned cell = 0; cell < POOL / 20; cell++) {
		for (unsigned i = 0; i < 20; i++)
			runs[i] = exp(0.1 * normal(&seed)) * (1 + cell);
		n += stats_residuals(runs, 20, residual + n);
	}
	assert_int_equal(n, POOL);
	for (size_t k = 0; k < ARRAY_SIZE(sizes); k++) {
		double least = stats_resolvable(residual, n, sizes[k], sizes[k]);
		unsigned found = 0;

		for (unsigned i = 0; i < 1000; i++) {
			double a[25], b[25];

			for (size_t j = 0; j < sizes[k]; j++) {
				a[j] = exp(0.1 * normal(&seed));
				b[j] = exp(0.1 * normal(&seed)) * (1 + least);
			}
			found += stats_mann_whitney(a, sizes[k], b, sizes[k]) <= STATS_ALPHA;
		}
		print_message("# %zu runs, noise 10 %%: %.1f %% is resolved, found in %.1f %%\n",
			      sizes[k], least * 100, found / 10.0);
		assert_true(found >= 720 && found <= 880);
	}
}

static void what_cannot_be_resolved_is_said(void **state)
{
	double quiet[10] = { 0 }, v[] = { 0, 0, 1, 2 }, out[4];

	(void)state;
	assert_true(isinf(stats_resolvable(quiet, 10, 4, 4)));
	assert_true(isinf(stats_resolvable(quiet, 0, 10, 10)));
	assert_true(isinf(stats_resolvable(quiet, 10, 0, 0)));
	assert_true(stats_resolvable(quiet, 10, 5, 5) < 0.001);
	/* No logarithm of 0; no residual of a lone run. */
	assert_int_equal(stats_residuals(v, 4, out), 2);
	assert_int_equal(stats_residuals(v, 2, out), 0);
	assert_int_equal(stats_residuals(v + 3, 1, out), 0);
}

/* ---------------------------------------------------------------- order of runs */

#define CELLS 9u

static const unsigned three_groups[CELLS] = { 0, 0, 0, 4, 4, 4, 4, 9, 9 };
static const unsigned mixed_groups[CELLS] = { 1, 2, 1, 2, 3, 1, 3, 2, 1 };

static unsigned switches(const unsigned *group, const unsigned *order)
{
	unsigned n = 0;

	for (unsigned i = 1; i < CELLS; i++)
		n += group[order[i]] != group[order[i - 1]];
	return n;
}

static void each_round_has_each_cell_once(void **state)
{
	static const unsigned *const groups[] = { three_groups, mixed_groups };

	(void)state;
	for (unsigned how = 0; how < ORDERS; how++)
		for (unsigned round = 0; round < 50; round++)
			for (unsigned g = 0; g < 2; g++) {
				unsigned order[CELLS], seen = 0;

				order_round(how, 42, round, groups[g], CELLS, order);
				for (unsigned i = 0; i < CELLS; i++)
					seen |= 1u << order[i];
				assert_int_equal(seen, (1u << CELLS) - 1);
				assert_int_equal(switches(groups[g], order), 2);
			}
}

static void abba_goes_back_the_way_it_came(void **state)
{
	unsigned there[CELLS], back[CELLS], third[CELLS];

	(void)state;
	order_round(ORDER_ABBA, 1, 0, three_groups, CELLS, there);
	order_round(ORDER_ABBA, 1, 1, three_groups, CELLS, back);
	order_round(ORDER_ABBA, 1, 2, three_groups, CELLS, third);
	for (unsigned i = 0; i < CELLS; i++) {
		assert_int_equal(there[i], i);
		assert_int_equal(back[i], CELLS - 1 - i);
		assert_int_equal(third[i], i);
	}
	order_round(ORDER_SEQUENTIAL, 1, 1, three_groups, CELLS, back);
	assert_memory_equal(back, there, sizeof(there));
}

static void a_seed_repeats_the_order_and_another_does_not(void **state)
{
	unsigned a[CELLS], b[CELLS], differ_round = 0, differ_seed = 0;

	(void)state;
	for (unsigned round = 0; round < 20; round++) {
		order_round(ORDER_RANDOM, 7, round, three_groups, CELLS, a);
		order_round(ORDER_RANDOM, 7, round, three_groups, CELLS, b);
		assert_memory_equal(a, b, sizeof(a));
		order_round(ORDER_RANDOM, 7, round + 1, three_groups, CELLS, b);
		differ_round += memcmp(a, b, sizeof(a)) != 0;
		/* Seed 8's round is not seed 7's next one. */
		assert_true(round > 0 || memcmp(a, b, sizeof(a)) != 0);
		order_round(ORDER_RANDOM, 8, round, three_groups, CELLS, b);
		differ_seed += memcmp(a, b, sizeof(a)) != 0;
	}
	assert_true(differ_round >= 18 && differ_seed >= 18);
}

static void no_cell_has_a_favourite_place(void **state)
{
	static const unsigned one_group[CELLS] = { 0 };
	unsigned at[CELLS][CELLS] = { { 0 } };

	(void)state;
	for (unsigned round = 0; round < 9000; round++) {
		unsigned order[CELLS];

		order_round(ORDER_RANDOM, 5, round, one_group, CELLS, order);
		for (unsigned i = 0; i < CELLS; i++)
			at[order[i]][i]++;
	}
	/* 1,000 expected in each of 81 places, standard deviation 30. */
	for (unsigned c = 0; c < CELLS; c++)
		for (unsigned i = 0; i < CELLS; i++)
			assert_uint_in_range(at[c][i], 870, 1130);
}

static void orders_have_names(void **state)
{
	enum run_order o = ORDERS;

	(void)state;
	for (unsigned i = 0; i < ORDERS; i++) {
		assert_true(order_find(order_name(i), &o));
		assert_int_equal(o, i);
	}
	assert_false(order_find("", &o));
	assert_false(order_find("abab", &o));
}

int main(void)
{
	struct suite s = { .n = 0 };

	suite_add(&s, "medians", medians, NULL);
	suite_add(&s, "medians and intervals are those of the values in order",
		  what_is_found_is_what_sorting_finds, NULL);
	suite_add(&s, "quantiles", quantiles, NULL);
	suite_add(&s, "Mann-Whitney: exact p is what enumeration gives",
		  exact_p_is_what_enumeration_gives, NULL);
	suite_add(&s, "Mann-Whitney: critical values are those of the tables",
		  critical_values_are_those_of_the_tables, NULL);
	suite_add(&s, "Mann-Whitney: the normal approximation is near the exact distribution",
		  normal_approximation_is_near_the_exact_distribution, NULL);
	suite_add(&s, "Mann-Whitney: ties are corrected for", ties_are_corrected_for, NULL);
	suite_add(&s, "Mann-Whitney: the least p is that of complete separation",
		  the_least_p_is_that_of_complete_separation, NULL);
	suite_add(&s, "Mann-Whitney: p under the null is what it says",
		  p_under_the_null_is_what_it_says, NULL);
	suite_add(&s, "bootstrap: near its exact distribution",
		  bootstrap_is_near_its_exact_distribution, NULL);
	suite_add(&s, "bootstrap: intervals hold the true median as often as they say",
		  intervals_hold_the_true_median_as_often_as_they_say, NULL);
	suite_add(&s, "bootstrap: intervals repeat", intervals_repeat, NULL);
	suite_add(&s, "bootstrap: no interval of too few runs", no_interval_of_too_few, NULL);
	suite_add(&s, "contrast: A against A is no difference, in 18 of 20 pairs and more",
		  a_against_a_is_no_difference, NULL);
	suite_add(&s, "contrast: a shifted cell is caught", a_shifted_cell_is_caught, NULL);
	suite_add(&s, "contrast: zeros, constants, too few, none", contrasts_at_the_edges, NULL);
	suite_add(&s, "resolvable: an effect of that size is found 4 times in 5",
		  an_effect_of_the_resolvable_size_is_found_4_times_in_5, NULL);
	suite_add(&s, "resolvable: what cannot be resolved is said",
		  what_cannot_be_resolved_is_said, NULL);
	suite_add(&s, "order: each round has each cell once, groups together",
		  each_round_has_each_cell_once, NULL);
	suite_add(&s, "order: ABBA goes back the way it came", abba_goes_back_the_way_it_came,
		  NULL);
	suite_add(&s, "order: a seed repeats it, another does not",
		  a_seed_repeats_the_order_and_another_does_not, NULL);
	suite_add(&s, "order: no cell has a favourite place", no_cell_has_a_favourite_place, NULL);
	suite_add(&s, "order: names", orders_have_names, NULL);
	return suite_run(&s, "stats");
}

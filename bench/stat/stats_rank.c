// SPDX-License-Identifier: BSD-2-Clause
// Mann-Whitney's U test, and what effect a number of runs can resolve with it.
#include "bench/stat/stats_rank.h"

#include <stdbool.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "bench/stat/random.h"

/* Ranks are counted twice, so that a tie's mean rank is whole. */
#define RANK_SUM_MAX (STATS_EXACT_MAX * (STATS_EXACT_MAX + 1))
#define SIMULATIONS 1000u
#define RUNS_MANY 200u
#define EFFECT_MAX 100.0

struct ranked {
	double value;
	bool second;	 /* of b */
	unsigned rank_2; /* twice the rank */
};

static int compare(const void *a, const void *b)
{
	double x = ((const struct ranked *)a)->value, y = ((const struct ranked *)b)->value;

	return (x > y) - (x < y);
}

/* Sorts, gives equal values their mean rank, and returns the sum over ties of t^3 - t. */
static double rank(struct ranked *r, size_t n)
{
	double ties = 0;

	qsort(r, n, sizeof(*r), compare);
	for (size_t i = 0, end; i < n; i = end) {
		double t;

		for (end = i + 1; end < n && r[end].value == r[i].value;)
			end++;
		for (size_t j = i; j < end; j++)
			r[j].rank_2 = (unsigned)(i + end + 1);
		t = (double)(end - i);
		ties += t * t * t - t;
	}
	return ties;
}

/*
 * Of all ways to choose na of the n ranks: the share whose sum is as far from the mean as this
 * one's.
 */
static double exact_p(const struct ranked *r, size_t n, size_t na, unsigned sum_2)
{
	/* ways[k][s]: how many sets of k ranks sum to s / 2. */
	double(*ways)[RANK_SUM_MAX + 1] = calloc(na + 1, sizeof(*ways));
	double all = 0, far = 0, mean_2 = (double)(na * (n + 1));
	size_t top = 0; /* the largest sum so far */

	if (!ways)
		return 1;
	ways[0][0] = 1;
	for (size_t i = 0; i < n; i++) {
		top += r[i].rank_2;
		for (size_t k = i < na ? i + 1 : na; k > 0; k--)
			for (size_t s = top; s >= r[i].rank_2; s--)
				ways[k][s] += ways[k - 1][s - r[i].rank_2];
	}
	for (size_t s = 0; s <= RANK_SUM_MAX; s++) {
		all += ways[na][s];
		if (fabs((double)s - mean_2) >= fabs((double)sum_2 - mean_2))
			far += ways[na][s];
	}
	free(ways);
	return far / all;
}

static double normal_p(size_t na, size_t nb, double sum_2, double ties)
{
	double n = (double)(na + nb), product = (double)na * (double)nb;
	double deviation = fabs(sum_2 / 2 - (double)na * (n + 1) / 2) - 0.5;
	double variance = product / 12 * (n + 1 - ties / (n * (n - 1)));

	if (variance <= 0 || deviation <= 0)
		return 1;
	return erfc(deviation / sqrt(2 * variance));
}

static struct ranked *join(const double *a, size_t na, const double *b, size_t nb)
{
	struct ranked *r = malloc((na + nb) * sizeof(*r));

	for (size_t i = 0; r && i < na + nb; i++)
		r[i] = (struct ranked){ .value = i < na ? a[i] : b[i - na], .second = i >= na };
	return r;
}

double stats_mann_whitney(const double *a, size_t na, const double *b, size_t nb)
{
	struct ranked *r = na && nb ? join(a, na, b, nb) : NULL;
	double ties, sum_2 = 0, p;

	if (!r)
		return 1;
	ties = rank(r, na + nb);
	for (size_t i = 0; i < na + nb; i++)
		if (!r[i].second)
			sum_2 += r[i].rank_2;
	p = na + nb <= STATS_EXACT_MAX ? exact_p(r, na + nb, na, (unsigned)sum_2)
				       : normal_p(na, nb, sum_2, ties);
	free(r);
	return p;
}

double stats_mann_whitney_least(size_t na, size_t nb)
{
	double ways = 1;

	if (!na || !nb)
		return 1;
	/* n choose na; beyond any use, the smallest p is simply small. */
	for (size_t i = 1; i <= na && ways < 1e9; i++)
		ways *= (double)(nb + i) / (double)i;
	return fmin(1, 2 / ways);
}

/* How often b, shifted, is above a, over all pairs; half for a tie. Both ascending. */
static double u_of(const double *a, size_t na, const double *b, size_t nb, double shift)
{
	size_t below = 0, upto = 0;
	double u = 0;

	for (size_t i = 0; i < nb; i++) {
		double above = b[i] + shift;

		while (below < na && a[below] < above)
			below++;
		while (upto < na && a[upto] <= above)
			upto++;
		u += (double)(below + upto) / 2;
	}
	return u;
}

/* The p of U without ties. */
static double p_of_u(size_t na, size_t nb, double u)
{
	double sum_2 = 2 * u + (double)(nb * (nb + 1));
	struct ranked r[STATS_EXACT_MAX];

	if (na + nb > STATS_EXACT_MAX)
		return normal_p(nb, na, sum_2, 0);
	for (size_t i = 0; i < na + nb; i++)
		r[i].rank_2 = (unsigned)(2 * i + 2);
	return exact_p(r, na + nb, nb, (unsigned)sum_2);
}

/* The smallest U that is reported as a difference. */
static double critical_u(size_t na, size_t nb)
{
	double low = (double)(na * nb) / 2, high = (double)(na * nb);

	low = floor(low);
	while (high - low > 1) {
		double u = floor((low + high) / 2);

		if (p_of_u(na, nb, u) <= STATS_ALPHA)
			high = u;
		else
			low = u;
	}
	return high;
}

static int ascending(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* Exponentially distributed, mean 1. */
static double waiting_time(uint64_t *state)
{
	return -log(((double)(random_next(state) >> 11) + 0.5) / 9007199254740992.0);
}

/*
 * n of the ascending values, with replacement, in order. Uniform numbers in order are the times of
 * as many events with independent waits, over the time of one event more.
 */
static void draw(double *out, size_t n, const double *from, size_t nfrom, uint64_t *state)
{
	double time = 0, end;

	for (size_t i = 0; i < n; i++)
		out[i] = time += waiting_time(state);
	end = time + waiting_time(state);
	for (size_t i = 0; i < n; i++) {
		size_t at = (size_t)(out[i] / end * (double)nfrom);

		out[i] = from[at < nfrom ? at : nfrom - 1];
	}
}

/* What is simulated: na against nb runs, drawn so many times, the same ones whatever the shift. */
struct trial {
	size_t na, nb;
	unsigned times;
	double critical, *drawn;
};

/* Of n residuals, ascending. */
static void draw_all(const struct trial *t, const double *residual, size_t n)
{
	uint64_t state = 1;
	double *to = t->drawn;

	for (unsigned i = 0; i < t->times; i++) {
		draw(to, t->na, residual, n, &state);
		to += t->na;
		draw(to, t->nb, residual, n, &state);
		to += t->nb;
	}
}

static double power_at(const struct trial *t, double shift)
{
	const double *a = t->drawn;
	unsigned found = 0;

	for (unsigned i = 0; i < t->times; i++, a += t->na + t->nb)
		found += u_of(a, t->na, a + t->na, t->nb, shift) >= t->critical;
	return (double)found / t->times;
}

/* The smallest shift that is found often enough; INFINITY: not even the largest. */
static double search(const struct trial *t)
{
	double low = 0, high = log(EFFECT_MAX);

	if (power_at(t, high) < STATS_POWER)
		return INFINITY;
	while (high - low > 1e-4 + low * 0.01) {
		double shift = (low + high) / 2;

		if (power_at(t, shift) >= STATS_POWER)
			high = shift;
		else
			low = shift;
	}
	return high;
}

double stats_resolvable(const double *residual, size_t n, size_t na, size_t nb)
{
	struct trial t = { .na = na, .nb = nb, .times = SIMULATIONS };
	double *sorted, shift = INFINITY;

	if (!n || stats_mann_whitney_least(na, nb) > STATS_ALPHA)
		return INFINITY;
	/* Many runs take long, and their power hardly varies. */
	if (na + nb > RUNS_MANY)
		t.times = SIMULATIONS * RUNS_MANY / (unsigned)(na + nb) + SIMULATIONS / 10;
	t.drawn = malloc(t.times * (na + nb) * sizeof(*t.drawn));
	sorted = malloc(n * sizeof(*sorted));
	if (t.drawn && sorted) {
		memcpy(sorted, residual, n * sizeof(*sorted));
		qsort(sorted, n, sizeof(*sorted), ascending);
		draw_all(&t, sorted, n);
		t.critical = critical_u(na, nb);
		shift = search(&t);
	}
	free(t.drawn);
	free(sorted);
	return expm1(shift);
}

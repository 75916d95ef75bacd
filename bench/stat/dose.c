// SPDX-License-Identifier: BSD-2-Clause
// Slopes of a wait over its dose, and what they say together.
#include "bench/stat/dose.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "bench/stat/random.h"

#define RESAMPLES 2000u
#define RESAMPLES_MIN 200u
#define WORK_MAX 4000000u /* pairs in all resamples: with hundreds of runs fewer resamples do */
#define SEED 12u

/* The runs of one dose, some part of a common room. */
struct group {
	double dose;
	double *wait;
	size_t n;
};

struct groups {
	struct group g[DOSES_MAX];
	unsigned n;
	double *room;  /* the waits */
	double *drawn; /* for one resample of them */
	double *pair;  /* for the slopes of that */
	size_t pairs;
	bool origin;
};

static int compare(const void *a, const void *b)
{
	const struct dose_run *x = a, *y = b;

	return (x->dose > y->dose) - (x->dose < y->dose);
}

static void take(struct groups *s, const struct dose_run *run, size_t n)
{
	double *at = s->room;

	for (size_t i = 0; i < n; i++) {
		if (isnan(run[i].wait) || !(run[i].dose > 0))
			continue;
		if (!s->n || s->g[s->n - 1].dose != run[i].dose) {
			if (s->n == DOSES_MAX)
				return;
			s->g[s->n++] = (struct group){ .dose = run[i].dose, .wait = at };
		}
		*at++ = run[i].wait;
		s->g[s->n - 1].n++;
	}
}

static size_t count_pairs(const struct groups *s)
{
	size_t n = 0, before = 0;

	for (unsigned i = 0; i < s->n; i++) {
		n += s->g[i].n * (s->origin ? 1 : before);
		before += s->g[i].n;
	}
	return n;
}

static bool groups_open(struct groups *s, const struct dose_run *run, size_t n, bool origin)
{
	struct dose_run *sorted = malloc((n + 1) * sizeof(*sorted));

	*s = (struct groups){ .origin = origin };
	s->room = malloc((n + 1) * sizeof(*s->room));
	s->drawn = malloc((n + 1) * sizeof(*s->drawn));
	if (sorted && s->room && s->drawn) {
		if (n)
			memcpy(sorted, run, n * sizeof(*run));
		qsort(sorted, n, sizeof(*sorted), compare);
		take(s, sorted, n);
	}
	free(sorted);
	s->pairs = count_pairs(s);
	s->pair = malloc((s->pairs + 1) * sizeof(*s->pair));
	return s->room && s->drawn && s->pair;
}

static void groups_close(struct groups *s)
{
	free(s->room);
	free(s->drawn);
	free(s->pair);
}

/*
 * Of each two runs of different doses the line through both; with `origin` of each run the line
 * through 0.
 */
static size_t lines(const struct groups *s, double *out)
{
	size_t n = 0;

	for (unsigned j = 0; j < s->n; j++)
		for (size_t k = 0; k < s->g[j].n; k++) {
			const double *drawn = s->drawn + (s->g[j].wait - s->room);

			if (s->origin)
				out[n++] = drawn[k] / s->g[j].dose;
			for (unsigned i = 0; i < j && !s->origin; i++) {
				const double *other = s->drawn + (s->g[i].wait - s->room);

				for (size_t l = 0; l < s->g[i].n; l++)
					out[n++] = (drawn[k] - other[l]) /
						   (s->g[j].dose - s->g[i].dose);
			}
		}
	return n;
}

/* With a state the waits are drawn anew, within each dose and with replacement. */
static double slope(const struct groups *s, uint64_t *state)
{
	for (unsigned i = 0; i < s->n; i++) {
		const struct group *g = &s->g[i];
		double *drawn = s->drawn + (g->wait - s->room);

		for (size_t k = 0; k < g->n; k++)
			drawn[k] = g->wait[state ? random_below(state, (uint32_t)g->n) : k];
	}
	return stats_median(s->pair, lines(s, s->pair));
}

static bool has_runs(const struct groups *s)
{
	for (unsigned i = 0; i < s->n; i++)
		if (s->g[i].n < DOSE_RUNS_MIN)
			return false;
	return s->n > 0;
}

static size_t resamples(size_t pairs)
{
	size_t n = WORK_MAX / (pairs + 1);

	return n > RESAMPLES ? RESAMPLES : n < RESAMPLES_MIN ? RESAMPLES_MIN : n;
}

/* `b`: NULL, or what is subtracted. */
static struct interval bootstrap(const struct groups *a, const struct groups *b)
{
	struct interval ci = { NAN, NAN };
	double *got = malloc(RESAMPLES * sizeof(*got));
	size_t n = resamples(a->pairs + (b ? b->pairs : 0));
	uint64_t state = SEED;

	if (!got)
		return ci;
	for (size_t i = 0; i < n; i++) {
		got[i] = slope(a, &state);
		if (b)
			got[i] -= slope(b, &state);
	}
	ci = stats_interval(got, n);
	free(got);
	return ci;
}

struct dose_slope dose_slope(const struct dose_run *run, size_t n, bool origin)
{
	struct dose_slope out = { NAN, { NAN, NAN }, 0 };
	struct groups s;

	if (groups_open(&s, run, n, origin)) {
		out.doses = s.n;
		out.slope = slope(&s, NULL);
		if (!isnan(out.slope) && has_runs(&s))
			out.interval = bootstrap(&s, NULL);
	}
	groups_close(&s);
	return out;
}

struct dose_slope dose_difference(const struct dose_run *a, size_t na, const struct dose_run *b,
				  size_t nb, bool origin)
{
	struct dose_slope out = { NAN, { NAN, NAN }, 0 };
	struct groups x, y;
	bool open = groups_open(&x, a, na, origin);

	open &= groups_open(&y, b, nb, origin);
	if (open) {
		out.doses = x.n < y.n ? x.n : y.n;
		out.slope = slope(&x, NULL) - slope(&y, NULL);
		if (!isnan(out.slope) && has_runs(&x) && has_runs(&y))
			out.interval = bootstrap(&x, &y);
	}
	groups_close(&x);
	groups_close(&y);
	return out;
}

enum dose_answer dose_answer(const struct dose_slope *s)
{
	if (isnan(s->interval.lo))
		return DOSE_UNKNOWN;
	if (s->interval.lo > DOSE_LINE)
		return DOSE_FOLLOWS;
	return s->interval.hi < DOSE_LINE ? DOSE_FLAT : DOSE_UNCLEAR;
}

/*
 * Surely up, or surely down, by more than `limit`: something but the wait for the slice is at
 * work.
 */
static bool moved(const struct dose_slope *s, double limit)
{
	return s->interval.lo > limit || s->interval.hi < -limit;
}

/* Two of the same that lie apart spoil what is told only where that is much of it. */
static double limit_of(const struct dose_cell *c, const struct dose_slope *subject)
{
	double half = fabs(subject->slope) / 2;

	return c->role == DOSE_TWIN && half > DOSE_LINE ? half : DOSE_LINE;
}

static struct dose_verdict judge_subject(const struct dose_slope *s, bool too_slow)
{
	struct dose_verdict v = { DOSE_SPOILED, DOSE_BY_SLOPE, 0 };

	switch (dose_answer(s)) {
	case DOSE_FOLLOWS:
		if (s->interval.lo > DOSE_STEEP)
			v.reason = DOSE_TOO_STEEP;
		else
			v.finding = DOSE_SHOWN;
		break;
	case DOSE_FLAT:
		v.finding = too_slow ? DOSE_SPOILED : DOSE_ABSENT;
		v.reason = too_slow ? DOSE_TOO_SLOW : DOSE_BY_SLOPE;
		break;
	case DOSE_UNCLEAR:
		v.reason = too_slow ? DOSE_TOO_SLOW : DOSE_NOISY;
		break;
	case DOSE_UNKNOWN:
		v.reason = isnan(s->slope) ? DOSE_ONE_DOSE : DOSE_FEW_RUNS;
		break;
	}
	return v;
}

static enum dose_reason role_moved(enum dose_role r)
{
	if (r == DOSE_CONTROL)
		return DOSE_CONTROL_MOVED;
	return r == DOSE_TWIN ? DOSE_TWINS_DIFFER : DOSE_BY_SLOPE;
}

struct dose_verdict dose_judge(const struct dose_cell *cell, unsigned n, bool too_slow)
{
	unsigned subject = 0;

	while (subject < n && cell[subject].role != DOSE_SUBJECT)
		subject++;
	if (subject == n || !cell[subject].slope.doses)
		return (struct dose_verdict){ DOSE_SPOILED, DOSE_NO_SUBJECT, 0 };
	for (unsigned i = 0; i < n; i++)
		if (role_moved(cell[i].role) != DOSE_BY_SLOPE &&
		    moved(&cell[i].slope, limit_of(&cell[i], &cell[subject].slope)))
			return (struct dose_verdict){ DOSE_SPOILED, role_moved(cell[i].role), i };
	return judge_subject(&cell[subject].slope, too_slow);
}

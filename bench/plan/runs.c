// SPDX-License-Identifier: BSD-2-Clause
// The runs of a benchmark's rows.
#include "bench/plan/runs.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "lib/log.h"

int runs_open(struct rounds *r, unsigned n, struct row_runs *first, size_t bytes)
{
	size_t per_row = (size_t)r->runs * METRICS;

	r->nrows = n;
	r->row = calloc(n + 1, sizeof(struct row_runs *));
	r->samples = calloc(n * per_row + 1, sizeof(*r->samples));
	r->places = calloc((size_t)n * r->runs + 1, sizeof(*r->places));
	r->series = calloc((size_t)n * SERIES_RUNS + 1, sizeof(*r->series));
	if (!r->row || !r->samples || !r->places || !r->series) {
		log_error("bench: out of memory");
		return -ENOMEM;
	}
	for (unsigned i = 0; i < n; i++) {
		r->row[i] = (struct row_runs *)(void *)((char *)first + i * bytes);
		r->row[i]->place = r->places + (size_t)i * r->runs;
		r->row[i]->series = r->series + (size_t)i * SERIES_RUNS;
		for (unsigned m = 0; m < METRICS; m++)
			r->row[i]->sample[m] = r->samples + i * per_row + (size_t)m * r->runs;
	}
	return 0;
}

void runs_free(struct rounds *r)
{
	free(r->row);
	free(r->samples);
	free(r->places);
	free(r->series);
	r->row = NULL;
	r->samples = NULL;
	r->places = NULL;
	r->series = NULL;
}

void runs_add(struct rounds *r, unsigned i, const double value[METRICS], unsigned place)
{
	struct row_runs *row = r->row[i];

	for (unsigned m = 0; m < METRICS; m++)
		row->sample[m][row->n] = value[m];
	row->place[row->n++] = place;
}

/* The values that are there, without gaps. */
static unsigned values_of(const struct row_runs *row, unsigned m, double *out)
{
	unsigned n = 0;

	for (unsigned i = 0; i < row->n; i++)
		if (!isnan(row->sample[m][i]))
			out[n++] = row->sample[m][i];
	return n;
}

static void summarize(struct row_runs *row, unsigned m, double *room)
{
	struct summary *s = &row->summary[m];

	s->n = values_of(row, m, room);
	s->interval = stats_median_interval(room, s->n);
	s->median = stats_median(room, s->n);
}

static void contrast(struct rounds *r, struct row_runs *row, unsigned m, double *room)
{
	const struct row_runs *base = row->baseline < 0 ? row : r->row[row->baseline];
	unsigned na = values_of(base, m, room), nb = values_of(row, m, room + na);

	row->versus[m] = stats_contrast(room, na, room + na, nb);
}

/* The noise of all cells together; the fewest runs that a cell has decide. */
static double resolvable(const struct rounds *r, unsigned m, double *room)
{
	double *residual = room + r->runs;
	unsigned least = 0;
	size_t n = 0;

	for (unsigned i = 0; i < r->nrows; i++) {
		unsigned runs;

		if (!metric_applies(&metrics[m], r->row[i]->scenario))
			continue;
		runs = values_of(r->row[i], m, room);
		if (runs && (!least || runs < least))
			least = runs;
		n += stats_residuals(room, runs, residual + n);
	}
	return stats_resolvable(residual, n, least, least);
}

void runs_conclude(struct rounds *r)
{
	double *room = calloc((size_t)(r->nrows + 2) * r->runs, sizeof(*room));

	for (unsigned m = 0; m < METRICS; m++) {
		r->resolvable[m] = INFINITY;
		for (unsigned i = 0; room && i < r->nrows; i++)
			summarize(r->row[i], m, room);
		for (unsigned i = 0; room && i < r->nrows; i++)
			contrast(r, r->row[i], m, room);
		if (room)
			r->resolvable[m] = resolvable(r, m, room);
	}
	free(room);
	if (!room)
		log_error("bench: out of memory for statistics");
}

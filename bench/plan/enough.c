// SPDX-License-Identifier: BSD-2-Clause
// Are the rounds made so far enough to tell which wait follows the slice?
#include "bench/plan/enough.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/stat/dose.h"
#include "vhost/strategies.h"

static bool same_but_slice(const struct cell_spec *a, const struct cell_spec *b)
{
	return a->preempt == b->preempt && a->scenario == b->scenario && a->notify == b->notify &&
	       a->producer == b->producer && a->irq == b->irq && a->control == b->control &&
	       a->loop == b->loop && a->worker_fifo == b->worker_fifo;
}

/* The wait, where the producer or who is woken is what a slice is about; -1: none. */
static int metric_of(const struct cell_spec *s)
{
	const char *name = s->notify == notify_find("direct") ? "handler_mean" : "worker_mean";

	if (!s->slice || !s->loop)
		return -1;
	return (int)metric_index(metric_find(name, strlen(name)));
}

static double dose_of(const struct bench *b, const struct cell_spec *s)
{
	double tick = b->host.hz ? 1e6 / b->host.hz : INFINITY;

	return b->host.slice.hrtick == 0 ? tick : fmin((double)s->slice_ns / 1e3, tick);
}

static enum dose_answer answer(const struct bench *b, unsigned first, struct dose_run *run)
{
	int metric = metric_of(&b->row[first].spec);
	struct dose_slope slope;
	size_t n = 0;

	for (unsigned i = first; i < b->nrows && metric >= 0; i++) {
		const struct bench_row *row = &b->row[i];

		if (!same_but_slice(&row->spec, &b->row[first].spec))
			continue;
		for (unsigned k = 0; k < row->over.n; k++)
			run[n++] = (struct dose_run){ dose_of(b, &row->spec),
						      row->over.sample[metric][k] };
	}
	slope = dose_slope(run, n, b->host.slice.hrtick == 0);
	return dose_answer(&slope);
}

static bool is_first(const struct bench *b, unsigned i)
{
	for (unsigned k = 0; k < i; k++)
		if (same_but_slice(&b->row[k].spec, &b->row[i].spec))
			return false;
	return true;
}

bool enough_for_slopes(const struct bench *b)
{
	struct dose_run *run = calloc((size_t)b->rounds.runs * b->nrows + 1, sizeof(*run));
	bool enough = true;

	for (unsigned i = 0; i < b->nrows && run && enough; i++)
		enough = !is_first(b, i) || answer(b, i, run) != DOSE_UNCLEAR;
	free(run);
	return enough;
}

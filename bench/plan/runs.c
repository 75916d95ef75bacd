// SPDX-License-Identifier: BSD-2-Clause
// A benchmark's runs: what each was worth, and what they say together.
#include "bench/plan/runs.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/plan/bench.h"
#include "lib/log.h"
#include "vmm/vm.h"

/* `load`: room for its words. */
static struct label_axes axes_of(const struct cell_spec *s, char load[LABEL_MAX])
{
	label_load(s->loop, s->load.rate, s->load.rate, load);
	return (struct label_axes){
		.scenario = scenario_name(s->scenario),
		.accel = accel_name(s->accel),
		.notify = s->notify->name,
		.producer = s->producer->name,
		.irq = accel_irq_name(s->accel, s->irq),
		.preempt = s->preempt,
		.load = load,
		.slice = s->slice,
		.control = s->control,
		.worker_fifo = (unsigned)s->worker_fifo,
	};
}

static void name_row(struct bench *b, unsigned i)
{
	char load[LABEL_MAX];
	struct label_axes axes = axes_of(&b->row[i].spec, load);
	struct row_runs *r = &b->row[i].over;
	unsigned nth = 1;

	label_words(&axes, r->words);
	if (b->row[i].spec.irq == vm_irqs)
		axes.irq = NULL;
	label_make(&axes, r->label);
	/* Compared without the number, of which the earlier ones have another. */
	for (unsigned j = 0; j < i; j++)
		nth += strncmp(b->row[j].over.label, r->label, strlen(r->label)) == 0 &&
		       strchr(" #", b->row[j].over.label[strlen(r->label)]) &&
		       strcmp(b->row[j].over.words, r->words) == 0;
	label_number(r->label, nth);
}

static bool is_same_but_control(const struct cell_spec *a, const struct cell_spec *b)
{
	return a->scenario == b->scenario && a->notify == b->notify && a->producer == b->producer &&
	       a->irq == b->irq && a->loop == b->loop && a->slice == b->slice &&
	       a->load.rate == b->load.rate && a->worker_fifo == b->worker_fifo &&
	       a->batch == b->batch;
}

/* The cell that a control is to equal; -1: it has none here. */
static int find_twin(const struct bench *b, unsigned i)
{
	const struct cell_spec *s = &b->row[i].spec;
	bool aa = strcmp(s->control, "aa") == 0;

	for (unsigned j = 0; j < i; j++) {
		const struct cell_spec *other = &b->row[j].spec;

		if (!is_same_but_control(s, other))
			continue;
		if (aa ? !other->control && other->preempt == s->preempt
		       : other->control == s->control)
			return (int)j;
	}
	return -1;
}

/*
 * Controls from another producer have a baseline of their own: how they differ from each other is
 * what they are there for. -1: there is none, or another was asked for.
 */
static int find_own_baseline(const struct bench *b, unsigned i)
{
	const struct cell_spec *s = &b->row[i].spec;

	if (b->plan.baseline || strcmp(s->control, "user") != 0)
		return -1;
	for (unsigned j = 0; j < b->nrows; j++) {
		const struct cell_spec *other = &b->row[j].spec;

		if (other->control && strcmp(other->control, s->control) == 0 &&
		    other->scenario == s->scenario && other->loop == s->loop &&
		    other->slice == s->slice && notify_by_producer(other->notify))
			return (int)j;
	}
	return -1;
}

/* What row i is compared with when it is no control with a twin. */
static int find_baseline(const struct bench *b, unsigned i)
{
	const char *words = b->plan.baseline ? b->plan.baseline : "";
	const struct cell_spec *s = &b->row[i].spec;

	for (unsigned j = 0; j < b->nrows; j++) {
		const struct bench_row *row = &b->row[j];

		if (row->spec.scenario == s->scenario && row->spec.loop == s->loop &&
		    row->spec.slice == s->slice && !row->spec.control &&
		    label_picks(words, strlen(words), row->over.words))
			return (int)j;
	}
	return -1;
}

int runs_name(struct bench *b)
{
	bool found = !b->plan.baseline;

	for (unsigned i = 0; i < b->nrows; i++)
		name_row(b, i);
	for (unsigned i = 0; i < b->nrows; i++) {
		int usual = find_baseline(b, i), j = b->row[i].spec.control ? find_twin(b, i) : -1;

		found |= usual >= 0;
		if (j < 0 && b->row[i].spec.control)
			j = find_own_baseline(b, i);
		j = j < 0 ? usual : j;
		b->row[i].over.baseline = j == (int)i ? -1 : j;
	}
	if (found)
		return 0;
	log_error("--baseline=%s: no cell of this benchmark has these words, such as '%s'",
		  b->plan.baseline, b->nrows ? b->row[0].over.words : "");
	return -ENOENT;
}

int runs_open(struct bench *b)
{
	size_t per_row = (size_t)b->runs * METRICS;

	b->samples = calloc(b->nrows * per_row + 1, sizeof(*b->samples));
	b->places = calloc((size_t)b->nrows * b->runs + 1, sizeof(*b->places));
	b->series = calloc((size_t)b->nrows * SERIES_RUNS + 1, sizeof(*b->series));
	if (!b->samples || !b->places || !b->series) {
		log_error("bench: out of memory");
		return -ENOMEM;
	}
	for (unsigned i = 0; i < b->nrows; i++) {
		b->row[i].over.place = b->places + (size_t)i * b->runs;
		b->row[i].over.series = b->series + (size_t)i * SERIES_RUNS;
		for (unsigned m = 0; m < METRICS; m++)
			b->row[i].over.sample[m] = b->samples + i * per_row + (size_t)m * b->runs;
	}
	return 0;
}

void runs_free(struct bench *b)
{
	free(b->samples);
	free(b->places);
	free(b->series);
	b->samples = NULL;
	b->places = NULL;
	b->series = NULL;
}

void runs_add(struct bench *b, unsigned i, const struct cell_result *r, unsigned place)
{
	struct bench_row *row = &b->row[i];

	for (unsigned m = 0; m < METRICS; m++)
		row->over.sample[m][row->runs] = metrics[m].of(&row->spec, r);
	if (row->runs < SERIES_RUNS)
		row->over.series[row->runs] = r->series;
	row->over.place[row->runs++] = place;
}

/* The values that are there, without gaps. */
static unsigned values_of(const struct bench_row *row, unsigned m, double *out)
{
	unsigned n = 0;

	for (unsigned i = 0; i < row->runs; i++)
		if (!isnan(row->over.sample[m][i]))
			out[n++] = row->over.sample[m][i];
	return n;
}

static void summarize(struct bench_row *row, unsigned m, double *room)
{
	struct summary *s = &row->over.summary[m];

	s->n = values_of(row, m, room);
	s->interval = stats_median_interval(room, s->n);
	s->median = stats_median(room, s->n);
}

static void contrast(struct bench *b, struct bench_row *row, unsigned m, double *room)
{
	const struct bench_row *base = row->over.baseline < 0 ? row : &b->row[row->over.baseline];
	unsigned na = values_of(base, m, room), nb = values_of(row, m, room + na);

	row->over.versus[m] = stats_contrast(room, na, room + na, nb);
}

/* The noise of all cells together; the fewest runs that a cell has decide. */
static double resolvable(const struct bench *b, unsigned m, double *room)
{
	double *residual = room + b->runs;
	unsigned least = 0;
	size_t n = 0;

	for (unsigned i = 0; i < b->nrows; i++) {
		unsigned runs;

		if (!metric_applies(&metrics[m], b->row[i].spec.scenario))
			continue;
		runs = values_of(&b->row[i], m, room);
		if (runs && (!least || runs < least))
			least = runs;
		n += stats_residuals(room, runs, residual + n);
	}
	return stats_resolvable(residual, n, least, least);
}

void runs_conclude(struct bench *b)
{
	double *room = calloc((size_t)(b->nrows + 2) * b->runs, sizeof(*room));

	for (unsigned m = 0; m < METRICS; m++) {
		b->resolvable[m] = INFINITY;
		for (unsigned i = 0; room && i < b->nrows; i++)
			summarize(&b->row[i], m, room);
		for (unsigned i = 0; room && i < b->nrows; i++)
			contrast(b, &b->row[i], m, room);
		if (room)
			b->resolvable[m] = resolvable(b, m, room);
	}
	free(room);
	if (!room)
		log_error("bench: out of memory for statistics");
}

enum control_verdict runs_control(const struct bench *b, unsigned i, int *metric)
{
	const struct bench_row *row = &b->row[i];
	int base = row->over.baseline;
	bool judged = false;

	/* Against anything but itself a control may well differ. */
	if (!row->spec.control || base < 0 || !is_same_but_control(&row->spec, &b->row[base].spec))
		return CONTROL_NONE;
	for (unsigned m = 0; m < METRICS; m++) {
		enum stats_verdict v = row->over.versus[m].verdict;

		if (!metrics[m].headline || !metric_applies(&metrics[m], row->spec.scenario))
			continue;
		judged |= v == VERDICT_SAME;
		if (v != VERDICT_LESS && v != VERDICT_MORE)
			continue;
		*metric = (int)m;
		return CONTROL_DIFFERS;
	}
	return judged ? CONTROL_NULL : CONTROL_NONE;
}

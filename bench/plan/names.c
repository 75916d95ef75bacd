// SPDX-License-Identifier: BSD-2-Clause
// What the cells of a benchmark are called, and what each is compared with.
#include "bench/plan/names.h"

#include <errno.h>
#include <string.h>

#include "bench/plan/bench.h"
#include "bench/plan/label.h"
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

	r->scenario = axes.scenario;
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

	if (b->rounds.plan.baseline || strcmp(s->control, "user") != 0)
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
	const char *words = b->rounds.plan.baseline ? b->rounds.plan.baseline : "";
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
	bool found = !b->rounds.plan.baseline;

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
		  b->rounds.plan.baseline, b->nrows ? b->row[0].over.words : "");
	return -ENOENT;
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

		if (!metrics[m].headline || !metric_applies(&metrics[m], row->over.scenario))
			continue;
		judged |= v == VERDICT_SAME;
		if (v != VERDICT_LESS && v != VERDICT_MORE)
			continue;
		*metric = (int)m;
		return CONTROL_DIFFERS;
	}
	return judged ? CONTROL_NULL : CONTROL_NONE;
}

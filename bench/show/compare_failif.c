// SPDX-License-Identifier: BSD-2-Clause
// Is a --fail-if true of a comparison, or can it not be told?
#include "bench/show/compare_failif.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "lib/log.h"

static bool mentions_control(const struct failif *f)
{
	return memmem(f->selector, f->selector_len, "control", strlen("control")) != NULL;
}

static bool picks(const struct failif *f, const struct compare_cell *cell)
{
	return label_picks(f->selector, f->selector_len, cell->words) &&
	       (!cell->control || mentions_control(f));
}

static int complain_of_selector(const struct compare *c, const struct failif *f, bool picked)
{
	if (picked) {
		log_error("--fail-if=%s: no cell that it picks can have a %s", f->text,
			  f->metric->key);
		return -ENOENT;
	}
	log_error("--fail-if=%s: no cell has the words '%.*s'; there are:", f->text,
		  (int)f->selector_len, f->selector);
	for (size_t i = 0; i < c->n; i++)
		log_error("  %s", c->cell[i].words);
	return -ENOENT;
}

/* Where a run went wrong, the figures of the others prove nothing good. */
static bool is_no_result(const struct result *r)
{
	return json_is_false(results_get(r->json, "ok")) ||
	       json_is_false(results_get(r->json, "conserved"));
}

/* What the condition is about; NAN: this cell has none. */
static double value_of(const struct failif *f, const struct compare_metric *v)
{
	if (!v->n[NEW] || (f->ratio && !v->n[OLD]))
		return NAN;
	if (f->ratio)
		return v->contrast.ratio;
	return metric_is_harm(f->metric) ? v->worst : v->median[NEW];
}

/* Why runs that were made have no value of this metric. */
static const char *why_none(const struct metric *m)
{
	if (strncmp(m->key, "latency_", 8) == 0)
		return "too few frames per run for this quantile, or no open loop";
	if (strncmp(m->key, "notify_p", 8) == 0)
		return "too few notifications per run for this quantile; give longer runs";
	return "not in both files";
}

/* Runs without a value are not any runs: the slowest have the fewest notifications. */
static bool has_gaps(const struct compare_metric *v)
{
	return v->runs[NEW] < v->runs[OLD] ||
	       (v->runs[OLD] == v->made[OLD] && v->runs[NEW] < v->made[NEW]);
}

/* Can nothing be said of this cell, and why? Writes f->why. */
static bool is_unjudged(struct compare_failif *f, const struct compare_cell *cell)
{
	const struct metric *m = f->condition.metric;
	const struct compare_metric *v = &cell->metric[metric_index(m)];
	const char *why = NULL;

	if (!cell->side[NEW])
		why = v->n[OLD] ? "it is not in the new file" : NULL;
	else if (is_no_result(cell->side[NEW]))
		why = "the new one failed";
	else if (v->n[OLD] && !v->n[NEW])
		why = why_none(m);
	if (why)
		snprintf(f->why, sizeof(f->why), "%s", why);
	else if (v->n[OLD] && has_gaps(v))
		snprintf(f->why, sizeof(f->why),
			 "values of %u of %u new runs, of %u of %u old "
			 "ones",
			 v->runs[NEW], v->made[NEW], v->runs[OLD], v->made[OLD]);
	else
		return false;
	return true;
}

/*
 * A ratio of so few values that it has no verdict, `?`: which way it falls may be chance, and a
 * bisection would follow it.
 */
static bool is_too_few(const struct failif *f, const struct compare_metric *v)
{
	unsigned least = v->n[OLD] < v->n[NEW] ? v->n[OLD] : v->n[NEW];

	return f->ratio && !metric_is_harm(f->metric) && least && least < STATS_RUNS_MIN;
}

static void judge_few(struct compare_failif *f, const struct compare_cell *cell,
		      const struct compare_metric *v)
{
	if (f->unjudged)
		return;
	f->unjudged = cell;
	if (!is_unjudged(f, cell))
		snprintf(f->why, sizeof(f->why),
			 "%u old and %u new values are too few; take %u of each", v->n[OLD],
			 v->n[NEW], STATS_RUNS_MIN);
}

static void judge(struct compare_failif *f, const struct compare_cell *cell, double value)
{
	const struct compare_metric *v = &cell->metric[metric_index(f->condition.metric)];
	const struct contrast *c = &v->contrast;

	if (is_too_few(&f->condition, v)) {
		judge_few(f, cell, v);
	} else if (!f->holds && failif_holds(&f->condition, c, value)) {
		f->holds = true;
		f->cell = cell;
		f->value = value;
	} else if (!f->unjudged && is_unjudged(f, cell)) {
		f->unjudged = cell;
	}
}

static int complain_of_failure(const struct compare_failif *f)
{
	log_error("--fail-if=%s: cannot be judged: %s: %s", f->condition.text, f->unjudged->label,
		  f->why);
	return -ENODATA;
}

int compare_fail_if(const struct compare *c, struct compare_failif *f)
{
	const struct failif *condition = &f->condition;
	unsigned m = metric_index(condition->metric);
	/* the first that could have a value and has none */
	const struct compare_cell *empty = NULL;
	bool picked = false, judged = false;

	f->holds = false;
	f->cell = f->unjudged = NULL;
	for (size_t i = 0; i < c->n + c->vanished; i++) {
		const struct compare_cell *cell = &c->cell[i];
		double value = value_of(condition, &cell->metric[m]);

		if (!picks(condition, cell))
			continue;
		picked = true;
		if (!cell->metric[m].applies)
			continue;
		judged |= !isnan(value);
		empty = empty ? empty : cell;
		judge(f, cell, value);
	}
	if (f->holds)
		f->unjudged = NULL;
	if (!judged && !f->unjudged && empty) {
		f->unjudged = empty;
		snprintf(f->why, sizeof(f->why), "%s", why_none(condition->metric));
	}
	if (f->unjudged)
		return complain_of_failure(f);
	return judged ? 0 : complain_of_selector(c, condition, picked);
}

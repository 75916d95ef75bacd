// SPDX-License-Identifier: BSD-2-Clause
// The dose table and its verdicts, as text.
#include "bench/show/doses_print.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/result/doses.h"
#include "bench/show/report_types.h"
#include "bench/show/report_cells.h"

void doses_name_row(const struct dose_row *r, char out[DOSES_NAME])
{
	const struct result *c = r->cell[0];
	const char *control = results_string(c->json, "control", "");

	if (strcmp(control, "aa") == 0)
		snprintf(out, DOSES_NAME, "control: the first again");
	else if (strcmp(control, "fifo") == 0)
		snprintf(out, DOSES_NAME, "control: SCHED_FIFO worker");
	else if (strcmp(c->producer, "user") == 0)
		snprintf(out, DOSES_NAME, "control: producer in user mode");
	else if (r->judged.role == DOSE_POSITIVE)
		snprintf(out, DOSES_NAME, "worker, long batches, no limit");
	else if (r->judged.role != DOSE_SUBJECT || strcmp(c->notify, "direct"))
		snprintf(out, DOSES_NAME, "%s%s%s", report_deliverer(c),
			 strcmp(c->producer, "batch") ? "" : ", ",
			 strcmp(c->producer, "batch") ? "" : c->producer);
	else
		snprintf(out, DOSES_NAME, "KVM work item (%.16s)", c->irq);
}

double doses_hundredths(double v)
{
	return round(v * 100) / 100 + 0.0;
}

static void put_slope(const struct dose_slope *s, FILE *to)
{
	if (isnan(s->slope))
		fprintf(to, " %6s", "-");
	else
		fprintf(to, " %6.2f", doses_hundredths(s->slope));
	if (isnan(s->interval.lo))
		fprintf(to, " %-14s", "");
	else
		fprintf(to, " [%5.2f,%5.2f]", doses_hundredths(s->interval.lo),
			doses_hundredths(s->interval.hi));
}

static void put_rate(const struct contrast *c, unsigned n, FILE *to)
{
	if (n < 2 || isnan(c->ratio))
		fprintf(to, " %6s\n", "-");
	else
		fprintf(to, " %5.2fx\n", c->ratio);
}

static double slice_ns(const struct result *c)
{
	return results_number(c->json, "slice.ns");
}

unsigned doses_slices(const struct dose_part *p, double ns[DOSES_MAX])
{
	unsigned n = 0, at;

	for (unsigned i = 0; i < p->n; i++)
		for (unsigned k = 0; k < p->row[i].n && n < DOSES_MAX; k++) {
			double v = slice_ns(p->row[i].cell[k]);

			for (at = 0; at < n && ns[at] < v; at++)
				;
			if (at < n && ns[at] == v)
				continue;
			memmove(&ns[at + 1 < DOSES_MAX ? at + 1 : at], &ns[at],
				(n - at) * sizeof(*ns));
			ns[at] = v;
			n++;
		}
	return n;
}

double doses_wait_us(const struct dose_row *r, double ns)
{
	double v[DOSE_RUNS_MAX / DOSES_MAX];
	size_t n = 0, got = 0;

	for (unsigned i = 0; i < r->n && !n; i++)
		if (slice_ns(r->cell[i]) == ns)
			n = results_samples(r->cell[i], doses_metric(r), v,
					    DOSE_RUNS_MAX / DOSES_MAX);
	for (size_t k = 0; k < n; k++)
		if (!isnan(v[k]))
			v[got++] = v[k];
	return stats_median(v, got);
}

static void put_row(const struct dose_row *r, const double *ns, unsigned n, FILE *to)
{
	char name[DOSES_NAME];

	doses_name_row(r, name);
	fprintf(to, "%-30.30s", name);
	for (unsigned i = 0; i < n; i++) {
		double wait = doses_wait_us(r, ns[i]);

		if (isnan(wait))
			fprintf(to, " %6s", "-");
		else
			fprintf(to, " %6.0f", wait);
	}
	put_slope(&r->own, to);
	put_rate(&r->rate, r->n, to);
}

static void put_table(const struct dose_part *p, FILE *to)
{
	double ns[DOSES_MAX + 1];
	unsigned n = doses_slices(p, ns);
	char ms[16];

	fprintf(to, "\npreempt %s: the mean wait, us, at each base slice", p->first->preempt);
	if (p->tick_us > 0)
		fprintf(to, " (tick %g ms%s)", p->tick_us / 1e3,
			p->tick_is_dose ? ", no HRTICK" : "");
	fprintf(to, "\n%-30s", "the notification is run by");
	for (unsigned i = 0; i < n; i++) {
		snprintf(ms, sizeof(ms), "%.3gms", ns[i] / 1e6);
		fprintf(to, " %6s", ms);
	}
	fprintf(to, " %6s %-14s %6s\n", p->tick_is_dose ? "share" : "slope", " 95 %", "Gb/s");
	for (unsigned i = 0; i < p->n; i++)
		put_row(&p->row[i], ns, n, to);
}

/* ---- the verdict, in words */

static bool has_control(const struct dose_part *p)
{
	for (unsigned i = 0; i < p->n; i++)
		if (p->row[i].judged.role == DOSE_CONTROL)
			return true;
	return false;
}

static void put_by_slope(const struct dose_part *p, const struct dose_row *r, const char *name,
			 FILE *to)
{
	fprintf(to, "%s: %.2f us [%.2f, %.2f]\n  of wait for each us of the %s; ", name,
		doses_hundredths(r->own.slope), doses_hundredths(r->own.interval.lo),
		doses_hundredths(r->own.interval.hi), p->tick_is_dose ? "tick" : "slice");
	fputs(dose_answer(&r->own) != DOSE_FOLLOWS ? "it does not follow.\n"
	      : has_control(p)			   ? "the controls stay flat.\n"
						   : "no control was measured.\n",
	      to);
}

static void put_too_slow(const struct dose_part *p, unsigned i, const char *name, FILE *to)
{
	const struct dose_row *r = &p->row[i];

	fprintf(to,
		"%s: too slow to tell at this slice:\n  a round trip takes %.2g ms without a "
		"wait; a slice of "
		"%.2g ms would do",
		name, results_number(r->cell[0]->json, "loop_fit.round_trip_us") / 1e3,
		doses_needs_us(p, i) / 1e3);
	fputs(p->tick_us > 0 && doses_needs_us(p, i) > p->tick_us
		      ? ", and a kernel with as long a tick.\n"
		      : ".\n",
	      to);
}

static void put_culprit(const struct dose_row *r, const char *what, FILE *to)
{
	char name[DOSES_NAME];

	doses_name_row(r, name);
	fprintf(to, "%s:\n  %s: %.2f [%.2f, %.2f].\n", name, what, r->judged.slope.slope,
		r->judged.slope.interval.lo, r->judged.slope.interval.hi);
}

static void put_reason(const struct dose_part *p, unsigned i, const struct dose_verdict *v,
		       FILE *to)
{
	const struct dose_row *r = &p->row[i];
	char name[DOSES_NAME];

	doses_name_row(r, name);
	switch (v->reason) {
	case DOSE_BY_SLOPE:
		put_by_slope(p, r, name, to);
		break;
	case DOSE_CONTROL_MOVED:
		put_culprit(&p->row[v->culprit], "this control must not follow the slice, and does",
			    to);
		break;
	case DOSE_TWINS_DIFFER:
		put_culprit(&p->row[v->culprit], "the same cell measured twice differs", to);
		break;
	case DOSE_TOO_STEEP:
		fprintf(to,
			"%s: waits for something else, too:\n  slope %.2f [%.2f, %.2f], more than "
			"the whole slice.\n",
			name, r->own.slope, r->own.interval.lo, r->own.interval.hi);
		break;
	case DOSE_TOO_SLOW:
		put_too_slow(p, i, name, to);
		break;
	case DOSE_NOISY:
		fprintf(to,
			"%s: too noisy to tell:\n  slope %.2f [%.2f, %.2f]; give more "
			"--runs.\n",
			name, r->own.slope, r->own.interval.lo, r->own.interval.hi);
		break;
	case DOSE_ONE_DOSE:
		fputs("one dose only: nothing to compare;\n  a slice beyond the tick counts as the "
		      "tick: give shorter ones with --slice.\n",
		      to);
		break;
	case DOSE_FEW_RUNS:
		fprintf(to, "fewer than %u runs of a slice; give --runs=%u or more.\n",
			DOSE_RUNS_MIN, STATS_RUNS_MIN);
		break;
	case DOSE_NO_SUBJECT:
		fputs("the deferred worker was not measured.\n", to);
		break;
	}
}

/* What is no control on this machine, and why: one CPU makes everybody wait. */
static void put_notes(const struct dose_part *p, FILE *to)
{
	for (unsigned i = 0; i < p->n; i++) {
		const struct dose_row *r = &p->row[i];
		char name[DOSES_NAME];

		doses_name_row(r, name);
		if (r->why == DOSE_GUEST_SHARES)
			fprintf(to,
				"  %s: no control here:\n    the guest shares the producer's CPU, "
				"and waits for it.\n",
				name);
		if (r->why == DOSE_WORKER_SHARES)
			fprintf(to, "  %s: no control here: its workers share that CPU.\n", name);
	}
}

void doses_print_verdicts(const struct dose_part *p, FILE *to)
{
	for (unsigned i = 0; i < p->n; i++) {
		struct dose_verdict v;

		if (p->row[i].judged.role != DOSE_SUBJECT)
			continue;
		v = doses_judge(p, i);
		fprintf(to, "preempt %s: %s. ", p->first->preempt, doses_finding_name(v.finding));
		put_reason(p, i, &v, to);
	}
	put_notes(p, to);
}

void doses_print(const struct results *f, FILE *to)
{
	unsigned n;
	struct dose_part *p = doses_find(f, &n);

	for (unsigned i = 0; i < n; i++) {
		put_table(&p[i], to);
		doses_print_verdicts(&p[i], to);
	}
	free(p);
}

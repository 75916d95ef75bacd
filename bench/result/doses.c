// SPDX-License-Identifier: BSD-2-Clause
// Results measured under several base slices: which wait follows the slice.
#include "bench/result/doses.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lib/cpulist.h"

static bool is(const char *a, const char *b)
{
	return strcmp(a, b) == 0;
}

static const char *word(const struct result *c, const char *path)
{
	return results_string(c->json, path, "");
}

static bool is_dosed(const struct result *c)
{
	return *word(c, "slice.asked") && is(c->scenario, "stream") && c->runs;
}

static bool same_part(const struct result *a, const struct result *b)
{
	return is(a->preempt, b->preempt) && is(word(a, "lab.kernel"), word(b, "lab.kernel")) &&
	       is(a->accel, b->accel);
}

/* All but the slice. */
static bool same_row(const struct result *a, const struct result *b)
{
	return is(a->notify, b->notify) && is(a->producer, b->producer) && is(a->irq, b->irq) &&
	       is(word(a, "loop"), word(b, "loop")) && is(word(a, "control"), word(b, "control")) &&
	       results_number(a->json, "frame_bytes") == results_number(b->json, "frame_bytes") &&
	       results_number(a->json, "worker_fifo") == results_number(b->json, "worker_fifo");
}

/* Does the role have a CPU that the producer has not? */
static bool has_own_cpu(const struct result *c, const char *role)
{
	cpu_set_t own, producer, shared;

	if (!cpulist_parse(word(c, role), &own) ||
	    !cpulist_parse(word(c, "placement.backend"), &producer))
		return false;
	CPU_AND(&shared, &own, &producer);
	return CPU_COUNT(&own) > CPU_COUNT(&shared);
}

/* Through KVM's work item, on the CPU where the eventfd is written. */
static bool is_kvm_work(const struct result *c)
{
	return is(c->notify, "direct") && (is(c->irq, "ioapic") || is(c->irq, "msi-broadcast"));
}

static enum dose_role neither(struct dose_row *r, enum dose_why why)
{
	r->why = why;
	return DOSE_NEITHER;
}

/* The producer never returns to user mode, and the loop waits for its notifications. */
static enum dose_role role_in_kernel(struct dose_row *r, const struct result *c)
{
	if (is(c->notify, "deferred") || is_kvm_work(c))
		return DOSE_SUBJECT;
	if (is(c->notify, "unbound"))
		return has_own_cpu(c, "placement.notifier") ? DOSE_CONTROL
							    : neither(r, DOSE_WORKER_SHARES);
	return has_own_cpu(c, "placement.b") ? DOSE_CONTROL : neither(r, DOSE_GUEST_SHARES);
}

static enum dose_role role_of(struct dose_row *r)
{
	const struct result *c = r->cell[0];
	const char *control = word(c, "control");

	if (is(control, "aa"))
		return DOSE_TWIN;
	if (is(control, "fifo") || is(c->producer, "user"))
		return DOSE_CONTROL;
	if (is(c->producer, "sqpoll"))
		return role_in_kernel(r, c);
	if (is(c->producer, "vhost-net")) /* nobody stamps how long its notifications wait */
		return DOSE_NEITHER;
	if (*word(c, "loop"))
		return neither(r, DOSE_HIDES);
	return is(c->notify, "deferred") ? DOSE_POSITIVE : DOSE_NEITHER;
}

const char *doses_metric(const struct dose_row *r)
{
	return is(r->cell[0]->notify, "direct") ? "handler_mean_us" : "worker_mean_us";
}

double doses_dose_us(const struct result *c)
{
	double slice = results_number(c->json, "slice.ns") / 1e3;
	double tick = 1e6 / results_number(c->json, "slice.hz");
	const json_t *hrtick = results_get(c->json, "slice.hrtick");

	if (isnan(tick))
		return isnan(slice) ? 0 : slice;
	return json_is_false(hrtick) || isnan(slice) ? tick : fmin(slice, tick);
}

/*
 * All runs of a row: their doses, and how long the notification waited. How many; `run` has room
 * for DOSE_RUNS_MAX.
 */
static size_t take_runs(const struct dose_row *r, struct dose_run *run)
{
	static const size_t max = DOSE_RUNS_MAX / DOSES_MAX;
	double wait[DOSE_RUNS_MAX / DOSES_MAX];
	size_t n = 0;

	for (unsigned i = 0; i < r->n; i++) {
		size_t got = results_samples(r->cell[i], doses_metric(r), wait, max);

		for (size_t k = 0; k < got; k++)
			run[n++] = (struct dose_run){ doses_dose_us(r->cell[i]), wait[k] };
	}
	return n;
}

static struct contrast contrast_rate(const struct dose_row *r)
{
	double a[DOSE_RUNS_MAX / DOSES_MAX], b[DOSE_RUNS_MAX / DOSES_MAX];
	size_t na = results_samples(r->cell[0], "gbps", a, DOSE_RUNS_MAX / DOSES_MAX);
	size_t nb = results_samples(r->cell[r->n - 1], "gbps", b, DOSE_RUNS_MAX / DOSES_MAX);

	return stats_contrast(a, na, b, nb);
}

static struct dose_row *find_row(struct dose_part *p, const struct result *c)
{
	for (unsigned i = 0; i < p->n; i++)
		if (same_row(p->row[i].cell[0], c))
			return &p->row[i];
	return p->n < DOSE_ROWS_MAX ? &p->row[p->n++] : NULL;
}

static void add_cell(struct dose_part *p, const struct result *c)
{
	struct dose_row *r = find_row(p, c);
	double ns = results_number(c->json, "slice.ns");
	unsigned at;

	if (!r || r->n == DOSES_MAX)
		return;
	for (at = r->n++; at && results_number(r->cell[at - 1]->json, "slice.ns") > ns; at--)
		r->cell[at] = r->cell[at - 1];
	r->cell[at] = c;
}

/* The row that a twin repeats. */
static const struct dose_row *twin_of(const struct dose_part *p, const struct dose_row *r)
{
	for (unsigned i = 0; i < p->n; i++)
		if (p->row[i].judged.role == DOSE_SUBJECT &&
		    is(p->row[i].cell[0]->notify, r->cell[0]->notify) &&
		    is(p->row[i].cell[0]->irq, r->cell[0]->irq) &&
		    is(p->row[i].cell[0]->producer, r->cell[0]->producer))
			return &p->row[i];
	return NULL;
}

static void conclude(struct dose_part *p, struct dose_run *run)
{
	struct dose_run *other = run + DOSE_RUNS_MAX;

	for (unsigned i = 0; i < p->n; i++) {
		struct dose_row *r = &p->row[i];

		r->own = dose_slope(run, take_runs(r, run), p->tick_is_dose);
		r->judged = (struct dose_cell){ role_of(r), r->own };
		r->rate = contrast_rate(r);
	}
	for (unsigned i = 0; i < p->n; i++) {
		struct dose_row *r = &p->row[i];
		const struct dose_row *twin = r->judged.role == DOSE_TWIN ? twin_of(p, r) : NULL;

		if (r->judged.role == DOSE_TWIN && !twin)
			r->judged.role = DOSE_NEITHER;
		if (twin)
			r->judged.slope = dose_difference(run, take_runs(r, run), other,
							  take_runs(twin, other), p->tick_is_dose);
	}
}

static struct dose_part *part_of(struct dose_part *p, unsigned *n, const struct result *c)
{
	for (unsigned i = 0; i < *n; i++)
		if (same_part(p[i].first, c))
			return &p[i];
	if (*n == DOSE_PARTS_MAX)
		return NULL;
	p += (*n)++;
	p->first = c;
	p->tick_us = 1e6 / results_number(c->json, "slice.hz");
	p->tick_us = isfinite(p->tick_us) ? p->tick_us : 0;
	p->tick_is_dose = p->tick_us > 0 && json_is_false(results_get(c->json, "slice.hrtick"));
	return p;
}

/* What was measured at one slice says nothing of slices: a single --slice is a setting. */
static void drop_lone_rows(struct dose_part *p)
{
	unsigned n = 0;

	for (unsigned i = 0; i < p->n; i++)
		if (p->row[i].n > 1)
			p->row[n++] = p->row[i];
	p->n = n;
}

/* How many of the `n` parts have a row left. */
static unsigned drop_lone(struct dose_part *p, unsigned n)
{
	unsigned left = 0;

	for (unsigned i = 0; i < n; i++) {
		drop_lone_rows(&p[i]);
		if (p[i].n)
			p[left++] = p[i];
	}
	return left;
}

struct dose_part *doses_find(const struct results *f, unsigned *n)
{
	struct dose_part *p = calloc(DOSE_PARTS_MAX, sizeof(*p)), *part;
	struct dose_run *run = calloc(2 * DOSE_RUNS_MAX, sizeof(*run));

	*n = 0;
	for (size_t i = 0; i < f->n && p && run; i++) {
		part = is_dosed(&f->result[i]) ? part_of(p, n, &f->result[i]) : NULL;
		if (part)
			add_cell(part, &f->result[i]);
	}
	*n = drop_lone(p, *n);
	for (unsigned i = 0; i < *n; i++)
		conclude(&p[i], run);
	free(run);
	return p;
}

double doses_needs_us(const struct dose_part *p, unsigned i)
{
	const struct dose_row *r = &p->row[i];
	double needs = results_number(r->cell[0]->json, "loop_fit.slice_needed_us");

	return needs > doses_dose_us(r->cell[r->n - 1]) ? needs : 0;
}

/* Controls are every subject's; twins are their own's. */
static bool concerns(const struct dose_part *p, const struct dose_row *r, unsigned subject)
{
	if (r == &p->row[subject])
		return true;
	if (r->judged.role == DOSE_TWIN)
		return twin_of(p, r) == &p->row[subject];
	return r->judged.role != DOSE_SUBJECT;
}

struct dose_verdict doses_judge(const struct dose_part *p, unsigned i)
{
	struct dose_cell cell[DOSE_ROWS_MAX];
	unsigned from[DOSE_ROWS_MAX], n = 0;
	struct dose_verdict v;

	for (unsigned k = 0; k < p->n; k++) {
		if (!concerns(p, &p->row[k], i))
			continue;
		from[n] = k;
		cell[n++] = p->row[k].judged;
	}
	v = dose_judge(cell, n, doses_needs_us(p, i) > 0);
	v.culprit = v.culprit < n ? from[v.culprit] : 0;
	return v;
}

const char *doses_finding_name(enum dose_finding f)
{
	static const char *const names[] = { "shown", "absent", "spoiled" };

	return names[f];
}

static const char *reason_name(enum dose_reason r)
{
	static const char *const names[] = { "slope",	     "control moved", "twins differ",
					     "not measured", "one dose",      "too few runs",
					     "too noisy",    "too steep",     "too slow" };

	return names[r];
}

static json_t *number(double v)
{
	return isfinite(v) ? json_real(v) : json_null();
}

static json_t *verdict_json(const struct dose_part *p, unsigned i)
{
	const struct dose_row *r = &p->row[i];
	struct dose_verdict v = doses_judge(p, i);
	bool named = v.reason == DOSE_CONTROL_MOVED || v.reason == DOSE_TWINS_DIFFER;
	json_t *o = json_object();

	json_object_set_new(o, "preempt", json_string(p->first->preempt));
	json_object_set_new(o, "cell", json_string(r->cell[0]->label));
	json_object_set_new(o, "finding", json_string(doses_finding_name(v.finding)));
	json_object_set_new(o, "reason", json_string(reason_name(v.reason)));
	json_object_set_new(o, "culprit",
			    named ? json_string(p->row[v.culprit].cell[0]->label) : json_null());
	json_object_set_new(o, "slope", number(r->own.slope));
	json_object_set_new(o, "ci_lo", number(r->own.interval.lo));
	json_object_set_new(o, "ci_hi", number(r->own.interval.hi));
	json_object_set_new(o, "gbps_ratio", number(r->rate.ratio));
	json_object_set_new(o, "slice_needed_us",
			    doses_needs_us(p, i) > 0 ? number(doses_needs_us(p, i)) : json_null());
	return o;
}

void doses_set_json(json_t *doc)
{
	json_t *list = json_array();
	struct dose_part *p = NULL;
	struct results r;
	unsigned n = 0;

	if (results_from(doc, "these results", &r) == 0)
		p = doses_find(&r, &n);
	for (unsigned k = 0; k < n; k++)
		for (unsigned i = 0; i < p[k].n; i++)
			if (p[k].row[i].judged.role == DOSE_SUBJECT)
				json_array_append_new(list, verdict_json(&p[k], i));
	free(p);
	results_free(&r);
	if (n)
		json_object_set(doc, "verdicts", list);
	json_decref(list);
}

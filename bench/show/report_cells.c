// SPDX-License-Identifier: BSD-2-Clause
// What the formats of a report say about a cell: names, rates, intervals, what it is held against.
#include "bench/show/report_cells.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "bench/plan/label.h"
#include "bench/show/report_types.h"
#include "vhost/strategies.h"

#define RUNS_MAX 1000u

static bool is(const char *a, const char *b)
{
	return strcmp(a, b) == 0;
}

bool report_irq_deferred(const struct result *c)
{
	return is(c->accel, "kvm") && (is(c->irq, "msi-broadcast") || is(c->irq, "ioapic"));
}

const char *report_deliverer(const struct result *c)
{
	const struct notify_ops *n = notify_find_any(c->notify);

	if (n && n->deliverer)
		return n->deliverer;
	return report_irq_deferred(c) ? "KVM's work item, same CPU" : "the producer itself";
}

double report_worker_ms(const struct result *c)
{
	const char *stage = report_irq_deferred(c) ? "stages_us.handler.mean"
						   : "stages_us.worker.mean";

	return results_number(c->json, stage) / 1e3;
}

static bool is_gated(const struct result *c)
{
	return results_string(c->json, "loop", NULL) != NULL;
}

bool report_in_seed(const struct results *f, const struct result *c)
{
	return is(c->scenario, "stream") && !is(c->producer, "user") && !report_control(c) &&
	       c->runs && is_gated(c) == f->gated;
}

static bool delivered_by_producer(const struct result *c)
{
	const struct notify_ops *n = notify_find_any(c->notify);

	return n && notify_by_producer(n);
}

double report_waited_ms(const struct result *c)
{
	double times, ns;

	if (!delivered_by_producer(c)) {
		times = results_number(c->json, "ctx_switches.notifier.runs");
		ns = results_number(c->json, "ctx_switches.notifier.run_delay_ns");
		return times > 0 ? ns / times / 1e6 : NAN;
	}
	times = results_number(c->json, "irq_path.kworker_runs");
	ns = results_number(c->json, "irq_path.kworker_run_delay_ns");
	/* Workers that do much else tell nothing about us. */
	if (!report_irq_deferred(c) || !(times < 2 * results_number(c->json, "notifications")))
		return NAN;
	return times > 0 ? ns / times / 1e6 : NAN;
}

/* What a cell of each scenario is about. */
static const struct rate {
	const char *scenario, *key, *unit;
} rates[] = {
	{ "rr", "round_trips_per_s", "trips/s" },
	{ "pool", "items_per_s", "items/s" },
	{ "crowd", "round_trips_per_s", "per s" },
	{ "", "gbps", "Gb/s" },
};

static const struct rate *rate_of(const struct result *c)
{
	const struct rate *r = rates;

	while (*r->scenario && !is(r->scenario, c->scenario))
		r++;
	return r;
}

double report_rate(const struct result *c)
{
	return c->runs ? results_number(c->json, rate_of(c)->key) : NAN;
}

const char *report_rate_unit(const struct result *c)
{
	return rate_of(c)->unit;
}

const char *report_rate_key(const struct result *c)
{
	return rate_of(c)->key;
}

bool report_is_pair(const struct result *c)
{
	return !is(c->scenario, "pool") && !is(c->scenario, "crowd") && !is(c->scenario, "tcp");
}

bool report_interval(const struct result *c, const char *metric, double *lo, double *hi)
{
	double v[RUNS_MAX];
	const json_t *s = json_object_get(results_get(c->json, "stats"), metric);
	size_t n;

	*lo = results_number(s, "ci_lo");
	*hi = results_number(s, "ci_hi");
	if (!isnan(*lo) && !isnan(*hi))
		return true;
	n = results_samples(c, metric, v, RUNS_MAX);
	*lo = *hi = NAN;
	for (size_t i = 0; i < n; i++) {
		*lo = fmin(*lo, v[i]);
		*hi = fmax(*hi, v[i]);
	}
	return n > 1 && !isnan(*lo);
}

const char *report_control(const struct result *c)
{
	const char *control = results_string(c->json, "control", NULL);
	const char *text = label_control(control);

	return text ? text : control; /* older files have the words themselves */
}

static bool same_but_mode(const struct result *a, const struct result *b)
{
	return is(a->scenario, b->scenario) && is_gated(a) == is_gated(b) &&
	       is(a->accel, b->accel) && is(a->notify, b->notify) && is(a->producer, b->producer) &&
	       is(a->irq, b->irq) &&
	       is(results_string(a->json, "lab.kernel", ""),
		  results_string(b->json, "lab.kernel", ""));
}

const struct result *report_reference(const struct results *f, const struct result *c)
{
	const char *control = report_control(c);

	for (size_t i = 0; i < f->n; i++)
		if (!report_control(&f->result[i]) && same_but_mode(&f->result[i], c) &&
		    is(f->result[i].preempt, c->preempt))
			return &f->result[i];
	/* A control by itself is held against the first mode's. */
	for (size_t i = 0; i < f->n && control; i++) {
		const char *other = report_control(&f->result[i]);

		if (other && is(other, control) && same_but_mode(&f->result[i], c))
			return &f->result[i] == c ? NULL : &f->result[i];
	}
	return NULL;
}

const char *report_number(double v, const char *none, char *out, size_t size)
{
	double a = fabs(v);

	if (isnan(v) || isinf(v))
		snprintf(out, size, "%s", none);
	else if (a >= 100 || a == 0)
		snprintf(out, size, "%.0f", v);
	else if (a >= 10)
		snprintf(out, size, "%.1f", v);
	else if (a >= 1)
		snprintf(out, size, "%.2f", v);
	else if (a >= 0.001)
		snprintf(out, size, "%.3f", v);
	else
		snprintf(out, size, "%.1e", v);
	return out;
}

const char *report_count(double v, char *out, size_t size)
{
	snprintf(out, size, isfinite(v) ? "%.0f" : "unknown", v);
	return out;
}

enum floor_doubt report_floor_doubt(const struct result *c)
{
	double v = results_number(c->json, "x_floor");

	if (isnan(v))
		return FLOOR_FINE;
	if (!is(c->scenario, "rr"))
		return v > 1 ? FLOOR_SCATTERED : FLOOR_FINE;
	if (v < 1)
		return FLOOR_ABSURD;
	return json_is_false(results_get(c->json, "floor.steady")) ? FLOOR_SCATTERED : FLOOR_FINE;
}

void report_x_floor(const struct result *c, char *out, size_t size)
{
	double v = c->runs ? results_number(c->json, "x_floor") : NAN;
	enum floor_doubt doubt = report_floor_doubt(c);

	if (!isnan(v) && doubt == FLOOR_ABSURD)
		snprintf(out, size, "<1?");
	else if (!isnan(v))
		snprintf(out, size, "%.2fx%s", v, doubt == FLOOR_SCATTERED ? "?" : "");
}

bool report_irq_path_unbound(const struct result *c)
{
	return !strcmp(results_string(c->json, "irq_path.taken", ""), "unbound_workqueue") &&
	       !strcmp(results_string(c->json, "irq_path.expected", ""), "workqueue");
}

bool report_irq_path_wrong(const struct result *c)
{
	return strcmp(results_string(c->json, "irq_path.taken", ""),
		      results_string(c->json, "irq_path.expected", "")) != 0 &&
	       !report_irq_path_unbound(c);
}

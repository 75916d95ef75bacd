// SPDX-License-Identifier: BSD-2-Clause
// The part of a results file that is about runs.
#include "bench/result/json_runs.h"

#include <math.h>

json_t *json_number(double v)
{
	return isfinite(v) ? json_real(v) : json_null();
}

/* One-way times of a clock that two CPUs do not share are none. */
static bool is_known(const struct row_runs *row, unsigned m, bool trusted)
{
	return row->summary[m].n && (metrics[m].unit != UNIT_US || metrics[m].one_clock || trusted);
}

static json_t *samples_json(const struct row_runs *row, bool trusted)
{
	json_t *o = json_object();

	for (unsigned m = 0; m < METRICS; m++) {
		json_t *a;

		if (!is_known(row, m, trusted))
			continue;
		a = json_array();
		for (unsigned i = 0; i < row->n; i++)
			json_array_append_new(a, json_number(row->sample[m][i]));
		json_object_set_new(o, metrics[m].key, a);
	}
	return o;
}

static json_t *points_json(const struct series *s)
{
	json_t *a = json_array();

	for (unsigned i = 0; i < s->n; i++)
		json_array_append_new(a, json_pack("[f,I]", (double)s->point[i].ns / 1e9,
						   (json_int_t)s->point[i].frames));
	return a;
}

json_t *json_series(const struct row_runs *row)
{
	json_t *a = json_array();

	for (unsigned i = 0; row->series && i < row->n && i < SERIES_RUNS; i++)
		json_array_append_new(a, points_json(&row->series[i]));
	return a;
}

static json_t *places_json(const struct row_runs *row)
{
	json_t *a = json_array();

	for (unsigned i = 0; i < row->n; i++)
		json_array_append_new(a, json_integer(row->place[i]));
	return a;
}

static json_t *summaries_json(const struct row_runs *row, bool trusted)
{
	json_t *o = json_object();

	for (unsigned m = 0; m < METRICS; m++) {
		const struct summary *s = &row->summary[m];
		json_t *v;

		if (!is_known(row, m, trusted))
			continue;
		v = json_object();
		json_object_set_new(v, "median", json_number(s->median));
		json_object_set_new(v, "ci_lo", json_number(s->interval.lo));
		json_object_set_new(v, "ci_hi", json_number(s->interval.hi));
		json_object_set_new(v, "n", json_integer(s->n));
		json_object_set_new(o, metrics[m].key, v);
	}
	return o;
}

/* null: too few runs to tell. */
static json_t *different_json(enum stats_verdict v)
{
	return v == VERDICT_UNKNOWN ? json_null() : json_boolean(v != VERDICT_SAME);
}

static json_t *contrasts_json(const struct row_runs *row, const struct row_runs *base, bool trusted)
{
	json_t *o = json_object();

	json_object_set_new(o, "cell", json_string(base->label));
	for (unsigned m = 0; m < METRICS; m++) {
		const struct contrast *c = &row->versus[m];
		json_t *v;

		if (!is_known(row, m, trusted) || !is_known(base, m, trusted))
			continue;
		v = json_object();
		json_object_set_new(v, "ratio", json_number(c->ratio));
		json_object_set_new(v, "ci_lo", json_number(c->interval.lo));
		json_object_set_new(v, "ci_hi", json_number(c->interval.hi));
		json_object_set_new(v, "p", json_number(c->p));
		json_object_set_new(v, "different", different_json(c->verdict));
		json_object_set_new(o, metrics[m].key, v);
	}
	return o;
}

void json_set_runs(json_t *o, const struct row_runs *row, const struct row_runs *base, bool trusted)
{
	json_object_set_new(o, "label", json_string(row->label));
	json_object_set_new(o, "samples", samples_json(row, trusted));
	json_object_set_new(o, "run_order", places_json(row));
	json_object_set_new(o, "stats", summaries_json(row, trusted));
	json_object_set_new(o, "vs_baseline",
			    base ? contrasts_json(row, base, trusted) : json_null());
}

static bool concerns(const char *scenario, unsigned m)
{
	return scenario ? metric_applies(&metrics[m], scenario) : metrics[m].kind & METRIC_OF_PAIR;
}

json_t *json_statistics(const struct rounds *r, const char *scenario)
{
	json_t *o = json_object(), *least = json_object();

	json_object_set_new(o, "order", json_string(order_name(r->plan.order)));
	json_object_set_new(o, "seed", json_integer((json_int_t)r->plan.seed));
	json_object_set_new(o, "warmup", json_integer(r->plan.warmup));
	json_object_set_new(o, "confidence", json_real(STATS_CONFIDENCE));
	json_object_set_new(o, "alpha", json_real(STATS_ALPHA));
	for (unsigned m = 0; m < METRICS; m++)
		if (concerns(scenario, m))
			json_object_set_new(least, metrics[m].key, json_number(r->resolvable[m]));
	json_object_set_new(o, "resolvable", least);
	return o;
}

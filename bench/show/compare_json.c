// SPDX-License-Identifier: BSD-2-Clause
// A comparison as JSON.
#include "bench/show/compare_json.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>

#include "bench/show/compare_failif.h"
#include "bench/result/json_runs.h"
#include "bench/show/compare_conditions.h"
#include "bench/show/compare_types.h"

static void set(json_t *o, const char *key, json_t *v)
{
	json_object_set_new(o, key, v);
}

static json_t *side_json(const struct compare_metric *v, unsigned s)
{
	json_t *o = json_object();

	set(o, "median", json_number(v->median[s]));
	set(o, "ci_lo", json_number(v->interval[s].lo));
	set(o, "ci_hi", json_number(v->interval[s].hi));
	set(o, "n", json_integer(v->n[s]));
	return o;
}

static json_t *metric_json(const struct metric *m, const struct compare_metric *v)
{
	json_t *o = json_object();

	set(o, "old", side_json(v, OLD));
	set(o, "new", side_json(v, NEW));
	set(o, "ratio", json_number(v->contrast.ratio));
	set(o, "ci_lo", json_number(v->contrast.interval.lo));
	set(o, "ci_hi", json_number(v->contrast.interval.hi));
	set(o, "p", json_number(v->contrast.p));
	set(o, "verdict", json_string(compare_verdict(m, v)));
	set(o, "resolvable", json_number(v->resolvable));
	return o;
}

static json_t *cell_json(const struct compare_cell *cell, const struct compare_output *out)
{
	json_t *o = json_object(), *all = json_object();

	set(o, "label", json_string(cell->label));
	set(o, "old_label", json_string(cell->side[OLD]->label));
	set(o, "new_label", json_string(cell->side[NEW]->label));
	for (unsigned m = 0; m < METRICS; m++)
		if (out->shown[m] && (cell->metric[m].n[OLD] || cell->metric[m].n[NEW]))
			set(all, metrics[m].key, metric_json(&metrics[m], &cell->metric[m]));
	set(o, "metrics", all);
	return o;
}

static json_t *file_json(const struct results *f)
{
	json_t *o = json_object();

	set(o, "file", json_string(f->path));
	json_object_set(o, "host", f->host);
	return o;
}

static json_t *note_json(const struct compare_note *n)
{
	json_t *o = json_object();

	set(o, "text", json_string(n->text));
	set(o, "cell", *n->cell ? json_string(n->cell) : json_null());
	set(o, "cells", json_integer(n->cells));
	set(o, "forced", json_boolean(n->refuses));
	return o;
}

static json_t *fail_if_json(const struct compare_failif *f)
{
	json_t *o = json_object();

	set(o, "condition", json_string(f->condition.text));
	/* null: cannot be said, of that cell. */
	set(o, "holds", f->unjudged ? json_null() : json_boolean(f->holds));
	set(o, "unjudged", f->unjudged ? json_string(f->unjudged->label) : json_null());
	set(o, "why", f->unjudged ? json_string(f->why) : json_null());
	set(o, "cell", f->cell ? json_string(f->cell->label) : json_null());
	set(o, "value", f->cell ? json_number(f->value) : json_null());
	return o;
}

int compare_print_json(const struct compare *c, const struct compare_output *out, FILE *to)
{
	json_t *o = json_object(), *cells = json_array(), *notes = json_array(),
	       *ifs = json_array();
	int err;

	set(o, "schema", json_string("tandem-compare/1"));
	set(o, "old", file_json(c->file[OLD]));
	set(o, "new", file_json(c->file[NEW]));
	set(o, "confidence", json_real(STATS_CONFIDENCE));
	set(o, "alpha", json_real(STATS_ALPHA));
	for (size_t i = 0; i < c->n; i++)
		json_array_append_new(cells, cell_json(&c->cell[i], out));
	for (size_t i = 0; i < c->notes; i++)
		json_array_append_new(notes, note_json(&c->note[i]));
	for (size_t i = 0; i < out->nfail_if; i++)
		json_array_append_new(ifs, fail_if_json(&out->fail_if[i]));
	set(o, "notes", notes);
	set(o, "cells", cells);
	set(o, "fail_if", ifs);
	errno = 0;
	err = json_dumpf(o, to, JSON_INDENT(2) | JSON_REAL_PRECISION(9)) || fputc('\n', to) == EOF;
	json_decref(o);
	return err ? (errno ? -errno : -ENOMEM) : 0;
}

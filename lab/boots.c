// SPDX-License-Identifier: BSD-2-Clause
// Several boots of one kernel made one set of results: a boot counts as one value.
#include "lab/boots.h"

#include <stdlib.h>
#include <string.h>

#include "bench/result/results.h"
#include "bench/stat/stats.h"

#define RUNS_MAX 1024u

/* The median of a boot's runs, or null. */
static json_t *median_of(const json_t *runs)
{
	double v[RUNS_MAX], median;
	size_t n = 0;

	for (size_t i = 0; i < json_array_size(runs) && n < RUNS_MAX; i++)
		if (json_is_number(json_array_get(runs, i)))
			v[n++] = json_number_value(json_array_get(runs, i));
	median = stats_median(v, n);
	return n ? json_real(median) : json_null();
}

static bool is_good(const json_t *cell)
{
	return !json_is_false(json_object_get(cell, "ok"));
}

/* Another boot's value for each metric; a boot that failed has none of any. */
static void add_values(json_t *samples, json_t *cell)
{
	json_t *of = is_good(cell) ? json_object_get(cell, "samples") : NULL;

	for (void *i = json_object_iter(samples); i; i = json_object_iter_next(samples, i)) {
		json_t *runs = json_object_get(of, json_object_iter_key(i));

		json_array_append_new(json_object_iter_value(i), median_of(runs));
	}
}

static json_t *make_nulls(json_int_t n)
{
	json_t *list = json_array();

	for (json_int_t i = 0; i < n; i++)
		json_array_append_new(list, json_null());
	return list;
}

/* Lists for the metrics that the cell has: no value of each boot before. */
static json_t *make_samples(json_t *cell, json_int_t before)
{
	json_t *samples = json_object(), *of = json_object_get(cell, "samples");

	for (void *i = json_object_iter(of); i; i = json_object_iter_next(of, i))
		json_object_set_new(samples, json_object_iter_key(i), make_nulls(before));
	return samples;
}

/* One boot's cell stands for what all have in common. */
static json_t *make_cell(json_t *boot, json_int_t before)
{
	static const char *const of_runs[] = { "stats", "vs_baseline", "run_order" };
	json_t *cell = json_deep_copy(boot);

	for (size_t i = 0; i < sizeof(of_runs) / sizeof(of_runs[0]); i++)
		json_object_del(cell, of_runs[i]);
	json_object_set_new(cell, "samples", make_samples(boot, before));
	json_object_set_new(cell, "runs", json_integer(before));
	return cell;
}

static bool same_text(const json_t *a, const json_t *b, const char *key)
{
	return !strcmp(results_string(a, key, ""), results_string(b, key, ""));
}

/* Its place, or behind the last one. */
static size_t find_cell(const json_t *cells, const json_t *like)
{
	size_t i = 0;

	for (; i < json_array_size(cells); i++) {
		const json_t *cell = json_array_get(cells, i);

		if (same_text(cell, like, "label") && same_text(cell, like, "preempt") &&
		    same_text(cell, like, "preempt_rt"))
			break;
	}
	return i;
}

static json_int_t boots_of(const json_t *cell)
{
	return json_integer_value(json_object_get(cell, "runs"));
}

/* The first good boot's cell; while there is none, the first one's: it knows no metrics. */
static json_t *take_cell(json_t *cells, json_t *result)
{
	size_t at = find_cell(cells, result);
	json_t *cell = json_array_get(cells, at);

	if (!cell)
		json_array_append_new(cells, make_cell(result, 0));
	else if (!is_good(cell) && is_good(result))
		json_array_set_new(cells, at, make_cell(result, boots_of(cell)));
	return json_array_get(cells, at);
}

static void count_boot(json_t *cell, const json_t *boot)
{
	json_object_set_new(cell, "runs", json_integer(boots_of(cell) + 1));
	if (results_true(boot, "cut_short"))
		json_object_set_new(cell, "cut_short", json_true());
}

static void add_result(json_t *cells, json_t *result, unsigned *failed)
{
	json_t *cell = take_cell(cells, result);

	add_values(json_object_get(cell, "samples"), result);
	count_boot(cell, result);
	*failed += !is_good(result);
}

json_t *lab_boots_merge(const struct lab_results *r, unsigned *failed)
{
	json_t *list = json_object_get(r->all, "results"), *doc, *cells = json_array();

	*failed = 0;
	for (size_t i = 0; i < json_array_size(list); i++)
		add_result(cells, json_array_get(list, i), failed);
	doc = json_array_size(cells) ? json_copy(r->all) : NULL;
	if (doc)
		json_object_set(doc, "results", cells);
	json_decref(cells);
	return doc;
}

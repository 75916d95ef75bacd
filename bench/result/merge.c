// SPDX-License-Identifier: BSD-2-Clause
// The shards of one matrix, made one results file again.
#include "bench/result/merge.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bench/result/doses.h"
#include "lib/log.h"

/* What a file says of itself; a file may say anything. */
struct part {
	const struct results *file;
	size_t index, of, cells;
};

/* A whole number from 1 to `max`; 0: it is none. */
static size_t whole(const json_t *o, const char *path, size_t max)
{
	const json_t *v = results_get(o, path);
	json_int_t i = json_is_integer(v) ? json_integer_value(v) : 0;

	return i >= 1 && i <= (json_int_t)max ? (size_t)i : 0;
}

static int read_part(const struct results *file, struct part *p)
{
	*p = (struct part){
		.file = file,
		.of = whole(file->doc, "shard.of", RESULTS_CELLS_MAX),
		.cells = whole(file->doc, "shard.cells", RESULTS_CELLS_MAX),
	};
	p->index = whole(file->doc, "shard.index", p->of);
	if (p->index && p->cells >= p->of)
		return 0;
	log_error("%s: not a shard; give files that `tandem bench --shard=I/N --json=FILE` has "
		  "written",
		  file->path);
	return -EINVAL;
}

/* Is the word the option whose value every shard has for itself? It may be abbreviated. */
static bool is_own(const char *word, const char *option, size_t fewest)
{
	size_t n = strcspn(word, "=");

	return n >= fewest && n <= strlen(option) && strncmp(word, option, n) == 0;
}

/* The command without what differs between shards. */
static json_t *common_command(const json_t *doc)
{
	json_t *all = results_get(doc, "command"), *out = json_array();
	bool value = false;

	for (size_t i = 0; i < json_array_size(all); i++) {
		const char *word = json_string_value(json_array_get(all, i));
		bool own = is_own(word, "--shard", 4) || is_own(word, "--json", 3);

		if (!own && !value)
			json_array_append(out, json_array_get(all, i));
		value = own && !strchr(word, '=');
	}
	return out;
}

static int check_command(const struct part *first, const struct part *p)
{
	json_t *want = common_command(first->file->doc), *have = common_command(p->file->doc);
	bool same = json_equal(want, have);

	json_decref(want);
	json_decref(have);
	if (same && first->of == p->of && first->cells == p->cells)
		return 0;
	log_error("%s: not a shard of the same matrix as %s: its command has other options; give "
		  "the shards of one matrix",
		  p->file->path, first->file->path);
	return -EINVAL;
}

/* Cells of unlike hosts make no table. */
static int check_host(const struct part *first, const struct part *p)
{
	static const char *const alike[] = { "kernel", "arch",	  "cpu",	"cpus",	 "hz",
					     "accel",  "preempt", "preempt_rt", "tandem" };

	for (size_t i = 0; i < sizeof(alike) / sizeof(alike[0]); i++) {
		json_t *want = results_get(first->file->host, alike[i]);
		json_t *have = results_get(p->file->host, alike[i]);

		if (want == have || json_equal(want, have))
			continue;
		log_error("%s: host.%s is not as in %s; measure all shards on machines that are "
			  "alike, or say --force",
			  p->file->path, alike[i], first->file->path);
		return -EINVAL;
	}
	return 0;
}

/* In order: all of them, and each once? */
static int check_set(const struct part *p, size_t n)
{
	for (size_t i = 1; i < n; i++)
		if (p[i].index == p[i - 1].index) {
			log_error("%s and %s: both are shard %zu of %zu; give each once",
				  p[i - 1].file->path, p[i].file->path, p[i].index, p->of);
			return -EINVAL;
		}
	for (size_t i = 0; i < p->of; i++)
		if (i >= n || p[i].index != i + 1) {
			log_error("merge: shard %zu of %zu is missing; give its file, or measure "
				  "it with --shard=%zu/%zu",
				  i + 1, p->of, i + 1, p->of);
			return -EINVAL;
		}
	return 0;
}

static int check_parts(const struct part *p, size_t n, bool force)
{
	int err = 0;

	for (size_t i = 1; i < n && !err; i++)
		err = check_command(&p[0], &p[i]);
	for (size_t i = 1; i < n && !err && !force; i++)
		err = check_host(&p[0], &p[i]);
	return err ? err : check_set(p, n);
}

/* Puts a shard's own cells where they belong. */
static int place_cells(const struct part *p, json_t **cell)
{
	for (size_t i = 0; i < p->file->n; i++) {
		json_t *json = p->file->result[i].json;
		const json_t *nth = results_get(json, "shard_cell");
		json_int_t at = json_is_integer(nth) ? json_integer_value(nth) : -1;

		if (results_true(json, "borrowed"))
			continue;
		if (at >= 0 && at < (json_int_t)p->cells && !cell[at]) {
			cell[at] = json;
			continue;
		}
		log_error("%s: results[%zu].shard_cell: not the index of a cell that this shard "
			  "alone has; measure the shard again",
			  p->file->path, i);
		return -EINVAL;
	}
	return 0;
}

static int find_cells(const struct part *p, size_t n, json_t **cell)
{
	int err = 0;

	for (size_t i = 0; i < n && !err; i++)
		err = place_cells(&p[i], cell);
	for (size_t i = 0; i < p->cells && !err; i++)
		if (!cell[i]) {
			log_error("merge: cell %zu of %zu is in no file; measure the shards again",
				  i, p->cells);
			err = -EINVAL;
		}
	return err;
}

static json_t *cells_json(json_t **cell, size_t n)
{
	json_t *list = json_array();

	for (size_t i = 0; i < n; i++) {
		json_t *copy = json_copy(cell[i]);

		json_object_del(copy, "shard_cell");
		json_object_del(copy, "borrowed");
		json_array_append_new(list, copy);
	}
	return list;
}

static json_t *shards_json(const struct part *p, size_t n)
{
	static const char *const keys[] = { "host", "command", "statistics" };
	json_t *list = json_array();

	for (size_t i = 0; i < n; i++) {
		json_t *o = json_object();

		json_object_set_new(o, "index", json_integer((json_int_t)p[i].index));
		for (size_t k = 0; k < sizeof(keys) / sizeof(keys[0]); k++)
			json_object_set(o, keys[k], json_object_get(p[i].file->doc, keys[k]));
		json_array_append_new(list, o);
	}
	return list;
}

/* A metric of all shards resolves what the coarsest of them does; unknown in one is unknown. */
static json_t *coarsest(const struct part *p, size_t n, const char *metric)
{
	json_t *most = NULL;

	for (size_t i = 0; i < n; i++) {
		const json_t *all = results_get(p[i].file->doc, "statistics.resolvable");
		json_t *v = json_object_get(all, metric);

		if (!json_is_number(v))
			return json_null();
		if (!most || json_number_value(v) > json_number_value(most))
			most = v;
	}
	return json_incref(most);
}

static json_t *statistics_json(const struct part *p, size_t n)
{
	json_t *o = json_copy(json_object_get(p->file->doc, "statistics"));
	json_t *first = json_object_get(o, "resolvable"), *least = json_object();

	for (void *i = json_object_iter(first); i; i = json_object_iter_next(first, i)) {
		const char *metric = json_object_iter_key(i);

		json_object_set_new(least, metric, coarsest(p, n, metric));
	}
	json_object_set_new(o, "resolvable", least);
	return o;
}

static json_t *document(const struct part *p, size_t n, json_t **cell)
{
	json_t *o = json_copy(p->file->doc);

	json_object_del(o, "shard");
	json_object_set_new(o, "command", common_command(p->file->doc));
	json_object_set_new(o, "results", cells_json(cell, p->cells));
	json_object_set_new(o, "shards", shards_json(p, n));
	if (json_object_get(o, "statistics"))
		json_object_set_new(o, "statistics", statistics_json(p, n));
	if (json_object_get(o, "verdicts"))
		doses_set_json(o);
	return o;
}

static int merge(struct part *p, size_t n, bool force, json_t **out)
{
	json_t **cell;
	int err = check_parts(p, n, force);

	if (err)
		return err;
	cell = calloc(p->cells, sizeof(*cell));
	if (!cell)
		return log_errno(-ENOMEM, "merge");
	err = find_cells(p, n, cell);
	if (!err)
		*out = document(p, n, cell);
	free(cell);
	return err;
}

static int by_index(const void *a, const void *b)
{
	const struct part *one = a, *other = b;

	return (one->index > other->index) - (one->index < other->index);
}

int results_merge(const struct results *file, size_t n, bool force, json_t **out)
{
	struct part *p = calloc(n, sizeof(*p));
	int err = p ? 0 : log_errno(-ENOMEM, "merge");

	*out = NULL;
	for (size_t i = 0; i < n && !err; i++)
		err = read_part(&file[i], &p[i]);
	if (!err) {
		qsort(p, n, sizeof(*p), by_index);
		err = merge(p, n, force, out);
	}
	free(p);
	return err;
}

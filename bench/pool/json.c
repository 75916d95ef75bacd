// SPDX-License-Identifier: BSD-2-Clause
// The pool benchmark as JSON, schema tandem-bench/1, scenario "pool".
#include "bench/pool/json.h"

#include "bench/result/field.h"
#include "bench/result/json.h"
#include "bench/result/json_hist.h"
#include "bench/result/json_runs.h"
#include "bench/options/table.h"
#include "bench/pool/pool.h"
#include "bench/pool/run.h"
#include "lib/cpulist.h"

static json_t *same_json(const struct topology *t, enum scope s)
{
	json_t *a = json_array();

	for (enum scope other = 0; other < SCOPES; other++)
		if (other != s && t->npods[other] && topology_same(t, s, other))
			json_array_append_new(a, json_string(scope_name(other)));
	return a;
}

static json_t *pods_json(const struct topology *t, enum scope s)
{
	json_t *a = json_array();
	char list[4096];

	for (unsigned pod = 0; pod < t->npods[s]; pod++) {
		cpu_set_t cpus;

		topology_pod_cpus(t, s, pod, &cpus);
		json_array_append_new(a, json_string(cpulist_print(&cpus, list, sizeof(list))));
	}
	return a;
}

static json_t *topology_json(const struct topology *t)
{
	json_t *o = json_object(), *scopes = json_object();
	char list[4096];

	set(o, "cpus", json_string(cpulist_print(&t->cpus, list, sizeof(list))));
	for (enum scope s = 0; s < SCOPES; s++) {
		json_t *scope = json_object();

		set(scope, "pods", t->npods[s] ? pods_json(t, s) : json_null());
		set(scope, "same_as", t->npods[s] ? same_json(t, s) : json_array());
		set(scope, "source", json_string(t->why[s]));
		set(scopes, scope_name(s), scope);
	}
	set(o, "scopes", scopes);
	return o;
}

static void set_conditions(json_t *o, const struct pool_bench *b, const struct pool_row *row)
{
	const struct pool_cell *c = &row->cell;
	bool own = c->engine == &pool_engine_pool;
	char many[24];

	/* Other tools tell rows from each other by notify and producer. */
	snprintf(many, sizeof(many), "producers=%u", c->producers);
	set(o, "scenario", json_string("pool"));
	set(o, "accel", json_string("none"));
	set(o, "engine", json_string(c->engine->name));
	set(o, option_key(OPT_NOTIFY), json_string(c->engine->name));
	set(o, option_key(OPT_PRODUCER), json_string(many));
	set(o, option_key(OPT_IRQ), json_string(""));
	set(o, option_key(OPT_SCOPE), own ? json_string(scope_name(c->layout.scope)) : json_null());
	set(o, option_key(OPT_STRICT), own ? json_boolean(c->layout.strict) : json_null());
	set(o, option_key(OPT_WAKE),
	    own ? json_string(c->layout.wake_locked ? "locked" : "unlocked") : json_null());
	json_set_preempt(o, &b->host, NULL);
	set_count(o, "producers", c->producers);
	set_count(o, "items_per_producer", c->items);
	set_count(o, "workers", c->workers);
	set_count(o, "cull_ms", c->cull_ms);
	set_count(o, "runs", row->over.n);
	set(o, "duration_s", json_real(row->measured ? row->sum.seconds / row->measured : 0));
}

static json_t *stats_json(const struct pool_stats *s)
{
	json_t *o = json_object();

	set_count(o, "kicks", s->kicks);
	set_count(o, "coalesced", s->coalesced);
	set_count(o, "chained", s->chained);
	set_count(o, "repatriated", s->repatriated);
	set_count(o, "culled", s->culled);
	return o;
}

static json_t *switches_json(const struct pool_result *r)
{
	json_t *o = json_object();

	set_count(o, "voluntary", r->voluntary);
	set_count(o, "involuntary", r->involuntary);
	return o;
}

static json_t *factor_json(const struct pool_bench *b, const struct pool_row *row, const char *name)
{
	const struct pool_row *base = pool_baseline_of(b, row, name);

	return base && row->over.n && pool_items_per_s(base) > 0
		       ? json_real(pool_items_per_s(row) / pool_items_per_s(base))
		       : json_null();
}

static json_t *row_json(const struct pool_bench *b, const struct pool_row *row)
{
	const struct pool_result *r = &row->sum;
	bool own = row->cell.engine == &pool_engine_pool;
	json_t *o = json_object();

	set_conditions(o, b, row);
	set(o, "items_per_s", row->over.n ? json_real(pool_items_per_s(row)) : json_null());
	set(o, "queue_us", json_hist(&r->queue));
	set(o, "execute_us", b->host.clock.trusted ? json_hist(&r->execute) : json_null());
	set_count(o, "queued", r->queued);
	set_count(o, "executed", r->executed);
	set(o, "conserved", json_boolean(r->queued == r->executed && !r->wrong));
	set(o, "pool", own ? stats_json(&r->stats) : json_null());
	set(o, "ctx_switches", switches_json(r));
	set(o, "x_condvar", factor_json(b, row, "condvar"));
	set(o, "x_gthreadpool", factor_json(b, row, "gthreadpool"));
	set(o, "x_eventfd", factor_json(b, row, "eventfd"));
	set(o, "cut_short", json_boolean(r->cut || (!row->tried && !r->error[0])));
	set(o, "ok", json_boolean(r->ok && row->over.n));
	set(o, "host_cannot", json_boolean(r->host_cannot));
	set(o, "error", r->error[0] ? json_string(r->error) : json_null());
	json_set_runs(o, &row->over,
		      row->over.baseline < 0 ? NULL : &b->row[row->over.baseline].over,
		      b->host.clock.trusted);
	json_complete(o);
	return o;
}

int pool_write_json(const struct pool_bench *b, const char *path)
{
	json_t *o = json_object(), *results = json_array(), *host = json_host(&b->host, "none");

	set(o, "schema", json_string("tandem-bench/1"));
	set(o, "command", json_command("bench", b->argc, b->argv));
	set(host, "noise", b->noise.measured ? noise_json(&b->noise) : json_null());
	set(host, "topology", topology_json(&b->topology));
	set(o, "host", host);
	for (unsigned i = 0; i < b->nrows; i++)
		json_array_append_new(results, row_json(b, &b->row[i]));
	set(o, "results", results);
	set(o, "statistics", json_statistics(&b->rounds, "pool"));
	return json_write(o, path);
}

// SPDX-License-Identifier: BSD-2-Clause
// What each key of a results file may hold: tables, and the walk that compares a document with
// them.
#include "bench/result/results_rules.h"

#include <stdio.h>
#include <string.h>

#include "bench/options/table.h"
#include "bench/options/words.h"
#include "bench/result/rules.h"

#define SCHEMA "tandem-bench/1"
#define PATH_MAX_CHARS 256

static const struct rule pair_element[] = { { "", PAIR, true, NULL }, END };
static const struct rule series_element[] = { { "", ARRAY, true, pair_element }, END };
static const struct rule count_element[] = { { "", COUNT, false, NULL }, END };
/* KVM's own counters are 64 bits wide, which is more than JSON's integers. */
static const struct rule any_number[] = { { "*", NUMBER, false, NULL }, END };
static const struct rule any_hist[] = { { "*", OBJECT, false, rules_hist }, END };

static const struct rule floor_rules[] = {
	{ "preempt", STRING, false, NULL },
	{ "memcpy_gbps", COUNT, false, NULL },
	{ "frame_bytes", COUNT, false, NULL },
	{ "pingpong_us", OBJECT, false, rules_hist },
	{ "echo_us", OBJECT, false, rules_hist },
	{ "steady", BOOL, false, NULL },
	END,
};
static const struct rule floor_element[] = { { "", OBJECT, true, floor_rules }, END };

/* One value for each run, or null. */
static const struct rule samples[] = {
	{ "wait_p50_us", ARRAY, false, count_element },
	{ "wait_p99_us", ARRAY, false, count_element },
	{ "*", ARRAY, false, count_element },
	END,
};

static const struct rule stat_rules[] = {
	{ "median", COUNT, false, NULL },   { "ci_lo", COUNT, false, NULL },
	{ "ci_hi", COUNT, false, NULL },    { "n", COUNT, false, NULL },
	{ "ratio", COUNT, false, NULL },    { "p", COUNT, false, NULL },
	{ "different", BOOL, false, NULL }, END,
};
static const struct rule stats[] = { { "*", OBJECT, false, stat_rules }, END };
static const struct rule vs_baseline[] = {
	{ "cell", STRING, false, NULL },
	{ "*", OBJECT, false, stat_rules },
	END,
};

static const struct rule thread_rules[] = {
	{ "name", STRING, true, NULL },
	{ "policy", STRING, false, NULL },
	{ "nice", NUMBER, false, NULL },
	{ "voluntary", COUNT, false, NULL },
	{ "involuntary", COUNT, false, NULL },
	{ "run_delay_us", COUNT, false, NULL },
	{ "migrations", COUNT, false, NULL },
	{ "cpu_us", COUNT, false, NULL },
	END,
};
static const struct rule thread_element[] = { { "", OBJECT, true, thread_rules }, END };
static const struct rule roles[] = { { "*", OBJECT, false, rules_counts }, END };
/* Of bench pool there is but one role. */
static const struct rule switches_rules[] = {
	{ "voluntary", COUNT, false, NULL },
	{ "involuntary", COUNT, false, NULL },
	{ "*", OBJECT, false, rules_counts },
	END,
};
static const struct rule kvm_rules[] = { { "*", OBJECT, false, any_number }, END };

static const struct rule load_rules[] = {
	{ "loop", STRING, false, NULL },    { "offered", COUNT, false, NULL },
	{ "served", COUNT, false, NULL },   { "unsent", COUNT, false, NULL },
	{ "unmarked", COUNT, false, NULL }, { "overload", BOOL, false, NULL },
	{ "seed", STRING, false, NULL },    END,
};

static const struct rule fit_rules[] = {
	{ "copy_us", COUNT, false, NULL },
	{ "round_trip_us", COUNT, false, NULL },
	{ "slice_needed_us", COUNT, false, NULL },
	END,
};

static const struct rule matching_rules[] = {
	{ "sampled", COUNT, false, NULL },
	{ "merged", COUNT, false, NULL },
	{ "found_without", COUNT, false, NULL },
	{ "coalesced", COUNT, false, NULL },
	{ "stamps_lost", COUNT, false, NULL },
	{ "spurious_interrupts", COUNT, false, NULL },
	END,
};

static const struct rule producer_rules[] = {
	{ "batches", COUNT, false, NULL },	 { "frames", COUNT, false, NULL },
	{ "signals", COUNT, false, NULL },	 { "failures", COUNT, false, NULL },
	{ "io_wq_threads", COUNT, false, NULL }, END,
};

static const struct rule slice_rules[] = {
	{ "ns", COUNT, false, NULL },
	{ "source", STRING, false, NULL },
	{ "hz", COUNT, false, NULL },
	{ "hrtick", BOOL, false, NULL },
	END,
};

static const struct rule link_rules[] = {
	{ "mtu", COUNT, false, NULL },
	{ "tx_queue_len", COUNT, false, NULL },
	END,
};

static const struct rule irq_path_rules[] = {
	{ "expected", STRING, false, NULL },
	{ "taken", STRING, false, NULL },
	{ "probe_writes", COUNT, false, NULL },
	{ "probe_kworker_runs", COUNT, false, NULL },
	{ "probe_other_runs", COUNT, false, NULL },
	{ "probe_unbound_runs", COUNT, false, NULL },
	{ "probe_other_unbound_runs", COUNT, false, NULL },
	{ "probe_turns", COUNT, false, NULL },
	{ "probe_workqueue_turns", COUNT, false, NULL },
	{ "probe_unbound_turns", COUNT, false, NULL },
	{ "probe_writer_turns", COUNT, false, NULL },
	{ "kworker_runs", COUNT, false, NULL },
	{ "kworker_run_delay_ns", COUNT, false, NULL },
	END,
};

static const struct rule trace_rules[] = {
	{ "us", COUNT, false, NULL },	  { "guest", STRING, false, NULL },
	{ "stage", STRING, false, NULL }, { "stage_us", COUNT, false, NULL },
	{ "words", STRING, true, NULL },  END,
};
static const struct rule trace_waits_rules[] = {
	{ "worker_us", OBJECT, false, rules_hist },
	{ "work_item_us", OBJECT, false, rules_hist },
	END,
};
static const struct rule trace_element[] = { { "", OBJECT, true, trace_rules }, END };

static const struct rule lab_rules[] = {
	{ "kernel", STRING, false, NULL },
	{ "release", STRING, false, NULL },
	{ "version", STRING, false, NULL },
	{ "arch", STRING, false, NULL },
	{ "qemu", STRING, false, NULL },
	{ "preempt", STRING, false, NULL },
	{ "preempt_model", STRING, false, NULL },
	{ "preempt_source", STRING, false, NULL },
	{ "smp", COUNT, false, NULL },
	{ "mem_mib", COUNT, false, NULL },
	{ "retries", COUNT, false, NULL },
	{ "boot_ms", COUNT, false, NULL },
	{ "deterministic", BOOL, false, NULL },
	{ "one_thread", BOOL, false, NULL },
	END,
};

static const struct rule any_string[] = { { "*", STRING, false, NULL }, END };

/* But for those that must be there, options are not here: see option_rule(). */
static const struct rule perf_role_rules[] = {
	{ "instructions_per_frame", COUNT, false, NULL },
	{ "cycles_per_frame", COUNT, false, NULL },
	END,
};
static const struct rule perf_rules[] = {
	{ "user_only", BOOL, false, NULL },
	{ "a", OBJECT, false, perf_role_rules },
	{ "b", OBJECT, false, perf_role_rules },
	{ "backend", OBJECT, false, perf_role_rules },
	END,
};

static const struct rule result_rules[] = {
	{ "scenario", STRING, true, NULL },
	{ "accel", STRING, true, NULL },
	{ "notify", STRING, true, NULL },
	{ "producer", STRING, true, NULL },
	{ "irq", STRING, true, NULL },
	{ "preempt", STRING, true, NULL },
	{ "preempt_rt", STRING, false, NULL },
	{ "frame_bytes", COUNT, THERE, NULL },
	{ "duration_s", COUNT, true, NULL },
	{ "runs", COUNT, true, NULL },
	{ "gbps", COUNT, THERE, NULL },
	{ "label", STRING, false, NULL },
	{ "control", STRING, false, NULL },
	{ "loop", STRING, false, NULL },
	{ "busy_poll_auto", BOOL, false, NULL },
	{ "features_negotiated", ARRAY, false, rules_strings },
	{ "slice", OBJECT, false, slice_rules },
	{ "link", OBJECT, false, link_rules },
	{ "loop_fit", OBJECT, false, fit_rules },
	{ "shard_cell", COUNT, false, NULL },
	{ "borrowed", BOOL, false, NULL },
	{ "error", STRING, false, NULL },
	{ "frames", COUNT, false, NULL },
	{ "lost", COUNT, false, NULL },
	{ "out_of_order", COUNT, false, NULL },
	{ "duplicates", COUNT, false, NULL },
	{ "corrupt", COUNT, false, NULL },
	{ "retransmits", COUNT, false, NULL },
	{ "dropped", COUNT, false, NULL },
	{ "round_trips_per_s", COUNT, false, NULL },
	{ "cut_short", BOOL, false, NULL },
	{ "interrupted_runs", COUNT, false, NULL },
	{ "stopped_s", COUNT, false, NULL },
	{ "ok", BOOL, false, NULL },
	{ "conserved", BOOL, false, NULL },
	{ "notify_us", OBJECT, false, rules_hist },
	{ "frame_us", OBJECT, false, rules_hist },
	{ "latency_us", OBJECT, false, rules_hist },
	{ "sending_us", OBJECT, false, rules_hist },
	{ "stages_us", OBJECT, false, any_hist },
	{ "jitter_us", COUNT, false, NULL },
	{ "receiver_idle", COUNT, false, NULL },
	{ "matching", OBJECT, false, matching_rules },
	{ "breaks", OBJECT, false, roles },
	{ "irq_path", OBJECT, false, irq_path_rules },
	{ "notifications", COUNT, false, NULL },
	{ "coalesced", COUNT, false, NULL },
	{ "interrupts", COUNT, false, NULL },
	{ "kicks", COUNT, false, NULL },
	{ "rss_bytes", COUNT, false, NULL },
	{ "producer_counts", OBJECT, false, producer_rules },
	{ "ctx_switches", OBJECT, false, switches_rules },
	{ "floor", OBJECT, false, floor_rules },
	{ "x_floor", COUNT, false, NULL },
	{ "samples", OBJECT, false, samples },
	{ "run_order", ARRAY, false, count_element },
	{ "series", ARRAY, false, series_element },
	{ "stats", OBJECT, false, stats },
	{ "vs_baseline", OBJECT, false, vs_baseline },
	{ "load", OBJECT, false, load_rules },
	{ "perf", OBJECT, false, perf_rules },
	{ "threads", ARRAY, false, thread_element },
	{ "kvm", OBJECT, false, kvm_rules },
	{ "resched_interrupts", COUNT, false, NULL },
	{ "io_wq_threads", COUNT, false, NULL },
	{ "guest_stamp_cost_ns", COUNT, false, NULL },
	{ "trace", ARRAY, false, trace_element },
	{ "trace_waits", OBJECT, false, trace_waits_rules },
	{ "lab", OBJECT, false, lab_rules },
	{ "", MORE, false, rules_crowd },
	{ "", MORE, false, rules_pool },
	{ "", MORE, false, rules_tcp },
	{ "", MORE, false, rules_backend },
	END,
};
static const struct rule result_element[] = { { "", OBJECT, true, result_rules }, END };

static const struct rule jitter_rules[] = {
	{ "p50", COUNT, false, NULL },
	{ "p99", COUNT, false, NULL },
	{ "max", COUNT, false, NULL },
	END,
};
static const struct rule frequency_rules[] = {
	{ "governor", STRING, false, NULL },
	{ "mhz", COUNT, false, NULL },
	{ "mhz_max", COUNT, false, NULL },
	END,
};
static const struct rule noise_rules[] = {
	{ "seconds", COUNT, false, NULL },
	{ "verdict", STRING, false, NULL },
	{ "warnings", ARRAY, false, rules_strings },
	{ "steal_percent", COUNT, false, NULL },
	{ "jitter_us", OBJECT, false, jitter_rules },
	{ "load", COUNT, false, NULL },
	{ "loadavg", COUNT, false, NULL },
	{ "frequency", OBJECT, false, frequency_rules },
	{ "siblings", STRING, false, NULL },
	END,
};
static const struct rule preempt_rules[] = {
	{ "mode", STRING, false, NULL },
	{ "source", STRING, false, NULL },
	END,
};
static const struct rule clock_rules[] = {
	{ "name", STRING, false, NULL },
	{ "hz", COUNT, false, NULL },
	{ "trusted", BOOL, false, NULL },
	{ "why", STRING, false, NULL },
	END,
};
static const struct rule cpu_speed_rules[] = {
	{ "by", STRING, false, NULL },	  { "mixed", BOOL, false, NULL },
	{ "lowest", COUNT, false, NULL }, { "highest", COUNT, false, NULL },
	{ "fast", STRING, false, NULL },  END,
};
static const struct rule host_rules[] = {
	{ "kernel", STRING, false, NULL },
	{ "arch", STRING, false, NULL },
	{ "cpu", STRING, false, NULL },
	{ "cpus", COUNT, false, NULL },
	{ "nice", NUMBER, false, NULL },
	{ "policy", STRING, false, NULL },
	{ "cpu_quota", COUNT, false, NULL },
	{ "cpu_speed", OBJECT, false, cpu_speed_rules },
	{ "hz", COUNT, false, NULL },
	{ "preempt", OBJECT, false, preempt_rules },
	{ "preempt_rt", STRING, false, NULL },
	{ "accel", STRING, false, NULL },
	{ "clock", OBJECT, false, clock_rules },
	{ "halt_poll_ns", COUNT, false, NULL },
	{ "tandem", STRING, false, NULL },
	{ "date", STRING, false, NULL },
	{ "cmdline", STRING, false, NULL },
	{ "microcode", STRING, false, NULL },
	{ "mitigations", OBJECT, false, any_string },
	{ "stamp_cost_ns", COUNT, false, NULL },
	{ "noise", OBJECT, false, noise_rules },
	{ "topology", OBJECT, false, rules_topology },
	{ "lab", OBJECT, false, lab_rules },
	END,
};
static const struct rule host_element[] = { { "", OBJECT, true, host_rules }, END };

static const struct rule statistics_rules[] = {
	{ "order", STRING, false, NULL },
	{ "seed", NUMBER, false, NULL }, /* 64 bits, of which JSON has one for the sign */
	{ "warmup", COUNT, false, NULL },
	{ "confidence", COUNT, false, NULL },
	{ "alpha", COUNT, false, NULL },
	{ "resolvable", OBJECT, false, rules_counts },
	END,
};

static const struct rule verdict_rules[] = {
	{ "preempt", STRING, true, NULL },
	{ "cell", STRING, true, NULL },
	{ "finding", STRING, true, NULL },
	{ "reason", STRING, true, NULL },
	{ "culprit", STRING, false, NULL },
	{ "slope", NUMBER, false, NULL },
	{ "ci_lo", NUMBER, false, NULL },
	{ "ci_hi", NUMBER, false, NULL },
	{ "gbps_ratio", COUNT, false, NULL },
	{ "slice_needed_us", COUNT, false, NULL },
	END,
};
static const struct rule verdict_element[] = { { "", OBJECT, true, verdict_rules }, END };

static const struct rule shard_rules[] = {
	{ "index", COUNT, true, NULL },
	{ "of", COUNT, true, NULL },
	{ "cells", COUNT, true, NULL },
	END,
};
static const struct rule shards_rules[] = {
	{ "index", COUNT, true, NULL },
	{ "host", OBJECT, true, host_rules },
	{ "command", ARRAY, false, rules_strings },
	{ "statistics", OBJECT, false, statistics_rules },
	END,
};
static const struct rule shards_element[] = { { "", OBJECT, true, shards_rules }, END };

static const struct rule document[] = {
	{ "schema", STRING, true, NULL },
	{ "host", OBJECT, true, host_rules },
	{ "results", ARRAY, true, result_element },
	{ "floors", ARRAY, false, floor_element },
	{ "floor", OBJECT, false, floor_rules },
	{ "boots", ARRAY, false, host_element },
	{ "statistics", OBJECT, false, statistics_rules },
	{ "command", ARRAY, false, rules_strings },
	{ "verdicts", ARRAY, false, verdict_element },
	{ "shard", OBJECT, false, shard_rules },
	{ "shards", ARRAY, false, shards_element },
	END,
};

struct walk {
	char path[PATH_MAX_CHARS];
	char *why;
	size_t size;
	bool strict; /* keys that no rule names are wrong */
};

static const char *type_name(const json_t *v)
{
	static const char *const names[] = {
		[JSON_OBJECT] = "an object", [JSON_ARRAY] = "a list",  [JSON_STRING] = "a string",
		[JSON_INTEGER] = "a number", [JSON_REAL] = "a number", [JSON_TRUE] = "true",
		[JSON_FALSE] = "false",	     [JSON_NULL] = "null",
	};

	return names[json_typeof(v)];
}

static const char *const wanted[] = {
	[STRING] = "a string",
	[NUMBER] = "a number",
	[COUNT] = "a number",
	[BOOL] = "true or false",
	[OBJECT] = "an object",
	[ARRAY] = "a list",
	[PAIR] = "two numbers in brackets",
};

static bool is_count(const json_t *v)
{
	return json_is_number(v) && json_number_value(v) >= 0;
}

static bool is_kind(const json_t *v, enum kind k)
{
	switch (k) {
	case STRING:
		return json_is_string(v);
	case NUMBER:
	case COUNT:
		return json_is_number(v);
	case BOOL:
		return json_is_boolean(v);
	case OBJECT:
		return json_is_object(v);
	case PAIR:
		return json_array_size(v) == 2 && is_count(json_array_get(v, 0)) &&
		       is_count(json_array_get(v, 1));
	default:
		return json_is_array(v);
	}
}

static bool check_object(struct walk *w, const json_t *o, const struct rule *rules);
static bool check_array(struct walk *w, const json_t *a, const struct rule *element);

static bool check_value(struct walk *w, const json_t *v, const struct rule *r)
{
	if ((r->required != REQUIRED || w->strict) && json_is_null(v))
		return true;
	if (!is_kind(v, r->kind)) {
		snprintf(w->why, w->size, "%s: %s is wanted, this is %s", w->path, wanted[r->kind],
			 r->kind == PAIR && json_is_array(v) ? "something else" : type_name(v));
		return false;
	}
	if (r->kind == COUNT && json_number_value(v) < 0) {
		snprintf(w->why, w->size, "%s: %g is below 0, which it cannot be", w->path,
			 json_number_value(v));
		return false;
	}
	if (r->kind == OBJECT && r->sub)
		return check_object(w, v, r->sub);
	return r->kind != ARRAY || !r->sub || check_array(w, v, r->sub);
}

/* Goes one step down the path; the caller cuts it off at `len` again. */
static size_t enter(struct walk *w, const char *key)
{
	size_t len = strlen(w->path);

	snprintf(w->path + len, sizeof(w->path) - len, "%s%s", len ? "." : "", key);
	return len;
}

static bool check_array(struct walk *w, const json_t *a, const struct rule *element)
{
	size_t len = strlen(w->path);
	bool good = true;

	for (size_t i = 0; i < json_array_size(a) && good; i++) {
		snprintf(w->path + len, sizeof(w->path) - len, "[%zu]", i);
		good = check_value(w, json_array_get(a, i), element);
		w->path[len] = '\0';
	}
	return good;
}

static const struct rule *rule_of(const struct rule *rules, const char *key)
{
	const struct rule *more;

	for (; rules->key; rules++) {
		if (rules->kind == MORE && (more = rule_of(rules->sub, key)))
			return more;
		/* Its own key is no key: a file may have "". */
		if (rules->kind != MORE &&
		    (strcmp(rules->key, key) == 0 || strcmp(rules->key, "*") == 0))
			return rules;
	}
	return NULL;
}

/* What an option's value is in a result. */
static const struct rule *rule_of_option(const struct option_row *row)
{
	static const struct rule text = { "", STRING, false, NULL },
				 count = { "", COUNT, false, NULL },
				 flag = { "", BOOL, false, NULL },
				 places = { "", OBJECT, false, any_string };

	switch (row->type) {
	case OPTION_FLAG:
		return &flag;
	case OPTION_WHOLE:
	case OPTION_REAL:
		return &count;
	case OPTION_PLACES:
		return &places;
	default:
		return option_flag(row, true) ? &flag : &text;
	}
}

/* Of a key that no table here names: an option's, below results[N]? */
static const struct rule *option_rule(const char *path)
{
	const char *key = strncmp(path, "results[", 8) == 0 ? strchr(path, '.') : NULL;
	const struct option_row *row = key ? option_by_key(key + 1) : NULL;

	return row ? rule_of_option(row) : NULL;
}

static bool unknown(struct walk *w)
{
	snprintf(w->why, w->size, "%s: no rule names it", w->path);
	return false;
}

static bool check_object(struct walk *w, const json_t *o, const struct rule *rules)
{
	/* jansson's iterators are not const. */
	json_t *object = (json_t *)o;

	for (const struct rule *r = rules; r->key; r++)
		if (r->required && !json_object_get(o, r->key)) {
			enter(w, r->key);
			snprintf(w->why, w->size, "%s: is not there", w->path);
			return false;
		}
	for (void *i = json_object_iter(object); i; i = json_object_iter_next(object, i)) {
		const struct rule *r = rule_of(rules, json_object_iter_key(i));
		size_t len = enter(w, json_object_iter_key(i));
		bool good;

		if (!r)
			r = option_rule(w->path);
		good = r ? check_value(w, json_object_iter_value(i), r) : !w->strict || unknown(w);
		w->path[len] = '\0';
		if (!good)
			return false;
	}
	return true;
}

static bool check(struct walk *w, const json_t *doc)
{
	const json_t *schema = json_object_get(doc, "schema");

	if (!json_is_object(doc)) {
		snprintf(w->why, w->size, "an object is wanted, this is %s", type_name(doc));
		return false;
	}
	if (json_is_string(schema) && strcmp(json_string_value(schema), SCHEMA) != 0) {
		snprintf(w->why, w->size, "schema: this tandem reads " SCHEMA ", this is %.64s",
			 json_string_value(schema));
		return false;
	}
	return check_object(w, doc, document);
}

bool results_check(const json_t *doc, char *why, size_t size)
{
	struct walk w = { .why = why, .size = size };

	return check(&w, doc);
}

bool results_check_own(const json_t *doc, char *why, size_t size)
{
	struct walk w = { .why = why, .size = size, .strict = true };

	return check(&w, doc);
}

// SPDX-License-Identifier: BSD-2-Clause
// Parts of the results file: counters, the load.
#include "bench/result/json_counters.h"

#include "bench/options/table.h"
#include "bench/result/field.h"
#include "bench/result/json_hist.h"

/* Unknown is null. */
json_t *json_switches(const struct role_counts *c)
{
	json_t *o = json_object();

	for (unsigned r = 0; r < ROLES; r++) {
		const struct thread_counts *t = &c->role[r];
		json_t *role = json_object();

		set_count(role, "voluntary", t->voluntary);
		set_count(role, "involuntary", t->involuntary);
		set_known(role, "cpu_ns", c->accounted, t->cpu_ns);
		set_known(role, "run_delay_ns", c->accounted, t->wait_ns);
		set_known(role, "runs", c->accounted, t->slices);
		set(o, role_name(r), role);
	}
	return o;
}

static void set_us(json_t *o, const char *key, bool known, uint64_t ns)
{
	set(o, key, known ? json_real((double)ns / 1e3) : json_null());
}

static json_t *thread_json(const struct thread_entry *t, const struct thread_list *of)
{
	json_t *o = json_object();

	set(o, "name", json_string(t->name));
	set(o, "policy", t->policy < 0 ? json_null() : json_string(policy_name(t->policy)));
	set(o, "nice", t->policy < 0 ? json_null() : json_integer(t->nice));
	set_count(o, "voluntary", t->counts.voluntary);
	set_count(o, "involuntary", t->counts.involuntary);
	set_us(o, "run_delay_us", of->accounted, t->counts.wait_ns);
	set_known(o, "migrations", of->migrations_known, t->counts.migrations);
	set_us(o, "cpu_us", of->accounted, t->counts.cpu_ns);
	return o;
}

static json_t *threads_json(const struct thread_list *t)
{
	json_t *a = json_array();

	for (unsigned i = 0; i < t->n; i++)
		json_array_append_new(a, thread_json(&t->thread[i], t));
	return a;
}

static json_t *stats_json(const struct vm_stats *s)
{
	json_t *o = json_object();

	for (unsigned i = 0; i < s->n; i++)
		set_count(o, s->stat[i].name, s->stat[i].value);
	return o;
}

static json_t *kvm_json(const struct counters *c)
{
	if (!c->kvm[SIDE_A].n && !c->kvm[SIDE_B].n)
		return json_null();
	return json_pack("{s:o,s:o}", "a", stats_json(&c->kvm[SIDE_A]), "b",
			 stats_json(&c->kvm[SIDE_B]));
}

/* By role; null where the CPU's counters cannot be had. */
static json_t *perf_json(const struct cell_result *r)
{
	static const char *const names[PERF_EVENTS] = { "instructions_per_frame",
							"cycles_per_frame" };
	json_t *o;

	if (!r->perf.known || !r->frames)
		return json_null();
	o = json_pack("{s:b}", "user_only", r->perf.user_only);
	for (unsigned role = 0; role < ROLE_NOTIFIER; role++) {
		json_t *of = json_object();

		for (unsigned e = 0; e < PERF_EVENTS; e++)
			set(of, names[e],
			    json_real((double)r->perf.n[role][e] / (double)r->frames));
		set(o, role_name(role), of);
	}
	return o;
}

void json_set_counters(json_t *result, const struct bench_row *row)
{
	const struct counters *c = &row->sum.counters;

	set(result, "threads", threads_json(&c->threads));
	set(result, "kvm", kvm_json(c));
	set(result, "perf", perf_json(&row->sum));
	set_known(result, "resched_interrupts", c->resched_known, c->resched);
	set_count(result, "io_wq_threads", row->sum.io_wq_threads);
	set(result, "guest_stamp_cost_ns",
	    row->sum.guest_stamp_ns > 0 ? json_real(row->sum.guest_stamp_ns) : json_null());
}

/* ---- the load ---- */

static json_t *load_json(const struct cell_spec *s, const struct load_result *r)
{
	json_t *o = json_object();
	bool open = s->load.rate;

	set(o, "loop", json_string(open ? "open" : "closed"));
	set(o, option_key(OPT_ARRIVALS),
	    open ? json_string(arrivals_name(s->load.arrivals)) : json_null());
	set(o, option_key(OPT_RATE), open ? json_integer(s->load.rate) : json_null());
	if (!open)
		return o;
	set_count(o, "offered", r->offered);
	set_count(o, "served", r->served);
	set_count(o, "unsent", r->unsent);
	set_count(o, "unmarked", r->unmarked);
	set(o, "overload", json_boolean(r->overload));
	/* As text: a number of 64 bits is more than many readers of JSON keep. */
	set(o, "seed", json_sprintf("%016llx", (unsigned long long)r->seed));
	return o;
}

void json_set_load(json_t *result, const struct bench *b, const struct bench_row *row)
{
	const struct load_result *r = &row->sum.load;
	bool stream = row->spec.scenario == SCENARIO_STREAM;

	set(result, "load", load_json(&row->spec, r));
	if (!row->spec.load.rate)
		return;
	set(result, "latency_us",
	    b->host.clock.trusted ? json_hist_whole(&r->latency) : json_null());
	set(result, "sending_us",
	    stream && b->host.clock.trusted ? json_hist(&r->sending) : json_null());
}

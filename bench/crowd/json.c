// SPDX-License-Identifier: BSD-2-Clause
// The crowd's results as JSON, schema tandem-bench/1, scenario "crowd".
#include "bench/crowd/json.h"

#include <jansson.h>
#include <math.h>

#include "bench/crowd/crowd.h"
#include "bench/options/table.h"
#include "bench/result/field.h"
#include "bench/result/json.h"
#include "bench/result/json_runs.h"
#include "lib/cpulist.h"
#include "lib/log.h"

static double us(const struct crowd_spec *s, double cycles)
{
	return cycles / ((double)s->clock_hz / 1e6);
}

static json_t *dist_json(const struct crowd_spec *s, const struct crowd_dist *d)
{
	static const struct {
		const char *key;
		double q;
	} quantiles[] = {
		{ "p50", 0.5 }, { "p90", 0.9 }, { "p99", 0.99 }, { "p99_9", 0.999 }, { "max", 1 },
	};
	json_t *o = json_object();

	set_count(o, "n", crowd_dist_n(d));
	set(o, "mean", crowd_dist_n(d) ? json_real(us(s, crowd_dist_mean(d))) : json_null());
	for (size_t i = 0; i < sizeof(quantiles) / sizeof(quantiles[0]); i++)
		set(o, quantiles[i].key,
		    crowd_dist_has(d, quantiles[i].q)
			    ? json_real(us(s, crowd_dist_quantile(d, quantiles[i].q)))
			    : json_null());
	return o;
}

static json_t *cpus_json(const cpu_set_t *cpus)
{
	json_t *a = json_array();

	for (int i = 0; i < CPULIST_MAX; i++)
		if (CPU_ISSET(i, cpus))
			json_array_append_new(a, json_integer(i));
	return a;
}

static json_t *conditions_json(const struct crowd_spec *s)
{
	json_t *o = json_object();

	set(o, "workload", json_string(s->workload->name));
	set_count(o, "ratio", s->ratio);
	set_count(o, "guests", s->guests);
	set_count(o, option_key(OPT_VCPUS), s->vcpus);
	set(o, "cpu_set", cpus_json(&s->cpus));
	set(o, option_key(OPT_SECTION), json_real(s->section_us));
	set(o, option_key(OPT_THINK), json_real(s->think_us));
	set(o, option_key(OPT_JUMP), json_real(s->jump_us));
	set(o, option_key(OPT_HINTS),
	    json_string(s->flags & CROWD_YIELD	 ? "yield"
			: s->flags & CROWD_STEAL ? "steal"
						 : "none"));
	set(o, option_key(OPT_TARGETS), json_string(s->flags & CROWD_IDLE ? "idle" : "busy"));
	set(o, option_key(OPT_PLE), json_string(s->no_ple ? "off" : "host"));
	set(o, option_key(OPT_CGROUP), json_boolean(s->cgroup));
	return o;
}

static json_t *reason_json(uint64_t n, uint64_t cycles, const struct crowd_row *row)
{
	const struct crowd_result *r = &row->sum;
	json_t *o = json_object();

	set_count(o, "waits", n);
	set(o, "share_of_waits", json_real(crowd_share(n, crowd_dist_n(&r->dist[CROWD_WAIT]))));
	set(o, "share_of_time", json_real(crowd_share(cycles, r->counters.wait_cycles)));
	return o;
}

static json_t *waits_json(const struct crowd_row *row)
{
	const struct crowd_counters *n = &row->sum.counters;
	json_t *o = json_object();

	set(o, "holder_preempted", reason_json(n->wait_holder, n->wait_holder_cycles, row));
	set(o, "queue_preempted", reason_json(n->wait_queue, n->wait_queue_cycles, row));
	set(o, "self_preempted", reason_json(n->wait_self, n->wait_self_cycles, row));
	set_count(o, "wait_cycles", n->wait_cycles);
	set_count(o, "spun_cycles", n->spun_cycles);
	set_count(o, "spins", n->spins);
	return o;
}

static json_t *counts_json(const struct crowd_counters *n)
{
	json_t *o = json_object();

	set_count(o, "operations", n->operations);
	set_count(o, "handoffs", n->handoffs);
	set_count(o, "acknowledgements", n->acks);
	set_count(o, "requests_served", n->handled);
	set_count(o, "requests_merged", n->merged);
	set_count(o, "targets_busy", n->busy);
	set_count(o, "interrupts", n->interrupts);
	set_count(o, "sections_with_jump", n->held_jumps);
	set_count(o, "sections_with_steal", n->held_steals);
	set_count(o, "clock_jumps", n->jumps);
	set_count(o, "clock_jump_cycles", n->jump_cycles);
	set_count(o, "yields_asked", n->yields);
	return o;
}

/* An unknown count is null, and says why. */
static json_t *yields_json(const struct yields *y)
{
	json_t *o = json_object();

	for (unsigned i = 0; i < YIELD_COUNTS; i++) {
		json_t *count = json_object();

		set(count, "n", y->known[i] ? json_integer((json_int_t)y->n[i]) : json_null());
		set(count, y->known[i] ? "from" : "why_not", json_string(y->from[i]));
		set(o, yield_names[i], count);
	}
	return o;
}

static json_t *halts_json(const struct crowd_result *r)
{
	json_t *o = json_object();

	if (!r->halts_known) {
		json_decref(o);
		return json_null();
	}
	set_count(o, "halts", r->halts);
	set_count(o, "polls", r->halt_polls);
	set_count(o, "polls_successful", r->halt_polls_successful);
	return o;
}

static json_t *vcpus_json(const struct crowd_row *row)
{
	json_t *a = json_array();

	for (unsigned i = 0; i < row->sum.nvcpus; i++) {
		const struct crowd_vcpu *v = &row->sum.vcpu[i];
		json_t *o = json_object();

		set_count(o, "guest", i / row->spec.vcpus);
		set_count(o, "vcpu", i % row->spec.vcpus);
		set_count(o, "operations", v->operations);
		set_count(o, "voluntary", v->voluntary);
		set_count(o, "involuntary", v->involuntary);
		set_known(o, "cpu_ns", row->sum.accounted, v->cpu_ns);
		set_known(o, "run_delay_ns", row->sum.accounted, v->run_delay_ns);
		set_count(o, "steal_ns", v->steal_ns);
		json_array_append_new(a, o);
	}
	return a;
}

/* Of all vCPUs' threads, as one role. */
static json_t *switches_json(const struct crowd_result *r)
{
	struct crowd_vcpu sum = { 0 };
	json_t *o = json_object(), *vcpus = json_object();

	for (unsigned i = 0; i < r->nvcpus; i++) {
		sum.voluntary += r->vcpu[i].voluntary;
		sum.involuntary += r->vcpu[i].involuntary;
		sum.cpu_ns += r->vcpu[i].cpu_ns;
		sum.run_delay_ns += r->vcpu[i].run_delay_ns;
	}
	set_count(vcpus, "voluntary", sum.voluntary);
	set_count(vcpus, "involuntary", sum.involuntary);
	set_known(vcpus, "cpu_ns", r->accounted, sum.cpu_ns);
	set_known(vcpus, "run_delay_ns", r->accounted, sum.run_delay_ns);
	set(o, "vcpus", vcpus);
	return o;
}

/*
 * What all results have. There are no frames, no notifiers and no floors: json_complete(). Other
 * tools tell rows from each other by notify and producer: here these are the workload and the
 * ratio.
 */
static void set_common(json_t *o, const struct crowd_bench *b, const struct crowd_row *row)
{
	const struct crowd_spec *s = &row->spec;
	char ratio[24];

	snprintf(ratio, sizeof(ratio), "ratio=%u", s->ratio);
	set(o, "scenario", json_string("crowd"));
	set(o, option_key(OPT_ACCEL), json_string(accel_name(s->accel)));
	set(o, option_key(OPT_NOTIFY), json_string(s->workload->name));
	set(o, option_key(OPT_PRODUCER), json_string(ratio));
	set(o, option_key(OPT_IRQ), json_string(""));
	json_set_preempt(o, &b->host, NULL);
	set(o, option_key(OPT_HALT_POLL),
	    accel_needs_kvm(s->accel) && s->halt_poll_ns >= 0 ? json_integer(s->halt_poll_ns)
							      : json_null());
	set(o, "duration_s", json_real(row->over.n ? row->sum.duration_s / row->over.n : 0));
	set_count(o, option_key(OPT_RUNS), row->over.n);
	set(o, "round_trips_per_s", json_number(crowd_row_per_s(row)));
	set_count(o, "interrupts", row->sum.counters.interrupts);
	set(o, "ctx_switches", switches_json(&row->sum));
	set(o, "cut_short", json_boolean(row->cut || (row->ok && !row->over.n)));
	set_known(o, "interrupted_runs", row->sum.accounted, row->interrupted);
	set(o, "stopped_s", json_number(row->sum.accounted ? row->stopped_s : NAN));
	set(o, "ok", json_boolean(row->ok && row->over.n));
	set(o, "error", row->ok ? json_null() : json_string(row->error));
	set(o, "conserved", json_boolean(row->ok && row->over.n));
}

static json_t *row_json(const struct crowd_bench *b, const struct crowd_row *row)
{
	const struct crowd_spec *s = &row->spec;
	const struct crowd_result *r = &row->sum;
	bool lock = crowd_is_lock(s->workload->kind);
	json_t *o = json_object();

	set_common(o, b, row);
	set(o, "crowd", conditions_json(s));
	set(o, "handoffs_per_s", lock ? json_number(crowd_row_per_s(row)) : json_null());
	set(o, "acknowledgements_per_s", lock ? json_null() : json_number(crowd_row_per_s(row)));
	set(o, "wait_us", dist_json(s, &r->dist[CROWD_WAIT]));
	set(o, "wait_preempted_us", dist_json(s, &r->dist[CROWD_WAIT_PREEMPTED]));
	set(o, "hold_us", lock ? dist_json(s, &r->dist[CROWD_HOLD]) : json_null());
	set(o, "handoff_us", dist_json(s, &r->dist[CROWD_HANDOFF]));
	set(o, "waits", waits_json(row));
	set(o, "counts", counts_json(&r->counters));
	set(o, "yields", yields_json(&r->yields));
	set(o, "halt", halts_json(r));
	set(o, "steal_time", json_boolean(r->steal_found > 0));
	set(o, "sched_yield_hypercall", json_boolean(r->yield_found > 0));
	set(o, "vcpus", vcpus_json(row));
	json_set_runs(o, &row->over,
		      row->over.baseline < 0 ? NULL : &b->row[row->over.baseline].over,
		      b->host.clock.trusted);
	json_complete(o);
	return o;
}

int crowd_write_json(const struct crowd_bench *b, const char *path)
{
	json_t *o = json_object(), *results = json_array();
	json_t *host = json_host(&b->host, accel_name(b->row[0].spec.accel));

	for (unsigned i = 0; i < b->nrows; i++)
		json_array_append_new(results, row_json(b, &b->row[i]));
	set(o, "schema", json_string("tandem-bench/1"));
	set(o, "command", json_command("bench", b->argc, b->argv));
	set(host, "noise", b->noise.measured ? noise_json(&b->noise) : json_null());
	set(o, "host", host);
	set(o, "results", results);
	set(o, "statistics", json_statistics(&b->rounds, "crowd"));
	return json_write(o, path);
}

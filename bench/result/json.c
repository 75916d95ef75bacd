// SPDX-License-Identifier: BSD-2-Clause
// A benchmark as JSON, schema tandem-bench/1.
#include "bench/result/json.h"

#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bench/plan/bench.h"
#include "bench/result/field.h"
#include "bench/run/confine.h"
#include "bench/options/table.h"
#include "bench/plan/floors.h"
#include "bench/result/doses.h"
#include "bench/result/json_hist.h"
#include "bench/result/json_counters.h"
#include "bench/result/json_runs.h"
#include "bench/result/json_trace.h"
#include "bench/result/place.h"
#include "bench/result/replace.h"
#include "bench/result/results_rules.h"
#include "lib/cpulist.h"
#include "lib/log.h"
#include "lib/out.h"
#include "pair/features.h"
#include "virtio/features.h"
#include "version.h"
#include "vhost/wire.h"

void json_set_preempt(json_t *o, const struct host *h, const char *switched)
{
	bool rt = *h->preempt_rt;

	set(o, "preempt", json_string(switched && !rt ? switched : h->preempt));
	set(o, "preempt_rt", rt ? json_string(switched ? switched : h->preempt_rt) : json_null());
}

static json_t *count_if(bool known, uint64_t v)
{
	return known ? json_integer((json_int_t)v) : json_null();
}

static json_t *speed_json(const struct cpuspeed *s)
{
	json_t *o = json_object();
	char fast[256];

	set(o, "by", s->by ? json_string(s->by) : json_null());
	set(o, "mixed", json_boolean(s->mixed));
	set(o, "lowest", count_if(s->by, (uint64_t)s->lowest));
	set(o, "highest", count_if(s->by, (uint64_t)s->highest));
	set(o, "fast", json_string(cpulist_print(&s->fast, fast, sizeof(fast))));
	return o;
}

static void set_share(json_t *o, const struct host *h)
{
	set(o, "nice", json_integer(h->nice));
	set(o, "policy", h->policy ? json_string(h->policy) : json_null());
	set(o, "cpu_quota", json_number(h->cpu_quota));
	set(o, "cpu_speed", speed_json(&h->speed));
}

static json_t *known_text(const char *text)
{
	return *text ? json_string(text) : json_null();
}

static void set_facts(json_t *o, const struct facts *f)
{
	json_t *mitigations = json_object();

	set(o, "date", known_text(f->date));
	set(o, "cmdline", known_text(f->cmdline));
	set(o, "microcode", known_text(f->microcode));
	for (unsigned i = 0; i < f->n; i++)
		set(mitigations, f->mitigation[i].name, json_string(f->mitigation[i].state));
	set(o, "mitigations", mitigations);
}

json_t *json_host(const struct host *h, const char *accel)
{
	json_t *o = json_object(), *preempt = json_object(), *clock = json_object();

	set(o, "kernel", json_string(h->kernel));
	set(o, "arch", json_string(h->arch));
	set(o, "cpu", json_string(h->cpu));
	set_count(o, "cpus", h->cpus);
	set_share(o, h);
	set_count(o, "hz", h->hz);
	set(preempt, "mode", json_string(h->preempt));
	set(preempt, "source", json_string(h->preempt_source));
	set(o, "preempt", preempt);
	set(o, "preempt_rt", *h->preempt_rt ? json_string(h->preempt_rt) : json_null());
	set(o, "accel", json_string(accel));
	set(clock, "name", json_string(h->clock.name));
	set_count(clock, "hz", h->clock.hz);
	set(clock, "trusted", json_boolean(h->clock.trusted));
	set(clock, "why", json_string(h->clock.why));
	set(o, "clock", clock);
	set(o, "halt_poll_ns", h->halt_poll_ns < 0 ? json_null() : json_integer(h->halt_poll_ns));
	set_facts(o, &h->facts);
	set(o, "tandem", json_string(TANDEM_VERSION));
	set(o, "stamp_cost_ns", json_real(h->stamp_cost_ns));
	return o;
}

static json_t *stages_json(const struct latency *l)
{
	json_t *o = json_object();

	for (unsigned i = 0; i < STAGES; i++)
		set(o, stage_name(i), json_hist(&l->stage[i]));
	return o;
}

static json_t *matching_json(const struct latency *l)
{
	json_t *o = json_object();

	set_count(o, "sampled", l->notify.n);
	set_count(o, "merged", l->merged);
	set_count(o, "found_without", l->found);
	set_count(o, "coalesced", l->coalesced);
	set_count(o, "stamps_lost", l->lost);
	set_count(o, "spurious_interrupts", l->spurious);
	return o;
}

static json_t *floor_json(const struct floor_result *f, const struct accel_ops *accel)
{
	json_t *o = json_object();

	set(o, "memcpy_gbps", json_real(f->memcpy_gbps));
	set_count(o, "frame_bytes", f->frame_bytes);
	set(o, "pingpong_us", json_hist(&f->pingpong));
	set(o, "echo_us", f->echo.n ? json_hist(&f->echo) : json_null());
	set(o, "steady", json_boolean(floor_is_steady(f, accel)));
	return o;
}

json_t *json_placement(const cpu_set_t cpus[ROLES])
{
	json_t *o = json_object();
	char list[256];

	for (unsigned r = 0; r < ROLES; r++) {
		cpulist_print(&cpus[r], list, sizeof(list));
		set(o, role_name(r), json_string(list));
	}
	return o;
}

json_t *json_slice(const struct host *h, const char *asked, uint64_t asked_ns)
{
	uint64_t ns = asked_ns ? asked_ns : h->slice.base_ns;
	json_t *o = json_object();

	set(o, option_key(OPT_SLICE), asked ? json_string(asked) : json_null());
	set(o, "ns", ns ? json_integer((json_int_t)ns) : json_null());
	set(o, "source", ns ? json_string(SLICE_SOURCE) : json_null());
	set(o, "hz", h->hz ? json_integer(h->hz) : json_null());
	set(o, "hrtick", h->slice.hrtick < 0 ? json_null() : json_boolean(h->slice.hrtick));
	return o;
}

/* What a window of this loop cost before anything was measured, without waits. */
static json_t *fit_json(const struct cell_spec *s)
{
	json_t *o;

	if (!(s->fit.trip_us > 0))
		return json_null();
	o = json_object();
	set(o, "copy_us", json_real(s->fit.copy_us));
	set(o, "round_trip_us", json_real(s->fit.trip_us));
	set(o, "slice_needed_us", json_real(loop_needs_us(&s->fit)));
	return o;
}

static void set_pool(json_t *o, const struct cell_spec *s)
{
	bool pool = s->notify->has_pool;

	set(o, option_key(OPT_SCOPE),
	    pool ? json_string(scope_name(s->pool.topology ? s->pool.scope : SCOPE_SYSTEM))
		 : json_null());
	set(o, option_key(OPT_STRICT), pool ? json_boolean(s->pool.strict) : json_null());
	set(o, option_key(OPT_WAKE),
	    pool ? json_string(s->pool.wake_locked ? "locked" : "unlocked") : json_null());
}

/* What lies between the kernel's two backends. */
static json_t *link_json(const struct cell_spec *s)
{
	struct wire_sizes sizes = wire_sizes(s->frame_bytes, s->ring_size);
	json_t *o;

	if (!s->producer->not_ours)
		return json_null();
	o = json_object();
	set(o, option_key(OPT_LINK), json_string(WIRE_LINK));
	set_count(o, "mtu", sizes.mtu);
	set_count(o, "tx_queue_len", sizes.queue);
	return o;
}

json_t *json_features(uint64_t features)
{
	json_t *a = json_array();
	char text[512], *at = NULL;

	feature_text(features, text, sizeof(text));
	for (char *name = features ? strtok_r(text, " ", &at) : NULL; name;
	     name = strtok_r(NULL, " ", &at))
		json_array_append_new(a, json_string(name));
	return a;
}

static void set_conditions(json_t *o, const struct bench *b, const struct bench_row *row)
{
	const struct cell_spec *s = &row->spec;
	char text[512];

	set(o, "scenario", json_string(scenario_name(s->scenario)));
	set(o, option_key(OPT_ACCEL), json_string(accel_name(s->accel)));
	set(o, option_key(OPT_NOTIFY), json_string(s->notify->name));
	set(o, option_key(OPT_PRODUCER), json_string(s->producer->name));
	set(o, option_key(OPT_IRQ), json_string(accel_irq_name(s->accel, s->irq)));
	set(o, option_key(OPT_TRANSPORT), json_string(s->pci ? "pci" : "mmio"));
	set(o, option_key(OPT_FEATURES),
	    json_string(features_changed_text(s->features_changed, text, sizeof(text))));
	set(o, "features_negotiated", json_features(row->sum.features));
	json_set_preempt(o, &b->host, s->preempt);
	set(o, "slice", json_slice(&b->host, s->slice, s->slice_ns));
	set(o, "loop_fit", fit_json(s));
	set(o, option_key(OPT_HALT_POLL),
	    accel_needs_kvm(s->accel) && s->halt_poll_ns >= 0 ? json_integer(s->halt_poll_ns)
							      : json_null());
	set_count(o, option_key(OPT_FRAME), s->frame_bytes);
	set_count(o, option_key(OPT_WORKER_FIFO), (uint64_t)s->worker_fifo);
	set(o, "loop", s->loop ? json_string(s->loop) : json_null());
	set_count(o, option_key(OPT_SQ_IDLE), s->producer->sqpoll ? s->sq_idle_ms : 0);
	set_pool(o, s);
	set(o, "control", s->control ? json_string(s->control) : json_null());
	set_count(o, option_key(OPT_DELAY), s->delay_us);
	set_count(o, option_key(OPT_RING), s->ring_size);
	set_count(o, option_key(OPT_WINDOW), s->window);
	set_count(o, option_key(OPT_BATCH),
		  s->producer->in_kernel && !s->producer->not_ours ? s->batch : 0);
	set_count(o, option_key(OPT_RTO), s->rto_us);
	set_count(o, option_key(OPT_BUSY_POLL), s->busy_poll_us);
	set(o, "busy_poll_auto", json_boolean(s->busy_poll_learns));
	set_count(o, option_key(OPT_BUDGET), s->producer->in_kernel ? 0 : s->budget);
	set(o, option_key(OPT_VHOST_THREAD),
	    s->producer->not_ours ? json_string(vhost_thread_name(s->vhost_thread)) : json_null());
	set(o, "link", link_json(s));
	set(o, option_key(OPT_FILTERS), json_boolean(!s->unfiltered && confine_filters()));
	set(o, option_key(OPT_VERIFY),
	    json_string(s->flags & TANDEM_VERIFY_FULL ? "full" : "ends"));
	set(o, "duration_s", json_real(row->over.n ? row->sum.duration_s / row->over.n : 0));
	set_count(o, option_key(OPT_RUNS), row->over.n);
	set(o, option_key(OPT_CPUS), json_placement(s->cpus));
	set(o, option_key(OPT_WARMUP), json_real(s->warmup_ms / 1e3));
	set(o, option_key(OPT_DURATION), json_real(s->duration_ms / 1e3));
}

static void set_traffic(json_t *o, const struct bench_row *row)
{
	const struct cell_result *r = &row->sum;

	set(o, "gbps", json_real(row->gbps));
	set_count(o, "frames", r->frames);
	set_count(o, "lost", r->lost);
	set_count(o, "out_of_order", r->out_of_order);
	set_count(o, "duplicates", r->duplicates);
	set_count(o, "corrupt", r->corrupt);
	set_count(o, "retransmits", r->retransmits);
	set(o, "dropped", count_if(!row->spec.producer->not_ours, r->dropped));
	set(o, "round_trips_per_s",
	    row->spec.scenario == SCENARIO_RR ? json_real(row->rounds_per_s) : json_null());
	set(o, "cut_short", json_boolean(r->cut || (row->ok && !row->over.n)));
	set(o, "interrupted_runs", count_if(r->stops_known, row->interrupted));
	set(o, "stopped_s", json_number(r->stops_known ? row->stopped_s : NAN));
	set(o, "ok", json_boolean(row->ok && row->over.n));
	set(o, "error", row->ok ? json_null() : json_string(row->error));
}

/* By guest, then by reason: queues that its driver broke. */
static json_t *breaks_json(const struct cell_result *r)
{
	json_t *o = json_object();

	for (unsigned side = 0; side < SIDES; side++) {
		char name[] = { (char)('a' + side), '\0' };
		json_t *reasons = json_object();

		for (unsigned k = 0; k < VIRTQ_BREAKS; k++)
			if (r->breaks[side][k])
				set_count(reasons, virtq_break_text((enum virtq_break)k),
					  r->breaks[side][k]);
		set(o, name, reasons);
	}
	return o;
}

static json_t *producer_json(const struct cell_result *r)
{
	json_t *o = json_object();

	set_count(o, "batches", r->producer.batches);
	set_count(o, "frames", r->producer.jobs);
	set_count(o, "signals", r->producer.signals);
	set_count(o, "failures", r->producer.failures);
	set_count(o, "io_wq_threads", r->io_wq_threads);
	return o;
}

/* Which way KVM was set to take, which it took, and the evidence; null where there is no KVM. */
static json_t *irq_path_json(const struct bench_row *row)
{
	const struct cell_result *r = &row->sum;
	enum irqpath_taken taken = irqpath_taken(&r->irq_path);
	json_t *o;

	if (!accel_needs_kvm(row->spec.accel) || taken == IRQPATH_UNKNOWN)
		return json_null();
	o = json_object();
	set(o, "expected",
	    json_string(
		    irqpath_word(row->spec.irq->deferred ? IRQPATH_WORKQUEUE : IRQPATH_WRITER)));
	set(o, "taken", json_string(irqpath_word(taken)));
	set_count(o, "probe_writes", r->irq_path.writes);
	set_count(o, "probe_kworker_runs", r->irq_path.kworker_runs);
	set_count(o, "probe_other_runs", r->irq_path.other_runs);
	set_count(o, "probe_unbound_runs", r->irq_path.unbound_runs);
	set_count(o, "probe_other_unbound_runs", r->irq_path.other_unbound_runs);
	set_count(o, "probe_turns", r->irq_path.turns);
	set_count(o, "probe_workqueue_turns", r->irq_path.queue_turns);
	set_count(o, "probe_unbound_turns", r->irq_path.unbound_turns);
	set_count(o, "probe_writer_turns", r->irq_path.writer_turns);
	set(o, "kworker_runs", count_if(r->kworkers.readable, r->kworkers.runs));
	set(o, "kworker_run_delay_ns", count_if(r->kworkers.readable, r->kworkers.wait_ns));
	return o;
}

static json_t *row_json(const struct bench *b, const struct bench_row *row)
{
	const struct cell_result *r = &row->sum;
	json_t *o = json_object();
	struct latency l;
	struct hist age;

	metric_latency(&row->spec, r, &l);
	metric_frame_age(&row->spec, r, &age);
	set_conditions(o, b, row);
	set_traffic(o, row);
	/* One-way times of a clock that two CPUs do not share would only mislead. */
	set(o, "notify_us", b->host.clock.trusted ? json_hist_whole(&l.notify) : json_null());
	set(o, "frame_us", b->host.clock.trusted ? json_hist(&age) : json_null());
	set(o, "stages_us", b->host.clock.trusted ? stages_json(&l) : json_null());
	set(o, "jitter_us",
	    b->host.clock.trusted ? json_number(latency_jitter_ns(&l) / 1e3) : json_null());
	set(o, "receiver_idle", json_number(row->over.n ? bench_idle(row, ROLE_B) : NAN));
	set(o, "matching", row->spec.producer->not_ours ? json_null() : matching_json(&l));
	set(o, "trace", b->trace ? trace_json(&row->causes) : json_null());
	set(o, "trace_waits", b->trace ? trace_waits_json(&row->causes) : json_null());
	set(o, "notifications", count_if(!r->uncounted, r->notifications[0] + r->notifications[1]));
	set(o, "coalesced", count_if(!r->uncounted, r->coalesced[0] + r->coalesced[1]));
	set_count(o, "interrupts", r->interrupts[0] + r->interrupts[1]);
	set_count(o, "kicks", r->kicks[0] + r->kicks[1]);
	set(o, "conserved", r->uncounted ? json_null() : json_boolean(r->conserved));
	set_count(o, "rss_bytes", r->rss_bytes);
	set(o, "breaks", breaks_json(r));
	set(o, "producer_counts", row->spec.producer->not_ours ? json_null() : producer_json(r));
	set(o, "irq_path", irq_path_json(row));
	set(o, "ctx_switches", json_switches(&r->threads));
	json_set_counters(o, row);
	json_set_load(o, b, row);
	set(o, "floor", row->floor ? floor_json(row->floor, row->spec.accel) : json_null());
	set(o, "x_floor", json_number(floor_factor(row)));
	set(o, "series", json_series(&row->over));
	if (b->shard.of) {
		set_count(o, "shard_cell", row->shard_cell);
		set(o, "borrowed", json_boolean(row->borrowed));
	}
	json_set_runs(o, &row->over,
		      row->over.baseline < 0 ? NULL : &b->row[row->over.baseline].over,
		      b->host.clock.trusted);
	return o;
}

/* Of each mode, those of each frame size. */
static json_t *floors_json(const struct bench *b)
{
	json_t *a = json_array();

	for (unsigned i = 0; i < b->nfloors; i++) {
		const struct bench_floor *f = &b->floors[i];
		const char *preempt = f->of->preempt;
		json_t *o;

		if (!f->have)
			continue;
		o = floor_json(&f->result, b->accel);
		set(o, "preempt", json_string(preempt ? preempt : b->host.preempt));
		json_array_append_new(a, o);
	}
	return a;
}

void json_complete(json_t *result)
{
	static const char *const keys[] = {
		"scenario",	"accel",       "notify",	"producer",
		"irq",		"preempt",     "frame_bytes",	"duration_s",
		"runs",		"gbps",	       "frames",	"lost",
		"out_of_order", "retransmits", "notifications", "round_trips_per_s",
		"notify_us",	"stages_us",   "interrupts",	"ctx_switches",
		"floor",	"x_floor",
	};

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (!json_object_get(result, keys[i]))
			set(result, keys[i], json_null());
}

json_t *json_command(const char *under, int argc, char **argv)
{
	json_t *a = json_array();

	json_array_append_new(a, json_string("tandem"));
	if (under)
		json_array_append_new(a, json_string(under));
	for (int i = 0; i < argc; i++)
		json_array_append_new(a, json_string(argv[i]));
	return a;
}

static json_t *shard_json(const struct shard *s)
{
	json_t *o = json_object();

	set_count(o, "index", s->index);
	set_count(o, "of", s->of);
	set_count(o, "cells", s->cells);
	return o;
}

json_t *bench_json(const struct bench *b)
{
	json_t *o = json_object(), *results = json_array();
	json_t *host = json_host(&b->host, accel_name(b->accel));

	set(host, "noise", b->noise.measured ? noise_json(&b->noise) : json_null());
	set(o, "schema", json_string("tandem-bench/1"));
	set(o, "command", json_command(NULL, b->argc, b->argv));
	set(o, "host", host);
	for (unsigned i = 0; i < b->nrows && !b->floor_only; i++)
		json_array_append_new(results, row_json(b, &b->row[i]));
	set(o, "results", results);
	if (b->shard.of)
		set(o, "shard", shard_json(&b->shard));
	if (!b->floor_only)
		set(o, "statistics", json_statistics(&b->rounds, NULL));
	if (b->dosed)
		doses_set_json(o);
	if (b->floor_only) {
		json_t *floors = floors_json(b);

		set(o, "floors", floors);
		/* The first; whatever there is. */
		if (json_array_size(floors))
			json_object_set(o, "floor", json_array_get(floors, 0));
	}
	return o;
}

static char *with_newline(char *text)
{
	size_t len = text ? strlen(text) : 0;
	char *more = text ? realloc(text, len + 2) : NULL;

	if (!more) {
		free(text);
		return NULL;
	}
	memcpy(more + len, "\n", 2);
	return more;
}

/* They took minutes to measure: they go where they can, if not where they should. */
static int write_results(const char *text, const char *path)
{
	char kept[REPLACE_KEPT_MAX], why[128];
	int err = replace_file(path, text, strlen(text), kept);

	if (!err)
		return 0;
	if (*kept || replace_rescue(text, strlen(text), kept) == 0)
		log_error("--json=%s: writing the results: %s; they are in %s", path,
			  log_reason(err, why, sizeof(why)), kept);
	else
		log_errno(err, "--json=%s: writing the results", path);
	return err;
}

/* Once they are safe: a mistake of ours costs nobody a measurement. */
static void check_own(const json_t *o)
{
	char why[512];

	if (!results_check_own(o, why, sizeof(why)))
		log_warn("the results that were written have a mistake: %s; please report this",
			 why);
}

int json_write(json_t *o, const char *path)
{
	char *text = with_newline(json_dumps(o, JSON_INDENT(2) | JSON_REAL_PRECISION(9)));
	int err;

	if (!text)
		err = log_errno(-ENOMEM, "--json=%s: writing the results", path);
	else if (strcmp(path, "-") != 0)
		err = write_results(text, path);
	else if ((err = out_settle(fputs(text, stdout) == EOF ? -errno : 0)))
		log_errno(err, "--json=%s: writing the results", path);
	check_own(o);
	free(text);
	json_decref(o);
	return err;
}

int bench_write_json(const struct bench *b, const char *path)
{
	return json_write(bench_json(b), path);
}

int bench_check_path(const char *path)
{
	struct stat st;
	int err;

	if (strcmp(path, "-") == 0)
		return 0;
	if (!*path) {
		log_error("--json: the path is empty; give a file name or - for stdout");
		return -ENOENT;
	}
	if (stat(path, &st) == 0 && !S_ISREG(st.st_mode)) {
		log_error("--json=%s: not a regular file; give a file name or - for stdout", path);
		return -EINVAL;
	}
	err = place_check(path);
	return err ? log_errno(err, "--json=%s: cannot be written", path) : 0;
}

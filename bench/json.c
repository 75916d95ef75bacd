// SPDX-License-Identifier: BSD-2-Clause
// A benchmark as JSON, schema tandem-bench/1.
#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bench/bench.h"
#include "bench/json.h"
#include "lib/log.h"
#include "version.h"

static void set(json_t *o, const char *key, json_t *v)
{
	json_object_set_new(o, key, v);
}

static void set_count(json_t *o, const char *key, uint64_t v)
{
	set(o, key, json_integer((json_int_t)v));
}

static json_t *hist_json(const struct hist *h)
{
	static const struct {
		const char *key;
		double q;
	} quantiles[] = { { "p50", 0.5 }, { "p90", 0.9 }, { "p99", 0.99 }, { "p99_9", 0.999 } };
	json_t *o = json_object();

	set_count(o, "n", h->n);
	set(o, "mean", json_real(hist_mean(h) / 1e3));
	for (size_t i = 0; i < sizeof(quantiles) / sizeof(quantiles[0]); i++)
		set(o, quantiles[i].key, json_real(hist_quantile(h, quantiles[i].q) / 1e3));
	set(o, "max", json_real((double)h->max_ns / 1e3));
	return o;
}

json_t *json_of_host(const struct host *h, const struct accel_ops *accel)
{
	json_t *o = json_object(), *preempt = json_object(), *clock = json_object();

	set(o, "kernel", json_string(h->kernel));
	set(o, "arch", json_string(h->arch));
	set(o, "cpu", json_string(h->cpu));
	set_count(o, "cpus", h->cpus);
	set_count(o, "hz", h->hz);
	set(preempt, "mode", json_string(h->preempt));
	set(preempt, "source", json_string(h->preempt_source));
	set(o, "preempt", preempt);
	set(o, "accel", json_string(accel_name(accel)));
	set(clock, "name", json_string(h->clock.name));
	set_count(clock, "hz", h->clock.hz);
	set(clock, "trusted", json_boolean(h->clock.trusted));
	set(clock, "why", json_string(h->clock.why));
	set(o, "clock", clock);
	set(o, "halt_poll_ns", h->halt_poll_ns < 0 ? json_null() : json_integer(h->halt_poll_ns));
	set(o, "tandem", json_string(TANDEM_VERSION));
	return o;
}

static json_t *switches_json(const struct role_counts *c)
{
	json_t *o = json_object();

	for (unsigned r = 0; r < ROLES; r++) {
		const struct thread_counts *t = &c->role[r];
		json_t *role = json_object();

		set_count(role, "voluntary", t->voluntary);
		set_count(role, "involuntary", t->involuntary);
		set_count(role, "cpu_ns", t->cpu_ns);
		set_count(role, "run_delay_ns", t->wait_ns);
		set_count(role, "runs", t->slices);
		set(o, role_name(r), role);
	}
	return o;
}

static json_t *stages_json(const struct latency *l)
{
	json_t *o = json_object();

	for (unsigned i = 0; i < STAGES; i++)
		set(o, stage_name(i), hist_json(&l->stage[i]));
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

static json_t *floor_json(const struct floor_result *f)
{
	json_t *o = json_object();

	set(o, "memcpy_gbps", json_real(f->memcpy_gbps));
	set_count(o, "frame_bytes", f->frame_bytes);
	set(o, "pingpong_us", hist_json(&f->pingpong));
	set(o, "echo_us", f->echo.n ? hist_json(&f->echo) : json_null());
	return o;
}

static json_t *factor_json(const struct bench_row *row)
{
	double rt = row->floor ? floor_round_trip_us(row->floor, row->spec.accel) : 0;

	if (row->spec.scenario == SCENARIO_STREAM && row->floor && !row->spec.loop &&
	    row->floor->memcpy_gbps > 0)
		return json_real(row->gbps / row->floor->memcpy_gbps);
	if (row->spec.scenario == SCENARIO_RR && rt > 0 && row->rounds_per_s > 0)
		return json_real(1e6 / row->rounds_per_s / rt);
	return json_null();
}

static void set_conditions(json_t *o, const struct bench *b, const struct bench_row *row)
{
	const struct cell_spec *s = &row->spec;

	set(o, "scenario", json_string(scenario_name(s->scenario)));
	set(o, "accel", json_string(accel_name(s->accel)));
	set(o, "notify", json_string(s->notify->name));
	set(o, "producer", json_string(s->producer->name));
	set(o, "irq", json_string(s->accel == &accel_kvm ? s->irq->name : "eventfd"));
	set(o, "preempt", json_string(s->preempt ? s->preempt : b->host.preempt));
	set(o, "halt_poll_ns",
	    s->accel == &accel_kvm && s->halt_poll_ns >= 0 ? json_integer(s->halt_poll_ns)
							   : json_null());
	set_count(o, "frame_bytes", s->frame_bytes);
	set_count(o, "worker_fifo", (uint64_t)s->worker_fifo);
	set(o, "loop", s->loop ? json_string(s->loop) : json_null());
	set_count(o, "sq_idle_ms", s->producer->sqpoll ? s->sq_idle_ms : 0);
	set(o, "control", s->control ? json_string(s->control) : json_null());
	set_count(o, "ring", s->ring_size);
	set_count(o, "window", s->window);
	set_count(o, "batch", s->producer->in_kernel ? s->batch : 0);
	set(o, "verify", json_string(s->flags & TANDEM_VERIFY_FULL ? "full" : "ends"));
	set(o, "duration_s", json_real(row->runs ? row->sum.duration_s / row->runs : 0));
	set_count(o, "runs", row->runs);
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
	set_count(o, "dropped", r->dropped);
	set(o, "round_trips_per_s",
	    row->spec.scenario == SCENARIO_RR ? json_real(row->rounds_per_s) : json_null());
	set(o, "cut_short", json_boolean(r->cut || (row->ok && !row->runs)));
	set(o, "ok", json_boolean(row->ok && row->runs));
	set(o, "error", row->ok ? json_null() : json_string(row->error));
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
	json_t *o;

	if (row->spec.accel != &accel_kvm || !r->irq_path.known)
		return json_null();
	o = json_object();
	set(o, "expected", json_string(row->spec.irq->deferred ? "workqueue" : "writer"));
	set(o, "taken", json_string(irqpath_is_workqueue(&r->irq_path) ? "workqueue" : "writer"));
	set_count(o, "probe_writes", r->irq_path.writes);
	set_count(o, "probe_kworker_runs", r->irq_path.kworker_runs);
	set_count(o, "kworker_runs", r->kworkers.runs);
	set_count(o, "kworker_run_delay_ns", r->kworkers.wait_ns);
	return o;
}

static json_t *row_json(const struct bench *b, const struct bench_row *row)
{
	const struct cell_result *r = &row->sum;
	struct latency l = r->latency[SIDE_B];
	json_t *o = json_object();

	if (row->spec.scenario == SCENARIO_RR)
		latency_merge(&l, &r->latency[SIDE_A]);
	set_conditions(o, b, row);
	set_traffic(o, row);
	/* One-way times of a clock that two CPUs do not share would only mislead. */
	set(o, "notify_us", b->host.clock.trusted ? hist_json(&l.notify) : json_null());
	set(o, "stages_us", b->host.clock.trusted ? stages_json(&l) : json_null());
	set(o, "matching", matching_json(&l));
	set_count(o, "notifications", r->notifications[0] + r->notifications[1]);
	set_count(o, "coalesced", r->coalesced[0] + r->coalesced[1]);
	set_count(o, "interrupts", r->interrupts[0] + r->interrupts[1]);
	set_count(o, "kicks", r->kicks[0] + r->kicks[1]);
	set(o, "conserved", json_boolean(r->conserved));
	set_count(o, "rss_bytes", r->rss_bytes);
	set(o, "producer_counts", producer_json(r));
	set(o, "irq_path", irq_path_json(row));
	set(o, "ctx_switches", switches_json(&r->threads));
	set(o, "floor", row->floor ? floor_json(row->floor) : json_null());
	set(o, "x_floor", factor_json(row));
	return o;
}

static json_t *floors_json(const struct bench *b)
{
	json_t *a = json_array();

	for (unsigned s = 0; s < SCENARIOS; s++)
		if (b->have_floor[s])
			json_array_append_new(a, floor_json(&b->floor[s]));
	return a;
}

static json_t *bench_json(const struct bench *b)
{
	json_t *o = json_object(), *results = json_array();

	set(o, "schema", json_string("tandem-bench/1"));
	set(o, "host", json_of_host(&b->host, b->accel));
	for (unsigned i = 0; i < b->nrows && !b->floor_only; i++)
		json_array_append_new(results, row_json(b, &b->row[i]));
	set(o, "results", results);
	if (b->floor_only)
		set(o, "floors", floors_json(b));
	if (b->floor_only)
		set(o, "floor",
		    floor_json(&b->floor[b->have_floor[SCENARIO_STREAM] ? SCENARIO_STREAM
									: SCENARIO_RR]));
	return o;
}

/* Written beside its place and renamed into it: a reader never sees half a file. */
static int write_file(const char *text, const char *path)
{
	char temporary[4096];
	size_t len = strlen(text);
	FILE *f;
	int err = 0;

	if (snprintf(temporary, sizeof(temporary), "%s.%d.tmp", path, getpid()) >=
	    (int)sizeof(temporary))
		return -ENAMETOOLONG;
	f = fopen(temporary, "wxe");
	if (!f)
		return -errno;
	if (fwrite(text, 1, len, f) != len || fputc('\n', f) == EOF || fflush(f) || fsync(fileno(f)))
		err = -errno;
	if (fclose(f) && !err)
		err = -errno;
	if (!err && rename(temporary, path) < 0)
		err = -errno;
	if (err)
		unlink(temporary);
	return err;
}

int json_write(const json_t *o, const char *path)
{
	char *text = json_dumps(o, JSON_INDENT(2) | JSON_REAL_PRECISION(9));
	int err = text ? 0 : -ENOMEM;

	if (text && strcmp(path, "-") == 0) {
		if (puts(text) == EOF || fflush(stdout))
			err = -errno;
	} else if (text) {
		err = write_file(text, path);
	}
	if (err)
		log_errno(err, "--json=%s: writing the results", path);
	free(text);
	return err;
}

int bench_write_json(const struct bench *b, const char *path)
{
	json_t *o = bench_json(b);
	int err = json_write(o, path);

	json_decref(o);
	return err;
}

int bench_check_path(const char *path)
{
	char directory[4096];
	struct stat st;
	char *slash;

	if (strcmp(path, "-") == 0)
		return 0;
	if (!*path || snprintf(directory, sizeof(directory), "%s", path) >= (int)sizeof(directory)) {
		log_error("--json: the path is empty or too long; give a file name or - for stdout");
		return -ENAMETOOLONG;
	}
	if (stat(path, &st) == 0 && !S_ISREG(st.st_mode)) {
		log_error("--json=%s: not a regular file; give a file name or - for stdout", path);
		return -EINVAL;
	}
	slash = strrchr(directory, '/');
	if (slash)
		slash[slash == directory] = '\0';
	if (access(slash ? directory : ".", W_OK | X_OK) < 0)
		return log_errno(-errno, "--json=%s: its directory cannot be written to", path);
	return 0;
}

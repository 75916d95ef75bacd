// SPDX-License-Identifier: BSD-2-Clause
// A session of `tandem backend` as JSON.
#include "bench/result/json_backend.h"

#include <math.h>
#include <string.h>

#include "bench/options/table.h"
#include "bench/result/field.h"
#include "bench/result/json.h"
#include "bench/result/json_hist.h"
#include "bench/result/json_runs.h"
#include "lib/cpulist.h"

/* A driver that wants fewer calls than one in so many that it could have had looks itself. */
#define POLLS_BELOW 100u

static json_t *stages_json(const struct hist *worker, const struct hist *write, bool trusted)
{
	json_t *o;

	if (!trusted)
		return json_null();
	o = json_object();
	set(o, "worker", json_hist(worker));
	set(o, "write", json_hist(write));
	return o;
}

static json_t *polls_json(const struct queue_stats *q)
{
	return q->published ? json_boolean(q->wanted * POLLS_BELOW < q->published) : json_null();
}

static json_t *ring_json(const struct user_door_ring *r, const struct queue_stats *q)
{
	json_t *o = json_object();

	set_count(o, "size", r->size);
	set_count(o, "base", r->base);
	set_count(o, "kicks", r->kicks);
	set_count(o, "kicks_asked", q->asked);
	set_count(o, "needless_kicks", r->kicks > q->asked ? r->kicks - q->asked : 0);
	set_count(o, "published", q->published);
	set_count(o, "calls_wanted", q->wanted);
	set(o, "polls", polls_json(q));
	return o;
}

static json_t *rings_json(const struct backend_result *r, unsigned side, unsigned pair)
{
	const struct user_door_ring *ring = &r->side[side].ring[pair * NET_QUEUES];
	const struct queue_stats *queue = r->stats.pair[side][pair].queue;
	json_t *o = json_object();

	set(o, "rx", ring_json(&ring[NET_RX], &queue[NET_RX]));
	set(o, "tx", ring_json(&ring[NET_TX], &queue[NET_TX]));
	return o;
}

static unsigned pairs_of(const struct backend_result *r)
{
	return r->config->backend.pairs ? r->config->backend.pairs : 1;
}

static json_t *pairs_json(const struct backend_result *r, unsigned side)
{
	json_t *a = json_array();

	for (unsigned i = 0; i < pairs_of(r); i++) {
		json_t *o = json_object();

		set_count(o, "frames", r->stats.pair[side][i].frames);
		set_count(o, "bytes", r->stats.pair[side][i].bytes);
		set(o, "rings", rings_json(r, side, i));
		json_array_append_new(a, o);
	}
	return a;
}

static void set_conversation(json_t *o, const struct user_door_stats *d)
{
	set_count(o, "connections", d->connections);
	set_count(o, "reconnects", d->connections ? d->connections - 1 : 0);
	set_count(o, "messages", d->messages);
	set_count(o, "refusals", d->refusals);
	set(o, "features", json_features(d->features));
}

static json_t *side_json(const struct backend_result *r, unsigned side)
{
	const struct flow_stats *f = &r->stats.flow[side];
	const struct session_side *s = &r->session->side[side];
	json_t *o = json_object();

	set_count(o, "frames", f->frames);
	set_count(o, "bytes", f->bytes);
	set_count(o, "dropped", f->dropped);
	set_count(o, "too_small", f->too_small);
	set_count(o, "starved", f->starved);
	set_count(o, "notifications", r->stats.port[side].delivered);
	set_count(o, "coalesced", r->stats.port[side].coalesced);
	set(o, "stages_us", stages_json(&s->worker, &s->write, r->host->clock.trusted));
	set_count(o, "stamps_lost", s->lost);
	set_conversation(o, &r->side[side]);
	set(o, "rings", rings_json(r, side, 0));
	set(o, "pairs", pairs_json(r, side));
	return o;
}

static json_t *placement_json(const struct backend_config *c)
{
	json_t *o = json_object();
	char list[256];

	set(o, "a", json_string(""));
	set(o, "b", json_string(""));
	set(o, "backend", json_string(cpulist_print(&c->backend_cpus, list, sizeof(list))));
	set(o, "notifier", json_string(cpulist_print(&c->notifier_cpus, list, sizeof(list))));
	return o;
}

static void set_conditions(json_t *o, const struct backend_result *r)
{
	const struct backend_config *c = &r->config->backend;

	set(o, "scenario", json_string("backend"));
	set(o, "accel", json_string("none"));
	set(o, "notify", json_string(c->notify->name));
	set(o, "producer", json_string(c->producer->name));
	set(o, "irq", json_string("eventfd"));
	json_set_preempt(o, r->host, NULL);
	set_count(o, option_key(OPT_WORKER_FIFO), (uint64_t)c->notifier_fifo);
	set_count(o, option_key(OPT_SQ_IDLE), c->producer->sqpoll ? c->sq_idle_ms : 0);
	set_count(o, option_key(OPT_BATCH), c->producer->in_kernel ? c->batch : 0);
	set_count(o, option_key(OPT_BUDGET), c->producer->in_kernel ? 0 : c->budget);
	set_count(o, option_key(OPT_QUEUE_PAIRS), pairs_of(r));
	set_count(o, option_key(OPT_BUSY_POLL), c->busy_poll_us);
	set(o, "busy_poll_auto", json_boolean(c->busy_poll_learns));
	set(o, option_key(OPT_FILTERS), json_boolean(c->confine));
	set(o, "placement", placement_json(c));
	set(o, option_key(OPT_DURATION), r->asked_s > 0 ? json_real(r->asked_s) : json_null());
	set(o, "client", json_boolean(r->config->client));
	set(o, "features_offered", json_features(r->config->features));
}

static uint64_t notifications(const struct backend_stats *s)
{
	return s->port[SIDE_A].delivered + s->port[SIDE_B].delivered;
}

static double rate(double n, double seconds)
{
	return seconds > 0 ? n / seconds : NAN;
}

static double gbps(const struct backend_result *r)
{
	const struct flow_stats *f = r->stats.flow;

	return rate((double)(f[SIDE_A].bytes + f[SIDE_B].bytes) * 8 / 1e9,
		    (double)r->session->attached_ns / 1e9);
}

static bool conserved(const struct backend_stats *s)
{
	for (unsigned i = 0; i < SIDES; i++)
		if (s->port[i].decided != s->port[i].delivered + s->port[i].coalesced)
			return false;
	return true;
}

static json_t *breaks_json(const struct backend_stats *s)
{
	json_t *o = json_object();

	for (unsigned side = 0; side < SIDES; side++) {
		char name[] = { (char)('a' + side), '\0' };
		json_t *reasons = json_object();

		for (unsigned k = 0; k < VIRTQ_BREAKS; k++)
			if (s->port[side].breaks_by[k])
				set_count(reasons, virtq_break_text((enum virtq_break)k),
					  s->port[side].breaks_by[k]);
		set(o, name, reasons);
	}
	return o;
}

static json_t *producer_json(const struct producer_stats *p)
{
	json_t *o = json_object();

	set_count(o, "batches", p->batches);
	set_count(o, "frames", p->jobs);
	set_count(o, "signals", p->signals);
	set_count(o, "failures", p->failures);
	return o;
}

static void set_traffic(json_t *o, const struct backend_result *r)
{
	const struct backend_stats *s = &r->stats;
	const struct flow_stats *f = s->flow;

	set(o, "gbps", json_number(gbps(r)));
	set_count(o, "frames", f[SIDE_A].frames + f[SIDE_B].frames);
	set_count(o, "bytes", f[SIDE_A].bytes + f[SIDE_B].bytes);
	set_count(o, "dropped", f[SIDE_A].dropped + f[SIDE_B].dropped);
	set_count(o, "too_small", f[SIDE_A].too_small + f[SIDE_B].too_small);
	set_count(o, "notifications", notifications(s));
	set_count(o, "coalesced", s->port[SIDE_A].coalesced + s->port[SIDE_B].coalesced);
	set(o, "conserved", json_boolean(conserved(s)));
	set(o, "breaks", breaks_json(s));
	set(o, "producer_counts", producer_json(&s->producer));
	set(o, "cut_short", json_boolean(r->cut));
	set(o, "ok", json_true());
}

/* A session is one run: what `tandem compare` shows of it. */
static void add_sample(json_t *o, const char *metric, double v)
{
	set(o, metric, json_pack("[o]", json_number(v)));
}

static json_t *samples_json(const struct backend_result *r, const struct hist *worker)
{
	bool timed = r->host->clock.trusted && worker->n;
	double attached_s = (double)r->session->attached_ns / 1e9;
	json_t *o = json_object();

	add_sample(o, "gbps", gbps(r));
	add_sample(o, "notifications_per_s", rate((double)notifications(&r->stats), attached_s));
	add_sample(o, "worker_mean_us", timed ? hist_mean(worker) / 1e3 : NAN);
	add_sample(o, "worker_p50_us",
		   timed && hist_has(worker, 0.5) ? hist_quantile(worker, 0.5) / 1e3 : NAN);
	return o;
}

static void set_stages(json_t *o, const struct backend_result *r)
{
	const struct session *s = r->session;
	struct hist worker = s->side[SIDE_A].worker, write = s->side[SIDE_A].write;

	hist_merge(&worker, &s->side[SIDE_B].worker);
	hist_merge(&write, &s->side[SIDE_B].write);
	set(o, "stages_us", stages_json(&worker, &write, r->host->clock.trusted));
	set(o, "samples", samples_json(r, &worker));
}

static json_t *row_json(const struct backend_result *r)
{
	json_t *o = json_object(), *sides = json_object();
	const struct session *s = r->session;

	set_conditions(o, r);
	set(o, "duration_s", json_real((double)(s->looked_ns - s->begun_ns) / 1e9));
	set(o, "attached_s", json_real((double)s->attached_ns / 1e9));
	set_count(o, "runs", 1);
	set_traffic(o, r);
	set_stages(o, r);
	set(sides, "a", side_json(r, SIDE_A));
	set(sides, "b", side_json(r, SIDE_B));
	set(o, "front_ends", sides);
	json_complete(o);
	return o;
}

int backend_write_json(const struct backend_result *r, const char *path)
{
	json_t *o = json_object(), *results = json_array();

	set(o, "schema", json_string("tandem-bench/1"));
	set(o, "command", json_command(NULL, r->argc, r->argv));
	set(o, "host", json_host(r->host, "none"));
	json_array_append_new(results, row_json(r));
	set(o, "results", results);
	return json_write(o, path);
}

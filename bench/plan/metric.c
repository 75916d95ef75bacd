// SPDX-License-Identifier: BSD-2-Clause
// What one run is worth.
#include "bench/plan/metric.h"

#include <math.h>
#include <string.h>

void metric_latency(const struct cell_spec *s, const struct cell_result *r, struct latency *out)
{
	*out = r->latency[SIDE_B];
	if (s->scenario == SCENARIO_RR)
		latency_merge(out, &r->latency[SIDE_A]);
}

void metric_notify(const struct cell_spec *s, const struct cell_result *r, struct hist *out)
{
	*out = r->latency[SIDE_B].notify;
	if (s->scenario == SCENARIO_RR)
		hist_merge(out, &r->latency[SIDE_A].notify);
}

void metric_frame_age(const struct cell_spec *s, const struct cell_result *r, struct hist *out)
{
	*out = r->frame_age[SIDE_B];
	if (s->scenario == SCENARIO_RR)
		hist_merge(out, &r->frame_age[SIDE_A]);
}

static double quantile_us(const struct cell_spec *s, const struct cell_result *r, double q)
{
	struct hist h;

	metric_notify(s, r, &h);
	return hist_has(&h, q) ? hist_quantile(&h, q) / 1e3 : NAN;
}

static double per_second(uint64_t n, const struct cell_result *r)
{
	return (double)n / r->duration_s;
}

static double gbps(const struct cell_spec *s, const struct cell_result *r)
{
	(void)s;
	return (double)r->bytes * 8 / r->duration_s / 1e9;
}

static double round_trips(const struct cell_spec *s, const struct cell_result *r)
{
	return s->scenario == SCENARIO_RR ? per_second(r->rounds, r) : NAN;
}

static double p50(const struct cell_spec *s, const struct cell_result *r)
{
	return quantile_us(s, r, 0.5);
}

static double p90(const struct cell_spec *s, const struct cell_result *r)
{
	return quantile_us(s, r, 0.9);
}

static double p99(const struct cell_spec *s, const struct cell_result *r)
{
	return quantile_us(s, r, 0.99);
}

static double p99_9(const struct cell_spec *s, const struct cell_result *r)
{
	return quantile_us(s, r, 0.999);
}

static double mean(const struct cell_spec *s, const struct cell_result *r)
{
	struct hist h;

	metric_notify(s, r, &h);
	return h.n ? hist_mean(&h) / 1e3 : NAN;
}

/* B's alone: it is what the table's worker latency is made of. */
static double stage_mean(const struct cell_result *r, enum stage stage)
{
	const struct hist *h = &r->latency[SIDE_B].stage[stage];

	return h->n ? hist_mean(h) / 1e3 : NAN;
}

static double stage_p50(const struct cell_result *r, enum stage stage)
{
	const struct hist *h = &r->latency[SIDE_B].stage[stage];

	return hist_has(h, 0.5) ? hist_quantile(h, 0.5) / 1e3 : NAN;
}

static double worker_p50(const struct cell_spec *s, const struct cell_result *r)
{
	(void)s;
	return stage_p50(r, STAGE_WORKER);
}

static double handler_p50(const struct cell_spec *s, const struct cell_result *r)
{
	(void)s;
	return stage_p50(r, STAGE_HANDLER);
}

static double worker_mean(const struct cell_spec *s, const struct cell_result *r)
{
	(void)s;
	return stage_mean(r, STAGE_WORKER);
}

static double handler_mean(const struct cell_spec *s, const struct cell_result *r)
{
	(void)s;
	return stage_mean(r, STAGE_HANDLER);
}

static double notifications(const struct cell_spec *s, const struct cell_result *r)
{
	(void)s;
	if (r->uncounted)
		return NAN;
	return per_second(r->notifications[SIDE_A] + r->notifications[SIDE_B], r);
}

static double interrupts(const struct cell_spec *s, const struct cell_result *r)
{
	(void)s;
	return per_second(r->interrupts[SIDE_A] + r->interrupts[SIDE_B], r);
}

static double switches(const struct cell_spec *s, const struct cell_result *r)
{
	struct thread_counts all = threads_all(&r->threads);

	(void)s;
	return per_second(all.voluntary + all.involuntary, r);
}

static double retransmits(const struct cell_spec *s, const struct cell_result *r)
{
	(void)s;
	return (double)r->retransmits;
}

static double lost(const struct cell_spec *s, const struct cell_result *r)
{
	(void)s;
	return (double)r->lost;
}

static double out_of_order(const struct cell_spec *s, const struct cell_result *r)
{
	(void)s;
	return (double)r->out_of_order;
}

static double corrupt(const struct cell_spec *s, const struct cell_result *r)
{
	(void)s;
	return (double)r->corrupt;
}

/* Open loop, from the intended time; in a closed one there is none. */
static double latency(const struct cell_result *r, double q)
{
	const struct hist *h = &r->load.latency;

	return hist_has(h, q) ? hist_quantile(h, q) / 1e3 : NAN;
}

static double latency_p50(const struct cell_spec *s, const struct cell_result *r)
{
	(void)s;
	return latency(r, 0.5);
}

static double latency_p99(const struct cell_spec *s, const struct cell_result *r)
{
	(void)s;
	return latency(r, 0.99);
}

static double latency_p99_9(const struct cell_spec *s, const struct cell_result *r)
{
	(void)s;
	return latency(r, 0.999);
}

static double age(const struct cell_spec *s, const struct cell_result *r, double q)
{
	struct hist h;

	metric_frame_age(s, r, &h);
	return hist_has(&h, q) ? hist_quantile(&h, q) / 1e3 : NAN;
}

static double age_p50(const struct cell_spec *s, const struct cell_result *r)
{
	return age(s, r, 0.5);
}

static double age_p99(const struct cell_spec *s, const struct cell_result *r)
{
	return age(s, r, 0.99);
}

static double age_p99_9(const struct cell_spec *s, const struct cell_result *r)
{
	return age(s, r, 0.999);
}

const struct metric metrics[METRICS] = {
	{ "gbps", UNIT_GBPS, true, true, gbps, METRIC_OF_PAIR, false },
	{ "round_trips_per_s", UNIT_PER_S, true, true, round_trips, METRIC_OF_PAIR, false },
	{ "notify_p50_us", UNIT_US, false, true, p50, METRIC_OF_PAIR, false },
	{ "notify_p90_us", UNIT_US, false, false, p90, METRIC_OF_PAIR, false },
	{ "notify_p99_us", UNIT_US, false, true, p99, METRIC_OF_PAIR, false },
	{ "notify_p99_9_us", UNIT_US, false, false, p99_9, METRIC_OF_PAIR, false },
	{ "notify_mean_us", UNIT_US, false, false, mean, METRIC_OF_PAIR, false },
	{ "worker_mean_us", UNIT_US, false, false, worker_mean, METRIC_OF_PAIR_AND_TCP, false },
	{ "handler_mean_us", UNIT_US, false, false, handler_mean, METRIC_OF_PAIR, false },
	{ "worker_p50_us", UNIT_US, false, false, worker_p50, METRIC_OF_PAIR_AND_TCP, false },
	{ "handler_p50_us", UNIT_US, false, false, handler_p50, METRIC_OF_PAIR, false },
	{ "notifications_per_s", UNIT_PER_S, false, false, notifications, METRIC_OF_PAIR_AND_TCP,
	  false },
	{ "interrupts_per_s", UNIT_PER_S, false, false, interrupts, METRIC_OF_PAIR_AND_TCP, false },
	{ "ctx_switches_per_s", UNIT_PER_S, false, false, switches, METRIC_OF_PAIR, false },
	{ "retransmits", UNIT_COUNT, false, false, retransmits, METRIC_OF_PAIR_AND_TCP, false },
	{ "lost", UNIT_COUNT, false, false, lost, METRIC_OF_PAIR_AND_TCP, false },
	{ "out_of_order", UNIT_COUNT, false, false, out_of_order, METRIC_OF_PAIR_AND_TCP, false },
	{ "corrupt", UNIT_COUNT, false, false, corrupt, METRIC_OF_PAIR_AND_TCP, false },
	{ "latency_p50_us", UNIT_US, false, false, latency_p50, METRIC_OF_PAIR, false },
	{ "latency_p99_us", UNIT_US, false, false, latency_p99, METRIC_OF_PAIR, false },
	{ "latency_p99_9_us", UNIT_US, false, false, latency_p99_9, METRIC_OF_PAIR, false },
	{ "frame_p50_us", UNIT_US, false, true, age_p50, METRIC_OF_PAIR, false },
	{ "frame_p99_us", UNIT_US, false, false, age_p99, METRIC_OF_PAIR, false },
	{ "frame_p99_9_us", UNIT_US, false, false, age_p99_9, METRIC_OF_PAIR, false },
	{ "items_per_s", UNIT_PER_S, true, true, NULL, METRIC_OF_POOL, false },
	{ "queue_p50_us", UNIT_US, false, true, NULL, METRIC_OF_POOL, true },
	{ "queue_p99_us", UNIT_US, false, false, NULL, METRIC_OF_POOL, true },
	{ "execute_p50_us", UNIT_US, false, true, NULL, METRIC_OF_POOL, false },
	{ "execute_p99_us", UNIT_US, false, true, NULL, METRIC_OF_POOL, false },
	{ "wait_p50_us", UNIT_US, false, true, NULL, METRIC_OF_CROWD, true },
	{ "wait_p99_us", UNIT_US, false, true, NULL, METRIC_OF_CROWD, true },
	{ "rtt_p50_us", UNIT_US, false, false, NULL, METRIC_OF_TCP, true },
	{ "rtt_p99_us", UNIT_US, false, true, NULL, METRIC_OF_TCP, true },
	{ "trip_p50_us", UNIT_US, false, false, NULL, METRIC_OF_TCP, true },
	{ "trip_p99_us", UNIT_US, false, true, NULL, METRIC_OF_TCP, true },
	{ "dsack_dups", UNIT_COUNT, false, false, NULL, METRIC_OF_TCP, false },
};

const char *metric_unit_name(enum metric_unit u)
{
	static const char *const names[] = { "Gb/s", "/s", "us", "" };

	return names[u];
}

void metric_values(const struct cell_spec *s, const struct cell_result *r, double value[METRICS])
{
	for (unsigned m = 0; m < METRICS; m++)
		value[m] = metrics[m].of ? metrics[m].of(s, r) : NAN;
}

bool metric_applies(const struct metric *m, const char *scenario)
{
	static const struct {
		const char *name;
		enum metric_kind kind;
		bool gbps, trips; /* has it METRIC_GBPS, METRIC_ROUND_TRIPS? */
	} scenarios[] = {
		{ "stream", METRIC_OF_PAIR, true, false },
		{ "rr", METRIC_OF_PAIR, false, true },
		{ "backend", METRIC_OF_PAIR, true, false },
		{ "pool", METRIC_OF_POOL, false, false },
		{ "crowd", METRIC_OF_CROWD, false, true },
		{ "tcp", METRIC_OF_TCP, true, true },
	};

	for (size_t i = 0; scenario && i < sizeof(scenarios) / sizeof(scenarios[0]); i++) {
		if (strcmp(scenarios[i].name, scenario) != 0)
			continue;
		if (metric_index(m) == METRIC_GBPS)
			return scenarios[i].gbps;
		if (metric_index(m) == METRIC_ROUND_TRIPS)
			return scenarios[i].trips;
		return m->kind & scenarios[i].kind;
	}
	return true;
}

static bool is_named(const char *key, const char *name, size_t len)
{
	if (strncmp(key, name, len) != 0)
		return false;
	key += len;
	return !*key || strcmp(key, "_us") == 0 || strcmp(key, "_per_s") == 0;
}

const struct metric *metric_find(const char *name, size_t len)
{
	for (unsigned i = 0; i < METRICS && len; i++)
		if (is_named(metrics[i].key, name, len))
			return &metrics[i];
	return NULL;
}

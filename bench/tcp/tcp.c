// SPDX-License-Identifier: BSD-2-Clause
// TCP between two stock Linux guests: the work as text, and what a run was worth.
#include "bench/tcp/tcp.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "vhost/notify.h"

void tcp_work_print(const struct tcp_work *w, char text[TCP_WORK_TEXT])
{
	snprintf(text, TCP_WORK_TEXT, "%u,%u,%u,%u", w->streams, w->size, w->warmup_ms,
		 w->duration_ms);
}

bool tcp_work_read(const char *text, struct tcp_work *w)
{
	int n = -1;

	return sscanf(text, "%u,%u,%u,%u%n", &w->streams, &w->size, &w->warmup_ms, &w->duration_ms,
		      &n) == 4 &&
	       !text[n] && w->streams && w->streams <= TCP_STREAMS_MAX && w->size &&
	       w->size <= TCP_SIZE_MAX;
}

#define BOOT_S 3.0

double tcp_seconds(const struct tcp_spec *s)
{
	return BOOT_S + SAID_PHASES * (s->work.warmup_ms + s->work.duration_ms) / 1e3;
}

double tcp_all_seconds(const struct tcp_bench *b)
{
	double round = 0;

	for (unsigned i = 0; i < b->nrows; i++)
		round += tcp_seconds(&b->row[i].spec);
	return round * (b->rounds.plan.warmup + b->rounds.runs);
}

static double per_s(const struct tcp_result *r, unsigned side, enum said_figure n,
		    enum said_figure ns)
{
	const uint64_t *v = r->said.value[side];

	return v[ns] ? (double)v[n] * 1e9 / (double)v[ns] : NAN;
}

static double gbps(const struct tcp_result *r)
{
	return per_s(r, SIDE_A, SAID_STREAM_BYTES, SAID_STREAM_NS) * 8 / 1e9;
}

static double interrupts(const struct tcp_result *r)
{
	return per_s(r, SIDE_A, SAID_STREAM_INTERRUPTS, SAID_STREAM_NS) +
	       per_s(r, SIDE_B, SAID_STREAM_INTERRUPTS, SAID_STREAM_NS);
}

static double notifications(const struct tcp_result *r)
{
	const struct tcp_window *w = &r->window[SAID_STREAM];

	if (r->uncounted || w->host_s <= 0)
		return NAN;
	return (double)(w->notifications[SIDE_A] + w->notifications[SIDE_B]) / w->host_s;
}

/* As hist_has(): with fewer than ten values beyond it a quantile is an accident. */
static bool has(uint64_t n, unsigned percent)
{
	return n * (100 - percent) >= 1000;
}

static double rtt(const struct tcp_result *r, enum said_figure f, unsigned percent)
{
	const uint64_t *a = r->said.value[SIDE_A];

	return has(a[SAID_RTT_SAMPLES], percent) ? (double)a[f] : NAN;
}

static double trip(const struct tcp_result *r, enum said_figure f, unsigned percent)
{
	const uint64_t *a = r->said.value[SIDE_A];

	return has(a[SAID_RR_TRIPS], percent) ? (double)a[f] / 1e3 : NAN;
}

static double worker(const struct tcp_result *r, bool mean)
{
	const struct hist *h = &r->window[SAID_STREAM].worker;

	if (!h->n || (!mean && !hist_has(h, 0.5)))
		return NAN;
	return (mean ? hist_mean(h) : hist_quantile(h, 0.5)) / 1e3;
}

static void put(double value[METRICS], const char *key, double v)
{
	value[metric_index(metric_find(key, strlen(key)))] = v;
}

void tcp_values(const struct tcp_result *r, double value[METRICS])
{
	const uint64_t *a = r->said.value[SIDE_A], *b = r->said.value[SIDE_B];

	for (unsigned m = 0; m < METRICS; m++)
		value[m] = NAN;
	value[METRIC_GBPS] = gbps(r);
	value[METRIC_ROUND_TRIPS] = per_s(r, SIDE_A, SAID_RR_TRIPS, SAID_RR_NS);
	put(value, "interrupts_per_s", interrupts(r));
	put(value, "notifications_per_s", notifications(r));
	put(value, "worker_p50_us", worker(r, false));
	put(value, "worker_mean_us", worker(r, true));
	put(value, "rtt_p50_us", rtt(r, SAID_RTT_P50_US, 50));
	put(value, "rtt_p99_us", rtt(r, SAID_RTT_P99_US, 99));
	put(value, "trip_p50_us", trip(r, SAID_TRIP_P50_NS, 50));
	put(value, "trip_p99_us", trip(r, SAID_TRIP_P99_NS, 99));
	put(value, "retransmits", (double)a[SAID_RETRANSMITS]);
	put(value, "out_of_order", (double)b[SAID_OUT_OF_ORDER]);
	put(value, "dsack_dups", (double)a[SAID_DSACK_DUPS]);
	put(value, "lost", (double)a[SAID_SENT] - (double)b[SAID_RECEIVED]);
	put(value, "corrupt", (double)(a[SAID_CORRUPT] + b[SAID_CORRUPT]));
}

double tcp_median(const struct tcp_row *row, const char *key)
{
	const struct metric *m = metric_find(key, strlen(key));

	return row->over.n ? row->over.summary[metric_index(m)].median : NAN;
}

static bool is_kvms(const struct cell_spec *s)
{
	return notify_by_producer(s->notify) && s->irq->deferred;
}

const char *tcp_deliverer(const struct cell_spec *s)
{
	if (!notify_by_producer(s->notify))
		return s->notify->deliverer;
	return is_kvms(s) ? "KVM's work item, same CPU" : "the producer itself";
}

/* Workers that do much else tell nothing about us. */
static double kworkers_waited_ms(const struct tcp_row *row)
{
	const struct kworker_counts *k = &row->sum.window[SAID_STREAM].kworkers;
	uint64_t interrupts = row->sum.said.value[SIDE_A][SAID_STREAM_INTERRUPTS] +
			      row->sum.said.value[SIDE_B][SAID_STREAM_INTERRUPTS];

	if (!k->readable || !k->runs || k->runs > 2 * interrupts)
		return NAN;
	return (double)k->wait_ns / (double)k->runs / 1e6;
}

double tcp_waited_ms(const struct tcp_row *row)
{
	const struct role_counts *threads = &row->sum.window[SAID_STREAM].threads;
	const struct thread_counts *t = &threads->role[ROLE_NOTIFIER];

	if (is_kvms(&row->spec.cell))
		return kworkers_waited_ms(row);
	if (notify_by_producer(row->spec.cell.notify))
		return NAN;
	return threads->accounted && t->slices ? (double)t->wait_ns / (double)t->slices / 1e6 : NAN;
}

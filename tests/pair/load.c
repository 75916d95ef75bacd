// SPDX-License-Identifier: BSD-2-Clause
// Open loop with the real driver and backend: frames at their time, all of them; and a known delay found again.
#include "tests/pair/fixture.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "bench/run/latency.h"
#include "bench/run/load.h"
#include "vhost/strategies.h"

#define RUN_MS 150u
#define DELAY_US 500u

struct trial {
	char name[128];
	struct pair_config config;
	struct load_spec load;
};

static struct pair *pair;
static struct load_result *result;
static struct latency *latency;

static int set_up(void **state)
{
	(void)state;
	result = calloc(1, sizeof(*result));
	latency = calloc(1, sizeof(*latency));
	return result && latency ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	pair_destroy(pair);
	pair = NULL;
	free(result);
	free(latency);
	return 0;
}

static bool is_rr(const struct trial *t)
{
	return t->config.workload[SIDE_A] == TANDEM_RR_PING;
}

/* Marks are read while the pair runs, as a bench does: there may be more than fit their ring. */
static void run_pair(const struct trial *t, uint64_t window[2])
{
	struct load_reader reader;
	uint64_t accepted[2];

	pair = make_pair(&t->config);
	for (unsigned i = 0; i < SIDES; i++)
		load_fill(pair_load(pair, i), &t->load, t->config.clock_hz);
	load_open(&reader, pair_load(pair, SIDE_A), pair_load(pair, is_rr(t) ? SIDE_A : SIDE_B),
		  t->config.clock_hz);
	start_pair(pair);
	assert_true(wait_frames(pair, 1));
	accepted[0] = frames_accepted(pair);
	window[0] = clock_now();
	for (unsigned ms = 0; ms < RUN_MS; ms++) {
		sleep_ms(1);
		result->unmarked += load_drain(&reader, window[0], UINT64_MAX, &result->latency);
	}
	window[1] = clock_now();
	accepted[1] = frames_accepted(pair);
	drain_pair(pair);
	pair_stop(pair);
	result->unmarked += load_drain(&reader, window[0], window[1], &result->latency);
	load_finish(&reader, window[0], window[1], pair_report(pair, SIDE_A)->next_seq, accepted,
		    result);
}

/* When b slept through its tick: was nothing sent for so long, or did what was sent lie there? */
static void explain_tick(void)
{
	const struct tandem_load *a = pair_load(pair, SIDE_A), *b = pair_load(pair, SIDE_B);
	uint64_t pause = 0, way = 0, last = a->start, i = 0;

	if (!pair_report(pair, SIDE_B)->ticks || a->head > TANDEM_MARKS || b->head > TANDEM_MARKS)
		return;
	for (uint64_t k = 0; k < a->head; last = a->marks[k++].t)
		if (a->marks[k].t - last > pause)
			pause = a->marks[k].t - last;
	for (uint64_t k = 0; k < b->head && i < a->head; k++) {
		while (i + 1 < a->head && a->marks[i].seq < b->marks[k].seq)
			i++;
		if (b->marks[k].t - a->marks[i].t > way && b->marks[k].t > a->marks[i].t)
			way = b->marks[k].t - a->marks[i].t;
	}
	print_message("# b slept for a tick: longest pause of a %llu, longest way to b %llu ms\n",
		      (unsigned long long)(pause * 1000 / test_clock_hz()),
		      (unsigned long long)(way * 1000 / test_clock_hz()));
}

/* As assert_complete(), but timers do go off. */
static void assert_nothing_lost(const struct trial *t)
{
	const struct tandem_report *a = pair_report(pair, SIDE_A), *b = pair_report(pair, SIDE_B);

	explain_tick();
	assert_int_equal(b->rx_frames, a->next_seq);
	assert_int_equal(a->acked_seq, a->next_seq);
	assert_int_equal(a->retransmits, 0);
	assert_int_equal(b->rx_corrupt + b->rx_duplicates + b->rx_out_of_order, 0);
	assert_int_equal(b->ticks, 0); /* only a lost wake-up sleeps so long */
	if (is_rr(t))
		assert_int_equal(b->tx_frames, a->next_seq);
	assert_ages(pair, is_rr(t));
	assert_notifications_conserved(pair);
}

/* a's own marks: in stream of sending, in rr of answers. No frame goes before its time. */
static void assert_none_early(void)
{
	const struct tandem_load *a = pair_load(pair, SIDE_A);
	uint64_t n = a->head < TANDEM_MARKS ? a->head : TANDEM_MARKS;

	assert_true(n > 0);
	for (uint64_t i = a->head - n; i < a->head; i++) {
		const struct tandem_mark *m = &a->marks[i & (TANDEM_MARKS - 1)];

		assert_true(m->t >= load_intended(a, m->seq - 1));
	}
}

/* So many were due in so much time, within what chance adds or takes: five standard deviations of Poisson's. */
static void assert_rate(const struct trial *t, const uint64_t window[2])
{
	double seconds = (double)(window[1] - window[0]) / (double)t->config.clock_hz;
	double mean = seconds * t->load.rate, off = (double)result->offered - mean;

	assert_true(off * off <= 25 * mean + 25);
}

static void every_frame_goes_at_its_time(void **state)
{
	const struct trial *t = *state;
	uint64_t window[2];

	run_pair(t, window);
	assert_nothing_lost(t);
	assert_none_early();
	assert_int_equal(result->unmarked, 0);
	assert_int_equal(result->latency.n, result->offered);
	assert_rate(t, window);
}

/* More than can be served: said, nothing lost, and all that was offered is in the latency. */
static void overload_is_said(void **state)
{
	const struct trial *t = *state;
	uint64_t window[2];

	run_pair(t, window);
	assert_nothing_lost(t);
	assert_none_early();
	assert_true(result->overload);
	assert_true(result->unsent > 0);
	assert_true(result->served < result->offered);
	assert_int_equal(result->latency.n + result->unmarked, result->offered);
	/* The backlog's last frame in the end waited for nearly all of the window. */
	assert_true(result->latency.max_ns > 10000000);
}

/* ---- the delay ---- */

static void measure(const struct pair_config *c)
{
	struct latency_reader reader;

	pair = make_pair(c);
	latency_open(&reader, backend_stamps(pair_backend(pair), SIDE_B), pair_report(pair, SIDE_B),
		     c->clock_hz);
	start_pair(pair);
	for (unsigned ms = 0; ms < 5000 && latency->notify.n < 200; ms++) {
		sleep_ms(1);
		latency_drain(&reader, latency);
	}
	drain_pair(pair);
	pair_stop(pair);
	assert_complete(pair, c);
	assert_true(latency->notify.n >= 200);
}

/* How many of b's frames were younger than `us`? A bucket's middle is off by 1.6 %. */
static uint64_t younger_than(double us)
{
	double cycles = us * (double)test_clock_hz() / 1e6;
	uint64_t n = 0;

	for (unsigned i = 0; i < CYCLES_BUCKETS; i++)
		if ((double)cycles_bucket_middle(i) < cycles)
			n += pair_report(pair, SIDE_B)->age[i];
	return n;
}

/* At its place, as long as it is; and nowhere else. Whatever else the machine does, the quickest is right. */
static void a_delay_is_found_at_its_stage(void **state)
{
	const struct trial *t = *state;
	const struct hist *write = &latency->stage[STAGE_WRITE];

	measure(&t->config);
	print_message("# %u us of delay: write min %.1f, p50 %.1f us; notify min %.1f us\n",
		      DELAY_US, (double)write->min_ns / 1e3, hist_quantile(write, 0.5) / 1e3,
		      (double)latency->notify.min_ns / 1e3);
	assert_true(write->min_ns >= DELAY_US * 1000 * 0.999);
	assert_true(write->min_ns <= DELAY_US * 1000 * 1.01 + 2000);
	assert_true(hist_quantile(write, 0.5) >= DELAY_US * 1000 * 0.996);
	assert_true(latency->notify.min_ns >= write->min_ns);
	assert_true(latency->stage[STAGE_WORKER].min_ns < DELAY_US * 1000 / 2);
	assert_true(latency->stage[STAGE_HANDLER].min_ns < DELAY_US * 1000 / 2);
	assert_true(latency->stage[STAGE_WORKLOAD].min_ns < DELAY_US * 1000 / 2);
	/*
	 * b finds a frame without a notification, and so sooner, when it is kept from its CPU just
	 * before it sleeps: most frames, not all, are as old as the delay.
	 */
	assert_true(younger_than(DELAY_US * 0.98) < younger_than(INFINITY) / 2);
}

/* The control: the same worker without it. */
static void without_a_delay_none_is_found(void **state)
{
	const struct trial *t = *state;

	measure(&t->config);
	assert_true(latency->stage[STAGE_WRITE].min_ns < DELAY_US * 1000 / 10);
	assert_true(younger_than(DELAY_US) > 1);
}

/* ---- all of it ---- */

static void add(struct suite *s, struct trial *t, CMUnitTestFunction fn, const char *what,
		const struct notify_ops *notify, uint32_t workload, struct load_spec load)
{
	t->config = test_config(&accel_thread, notify, workload);
	t->config.open_loop = load.rate;
	t->load = load;
	snprintf(t->name, sizeof(t->name), "%s_%s_by_%s%s%s", what,
		 workload == TANDEM_STREAM_SEND ? "stream" : "rr", notify->name,
		 load.rate ? "_" : "", load.rate ? arrivals_name(load.arrivals) : "");
	suite_add(s, t->name, fn, t);
}

int main(void)
{
	static const uint32_t workloads[] = { TANDEM_STREAM_SEND, TANDEM_RR_PING };
	static struct suite s = { .setup = set_up, .teardown = tear_down };
	static const char *const in_kernel[] = { "batch", "sqpoll" };
	static struct trial trials[64];
	static char what[64][64];
	size_t n = 0;

	for (size_t w = 0; w < ARRAY_SIZE(workloads); w++) {
		for (size_t k = 0; notify_strategies[k]; k++)
			for (unsigned a = 0; a < ARRIVALS_KINDS; a++, n++)
				add(&s, &trials[n], every_frame_goes_at_its_time, "on_time",
				    notify_strategies[k], workloads[w],
				    (struct load_spec){
					    .rate = 1000, .arrivals = a, .seed = n + 1 });
		for (size_t k = 0; k < ARRAY_SIZE(in_kernel); k++) {
			add(&s, &trials[n], every_frame_goes_at_its_time,
			    k ? "on_time_by_sqpoll" : "on_time_by_batch", &notify_deferred,
			    workloads[w], (struct load_spec){ .rate = 1000, .seed = n });
			trials[n++].config.producer = producer_find(in_kernel[k]);
		}
		for (size_t k = 1; k < ARRAY_SIZE(ring_kinds); k++) {
			snprintf(what[n], sizeof(what[n]), "on_time%s", ring_kinds[k].name);
			add(&s, &trials[n], every_frame_goes_at_its_time, what[n], &notify_deferred,
			    workloads[w], (struct load_spec){ .rate = 1000, .seed = n });
			trials[n++].config.features_changed = ring_kinds[k].changes;
		}
		add(&s, &trials[n++], overload_is_said, "overload_of", &notify_direct, workloads[w],
		    (struct load_spec){ .rate = 10000000, .seed = 1 });
	}
	add(&s, &trials[n], a_delay_is_found_at_its_stage, "delay_in", &notify_delayed,
	    TANDEM_RR_PING, (struct load_spec){ 0 });
	trials[n++].config.delay_us = DELAY_US;
	add(&s, &trials[n++], without_a_delay_none_is_found, "no_delay_in", &notify_delayed,
	    TANDEM_RR_PING, (struct load_spec){ 0 });
	return suite_run(&s, "pair: load");
}

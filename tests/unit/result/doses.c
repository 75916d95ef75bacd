// SPDX-License-Identifier: BSD-2-Clause
// Results of several base slices, read back: which cell is what, the verdict, and its words.
#include "tests/common/suite.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/result/doses.h"
#include "bench/show/doses_print.h"

/* A made-up host: what its cells wait, in shares of the slice. */
struct host {
	const char *preempt;
	const char *hrtick;    /* JSON */
	const char *guest_cpu; /* the producer has CPU 1 */
	double lazy;	       /* slope of a worker on the producer's CPU */
	double unbound;	       /* slope of the unbound worker */
	double needs_us;       /* of the loop; 0: nothing known */
	unsigned slices;
	bool beyond_tick; /* the slices are 10 times as long, all longer than the tick */
	bool no_controls; /* the deferred worker's cells only */
};

static const double slices_us[] = { 1400, 2800, 8400 };
static const char *const asked[] = { "default", "2x", "6x" };

struct text {
	char s[65536];
	size_t n;
};

#define ADD(t, ...) \
	((t)->n += (size_t)snprintf((t)->s + (t)->n, sizeof((t)->s) - (t)->n, __VA_ARGS__))

static void add_samples(struct text *t, const char *metric, double wait_us)
{
	ADD(t, "\"%s\":[%g,%g,%g,%g,%g]", metric, wait_us * 0.96, wait_us * 1.04, wait_us,
	    wait_us * 1.02, wait_us * 0.98);
}

static void add_cell(struct text *t, const struct host *h, unsigned slice, const char *notify,
		     const char *producer, const char *control, double slope)
{
	bool tick = strcmp(h->hrtick, "false") == 0;
	double us = slices_us[slice] * (h->beyond_tick ? 10 : 1);
	double dose = tick ? 4000 : fmin(us, 4000);
	bool fifo = strcmp(control, "\"fifo\"") == 0;

	ADD(t,
	    "%s{\"scenario\":\"stream\",\"accel\":\"thread\",\"notify\":\"%s\",\"producer\":\"%s\","
	    "\"irq\":\"eventfd\",\"preempt\":\"%s\",\"frame_bytes\":1500,\"duration_s\":0.25,\"runs\":5,"
	    "\"gbps\":1,\"loop\":\"gated\",\"control\":%s,\"worker_fifo\":%d,"
	    "\"placement\":{\"b\":\"%s\",\"backend\":\"1\",\"notifier\":\"%s\"},"
	    "\"slice\":{\"asked\":\"%s\",\"ns\":%.0f,\"source\":\"debugfs\",\"hz\":250,\"hrtick\":%s},",
	    t->s[t->n - 1] == '[' ? "" : ",", notify, producer, h->preempt, control, fifo,
	    h->guest_cpu, strcmp(h->guest_cpu, "1") ? "0-1" : "1", asked[slice], us * 1e3,
	    h->hrtick);
	if (h->needs_us > 0)
		ADD(t, "\"loop_fit\":{\"copy_us\":10,\"round_trip_us\":%g,\"slice_needed_us\":%g},",
		    h->needs_us / 2, h->needs_us);
	ADD(t, "\"samples\":{");
	add_samples(t, strcmp(notify, "direct") ? "worker_mean_us" : "handler_mean_us",
		    80 + slope * dose);
	ADD(t, ",");
	add_samples(t, "gbps", slope > 0.2 ? 1 / dose : 1);
	ADD(t, "}}");
}

static void add_host(struct text *t, const struct host *h)
{
	for (unsigned i = 0; i < h->slices; i++) {
		add_cell(t, h, i, "deferred", "sqpoll", "null", h->lazy);
		if (h->no_controls)
			continue;
		add_cell(t, h, i, "direct", "sqpoll", "null",
			 strcmp(h->guest_cpu, "1") ? 0 : h->lazy);
		add_cell(t, h, i, "unbound", "sqpoll", "null", h->unbound);
		add_cell(t, h, i, "deferred", "user", "\"user\"", 0);
		add_cell(t, h, i, "deferred", "vhost-net", "null", 5); /* no verdict takes it */
		add_cell(t, h, i, "deferred", "sqpoll", "\"fifo\"", 0);
		add_cell(t, h, i, "deferred", "sqpoll", "\"aa\"", h->lazy);
	}
}

/* The verdicts' part of what is printed for these hosts. */
static void say(const struct host *h, unsigned n, char out[16384])
{
	static struct text t;
	struct results r;
	FILE *f;

	t.n = 0;
	ADD(&t, "{\"schema\":\"tandem-bench/1\",\"host\":{},\"results\":[");
	for (unsigned i = 0; i < n; i++)
		add_host(&t, &h[i]);
	ADD(&t, "]}");
	assert_int_equal(results_parse(t.s, t.n, "made up", &r), 0);
	memset(out, 0, 16384);
	f = fmemopen(out, 16383, "w");
	assert_non_null(f);
	doses_print(&r, f);
	fclose(f);
	doses_set_json(r.doc);
	results_free(&r);
}

static const struct {
	const char *name;
	struct host host;
	const char *says[2];
} cases[] = {
	{ "lazy",
	  { "lazy", "true", "0", 0.65, 0, 0, 3, false, false },
	  { "preempt lazy: shown. worker on the producer's CPU: 0.65 us",
	    "the controls stay flat" } },
	{ "full",
	  { "full", "true", "0", 0, 0, 0, 3, false, false },
	  { "preempt full: absent. worker on the producer's CPU: ", "it does not follow" } },
	{ "a control that moves",
	  { "lazy", "true", "0", 0.65, 0.5, 0, 3, false, false },
	  { "preempt lazy: spoiled. unbound worker:",
	    "this control must not follow the slice, and does: 0.5" } },
	{ "one CPU",
	  { "lazy", "true", "1", 0.65, 0.65, 0, 3, false, false },
	  { "preempt lazy: shown.",
	    "the producer itself: no control here:\n    the guest shares the producer's CPU" } },
	{ "a slow loop that shows it all the same",
	  { "lazy", "true", "0", 0.65, 0, 9000, 3, false, false },
	  { "preempt lazy: shown.", NULL } },
	{ "a slow loop in which nothing shows",
	  { "lazy", "true", "0", 0, 0, 9000, 3, false, false },
	  { "too slow to tell at this slice:\n  a round trip takes 4.5 ms without a wait",
	    "a slice of 9 ms would do, and a kernel with as long a tick" } },
	{ "slices that the tick makes one dose",
	  { "lazy", "true", "0", 0.65, 0, 0, 2, true, false },
	  { "preempt lazy: spoiled. one dose only", "give shorter ones" } },
	{ "no control",
	  { "lazy", "true", "0", 0.65, 0, 0, 3, .no_controls = true },
	  { "preempt lazy: shown.",
	    "of wait for each us of the slice; no control was measured." } },
	{ "no HRTICK: the tick is the dose",
	  { "lazy", "false", "0", 0.8, 0, 0, 3, false, false },
	  { "preempt lazy: shown. worker on the producer's CPU: 0.82 us",
	    "for each us of the tick" } },
};

static void each_host_has_its_verdict(void **state)
{
	static char out[16384];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		say(&cases[i].host, 1, out);
		for (unsigned k = 0; k < 2 && cases[i].says[k]; k++)
			if (!strstr(out, cases[i].says[k]))
				fail_msg("%s: not there: %s\n%s", cases[i].name, cases[i].says[k],
					 out);
	}
}

static void each_mode_has_a_verdict_of_its_own(void **state)
{
	const struct host both[] = { { "full", "true", "0", 0, 0, 0, 3, false, false },
				     { "lazy", "true", "0", 0.65, 0, 0, 3, false, false } };
	static char out[16384];

	(void)state;
	say(both, 2, out);
	assert_non_null(strstr(out, "preempt full: absent"));
	assert_non_null(strstr(out, "preempt lazy: shown"));
}

static void no_line_is_wider_than_a_terminal(void **state)
{
	const struct host h = { "lazy", "true", "0", 0.65, 0, 0, 3, false, false };
	static char out[16384];
	char *save = NULL;

	(void)state;
	say(&h, 1, out);
	for (char *l = strtok_r(out, "\n", &save); l; l = strtok_r(NULL, "\n", &save))
		if (strlen(l) > 80)
			fail_msg("%zu columns: %s", strlen(l), l);
}

static void without_several_slices_nothing_is_said(void **state)
{
	const struct host one = { "lazy", "true", "0", 0.65, 0, 0, 1, false, false };
	const struct host tick = { "lazy", "false", "0", 0.65, 0, 0, 1, false, false };
	const struct host mixed[] = { one, { "full", "true", "0", 0, 0, 0, 3, false, false } };
	static char out[16384];

	(void)state;
	say(NULL, 0, out);
	assert_string_equal(out, "");
	say(&one, 1, out);
	assert_string_equal(out, "");
	say(&tick, 1, out);
	assert_string_equal(out, "");
	say(mixed, 2, out);
	assert_null(strstr(out, "preempt lazy"));
	assert_non_null(strstr(out, "preempt full: absent"));
}

int main(void)
{
	static struct suite s;

	suite_add(&s, "each host has its verdict, in words", each_host_has_its_verdict, NULL);
	suite_add(&s, "each mode has a verdict of its own", each_mode_has_a_verdict_of_its_own,
		  NULL);
	suite_add(&s, "the dose table fits 80 columns", no_line_is_wider_than_a_terminal, NULL);
	suite_add(&s, "without several slices nothing is said",
		  without_several_slices_nothing_is_said, NULL);
	return suite_run(&s, "doses");
}

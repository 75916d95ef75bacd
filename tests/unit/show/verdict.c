// SPDX-License-Identifier: BSD-2-Clause
// The verdict's words and the short table, of made-up results.
#include "tests/common/suite.h"
#include "tests/common/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/show/brief.h"
#include "bench/show/fill.h"
#include "bench/show/verdict_print.h"

/* A made-up host: Gb/s of each deliverer, from a producer in the kernel and from the control. */
struct host {
	const char *preempt;
	const char *producer;		  /* NULL: sqpoll */
	double direct, deferred, unbound; /* 0: not measured */
	double user_direct, user_deferred, user_unbound;
	unsigned runs;
	const char *noise; /* NULL: quiet */
	double detectable; /* 0: little */
};

struct text {
	char s[65536];
	size_t n;
};

#define ADD(t, ...) \
	((t)->n += (size_t)snprintf((t)->s + (t)->n, sizeof((t)->s) - (t)->n, __VA_ARGS__))

static void add_cell(struct text *t, const struct host *h, const char *notify, double gbps,
		     bool control)
{
	static const double spread[] = { 0.98, 1.02, 1, 1.01, 0.99 };
	const char *producer = control ? "user" : h->producer ? h->producer : "sqpoll";

	if (!(gbps > 0))
		return;
	ADD(t,
	    "%s{\"scenario\":\"stream\",\"accel\":\"thread\",\"notify\":\"%s\",\"producer\":\"%s\","
	    "\"irq\":\"eventfd\",\"preempt\":\"%s\",\"frame_bytes\":1500,\"window\":16,"
	    "\"duration_s\":0.5,\"asked_s\":0.5,\"runs\":%u,\"gbps\":%g,\"loop\":\"gated\","
	    "\"control\":%s,\"notify_us\":{\"n\":250,\"p50\":70.25,\"p99\":null},"
	    "\"samples\":{\"gbps\":[",
	    t->s[t->n - 1] == '[' ? "" : ",", notify, producer, h->preempt, h->runs, gbps,
	    control ? "\"user\"" : "null");
	for (unsigned i = 0; i < h->runs; i++)
		ADD(t, "%s%g", i ? "," : "", gbps * spread[i % 5]);
	ADD(t, "]}}");
}

/* Of all hosts in one file; the first one's noise. `also`: members of the document. */
static void read_hosts(const struct host *h, unsigned n, const char *also, struct results *r)
{
	static struct text t;

	t.n = 0;
	ADD(&t,
	    "{\"schema\":\"tandem-bench/1\",%s\"host\":{\"noise\":{\"verdict\":\"%s\"}},"
	    "\"statistics\":{\"resolvable\":{\"gbps\":%g}},\"results\":[",
	    also, h->noise ? h->noise : "quiet", h->detectable > 0 ? h->detectable : 0.0312);
	for (const struct host *end = h + n; h < end; h++) {
		add_cell(&t, h, "direct", h->direct, false);
		add_cell(&t, h, "deferred", h->deferred, false);
		add_cell(&t, h, "unbound", h->unbound, false);
		add_cell(&t, h, "direct", h->user_direct, true);
		add_cell(&t, h, "deferred", h->user_deferred, true);
		add_cell(&t, h, "unbound", h->user_unbound, true);
	}
	ADD(&t, "]}");
	assert_int_equal(results_parse(t.s, t.n, "a.json", r), 0);
}

static void read_host(const struct host *h, struct results *r)
{
	read_hosts(h, 1, "", r);
}

/* The words of the only group, and what to try next. */
static enum cost_finding judge(const struct host *h, const struct verdict_next *next, char *words,
			       char *then)
{
	struct cost c[COSTS_MAX];
	struct results r;

	read_host(h, &r);
	assert_int_equal(costs_find(&r, c), 1);
	verdict_text(&c[0], words);
	verdict_next_text(&r, c, 1, next, then);
	results_free(&r);
	return c[0].finding;
}

/* `then`: NULL, whatever; "": nothing is said. */
static void expect(const struct host *h, bool may_switch, enum cost_finding finding,
		   const char *words, const char *then)
{
	char said[VERDICT_BYTES], next[VERDICT_BYTES];
	enum cost_finding got = judge(h, &(struct verdict_next){ may_switch }, said, next);

	if (got != finding || !strstr(said, words) ||
	    (then && (*then ? !strstr(next, then) : *next != '\0')))
		fail_msg("finding %d, not %d, or not '%s' or '%s' in:\n%s\n%s", got, finding, words,
			 then ? then : "", said, next);
}

static void shown(void **state)
{
	static const struct host h = { "lazy", NULL, 0.4, 0.07, 0.28, 0.3, 0.3, 0.3, 5, NULL, 0 };

	(void)state;
	expect(&h, false, COST_SHOWN,
	       "Verdict: shown under preempt=lazy. From producer sqpoll a deferred worker moves "
	       "0.25x [",
	       "`tandem bench lazy` (as root)");
	expect(&h, true, COST_SHOWN, "and 0.175x [", "`tandem bench lazy`.");
	expect(&h, true, COST_SHOWN, "has 1x [0.971, 1.03]: it does not lose that.", NULL);
}

static void not_shown(void **state)
{
	static const struct host none = { "none", NULL, 0.3, 0.3, 0.3, 0.3, 0.3, 0.3, 5, NULL, 0 };
	static const struct host lazy = { "lazy", NULL, 0.3, 0.3, 0.3, 0.3, 0.3, 0.3, 5, NULL, 0 };
	static const struct host gains = { "full", NULL, 0.1, 0.3, 0.3, 0.3, 0.3, 0.3, 5, NULL, 0 };

	(void)state;
	expect(&none, false, COST_ABSENT, "Verdict: not shown under preempt=none.",
	       "this kernel runs preempt=none; to see lazy: `tandem lab ");
	expect(&none, true, COST_ABSENT, "no significant loss.",
	       "`tandem bench lazy --preempt=full,lazy`");
	expect(&none, true, COST_ABSENT, "it spoils nothing. Smallest detectable change: 4 %.",
	       NULL);
	expect(&gains, false, COST_ABSENT, "and 3x [", "to see lazy");
	expect(&lazy, false, COST_ABSENT, "not shown under preempt=lazy", "");
}

static void handing_over_is_not_staying(void **state)
{
	static const struct host h = { "full", NULL, 0.4, 0.3, 0.3, 0.4, 0.3, 0.3, 5, NULL, 0 };

	(void)state;
	expect(&h, false, COST_HANDOVER,
	       "handing over costs, staying on the producer's CPU does not.", "to see lazy");
}

static void spoiled(void **state)
{
	/* Both lose; the control alone; the control half as much, and a quarter. */
	static const struct host both = { "lazy", NULL, 0.4, 0.1, 0.3, 0.4, 0.1, 0.3, 5, NULL, 0 };
	static const struct host alone = {
		"full", NULL, 0.3, 0.3, 0.3, 0.3, 0.2, 0.3, 5, "noisy", 0
	};
	static const struct host half = { "lazy", NULL, 0.4, 0.1, 0.4, 0.4, 0.19, 0.4, 5, NULL, 0 };
	static const struct host quarter = {
		"lazy", NULL, 0.4, 0.1, 0.4, 0.4, 0.3, 0.4, 5, NULL, 0
	};

	(void)state;
	expect(&both, false, COST_SPOILED, "Verdict: spoiled under preempt=lazy.",
	       "Next: try again on a quiet host");
	expect(&both, false, COST_SPOILED,
	       "But the control, the same with the producer in user mode,", "`--runs=15`");
	expect(&alone, false, COST_SPOILED, "something else makes differences of that size here",
	       "The host is noisy: try again");
	expect(&half, false, COST_SPOILED, "0.475x", NULL);
	expect(&quarter, false, COST_SHOWN, "0.75x", NULL);
}

static void too_few(void **state)
{
	static const struct host h = { "lazy", NULL, 0.4, 0.1, 0.3, 0.3, 0.3, 0.3, 4, NULL, 0 };
	static const struct host lone = { "lazy", NULL, 0.4, 0.1, 0, 0.3, 0.3, 0, 5, NULL, 0 };

	(void)state;
	expect(&h, false, COST_UNKNOWN,
	       "Verdict: unclear under preempt=lazy. Too few runs to tell: 4 of each; `--runs=5`",
	       "");
	expect(&lone, false, COST_UNKNOWN, "`--notify=all` measures both.", "");
}

static void noise_is_no_answer(void **state)
{
	static const struct host h = { "full", NULL, 0.3, 0.25,	   0.3,	 0.3,
				       0.3,    0.3,  5,	  "noisy", 8.645 };
	static const struct host same = { "full", NULL, 0.3, 0.3,     0.3,  0.3,
					  0.3,	  0.3,	5,   "noisy", 8.645 };

	(void)state;
	/* What was found was found. */
	expect(&h, false, COST_SHOWN, "shown under", NULL);
	expect(&same, false, COST_NOISY, "Verdict: unclear under preempt=full.",
	       "The host is noisy");
	expect(&same, false, COST_NOISY,
	       "too noisy to tell. The control, the same with the producer in user mode, has",
	       NULL);
	expect(&same, false, COST_NOISY, "]. Smallest detectable change: 865 %.", NULL);
}

static void without_a_control_it_is_said(void **state)
{
	static const struct host h = { "lazy", NULL, 0.4, 0.1, 0.3, 0, 0, 0, 5, NULL, 0 };

	(void)state;
	expect(&h, false, COST_SHOWN, "No control was measured.", NULL);
}

/* Whoever measures the control only must not read "no difference" as an answer. */
static void user_mode_is_no_answer(void **state)
{
	static const struct host h = { "lazy", "user", 0.3, 0.3, 0.3, 0, 0, 0, 5, NULL, 0 };

	(void)state;
	expect(&h, false, COST_ABSENT, "Verdict: under preempt=lazy. From producer user",
	       "a producer in user mode gives way in every mode; `tandem bench` measures");
}

static void results_without_deferred_have_no_verdict(void **state)
{
	static const struct host h = { "lazy", NULL, 0.3, 0, 0.3, 0.3, 0, 0.3, 5, NULL, 0 };
	struct cost c[COSTS_MAX];
	struct results r;

	(void)state;
	read_host(&h, &r);
	assert_int_equal(costs_find(&r, c), 0);
	results_free(&r);
}

/* How often what is printed of these hosts says that a deliverer was left out. */
static unsigned times_said(const struct host *h, unsigned n, const char *also)
{
	struct text_made made;
	FILE *to = text_begin(&made);
	unsigned times = 0;
	struct results r;
	char *text;

	read_hosts(h, n, also, &r);
	verdict_print(&r, NULL, to);
	text = text_end(&made);
	for (const char *at = text; (at = strstr(at, "It is about deferred")); at++)
		times++;
	free(text);
	results_free(&r);
	return times;
}

/* Whoever leaves a deliverer out hears so once, and not where the doses have a verdict. */
static void what_was_left_out_is_said_once(void **state)
{
	static const struct host two[] = { { "full", NULL, 0.4, 0.1, 0, 0, 0, 0, 5, NULL, 0 },
					   { "lazy", NULL, 0.4, 0.1, 0, 0, 0, 0, 5, NULL, 0 } };

	(void)state;
	assert_int_equal(times_said(two, 1, ""), 1);
	assert_int_equal(times_said(two, 2, ""), 1);
	assert_int_equal(times_said(two, 2, "\"verdicts\":[],"), 0);
}

/* ---- the table ---- */

static void check_columns(const char *text)
{
	for (const char *line = text; *line; line += strcspn(line, "\n") + 1)
		if (strcspn(line, "\n") > FILL_COLUMNS)
			fail_msg("more than %u columns: %.*s", FILL_COLUMNS,
				 (int)strcspn(line, "\n"), line);
}

static char *printed(const struct results *r)
{
	static const struct verdict_next next = { false };
	struct text_made made;
	FILE *to = text_begin(&made);
	char *text;

	verdict_print(r, &next, to);
	brief_print(r, to);
	text = text_end(&made);
	check_columns(text);
	return text;
}

static void a_table_fits_and_says_what_is_a_control(void **state)
{
	static const struct host h = { "voluntary", NULL, 0.4, 0.1,	0.3, 0.3,
				       0.3,	    0.3,  5,   "noisy", 0 };
	struct results r;
	char *text;

	(void)state;
	read_host(&h, &r);
	text = printed(&r);
	assert_non_null(strstr(text, "\ndeliverer producer             Gb/s    p50 us    p99 us"));
	assert_non_null(strstr(text, "\ndeferred  sqpoll              0.100      70.2     (10s)"));
	assert_non_null(strstr(text, "\ndeferred  user, control       0.300      70.2     (10s)"));
	/* 250 values in 2.5 s, and 1,000 wanted; five runs. */
	assert_non_null(strstr(text, "`--duration=2s` has enough"));
	free(text);
	results_free(&r);
}

static void a_quantile_says_what_it_needs(void **state)
{
	static const struct {
		const char *json, *p50, *p99;
	} rows[] = {
		{ "{\"n\":0,\"p50\":null,\"p99\":null}", "-", "-" },
		{ "{\"n\":10,\"p50\":null,\"p99\":null}", "(4s)", "(200s)" },
		{ "{\"n\":999,\"p50\":1.25,\"p99\":null}", "1.2", "(3s)" },
		{ "{\"n\":1000,\"p50\":1.26,\"p99\":99.96}", "1.3", "100.0" },
		{ "null", "-", "-" },
	};
	char text[512], out[BRIEF_TEXT];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct results r;
		int n = snprintf(text, sizeof(text),
				 "{\"schema\":\"tandem-bench/1\",\"host\":{},\"results\":[{"
				 "\"scenario\":\"rr\",\"accel\":\"thread\",\"notify\":\"direct\","
				 "\"producer\":\"user\",\"irq\":\"eventfd\",\"preempt\":\"full\","
				 "\"frame_bytes\":64,\"duration_s\":2,\"runs\":1,\"gbps\":1,"
				 "\"notify_us\":%s}]}",
				 rows[i].json);

		assert_int_equal(results_parse(text, (size_t)n, "a.json", &r), 0);
		brief_quantile(&r.result[0], "p50", out);
		assert_string_equal(out, rows[i].p50);
		brief_quantile(&r.result[0], "p99", out);
		assert_string_equal(out, rows[i].p99);
		results_free(&r);
	}
}

static void text_is_filled(void **state)
{
	struct text_made made;
	FILE *to = text_begin(&made);
	char *text;

	(void)state;
	fill_put(to, 78, 2, "a b `c d` e");
	fill_put(to, 0, 0,
		 "words and words and words and words and words and words and words `a command "
		 "stays whole`");
	text = text_end(&made);
	assert_string_equal(text,
			    "a\n  b `c d` e\n"
			    "words and words and words and words and words and words and words\n"
			    "`a command stays whole`\n");
	free(text);
}

int main(void)
{
	static struct suite s;

	suite_add(&s, "shown", shown, NULL);
	suite_add(&s, "not shown", not_shown, NULL);
	suite_add(&s, "handing over is not staying", handing_over_is_not_staying, NULL);
	suite_add(&s, "spoiled", spoiled, NULL);
	suite_add(&s, "too few", too_few, NULL);
	suite_add(&s, "noise is no answer", noise_is_no_answer, NULL);
	suite_add(&s, "without a control it is said", without_a_control_it_is_said, NULL);
	suite_add(&s, "user mode is no answer", user_mode_is_no_answer, NULL);
	suite_add(&s, "results without deferred have no verdict",
		  results_without_deferred_have_no_verdict, NULL);
	suite_add(&s, "what was left out is said once", what_was_left_out_is_said_once, NULL);
	suite_add(&s, "a table fits and says what is a control",
		  a_table_fits_and_says_what_is_a_control, NULL);
	suite_add(&s, "a quantile says what it needs", a_quantile_says_what_it_needs, NULL);
	suite_add(&s, "text is filled", text_is_filled, NULL);
	return suite_run(&s, "verdict");
}

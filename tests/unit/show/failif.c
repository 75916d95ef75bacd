// SPDX-License-Identifier: BSD-2-Clause
// --fail-if's conditions, and the words by which cells are picked: one row per case.
#include "tests/common/suite.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include "bench/show/failif.h"
#include "bench/plan/label.h"

/* ---------------------------------------------------------------- what is understood */

static const struct good {
	const char *text, *selector, *metric;
	enum failif_op op;
	bool ratio;
	double bound;
} goods[] = {
	{ "deferred.notify_p99 > 1.2x", "deferred", "notify_p99_us", FAILIF_MORE, true, 1.2 },
	{ "notify_p99>1.2x", "", "notify_p99_us", FAILIF_MORE, true, 1.2 },
	{ "  notify_p99_us  >=  2x  ", "", "notify_p99_us", FAILIF_MORE_EQUAL, true, 2 },
	{ "stream deferred.gbps < 0.9x", "stream deferred", "gbps", FAILIF_LESS, true, 0.9 },
	{ "stream.deferred.gbps<=0.9x", "stream.deferred", "gbps", FAILIF_LESS_EQUAL, true, 0.9 },
	{ "stream,msi-broadcast.gbps<.5x", "stream,msi-broadcast", "gbps", FAILIF_LESS, true, 0.5 },
	{ "rr.notify_p50 > 500us", "rr", "notify_p50_us", FAILIF_MORE, false, 500 },
	{ "rr.notify_p50 > 500 us", "rr", "notify_p50_us", FAILIF_MORE, false, 500 },
	{ "rr.notify_p50 > 1.5ms", "rr", "notify_p50_us", FAILIF_MORE, false, 1500 },
	{ "rr.notify_p50 > 2s", "rr", "notify_p50_us", FAILIF_MORE, false, 2e6 },
	{ "rr.notify_p50 > 800ns", "rr", "notify_p50_us", FAILIF_MORE, false, 0.8 },
	{ "gbps < 40Gb/s", "", "gbps", FAILIF_LESS, false, 40 },
	{ "gbps < 40000 Mb/s", "", "gbps", FAILIF_LESS, false, 40 },
	{ "round_trips < 5000/s", "", "round_trips_per_s", FAILIF_LESS, false, 5000 },
	{ "ctx_switches_per_s > 1x", "", "ctx_switches_per_s", FAILIF_MORE, true, 1 },
	{ "lost > 0", "", "lost", FAILIF_MORE, false, 0 },
	{ "stream.retransmits >= 10", "stream", "retransmits", FAILIF_MORE_EQUAL, false, 10 },
	{ "notify_p99_9 > 3x", "", "notify_p99_9_us", FAILIF_MORE, true, 3 },
};

static void is_understood(void **state)
{
	const struct good *g = *state;
	struct failif f;

	assert_int_equal(failif_parse(g->text, &f), 0);
	assert_string_equal(f.metric->key, g->metric);
	assert_int_equal(f.op, g->op);
	assert_int_equal(f.ratio, g->ratio);
	assert_true(fabs(f.bound - g->bound) < 1e-9);
	assert_int_equal(f.selector_len, strlen(g->selector));
	assert_memory_equal(f.selector, g->selector, f.selector_len);
}

static const char *const bads[] = {
	"",
	" ",
	"x",
	">",
	"> 1.2x",
	". > 1.2x",
	"deferred. > 1.2x",
	"deferred > 1.2x",
	"deferred.p99 > 1.2x",
	"deferred.notify > 1.2x",
	"deferred.notify_p > 1.2x",
	"deferred.notify_p99_u > 1.2x",
	"deferred notify_p99 > 1.2x",
	"deferred.notify_p99 = 1.2x",
	"deferred.notify_p99 == 1.2x",
	"deferred.notify_p99 1.2x",
	"deferred.notify_p99 >> 1.2x",
	"deferred.notify_p99 <> 1.2x",
	"deferred.notify_p99 => 1.2x",
	"deferred.notify_p99 >",
	"deferred.notify_p99 > x",
	"deferred.notify_p99 > 1.2",
	"deferred.notify_p99 > 1.2X",
	"deferred.notify_p99 > 1.2xx",
	"deferred.notify_p99 > 1.2 x y",
	"deferred.notify_p99 > 1.2x > 1",
	"deferred.notify_p99 > 1,2x",
	"deferred.notify_p99 > 1.2.3x",
	"deferred.notify_p99 > .x",
	"deferred.notify_p99 > -1x",
	"deferred.notify_p99 > +1x",
	"deferred.notify_p99 > 0x10",
	"deferred.notify_p99 > 1e3x",
	"deferred.notify_p99 > nan",
	"deferred.notify_p99 > infx",
	"deferred.notify_p99 > 20%",
	"deferred.notify_p99 > 500Gb/s",
	"deferred.notify_p99 > 500/s",
	"gbps < 40us",
	"gbps < 40",
	"gbps < 40 Gb",
	"round_trips < 5000",
	"lost > 0us",
	"notify_p99 > 99999999999999999999999999999999999999999999999999999x",
};

static void is_refused(void **state)
{
	struct failif f;

	assert_int_equal(failif_parse(*(const char *const *)*state, &f), -EINVAL);
}

/* ---------------------------------------------------------------- what is true */

static const struct truth {
	const char *name, *text;
	double ratio;
	enum stats_verdict verdict;
	double value;
	bool holds;
} truths[] = {
	{ "a ratio beyond the bound", "notify_p99 > 1.2x", 1.3, VERDICT_MORE, 1, true },
	{ "a ratio at the bound is not above it", "notify_p99 > 1.2x", 1.2, VERDICT_MORE, 1,
	  false },
	{ "a ratio at the bound is at least it", "notify_p99 >= 1.2x", 1.2, VERDICT_MORE, 1, true },
	{ "a ratio within the bound", "notify_p99 > 1.2x", 1.1, VERDICT_MORE, 1, false },
	{ "~ counts as 1: not above", "notify_p99 > 1.2x", 1.9, VERDICT_SAME, 1, false },
	{ "~ counts as 1: not below", "gbps < 0.9x", 0.5, VERDICT_SAME, 1, false },
	{ "~ counts as 1: an improvement that is not there", "gbps < 1.1x", 1.3, VERDICT_SAME, 1,
	  true },
	{ "~ counts as 1: at least 1", "gbps >= 1x", 0.5, VERDICT_SAME, 1, true },
	{ "? counts as it is", "notify_p99 > 1.2x", 1.9, VERDICT_UNKNOWN, 1, true },
	{ "from nothing to something", "lost > 1x", INFINITY, VERDICT_MORE, 3, true },
	{ "no ratio fulfils nothing", "notify_p99 > 0x", NAN, VERDICT_UNKNOWN, 1, false },
	{ "no ratio fulfils nothing, less", "notify_p99 < 9x", NAN, VERDICT_UNKNOWN, 1, false },
	{ "less, by ratio", "gbps < 0.9x", 0.8, VERDICT_LESS, 1, true },
	{ "less or equal", "gbps <= 0.8x", 0.8, VERDICT_LESS, 1, true },
	{ "a value beyond the bound, whatever the verdict", "notify_p99 > 500us", 1, VERDICT_SAME,
	  501, true },
	{ "a value within the bound", "notify_p99 > 500us", 9, VERDICT_MORE, 499, false },
	{ "a count", "lost > 0", 1, VERDICT_SAME, 1, true },
	{ "no count", "lost > 0", 1, VERDICT_SAME, 0, false },
	{ "no value fulfils nothing", "lost >= 0", 1, VERDICT_UNKNOWN, NAN, false },
};

static void is_judged(void **state)
{
	const struct truth *t = *state;
	struct contrast c = { .ratio = t->ratio, .verdict = t->verdict };
	struct failif f;

	assert_int_equal(failif_parse(t->text, &f), 0);
	assert_int_equal(failif_holds(&f, &c, t->value), t->holds);
}

/* ---------------------------------------------------------------- words */

static const struct picked {
	const char *selector, *words;
	bool yes;
} pickeds[] = {
	{ "", "rr thread direct", true },
	{ "", "", true },
	{ " . ,", "rr thread direct", true },
	{ "rr", "rr thread direct", true },
	{ "direct", "rr thread direct", true },
	{ "thread", "rr thread direct", true },
	{ "direct rr", "rr thread direct", true },
	{ "direct.rr", "rr thread direct", true },
	{ "direct,thread", "rr thread direct", true },
	{ "direc", "rr thread direct", false },
	{ "directly", "rr thread direct", false },
	{ "r", "rr thread direct", false },
	{ "rr unbound", "rr thread direct", false },
	{ "msi", "rr msi-broadcast", false },
	{ "rr", "", false },
};

static void are_picked(void **state)
{
	const struct picked *p = *state;

	assert_int_equal(label_picks(p->selector, strlen(p->selector), p->words), p->yes);
}

static void only_the_selectors_length_counts(void **state)
{
	(void)state;
	assert_true(label_picks("rr.gbps", 2, "rr direct"));
	assert_false(label_picks("rrr", 3, "rr direct"));
	assert_true(label_picks("rrr", 2, "rr direct"));
}

static void labels_leave_defaults_out(void **state)
{
	struct label_axes a = { .scenario = "stream",
				.accel = "kvm",
				.notify = "deferred",
				.producer = "user",
				.irq = "eventfd" };
	char label[LABEL_MAX], words[LABEL_MAX];

	(void)state;
	label_make(&a, label);
	assert_string_equal(label, "stream deferred");
	label_words(&a, words);
	assert_string_equal(words, "stream kvm deferred user eventfd");
	a.producer = "batch";
	a.irq = "msi";
	a.preempt = "lazy";
	a.worker_fifo = 3;
	label_make(&a, label);
	assert_string_equal(label, "stream deferred batch msi lazy fifo=3");
	label_number(label, 1);
	assert_string_equal(label, "stream deferred batch msi lazy fifo=3");
	label_number(label, 2);
	assert_string_equal(label, "stream deferred batch msi lazy fifo=3 #2");
	a.control = "fifo";
	label_make(&a, label);
	assert_string_equal(label, "stream deferred batch msi lazy control fifo");
}

static void labels_have_an_end(void **state)
{
	char longer[2 * LABEL_MAX], label[LABEL_MAX];
	struct label_axes a = { .scenario = longer, .notify = longer, .control = longer };

	(void)state;
	memset(longer, 'x', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	label_make(&a, label);
	assert_int_equal(strlen(label), LABEL_MAX - 1);
	label_words(&a, label);
	assert_int_equal(strlen(label), LABEL_MAX - 1);
	label_number(label, 2);
	assert_int_equal(strlen(label), LABEL_MAX - 1);
}

static void metrics_are_found_with_and_without_their_unit(void **state)
{
	(void)state;
	for (unsigned i = 0; i < METRICS; i++)
		assert_ptr_equal(metric_find(metrics[i].key, strlen(metrics[i].key)), &metrics[i]);
	assert_string_equal(metric_find("notify_p99", 10)->key, "notify_p99_us");
	assert_string_equal(metric_find("round_trips", 11)->key, "round_trips_per_s");
	assert_null(metric_find("", 0));
	assert_null(metric_find("notify", 6));
	assert_null(metric_find("gbps_us", 7));
	assert_string_equal(metrics[METRIC_GBPS].key, "gbps");
	assert_string_equal(metrics[METRIC_ROUND_TRIPS].key, "round_trips_per_s");
}

int main(void)
{
	struct suite s = { .n = 0 };

	for (size_t i = 0; i < ARRAY_SIZE(goods); i++)
		suite_add(&s, goods[i].text, is_understood, &goods[i]);
	for (size_t i = 0; i < ARRAY_SIZE(bads); i++)
		suite_add(&s, *bads[i] ? bads[i] : "(empty)", is_refused, &bads[i]);
	for (size_t i = 0; i < ARRAY_SIZE(truths); i++)
		suite_add(&s, truths[i].name, is_judged, &truths[i]);
	for (size_t i = 0; i < ARRAY_SIZE(pickeds); i++)
		suite_add(&s, pickeds[i].yes ? "words pick" : "words do not pick", are_picked,
			  &pickeds[i]);
	suite_add(&s, "only the selector's length counts", only_the_selectors_length_counts, NULL);
	suite_add(&s, "labels leave defaults out", labels_leave_defaults_out, NULL);
	suite_add(&s, "labels have an end", labels_have_an_end, NULL);
	suite_add(&s, "metrics are found with and without their unit",
		  metrics_are_found_with_and_without_their_unit, NULL);
	return suite_run(&s, "failif");
}

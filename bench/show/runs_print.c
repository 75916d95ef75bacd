// SPDX-License-Identifier: BSD-2-Clause
// Runs as text: medians with intervals, ratios to the baseline, verdicts.
#include "bench/show/runs_print.h"

#include <math.h>
#include <string.h>

#include "bench/plan/bench.h"
#include "bench/plan/names.h"

#define COLUMNS 132

static const char *heading(const struct metric *m)
{
	static const struct {
		const char *key, *heading;
	} headings[] = {
		{ "gbps", "Gb/s" },
		{ "round_trips_per_s", "trips/s" },
		{ "notify_p50_us", "p50 us" },
		{ "notify_p99_us", "p99 us" },
		{ "frame_p50_us", "age p50 us" },
		{ "latency_p99_us", "latency p99 us" },
	};

	for (size_t i = 0; i < sizeof(headings) / sizeof(headings[0]); i++)
		if (strcmp(headings[i].key, m->key) == 0)
			return headings[i].heading;
	return m->key;
}

/* Of the headlines those that some cell of the scenario has. */
static bool is_shown(const struct bench *b, const struct metric *m, enum scenario s)
{
	if (!m->headline || !metric_applies(m, scenario_name(s)) ||
	    (m->unit == UNIT_US && !b->host.clock.trusted))
		return false;
	for (unsigned i = 0; i < b->nrows; i++)
		if (b->row[i].spec.scenario == s && b->row[i].over.summary[metric_index(m)].n)
			return true;
	return false;
}

/* A line in columns, without blanks at its end. */
struct line {
	FILE *to;
	int owed; /* blanks before the next column */
};

static void column(struct line *l, int width, const char *text)
{
	fprintf(l->to, "%*s%s", l->owed, "", text);
	l->owed = width - (int)strlen(text) + 2;
}

#define TEXT_MAX 64

static int digits(const struct metric *m)
{
	return m->unit == UNIT_GBPS ? 2 : m->unit == UNIT_US ? 1 : 0;
}

static void median_text(const struct metric *m, const struct summary *s, char text[TEXT_MAX])
{
	if (isnan(s->median))
		snprintf(text, TEXT_MAX, "-");
	else if (isnan(s->interval.lo))
		snprintf(text, TEXT_MAX, "%.*f", digits(m), s->median);
	else
		snprintf(text, TEXT_MAX, "%.*f [%.*f, %.*f]", digits(m), s->median, digits(m),
			 s->interval.lo, digits(m), s->interval.hi);
}

static void versus_text(const struct contrast *c, bool is_baseline, char text[TEXT_MAX])
{
	if (is_baseline)
		snprintf(text, TEXT_MAX, "baseline");
	else if (isnan(c->ratio))
		snprintf(text, TEXT_MAX, "-");
	else if (c->verdict == VERDICT_UNKNOWN)
		snprintf(text, TEXT_MAX, "%.3gx ?", c->ratio);
	else if (c->verdict == VERDICT_SAME)
		snprintf(text, TEXT_MAX, "~ [%.3g, %.3g]", c->interval.lo, c->interval.hi);
	else
		snprintf(text, TEXT_MAX, "%.3gx [%.3g, %.3g]", c->ratio, c->interval.lo,
			 c->interval.hi);
}

/*
 * Another baseline than the usual one is named; of a control it is said whether it shows what it
 * should.
 */
static void print_remark(const struct bench *b, unsigned i, int usual, FILE *to)
{
	const struct bench_row *row = &b->row[i];
	int base = row->over.baseline, metric;
	bool other = base >= 0 && base != usual;
	enum control_verdict verdict = runs_control(b, i, &metric);

	if (!other && verdict == CONTROL_NONE)
		return;
	fputs(row->over.label, to);
	if (other)
		fprintf(to, " against %s", b->row[base].over.label);
	if (verdict == CONTROL_NULL)
		fputs(": null", to);
	if (verdict == CONTROL_DIFFERS)
		fprintf(to, ": A CONTROL THAT DIFFERS (%s)", metrics[metric].key);
	fputs("\n", to);
}

/* Which of the tables this is. */
struct part {
	enum scenario scenario;
	bool gated;
	int usual;			     /* the row that the others are compared with */
	int width;			     /* of the labels */
	int median[METRICS], ratio[METRICS]; /* widths; 0: not shown */
};

static bool belongs(const struct bench_row *row, const struct part *p)
{
	return row->spec.scenario == p->scenario && (row->spec.loop != NULL) == p->gated &&
	       row->over.n;
}

static void widen(int *width, const char *text)
{
	if (*width < (int)strlen(text))
		*width = (int)strlen(text);
}

static void measure_row(const struct bench *b, const struct bench_row *row, struct part *p)
{
	char text[TEXT_MAX];

	widen(&p->width, row->over.label);
	for (unsigned m = 0; m < METRICS; m++) {
		if (!is_shown(b, &metrics[m], p->scenario))
			continue;
		widen(&p->median[m], heading(&metrics[m]));
		median_text(&metrics[m], &row->over.summary[m], text);
		widen(&p->median[m], text);
		widen(&p->ratio[m], "ratio");
		versus_text(&row->over.versus[m], row->over.baseline < 0, text);
		widen(&p->ratio[m], text);
	}
}

/* The metrics from `from` that still fit beside each other; at least one. */
static unsigned fitting(const struct part *p, unsigned from)
{
	int width = p->width;
	unsigned m = from;

	for (; m < METRICS; m++) {
		int more = p->median[m] ? p->median[m] + p->ratio[m] + 4 : 0;

		if (more && width > p->width && width + more > COLUMNS)
			break;
		width += more;
	}
	return m;
}

static void print_heads(const struct part *p, unsigned from, unsigned end, FILE *to)
{
	struct line l = { .to = to };

	column(&l, p->width, "");
	for (unsigned m = from; m < end; m++) {
		if (!p->median[m])
			continue;
		column(&l, p->median[m], heading(&metrics[m]));
		column(&l, p->ratio[m], "ratio");
	}
	fputs("\n", to);
}

static void print_row(const struct bench_row *row, const struct part *p, unsigned from,
		      unsigned end, FILE *to)
{
	struct line l = { .to = to };
	char text[TEXT_MAX];

	column(&l, p->width, row->over.label);
	for (unsigned m = from; m < end; m++) {
		if (!p->median[m])
			continue;
		median_text(&metrics[m], &row->over.summary[m], text);
		column(&l, p->median[m], text);
		versus_text(&row->over.versus[m], row->over.baseline < 0, text);
		column(&l, p->ratio[m], text);
	}
	fputs("\n", to);
}

static bool any_left(const struct part *p, unsigned from)
{
	for (unsigned m = from; m < METRICS; m++)
		if (p->median[m])
			return true;
	return false;
}

/* As many metrics beside each other as fit, the others below. */
static void print_part(const struct bench *b, const struct part *p, FILE *to)
{
	fprintf(to, "\n%s%s over %u runs: median [95 %% interval], against %s\n",
		scenario_name(p->scenario), p->gated ? ", gated," : "", b->rounds.runs,
		b->row[p->usual].over.label);
	for (unsigned from = 0, end; any_left(p, from); from = end) {
		end = fitting(p, from);
		print_heads(p, from, end, to);
		for (unsigned i = 0; i < b->nrows; i++)
			if (belongs(&b->row[i], p))
				print_row(&b->row[i], p, from, end, to);
	}
	for (unsigned i = 0; i < b->nrows; i++)
		if (belongs(&b->row[i], p))
			print_remark(b, i, p->usual, to);
}

void runs_print(const struct bench *b, enum scenario s, bool gated, FILE *to)
{
	struct part p = { .scenario = s, .gated = gated, .usual = -1 };

	for (unsigned i = 0; i < b->nrows; i++) {
		const struct bench_row *row = &b->row[i];

		if (!belongs(row, &p))
			continue;
		measure_row(b, row, &p);
		if (row->over.baseline < 0 && p.usual < 0)
			p.usual = (int)i;
	}
	/* Without a baseline that has run there are no ratios. */
	if (b->rounds.runs >= 2 && p.usual >= 0)
		print_part(b, &p, to);
}

static bool is_measured(const struct bench *b, const struct metric *m)
{
	for (unsigned i = 0; i < b->nrows; i++)
		if (is_shown(b, m, b->row[i].spec.scenario))
			return true;
	return false;
}

static void print_resolvable(const struct bench *b, FILE *to)
{
	const char *sep = "";

	for (unsigned m = 0; m < METRICS; m++) {
		double least = b->rounds.resolvable[m];

		if (!is_measured(b, &metrics[m]))
			continue;
		fprintf(to, "%s%s ", sep, heading(&metrics[m]));
		if (isinf(least))
			fputs("none", to);
		else
			fprintf(to, "%.*f %%", least < 0.1 ? 1 : 0, least * 100);
		sep = ", ";
	}
	fputs("\n", to);
}

void runs_print_notes(const struct bench *b, FILE *to)
{
	if (b->rounds.runs < 2)
		return;
	fprintf(to, "\nruns     %u of each cell, order %s", b->rounds.runs,
		order_name(b->rounds.plan.order));
	if (b->rounds.plan.order == ORDER_RANDOM)
		fprintf(to, " (--seed=%llu)", (unsigned long long)b->rounds.plan.seed);
	fprintf(to, ", after %u warm-up round%s\n", b->rounds.plan.warmup,
		b->rounds.plan.warmup == 1 ? "" : "s");
	if (b->rounds.runs < STATS_RUNS_MIN) {
		fprintf(to,
			"?        not known: --runs=%u is the least that can tell a difference "
			"from chance\n",
			STATS_RUNS_MIN);
		return;
	}
	fprintf(to,
		"~        no difference that chance does not explain: Mann-Whitney p above "
		"%g\n",
		STATS_ALPHA);
	fputs("effects  that so many runs find 4 times in 5, from: ", to);
	print_resolvable(b, to);
}

// SPDX-License-Identifier: BSD-2-Clause
// Runs as text: medians with intervals, ratios to the baseline, verdicts.
#include <math.h>
#include <string.h>

#include "bench/bench.h"

static const char *heading(const struct metric *m)
{
	static const struct {
		const char *key, *heading;
	} headings[] = {
		{ "gbps", "Gb/s" },
		{ "round_trips_per_s", "trips/s" },
		{ "notify_p50_us", "p50 us" },
		{ "notify_p99_us", "p99 us" },
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
	if (!m->headline || !metric_applies(m, s) || (m->unit == UNIT_US && !b->host.clock.trusted))
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
	l->owed = width - (int)strlen(text);
	if (l->owed < 2)
		l->owed = 2;
}

static int digits(const struct metric *m)
{
	return m->unit == UNIT_GBPS ? 2 : m->unit == UNIT_US ? 1 : 0;
}

static void print_median(const struct metric *m, const struct summary *s, struct line *l)
{
	char text[64];

	if (isnan(s->median))
		snprintf(text, sizeof(text), "-");
	else if (isnan(s->interval.lo))
		snprintf(text, sizeof(text), "%.*f", digits(m), s->median);
	else
		snprintf(text, sizeof(text), "%.*f [%.*f, %.*f]", digits(m), s->median, digits(m),
			 s->interval.lo, digits(m), s->interval.hi);
	column(l, 26, text);
}

static void print_versus(const struct contrast *c, bool is_baseline, struct line *l)
{
	char text[64];

	if (is_baseline)
		snprintf(text, sizeof(text), "baseline");
	else if (isnan(c->ratio))
		snprintf(text, sizeof(text), "-");
	else if (c->verdict == VERDICT_UNKNOWN)
		snprintf(text, sizeof(text), "%.3gx ?", c->ratio);
	else if (c->verdict == VERDICT_SAME)
		snprintf(text, sizeof(text), "~ [%.3g, %.3g]", c->interval.lo, c->interval.hi);
	else
		snprintf(text, sizeof(text), "%.3gx [%.3g, %.3g]", c->ratio, c->interval.lo,
			 c->interval.hi);
	column(l, 22, text);
}

/* Another baseline than the usual one is named; of a control it is said whether it shows what it should. */
static void print_remark(const struct bench *b, unsigned i, int usual, FILE *to)
{
	const struct bench_row *row = &b->row[i];
	int base = row->over.baseline, metric;

	if (base >= 0 && base != usual)
		fprintf(to, "  against %s", b->row[base].over.label);
	switch (runs_control(b, i, &metric)) {
	case CONTROL_NULL:
		fputs(": null", to);
		break;
	case CONTROL_DIFFERS:
		fprintf(to, ": A CONTROL THAT DIFFERS (%s)", metrics[metric].key);
		break;
	default:
		break;
	}
}

static void print_row(const struct bench *b, unsigned i, int usual, int width, FILE *to)
{
	const struct bench_row *row = &b->row[i];
	struct line l = { .to = to };

	column(&l, width, row->over.label);
	for (unsigned m = 0; m < METRICS; m++) {
		if (!is_shown(b, &metrics[m], row->spec.scenario))
			continue;
		print_median(&metrics[m], &row->over.summary[m], &l);
		print_versus(&row->over.versus[m], row->over.baseline < 0, &l);
	}
	print_remark(b, i, usual, to);
	fputs("\n", to);
}

/* Which of the tables this is. */
struct part {
	enum scenario scenario;
	bool gated;
	int usual; /* the row that the others are compared with */
	int width; /* of the labels */
};

static bool belongs(const struct bench_row *row, const struct part *p)
{
	return row->spec.scenario == p->scenario && (row->spec.loop != NULL) == p->gated &&
	       row->runs;
}

static void print_head(const struct bench *b, const struct part *p, FILE *to)
{
	struct line l = { .to = to };

	fprintf(to, "\n%s%s over %u runs: median [95 %% interval], against %s\n",
		scenario_name(p->scenario), p->gated ? ", gated," : "", b->runs,
		b->row[p->usual].over.label);
	column(&l, p->width, "");
	for (unsigned m = 0; m < METRICS; m++) {
		if (!is_shown(b, &metrics[m], p->scenario))
			continue;
		column(&l, 26, heading(&metrics[m]));
		column(&l, 22, "ratio");
	}
	fputs("\n", to);
}

void runs_print(const struct bench *b, enum scenario s, bool gated, FILE *to)
{
	struct part p = { .scenario = s, .gated = gated, .usual = -1 };

	for (unsigned i = 0; i < b->nrows; i++) {
		const struct bench_row *row = &b->row[i];

		if (!belongs(row, &p))
			continue;
		if ((int)strlen(row->over.label) + 2 > p.width)
			p.width = (int)strlen(row->over.label) + 2;
		if (row->over.baseline < 0 && p.usual < 0)
			p.usual = (int)i;
	}
	/* Without a baseline that has run there are no ratios. */
	if (b->runs < 2 || p.usual < 0)
		return;
	print_head(b, &p, to);
	for (unsigned i = 0; i < b->nrows; i++)
		if (belongs(&b->row[i], &p))
			print_row(b, i, p.usual, p.width, to);
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
		double least = b->resolvable[m];

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
	if (b->runs < 2)
		return;
	fprintf(to, "\nruns     %u of each cell, order %s", b->runs, order_name(b->plan.order));
	if (b->plan.order == ORDER_RANDOM)
		fprintf(to, " (--seed=%llu)", (unsigned long long)b->plan.seed);
	fprintf(to, ", after %u warm-up round%s\n", b->plan.warmup, b->plan.warmup == 1 ? "" : "s");
	if (b->runs < STATS_RUNS_MIN) {
		fprintf(to,
			"?        not known: --runs=%u is the least that can tell a difference "
			"from chance\n",
			STATS_RUNS_MIN);
		return;
	}
	fprintf(to, "~        no difference that chance does not explain: Mann-Whitney p above %g\n",
		STATS_ALPHA);
	fputs("effects  that so many runs find 4 times in 5, from: ", to);
	print_resolvable(b, to);
}

// SPDX-License-Identifier: BSD-2-Clause
// A comparison as text for a terminal, as Markdown for mail, as CSV for a spreadsheet.
#include "bench/show/compare_print.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include "bench/show/compare.h"
#include "bench/show/compare_failif.h"
#include "bench/show/compare_json.h"
#include "bench/result/escape.h"
#include "bench/show/compare_conditions.h"
#include "lib/log.h"
#include "lib/out.h"
#include "lib/term.h"
#include "lib/text.h"

static const char *const formats[FORMATS] = { "text", "markdown", "csv", "json" };
static const char *const sides[COMPARE_SIDES] = { "old", "new" };

bool compare_format_find(const char *name, enum compare_format *f)
{
	for (unsigned i = 0; i < FORMATS; i++) {
		if (strcmp(formats[i], name) != 0)
			continue;
		*f = i;
		return true;
	}
	return false;
}

/* Four figures tell all that so few runs can. */
static void number(double v, char *out, size_t size)
{
	if (isnan(v))
		snprintf(out, size, "-");
	else
		snprintf(out, size, fabs(v) >= 1000 && fabs(v) < 1e7 ? "%.0f" : "%.4g", v);
}

static void with_interval(double v, const struct interval *i, const char *unit, char *out,
			  size_t size)
{
	char value[16], lo[16], hi[16];

	number(v, value, sizeof(value));
	number(i->lo, lo, sizeof(lo));
	number(i->hi, hi, sizeof(hi));
	if (isnan(i->lo))
		snprintf(out, size, "%s%s", value, isnan(v) ? "" : unit);
	else
		snprintf(out, size, "%s%s [%s, %s]", value, unit, lo, hi);
}

/* How a format puts what a file or a user wrote. */
typedef void (*put_fn)(FILE *to, const char *text);

static void print_side(const struct compare *c, unsigned s, put_fn put, FILE *to)
{
	const struct results *f = c->file[s];
	char line[512];

	snprintf(line, sizeof(line), "%s: %s, tandem %s, preempt: %s, %s", f->path,
		 results_string(f->host, "kernel", "kernel not known"),
		 results_string(f->host, "tandem", "not known"),
		 *c->one[s][AXIS_PREEMPT] ? c->one[s][AXIS_PREEMPT] : "several modes",
		 results_string(f->host, "arch", ""));
	text_clean(line);
	fprintf(to, "%s  ", sides[s]);
	put(to, line);
	fputs("\n", to);
}

static void print_note(const struct compare_note *n, put_fn put, FILE *to)
{
	put(to, n->text);
	if (*n->cell) {
		fputs(" (", to);
		put(to, n->cell);
		if (n->cells > 1)
			fprintf(to, " and %u more", n->cells - 1);
		fputs(")", to);
	}
	fputs("\n", to);
}

static void print_notes(const struct compare *c, const char *note, const char *forced, put_fn put,
			FILE *to)
{
	for (size_t i = 0; i < c->notes; i++) {
		fputs(c->note[i].refuses ? forced : note, to);
		print_note(&c->note[i], put, to);
	}
	if (c->unsaid)
		fprintf(to, "%sof %u more there is no room to speak\n", note, c->unsaid);
}

/* What there is to say of the whole: how many verdicts of which kind. */
struct tally {
	unsigned better, worse, same, unknown;
};

static void count(struct tally *t, const char *verdict)
{
	t->better += strcmp(verdict, "better") == 0;
	t->worse += strcmp(verdict, "worse") == 0;
	t->same += strcmp(verdict, "~") == 0;
	t->unknown += strcmp(verdict, "?") == 0;
}

static void print_tally(const struct tally *t, FILE *to)
{
	unsigned judged = t->better + t->worse + t->same;

	fprintf(to, "%u better, %u worse, %u no difference (~), %u not known (?)", t->better,
		t->worse, t->same, t->unknown);
	if (judged)
		fprintf(to, "; of %u verdicts chance alone makes %.2g differ", judged,
			judged * STATS_ALPHA);
	fputs("\n", to);
}

static void print_fail_if(const struct compare_failif *f, put_fn put, FILE *to)
{
	char value[32];

	fputs("fail-if  ", to);
	put(to, f->condition.text);
	if (f->holds) {
		number(f->value, value, sizeof(value));
		fputs(": TRUE, ", to);
		put(to, f->cell->label);
		fprintf(to, " has %s%s\n", value,
			f->condition.ratio ? "x" : metric_unit_name(f->condition.metric->unit));
	} else if (f->unjudged) {
		fputs(": NOT JUDGED, ", to);
		put(to, f->unjudged->label);
		fprintf(to, ": %s\n", f->why);
	} else {
		fputs(": false\n", to);
	}
}

/* The texts of one line of the table. */
struct fields {
	char value[COMPARE_SIDES][80], ratio[80], p[16], least[16];
	const char *verdict;
};

static struct fields fields_of(const struct metric *m, const struct compare_metric *v)
{
	struct fields f = { .verdict = compare_verdict(m, v) };

	for (unsigned s = 0; s < COMPARE_SIDES; s++)
		with_interval(v->median[s], &v->interval[s], "", f.value[s], sizeof(f.value[s]));
	with_interval(v->contrast.ratio, &v->contrast.interval, "x", f.ratio, sizeof(f.ratio));
	snprintf(f.p, sizeof(f.p), "%s", "-");
	if (v->contrast.verdict != VERDICT_UNKNOWN)
		snprintf(f.p, sizeof(f.p), "%.2g", v->contrast.p);
	snprintf(f.least, sizeof(f.least), "%s", "-");
	if (isfinite(v->resolvable))
		snprintf(f.least, sizeof(f.least), "%.*f %%", v->resolvable < 0.1 ? 1 : 0,
			 v->resolvable * 100);
	return f;
}

static bool has_line(const struct compare_metric *v)
{
	return v->n[OLD] || v->n[NEW];
}

#define COLUMNS 9
#define VERDICT_COLUMN 5

struct columns {
	int width[COLUMNS];
};

static void list(const char *cell, const struct metric *m, const struct fields *f,
		 const char *text[COLUMNS])
{
	const char *all[COLUMNS] = { cell,	 m->key, f->value[OLD], f->value[NEW], f->ratio,
				     f->verdict, f->p,	 f->least,	NULL };

	memcpy(text, all, sizeof(all));
}

static void widen(struct columns *k, const char *const text[COLUMNS])
{
	for (unsigned i = 0; text[i]; i++)
		if (k->width[i] < (int)strlen(text[i]))
			k->width[i] = (int)strlen(text[i]);
}

static enum term_colour colour_of(const char *verdict)
{
	return strcmp(verdict, "better") == 0  ? TERM_GREEN
	       : strcmp(verdict, "worse") == 0 ? TERM_RED
	       : strcmp(verdict, "?") == 0     ? TERM_YELLOW
					       : TERM_PLAIN;
}

/* The last two are numbers, to the right. */
static void print_columns(const struct columns *k, const char *const text[COLUMNS], bool colours,
			  FILE *to)
{
	char field[256];

	for (unsigned i = 0; text[i]; i++) {
		snprintf(field, sizeof(field), "%*s", i < 6 ? -k->width[i] : k->width[i], text[i]);
		fputs(i ? "  " : "", to);
		term_put(to, colours, i == VERDICT_COLUMN ? colour_of(text[i]) : TERM_PLAIN, field);
	}
	fputs("\n", to);
}

static const char *const heads[COLUMNS] = { "cell",    "metric", "old",	  "new", "new / old",
					    "verdict", "p",	 "finds", NULL };

/* What its columns must hold. */
static struct columns measure(const struct compare *c, const struct compare_output *o)
{
	struct columns k = { { 0 } };
	const char *text[COLUMNS];

	widen(&k, heads);
	for (size_t i = 0; i < c->n; i++)
		for (unsigned m = 0; m < METRICS; m++) {
			const struct compare_metric *v = &c->cell[i].metric[m];
			struct fields f = fields_of(&metrics[m], v);

			list(c->cell[i].label, &metrics[m], &f, text);
			if (o->shown[m] && has_line(v))
				widen(&k, text);
		}
	return k;
}

static void print_text(const struct compare *c, const struct compare_output *o, FILE *to)
{
	struct columns k = measure(c, o);
	const char *text[COLUMNS];
	struct tally t = { 0 };

	for (unsigned s = 0; s < COMPARE_SIDES; s++)
		print_side(c, s, escape_text, to);
	print_notes(c, "NOTE     ", "FORCED   ", escape_text, to);
	fputs("\n", to);
	print_columns(&k, heads, false, to);
	for (size_t i = 0; i < c->n; i++)
		for (unsigned m = 0; m < METRICS; m++) {
			const struct compare_metric *v = &c->cell[i].metric[m];
			struct fields f = fields_of(&metrics[m], v);

			if (!o->shown[m] || !has_line(v))
				continue;
			list(c->cell[i].label, &metrics[m], &f, text);
			print_columns(&k, text, o->colours, to);
			count(&t, f.verdict);
		}
	fputs("\n", to);
	print_tally(&t, to);
	for (size_t i = 0; i < o->nfail_if; i++)
		print_fail_if(&o->fail_if[i], escape_text, to);
	fprintf(to,
		"medians of the runs with 95 %% intervals; ~: Mann-Whitney p above %g; ?: fewer "
		"than %u runs;\n"
		"finds: the smallest effect that so many runs find 4 times in 5\n",
		STATS_ALPHA, STATS_RUNS_MIN);
}

static void print_markdown(const struct compare *c, const struct compare_output *o, FILE *to)
{
	struct tally t = { 0 };

	for (unsigned s = 0; s < COMPARE_SIDES; s++) {
		fputs("- ", to);
		print_side(c, s, escape_markdown, to);
	}
	print_notes(c, "- **note:** ", "- **forced:** ", escape_markdown, to);
	fputs("\n| cell | metric | old | new | new / old | verdict | p | finds |\n"
	      "|---|---|---|---|---|---|---|---|\n",
	      to);
	for (size_t i = 0; i < c->n; i++)
		for (unsigned m = 0; m < METRICS; m++) {
			const struct compare_metric *v = &c->cell[i].metric[m];
			struct fields f = fields_of(&metrics[m], v);

			if (!o->shown[m] || !has_line(v))
				continue;
			fputs("| ", to);
			escape_markdown(to, c->cell[i].label);
			fprintf(to, " | %s | %s | %s | %s | %s | %s | %s |\n", metrics[m].key,
				f.value[OLD], f.value[NEW], f.ratio, f.verdict, f.p, f.least);
			count(&t, f.verdict);
		}
	fputs("\n", to);
	print_tally(&t, to);
	for (size_t i = 0; i < o->nfail_if; i++)
		print_fail_if(&o->fail_if[i], escape_markdown, to);
}

/* An empty field where there is no figure. */
static void put_number(double v, FILE *to)
{
	if (isfinite(v))
		fprintf(to, ",%.9g", v);
	else
		fputs(",", to);
}

static void print_csv(const struct compare *c, const struct compare_output *o, FILE *to)
{
	fputs("cell,metric,old,old_lo,old_hi,old_runs,new,new_lo,new_hi,new_runs,"
	      "ratio,ratio_lo,ratio_hi,p,verdict,resolvable\n",
	      to);
	for (size_t i = 0; i < c->n; i++)
		for (unsigned m = 0; m < METRICS; m++) {
			const struct compare_metric *v = &c->cell[i].metric[m];

			if (!o->shown[m] || !has_line(v))
				continue;
			escape_csv(to, c->cell[i].label);
			fprintf(to, ",%s", metrics[m].key);
			for (unsigned s = 0; s < COMPARE_SIDES; s++) {
				put_number(v->median[s], to);
				put_number(v->interval[s].lo, to);
				put_number(v->interval[s].hi, to);
				fprintf(to, ",%u", v->n[s]);
			}
			put_number(v->contrast.ratio, to);
			put_number(v->contrast.interval.lo, to);
			put_number(v->contrast.interval.hi, to);
			put_number(v->contrast.p, to);
			fprintf(to, ",%s", compare_verdict(&metrics[m], v));
			put_number(v->resolvable, to);
			fputs("\n", to);
		}
}

/* The formats for programs have no place for them where a person would look. */
static void warn_notes(const struct compare *c)
{
	for (size_t i = 0; i < c->notes; i++)
		log_warn("%s%s%s%s", c->note[i].text, *c->note[i].cell ? " (" : "", c->note[i].cell,
			 *c->note[i].cell ? ")" : "");
	if (c->unsaid)
		log_warn("of %u more there is no room to speak", c->unsaid);
}

static int print(const struct compare *c, const struct compare_output *o, FILE *to)
{
	switch (o->format) {
	case FORMAT_TEXT:
		print_text(c, o, to);
		break;
	case FORMAT_MARKDOWN:
		print_markdown(c, o, to);
		break;
	case FORMAT_CSV:
		print_csv(c, o, to);
		break;
	default:
		return compare_print_json(c, o, to);
	}
	return 0;
}

int compare_print(const struct compare *c, const struct compare_output *o, FILE *to)
{
	struct out_text t;
	int err = out_open(&t), failed;

	if (o->format == FORMAT_CSV || o->format == FORMAT_JSON)
		warn_notes(c);
	if (!err) {
		err = print(c, o, t.to);
		failed = out_write(&t, to);
		err = err ? err : failed;
	}
	if (to == stdout)
		err = out_settle(err);
	return err ? log_errno(err, "compare: writing the output") : 0;
}

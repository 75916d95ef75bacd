// SPDX-License-Identifier: BSD-2-Clause
// Bars of a report's page: throughput with its intervals, and the stages of a notification.
#include "bench/show/report_bars.h"

#include <math.h>
#include <string.h>

#include "bench/show/report_cells.h"
#include "bench/show/report_table.h"
#include "bench/show/svg.h"
#include "vhost/strategies.h"

#define BAR_HEIGHT 22
#define SAMPLES_MAX 1000u

const char *report_class(const struct result *c)
{
	const struct notify_ops *n = notify_find(c->notify);

	return n && !report_irq_deferred(c) ? n->class : "k-other";
}

void report_short_name(const struct report_table *t, const struct result *c, char *out, size_t size)
{
	const char *control = report_control(c);
	char value[REPORT_VALUE_MAX];
	size_t n = 0;

	*out = '\0';
	for (unsigned k = 0; k < t->columns && n < size; k++) {
		if (!t->column[k]->left || !*t->column[k]->head)
			continue;
		report_value(t->column[k], c, value, sizeof(value));
		n += (size_t)snprintf(out + n, size - n, "%s%s", n && *value ? " " : "", value);
	}
	if (n < size && results_number(c->json, "worker_fifo") > 0)
		n += (size_t)snprintf(out + n, size - n, " fifo");
	if (n < size && control && strncmp(control, "A/A", 3) == 0)
		snprintf(out + n, size - n, " A/A");
}

/* The row's left column; the strip follows, then report_row_end(). */
static void row_begin(const struct report_table *t, const struct result *c, FILE *to)
{
	char name[REPORT_VALUE_MAX];

	report_short_name(t, c, name, sizeof(name));
	fprintf(to, "<div class=\"row\"><div class=\"name\">");
	svg_escape(to, name);
	if (report_control(c))
		fputs(" <span class=\"tag\">control</span>", to);
	fputs("</div><div class=\"bar\">", to);
}

static void row_end(const char *value, const char *small, FILE *to)
{
	fputs("</div><div class=\"value\">", to);
	svg_escape(to, value);
	if (small && *small) {
		fputs(" <small>", to);
		svg_escape(to, small);
		fputs("</small>", to);
	}
	fputs("</div></div>\n", to);
}

static void plot_interval(const struct result *c, double scale, FILE *to)
{
	double v[SAMPLES_MAX], lo, hi;
	size_t n = results_samples(c, report_rate_key(c), v, SAMPLES_MAX);
	const double mid = BAR_HEIGHT / 2.0;

	if (!report_interval(c, report_rate_key(c), &lo, &hi))
		return;
	for (size_t i = 0; i < n; i++)
		if (!isnan(v[i]))
			svg_strip_dot(to, "run", v[i] / scale * 100, mid, 2.2);
	svg_strip_line(to, "ci", lo / scale * 100, mid, hi / scale * 100, mid);
	svg_strip_line(to, "ci", lo / scale * 100, mid - 5, lo / scale * 100, mid + 5);
	svg_strip_line(to, "ci", hi / scale * 100, mid - 5, hi / scale * 100, mid + 5);
}

static void plot_rate(const struct report_table *t, const struct result *c, double scale, FILE *to)
{
	char text[64], small[96] = "", class[48], a[REPORT_NUMBER_MAX], b[REPORT_NUMBER_MAX];
	double rate = report_rate(c), lo, hi;

	row_begin(t, c, to);
	snprintf(text, sizeof(text), "%s %s", report_number(rate, "-", a, sizeof(a)),
		 isnan(rate) ? "" : report_rate_unit(c));
	if (report_interval(c, report_rate_key(c), &lo, &hi))
		snprintf(small, sizeof(small), "%s to %s", report_number(lo, "-", a, sizeof(a)),
			 report_number(hi, "-", b, sizeof(b)));
	svg_begin_strip(to, BAR_HEIGHT, text);
	svg_strip_rect(to, "track", 0, 3, 100, BAR_HEIGHT - 6, NULL);
	snprintf(class, sizeof(class), "%s%s", report_class(c), report_control(c) ? " pale" : "");
	if (!isnan(rate) && scale > 0) {
		svg_strip_rect(to, class, 0, 3, rate / scale * 100, BAR_HEIGHT - 6, c->label);
		plot_interval(c, scale, to);
	}
	svg_end(to);
	row_end(text, small, to);
}

void report_plot_rates(const struct report_table *t, double scale, FILE *to)
{
	fputs("<div class=\"rows\">\n", to);
	for (size_t i = 0; i < t->n; i++)
		plot_rate(t, t->cell[i], scale, to);
	fputs("</div>\n", to);
}

#define STAGES_MAX 4u

static const struct {
	const char *key, *class, *words;
} stages[STAGES_MAX] = {
	{ "stages_us.worker", "s-0", "queued to worker" },
	{ "stages_us.write", "s-1", "worker to eventfd written" },
	{ "stages_us.handler", "s-2", "written to interrupt handler" },
	{ "stages_us.workload", "s-3", "handler to workload" },
};

static double stage_mean(const struct result *c, unsigned s)
{
	double v = results_number(results_get(c->json, stages[s].key), "mean");

	return isnan(v) || v < 0 ? 0 : v;
}

static double stages_total(const struct result *c)
{
	double sum = 0;

	for (unsigned s = 0; s < STAGES_MAX; s++)
		sum += stage_mean(c, s);
	return sum;
}

static void plot_cell_stages(const struct report_table *t, const struct result *c, double scale,
			     FILE *to)
{
	double total = stages_total(c), at = 0;
	char text[64], title[128], a[REPORT_NUMBER_MAX];

	row_begin(t, c, to);
	snprintf(text, sizeof(text), "%s us", report_number(total, "-", a, sizeof(a)));
	svg_begin_strip(to, BAR_HEIGHT, text);
	for (unsigned s = 0; s < STAGES_MAX; s++) {
		double share = stage_mean(c, s) / scale * 100;

		snprintf(title, sizeof(title), "%s: %s us", stages[s].words,
			 report_number(stage_mean(c, s), "-", a, sizeof(a)));
		if (share > 0)
			svg_strip_rect(to, stages[s].class, at, 3, share, BAR_HEIGHT - 6, title);
		at += share;
	}
	svg_end(to);
	row_end(total > 0 ? text : "-", "", to);
}

void report_plot_stages(const struct report_table *t, FILE *to)
{
	double scale = 0;

	for (size_t i = 0; i < t->n; i++)
		scale = fmax(scale, stages_total(t->cell[i]));
	if (scale <= 0)
		return;
	fputs("<p class=\"legend\">", to);
	for (unsigned s = 0; s < STAGES_MAX; s++)
		fprintf(to, "<span><i class=\"swatch %s\"></i>%s</span> ", stages[s].class,
			stages[s].words);
	fputs("</p>\n<div class=\"rows\">\n", to);
	for (size_t i = 0; i < t->n; i++)
		plot_cell_stages(t, t->cell[i], scale, to);
	fputs("</div>\n", to);
}

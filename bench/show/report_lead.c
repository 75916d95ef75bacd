// SPDX-License-Identifier: BSD-2-Clause
// What a report's page opens with: for each file its verdict, the short table, the doses.
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "bench/result/costs.h"
#include "bench/result/doses.h"
#include "bench/show/brief.h"
#include "bench/show/doses_print.h"
#include "bench/show/report_cells.h"
#include "bench/show/report_lead.h"
#include "bench/show/html.h"
#include "bench/show/svg.h"
#include "bench/show/verdict_print.h"

/* The first and last so many columns are words, those between figures. */
static void put_head(const char *const *names, unsigned n, unsigned first, unsigned last, FILE *to)
{
	fputs("<div class=\"scroll\"><table><thead><tr>", to);
	for (unsigned i = 0; i < n; i++)
		html_head(to, names[i], i < first || i >= n - last);
	fputs("</tr></thead><tbody>\n", to);
}

static void put_end(FILE *to)
{
	fputs("</tbody></table></div>\n", to);
}

static void __attribute__((format(printf, 2, 3))) put_figure(FILE *to, const char *fmt, ...)
{
	char text[64];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	html_cell(to, "n", text);
}

/* ---- the verdict */

static void put_paragraph(const char *text, FILE *to)
{
	fputs("<p class=\"verdict\">", to);
	svg_escape(to, text);
	fputs("</p>\n", to);
}

static void put_verdicts(const struct results *f, FILE *to)
{
	struct cost c[COSTS_MAX];
	unsigned n = costs_find(f, c);
	char text[VERDICT_BYTES];

	for (unsigned i = 0; i < n; i++) {
		if (!verdict_is_needed(f, c, i))
			continue;
		verdict_text(&c[i], text);
		put_paragraph(text, to);
	}
}

/* ---- the short table */

static void put_row(const struct result *c, FILE *to)
{
	struct brief_row r;

	brief_row(c, &r);
	fputs(report_control(c) ? "<tr class=\"control\">" : "<tr>", to);
	html_cell(to, "w", c->notify);
	html_cell(to, "w", r.producer);
	html_cell(to, "n", r.rate);
	html_cell(to, "n", r.p50);
	html_cell(to, "n", r.p99);
	html_cell(to, "w", c->runs ? r.ratio : "not measured");
	fputs("</tr>\n", to);
}

static void put_group(const struct results *f, size_t first, FILE *to)
{
	const struct result *c = &f->result[first];
	const char *const names[] = {
		"deliverer", "producer", report_rate_unit(c), "p50 us", "p99 us", "ratio [95 %]",
	};
	char heading[BRIEF_HEADING];

	brief_heading(c, heading);
	fputs("<h3>", to);
	svg_escape(to, heading);
	fputs("</h3>\n", to);
	put_head(names, 6, 2, 1, to);
	for (size_t i = first; i < f->n; i++)
		if (costs_same_group(&f->result[i], c))
			put_row(&f->result[i], to);
	put_end(to);
}

/* ---- the doses */

static void put_dose_row(const struct dose_row *r, const double *ns, unsigned n, FILE *to)
{
	char name[DOSES_NAME];

	doses_name_row(r, name);
	fputs(r->judged.role == DOSE_SUBJECT ? "<tr>" : "<tr class=\"control\">", to);
	html_cell(to, "w", name);
	for (unsigned i = 0; i < n; i++) {
		double wait = doses_wait_us(r, ns[i]);

		put_figure(to, isnan(wait) ? "-" : "%.0f", wait);
	}
	put_figure(to, isnan(r->own.slope) ? "-" : "%.2f", doses_hundredths(r->own.slope));
	put_figure(to, isnan(r->own.interval.lo) ? "-" : "[%.2f, %.2f]",
		   doses_hundredths(r->own.interval.lo), doses_hundredths(r->own.interval.hi));
	put_figure(to, r->n < 2 || isnan(r->rate.ratio) ? "-" : "%.2fx", r->rate.ratio);
	fputs("</tr>\n", to);
}

static void put_dose_table(const struct dose_part *p, FILE *to)
{
	double ns[DOSES_MAX];
	unsigned n = doses_slices(p, ns), k = 0;
	const char *names[DOSES_MAX + 4] = { "the notification is run by" };
	char slice[DOSES_MAX][16];

	for (; k < n; k++) {
		snprintf(slice[k], sizeof(slice[k]), "%.3g ms", ns[k] / 1e6);
		names[k + 1] = slice[k];
	}
	names[k + 1] = p->tick_is_dose ? "share" : "slope";
	names[k + 2] = "95 %";
	names[k + 3] = "Gb/s, last/first";
	put_head(names, n + 4, 1, 0, to);
	for (unsigned i = 0; i < p->n; i++)
		put_dose_row(&p->row[i], ns, n, to);
	put_end(to);
}

/* The words of the terminal, of which a page needs no line breaks. */
static void put_dose_words(const struct dose_part *p, FILE *to)
{
	char *text = NULL;
	size_t size = 0;
	FILE *mem = open_memstream(&text, &size);

	if (!mem)
		return;
	doses_print_verdicts(p, mem);
	if (fclose(mem) == 0 && size) {
		fputs("<pre>", to);
		svg_escape(to, text);
		fputs("</pre>\n", to);
	}
	free(text);
}

static void put_doses(const struct results *f, FILE *to)
{
	unsigned n = 0;
	struct dose_part *p = doses_find(f, &n);

	for (unsigned i = 0; i < n; i++) {
		fputs("<h3>", to);
		svg_escapef(to,
			    "Dose and response, preempt %s: the mean wait, us, at each base slice",
			    p[i].first->preempt);
		fputs("</h3>\n", to);
		put_dose_words(&p[i], to);
		put_dose_table(&p[i], to);
	}
	free(p);
}

void report_html_lead(const struct results *f, FILE *to)
{
	put_verdicts(f, to);
	if (json_object_get(f->doc, "verdicts"))
		put_doses(f, to);
	for (size_t i = 0; i < f->n; i++)
		if (brief_starts_group(f, i))
			put_group(f, i, to);
}

// SPDX-License-Identifier: BSD-2-Clause
// Several files in one table, each beside the first.
#include "bench/show/report_compared.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/show/compare.h"
#include "bench/show/report_cells.h"
#include "bench/show/html.h"
#include "bench/show/svg.h"

/* Each other file beside the first; [0] is not used. */
struct compared {
	const struct report *r;
	struct compare *with;
};

/* Has it anything in common with the first? Else it has no column. */
static bool takes_part(const struct compared *a, size_t k)
{
	return a->with[k].n > 0;
}

static unsigned partners(const struct compared *a)
{
	unsigned n = 0;

	for (size_t k = 1; k < a->r->n; k++)
		n += takes_part(a, k);
	return n;
}

static const struct compare_cell *cell_of(const struct compare *c, const struct result *first)
{
	for (size_t i = 0; i < c->n; i++)
		if (c->cell[i].side[OLD] == first)
			return &c->cell[i];
	return NULL;
}

/* NULL: the file has no such cell, or no such figure of it. */
static const struct compare_metric *figure_of(const struct compared *a, size_t k,
					      const struct result *first, unsigned m)
{
	const struct compare_cell *cell = cell_of(&a->with[k], first);

	return cell && !isnan(cell->metric[m].contrast.ratio) ? &cell->metric[m] : NULL;
}

static unsigned files_with(const struct compared *a, const struct result *first, unsigned m)
{
	unsigned n = 0;

	for (size_t k = 1; k < a->r->n; k++)
		n += figure_of(a, k, first, m) != NULL;
	return n;
}

static void ratio_text(const struct compare_metric *v, char out[64])
{
	const struct contrast *c = &v->contrast;

	if (c->verdict == VERDICT_UNKNOWN)
		snprintf(out, 64, "%.3gx ?", c->ratio);
	else
		snprintf(out, 64, "%.3gx [%.3g, %.3g]%s", c->ratio, c->interval.lo, c->interval.hi,
			 c->verdict == VERDICT_SAME ? " ~" : "");
}

static void put_figure(const struct compared *a, size_t k, const struct result *first, unsigned m,
		       FILE *to)
{
	const struct compare_metric *v = figure_of(a, k, first, m);
	char text[64] = "-";
	const char *verdict = v ? compare_verdict(&metrics[m], v) : "-";

	if (v)
		ratio_text(v, text);
	html_cell(to,
		  strcmp(verdict, "better") == 0  ? "n better"
		  : strcmp(verdict, "worse") == 0 ? "n worse"
						  : "n",
		  text);
}

/* What the first file has, as any comparison with it says. */
static double median_of(const struct compared *a, const struct result *first, unsigned m)
{
	for (size_t k = 1; k < a->r->n; k++) {
		const struct compare_metric *v = figure_of(a, k, first, m);

		if (v)
			return v->median[OLD];
	}
	return NAN;
}

static void put_row(const struct compared *a, const struct result *first, unsigned m, FILE *to)
{
	char text[REPORT_NUMBER_MAX];

	fputs(report_control(first) ? "<tr class=\"control\">" : "<tr>", to);
	html_cell(to, "", first->label);
	html_cell(to, "n", report_number(median_of(a, first, m), "-", text, sizeof(text)));
	for (size_t k = 1; k < a->r->n; k++)
		if (takes_part(a, k))
			put_figure(a, k, first, m, to);
	fputs("</tr>\n", to);
}

/* Of the cells that all files have and that are no controls. How many. */
static unsigned mean_of(const struct compared *a, size_t k, unsigned m, double *mean)
{
	const struct results *f = &a->r->file[0];
	double logs = 0;
	unsigned n = 0;

	for (size_t i = 0; i < f->n; i++) {
		const struct result *c = &f->result[i];

		if (report_control(c) || files_with(a, c, m) < partners(a))
			continue;
		if (!(figure_of(a, k, c, m)->contrast.ratio > 0))
			continue;
		logs += log(figure_of(a, k, c, m)->contrast.ratio);
		n++;
	}
	*mean = n ? exp(logs / n) : NAN;
	return n;
}

static void put_means(const struct compared *a, unsigned m, FILE *to)
{
	char text[64];
	double mean;

	fputs("<tr class=\"mean\"><td>geometric mean</td><td></td>", to);
	for (size_t k = 1; k < a->r->n; k++) {
		unsigned n;

		if (!takes_part(a, k))
			continue;
		n = mean_of(a, k, m, &mean);
		snprintf(text, sizeof(text), n ? "%.3gx of %u" : "-", mean, n);
		html_cell(to, "n", text);
	}
	fputs("</tr>\n", to);
}

static void put_table(const struct compared *a, unsigned m, FILE *to)
{
	const struct results *f = &a->r->file[0];

	fprintf(to,
		"<h3>%s</h3>\n<div class=\"scroll\"><table><thead><tr><th scope=\"col\">cell</th>"
		"<th scope=\"col\" class=\"n\">A</th>",
		metrics[m].key);
	for (size_t k = 1; k < a->r->n; k++)
		if (takes_part(a, k))
			fprintf(to, "<th scope=\"col\" class=\"n\">%c / A [95 %%]</th>",
				(char)('A' + k));
	fputs("</tr></thead><tbody>\n", to);
	for (size_t i = 0; i < f->n; i++)
		if (files_with(a, &f->result[i], m))
			put_row(a, &f->result[i], m, to);
	put_means(a, m, to);
	fputs("</tbody></table></div>\n", to);
}

static bool any_with(const struct compared *a, unsigned m)
{
	for (size_t i = 0; i < a->r->file[0].n; i++)
		if (files_with(a, &a->r->file[0].result[i], m))
			return true;
	return false;
}

static bool any_notes(const struct compared *a)
{
	for (size_t k = 1; k < a->r->n; k++)
		if (takes_part(a, k) && a->with[k].notes)
			return true;
	return false;
}

static void put_note(char file, const struct compare_note *n, FILE *to)
{
	fprintf(to, "<li>%c and A: ", file);
	svg_escape(to, n->text);
	if (*n->cell)
		svg_escapef(to, n->cells > 1 ? " (%s and others)" : " (%s)", n->cell);
	fputs("</li>\n", to);
}

/* What `tandem compare` would say, or refuse for. */
static void put_notes(const struct compared *a, FILE *to)
{
	if (!any_notes(a))
		return;
	fputs("<div class=\"warn\"><strong>What is not alike</strong><ul>\n", to);
	for (size_t k = 1; k < a->r->n; k++)
		for (size_t i = 0; takes_part(a, k) && i < a->with[k].notes; i++)
			put_note((char)('A' + k), &a->with[k].note[i], to);
	fputs("</ul></div>\n", to);
}

static void put_heading(const struct compared *a, FILE *to)
{
	fputs("<h2>Side by side</h2>\n<p class=\"mute\">Medians of A, and the ratio of each other "
	      "file to it. ~: no significant difference; ?: too few runs.</p>\n",
	      to);
	put_notes(a, to);
}

static void put_tables(const struct compared *a, FILE *to)
{
	bool said = false;

	for (unsigned m = 0; m < METRICS; m++) {
		if (!metrics[m].headline || metric_is_harm(&metrics[m]) || !any_with(a, m))
			continue;
		if (!said)
			put_heading(a, to);
		said = true;
		put_table(a, m, to);
	}
}

static int compare_all(struct compared *a)
{
	int err = 0;

	for (size_t k = 1; k < a->r->n && !err; k++) {
		err = compare_common(&a->with[k], &a->r->file[0], &a->r->file[k]);
		for (unsigned m = 0; m < METRICS && !err; m++)
			if (metrics[m].headline)
				err = compare_metric(&a->with[k], m);
	}
	return err;
}

void report_html_compared(const struct report *r, FILE *to)
{
	struct compared a = { r, calloc(r->n, sizeof(*a.with)) };

	if (a.with && compare_all(&a) == 0)
		put_tables(&a, to);
	for (size_t k = 1; a.with && k < r->n; k++)
		compare_free(&a.with[k]);
	free(a.with);
}

// SPDX-License-Identifier: BSD-2-Clause
// A report as one HTML page that needs nothing else: no script, no network.
#include "bench/show/report_html.h"

#include <math.h>
#include <string.h>

#include "bench/show/html.h"
#include "bench/show/report_bars.h"
#include "bench/show/report_cells.h"
#include "bench/show/report_command.h"
#include "bench/show/report_compared.h"
#include "bench/show/report_lead.h"
#include "bench/show/report_series.h"
#include "bench/show/report_conditions.h"
#include "bench/show/report_curves.h"
#include "bench/show/report_floors.h"
#include "bench/show/report_notes.h"
#include "bench/show/report_table.h"
#include "bench/show/report_style.h"
#include "bench/show/svg.h"
#include "version.h"

#define SAMPLES_MAX 1000u

static void cell_number(FILE *to, double v)
{
	char text[REPORT_NUMBER_MAX];

	html_cell(to, "n", report_number(v, "-", text, sizeof(text)));
}

/* ---- the seed's table */

static void seed_row(const struct result *c, FILE *to)
{
	char text[64];

	fputs("<tr>", to);
	html_cell(to, "w", c->preempt);
	fprintf(to, "<td class=\"w\"><i class=\"swatch %s\"></i>", report_class(c));
	svg_escape(to, report_deliverer(c));
	fputs("</td>", to);
	html_cell(to, "w", c->producer);
	html_cell(to, "w", c->irq);
	cell_number(to, c->gbps);
	snprintf(text, sizeof(text), isnan(report_worker_ms(c)) ? "-" : "%.3f",
		 report_worker_ms(c));
	html_cell(to, "n", text);
	snprintf(text, sizeof(text), isnan(report_waited_ms(c)) ? "-" : "%.4f",
		 report_waited_ms(c));
	html_cell(to, "n", text);
	fputs("</tr>\n", to);
}

static void put_seed(const struct results *f, FILE *to)
{
	static const char *const heads[] = { "preempt",
					     "the notification is run by",
					     "producer",
					     "irq",
					     "Gb/s",
					     "worker latency, avg ms",
					     "waited for its CPU, avg ms" };
	bool any = false;

	for (size_t i = 0; i < f->n; i++)
		any |= report_in_seed(f, &f->result[i]);
	if (!any)
		return;
	fputs("<h3>Who runs the notification: stream, producer in the kernel</h3>\n"
	      "<div class=\"scroll\"><table><thead><tr>",
	      to);
	for (unsigned i = 0; i < sizeof(heads) / sizeof(heads[0]); i++)
		html_head(to, heads[i], i < 4);
	fputs("</tr></thead><tbody>\n", to);
	for (size_t i = 0; i < f->n; i++)
		if (report_in_seed(f, &f->result[i]))
			seed_row(&f->result[i], to);
	fputs("</tbody></table></div>\n", to);
}

/* ---- all cells of a scenario */

static void put_table(const struct report_table *t, FILE *to)
{
	char value[REPORT_VALUE_MAX];

	fputs("<div class=\"scroll\"><table><thead><tr>", to);
	for (unsigned k = 0; k < t->columns; k++)
		html_head(to, t->column[k]->head, t->column[k]->left);
	fputs("</tr></thead><tbody>\n", to);
	for (size_t i = 0; i < t->n; i++) {
		fputs(report_control(t->cell[i]) ? "<tr class=\"control\">" : "<tr>", to);
		for (unsigned k = 0; k < t->columns; k++) {
			const struct report_column *c = t->column[k];

			report_value(c, t->cell[i], value, sizeof(value));
			html_cell(to,
				  !*c->head ? "note"
				  : c->left ? "w"
					    : "n",
				  *value || !*c->head ? value : "-");
		}
		fputs("</tr>\n", to);
	}
	fputs("</tbody></table></div>\n", to);
}

static void put_section(const struct results *f, const char *section, double scale, FILE *to)
{
	struct report_table t;

	if (report_table_make(&t, f, section)) {
		fputs("<h3>", to);
		svg_escape(to, t.heading);
		fputs("</h3>\n", to);
		report_plot_rates(&t, scale, to);
		if (report_plot_has_series(&t)) {
			fputs("<h4>Throughput over time, run after run</h4>\n", to);
			report_plot_series(&t, to);
		}
		if (report_plot_has(&t, "notify_us")) {
			fputs("<h4>Latency of a notification, by percentile</h4>\n", to);
			report_plot_curves(&t, "notify_us", to);
			fputs("<h4>Where the time goes: mean of each stage</h4>\n", to);
			report_plot_stages(&t, to);
		}
		if (report_plot_has(&t, "frame_us")) {
			fputs("<h4>Age of a frame, by percentile</h4>\n", to);
			report_plot_curves(&t, "frame_us", to);
		}
		if (report_plot_has(&t, "latency_us")) {
			fputs("<h4>Latency of a request, from its intended time</h4>\n", to);
			report_plot_curves(&t, "latency_us", to);
		}
		fputs("<h4>All figures</h4>\n", to);
		put_table(&t, to);
	}
	report_table_free(&t);
}

/* ---- controls */

static void control_row(const struct results *f, const struct result *c, FILE *to)
{
	const struct result *o = report_reference(f, c);
	double ratio = o ? report_rate(c) / report_rate(o) : NAN;
	char text[64];

	fputs("<tr>", to);
	html_cell(to, "", c->label);
	html_cell(to, "", report_control(c));
	cell_number(to, report_rate(c));
	html_cell(to, "", o ? o->label : "-");
	cell_number(to, o ? report_rate(o) : NAN);
	snprintf(text, sizeof(text), isfinite(ratio) ? "%.2fx" : "-", ratio);
	html_cell(to, "n", text);
	fputs("</tr>\n", to);
}

static void put_controls(const struct results *f, FILE *to)
{
	bool any = false;

	for (size_t i = 0; i < f->n; i++)
		any |= report_control(&f->result[i]) != NULL;
	if (!any)
		return;
	fputs("<h3>Controls</h3>\n<p class=\"mute\">Cells that show whether the others can be "
	      "believed: "
	      "each beside the cell of the same conditions that is no control, where there is "
	      "one.</p>\n"
	      "<div class=\"scroll\"><table><thead><tr>",
	      to);
	html_head(to, "cell", true);
	html_head(to, "control", true);
	html_head(to, "Gb/s or trips/s", false);
	html_head(to, "held against", true);
	html_head(to, "", false);
	html_head(to, "ratio", false);
	fputs("</tr></thead><tbody>\n", to);
	for (size_t i = 0; i < f->n; i++)
		if (report_control(&f->result[i]))
			control_row(f, &f->result[i], to);
	fputs("</tbody></table></div>\n", to);
}

/* ---- what was traced */

static void put_trace(const struct results *f, FILE *to)
{
	bool any = false;

	for (size_t i = 0; i < f->n; i++) {
		const json_t *list = results_get(f->result[i].json, "trace");

		if (!json_array_size(list))
			continue;
		if (!any)
			fputs("<h3>The slowest notifications, traced</h3>\n", to);
		any = true;
		fputs("<p>", to);
		svg_escape(to, f->result[i].label);
		fputs("</p>\n<ul>\n", to);
		for (size_t k = 0; k < json_array_size(list); k++) {
			fputs("<li>", to);
			svg_escape(to, results_string(json_array_get(list, k), "words", ""));
			fputs("</li>\n", to);
		}
		fputs("</ul>\n", to);
	}
}

static bool shows_pairs(const struct results *f)
{
	return !f->n || report_is_pair(&f->result[0]);
}

/* ---- how to do it again */

static void put_commands(const struct results *f, FILE *to)
{
	char command[4096];

	fputs("<h3>To measure it again</h3>\n", to);
	report_file_command(f, command, sizeof(command));
	if (*command) {
		fprintf(to, "<p class=\"mute\">All of it, as it was%s:</p>\n<pre>",
			results_get(f->host, "lab") ? " run inside the lab" : "");
		svg_escape(to, command);
		fputs("</pre>\n", to);
	}
	if (!f->n || !shows_pairs(f))
		return;
	fputs(f->n > 4 ? "<details><summary>Each cell alone</summary>\n"
		       : "<p class=\"mute\">Each cell alone:</p>\n",
	      to);
	fputs("<pre>", to);
	for (size_t i = 0; i < f->n; i++) {
		report_command(f, &f->result[i], command, sizeof(command));
		svg_escape(to, command);
		fputs("\n", to);
	}
	fputs(f->n > 4 ? "</pre></details>\n" : "</pre>\n", to);
}

static void say_warning(void *ctx, const char *text)
{
	FILE *to = ctx;

	fputs("<li>", to);
	svg_escape(to, text);
	fputs("</li>\n", to);
}

static void count_warning(void *ctx, const char *text)
{
	(void)ctx;
	(void)text;
}

static void put_warnings(const struct results *f, FILE *to)
{
	if (!report_warnings(f, count_warning, NULL)) {
		fprintf(to,
			"<p class=\"mute\">Nothing was found wrong: no frame lost, no cell "
			"failed%s.</p>\n",
			results_get(f->host, "noise") ? ", no noise noticed" : "");
		return;
	}
	fputs("<div class=\"warn\"><strong>To know before reading on</strong><ul>\n", to);
	report_warnings(f, say_warning, to);
	fputs("</ul></div>\n", to);
}

/* The fastest cell of any file is a full bar. */
static double scale_of(const struct report *r, const char *section)
{
	double hi = 0, a, b, v[SAMPLES_MAX];
	size_t n;

	for (size_t k = 0; k < r->n; k++)
		for (size_t i = 0; i < r->file[k].n; i++) {
			const struct result *c = &r->file[k].result[i];

			if (strcmp(report_section(c), section) != 0)
				continue;
			hi = fmax(hi, report_rate(c));
			if (report_interval(c, report_rate_key(c), &a, &b))
				hi = fmax(hi, b);
			n = results_samples(c, report_rate_key(c), v, SAMPLES_MAX);
			for (size_t j = 0; j < n; j++)
				hi = fmax(hi, v[j]);
		}
	return hi * 1.02;
}

static void put_name(const struct report *r, size_t k, const char *what, FILE *to)
{
	if (r->n > 1)
		fprintf(to, "%c: ", (char)('A' + k));
	svg_escape(to, r->file[k].path);
	fprintf(to, "%s</h2>\n", what);
}

static void put_lead(const struct report *r, size_t k, FILE *to)
{
	fprintf(to, "<h2 id=\"file%zu\">", k);
	put_name(r, k, "", to);
	if (shows_pairs(&r->file[k]))
		report_html_lead(&r->file[k], to);
	put_warnings(&r->file[k], to);
}

static void put_file(const struct report *r, size_t k, FILE *to)
{
	const struct results *f = &r->file[k];

	fputs("<h2>", to);
	put_name(r, k, ": details", to);
	put_seed(f, to);
	for (size_t s = 0; report_sections[s]; s++)
		put_section(f, report_sections[s], scale_of(r, report_sections[s]), to);
	put_controls(f, to);
	put_trace(f, to);
	report_html_floors(f, to);
	put_commands(f, to);
}

static const char *title_of(const struct results *f)
{
	if (shows_pairs(f))
		return "What a notification costs";
	return strcmp(f->result[0].scenario, "pool") == 0 ? "What queueing work costs"
							  : "What waiting for each other costs";
}

static void put_head(const struct report *r, FILE *to)
{
	fputs("<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
	      "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n"
	      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
	      "style-src "
	      "'unsafe-inline'\">\n"
	      "<title>tandem: ",
	      to);
	svg_escape(to, r->file[0].path);
	fputs(r->n > 1 ? " and others" : "", to);
	fputs("</title>\n<style>\n", to);
	report_style_write(to);
	fputs("</style></head><body>\n", to);
	fprintf(to,
		"<header><h1>%s</h1>\n<p class=\"mute\">Measured by tandem; page made by tandem "
		"%s.</p></header>\n",
		title_of(&r->file[0]), TANDEM_VERSION);
	if (r->n < 2)
		return;
	fputs("<nav>", to);
	for (size_t k = 0; k < r->n; k++) {
		fprintf(to, "<a href=\"#file%zu\">%c: ", k, (char)('A' + k));
		svg_escape(to, r->file[k].path);
		fputs("</a>", to);
	}
	fputs("</nav>\n", to);
}

static void put_words(FILE *to)
{
	fputs("<h2>What the words mean</h2>\n<p class=\"mute\">Latency of a notification: from "
	      "the backend's "
	      "decision to notify to the first line of the guest's interrupt handler. Worker "
	      "latency: until "
	      "the worker runs; where KVM's own work item injects, until the interrupt is taken. "
	      "p99.9 and "
	      "the like are left out where there are too few notifications; a curve ends at its "
	      "maximum. x "
	      "floor: throughput as a share of one core's memcpy (stream), round trips as a "
	      "multiple of two "
	      "bare notifications (rr). ~: no difference found.</p>\n",
	      to);
}

void report_html(const struct report *r, FILE *to)
{
	put_head(r, to);
	fputs("<main>\n", to);
	report_html_compared(r, to);
	for (size_t k = 0; k < r->n; k++)
		put_lead(r, k, to);
	report_html_conditions(r, to);
	for (size_t k = 0; k < r->n; k++)
		put_file(r, k, to);
	if (shows_pairs(&r->file[0]))
		put_words(to);
	fputs("</main></body></html>\n", to);
}

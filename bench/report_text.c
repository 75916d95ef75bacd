// SPDX-License-Identifier: BSD-2-Clause
// Results for a mail: plain text with aligned columns, or Markdown.
#include <math.h>
#include <string.h>

#include "bench/escape.h"
#include "bench/report_table.h"

struct writer {
	FILE *to;
	bool markdown;
};

static void put(const struct writer *w, const char *text)
{
	if (w->markdown)
		escape_markdown(w->to, text);
	else
		escape_text(w->to, text);
}

static void spaces(FILE *to, size_t n)
{
	while (n--)
		fputc(' ', to);
}

/* Characters, not bytes. */
static size_t width_of(const char *text)
{
	size_t n = 0;

	for (; *text; text++)
		n += ((unsigned char)*text & 0xc0) != 0x80;
	return n;
}

struct grid {
	const struct writer *w;
	size_t width[REPORT_COLUMNS_MAX];
	bool left[REPORT_COLUMNS_MAX];
	unsigned columns;
};

static void grid_widen(struct grid *g, unsigned k, const char *text)
{
	if (g->width[k] < width_of(text))
		g->width[k] = width_of(text);
}

static void grid_cell(const struct grid *g, unsigned k, const char *text)
{
	bool last = k + 1 == g->columns;
	size_t pad = g->width[k] > width_of(text) ? g->width[k] - width_of(text) : 0;

	/* No blanks at the end of a line. */
	if (last && !*text && !g->w->markdown) {
		fputs("\n", g->w->to);
		return;
	}
	fputs(g->w->markdown ? (k ? " | " : "| ") : (k ? "  " : ""), g->w->to);
	if (!g->left[k])
		spaces(g->w->to, pad);
	put(g->w, text);
	if (g->left[k] && (!last || g->w->markdown))
		spaces(g->w->to, pad);
	if (last)
		fputs(g->w->markdown ? " |\n" : "\n", g->w->to);
}

/* Markdown's line between head and rows. */
static void grid_rule(const struct grid *g)
{
	for (unsigned k = 0; k < g->columns && g->w->markdown; k++)
		fprintf(g->w->to, "|%s", g->left[k] ? " --- " : " ---: ");
	if (g->w->markdown)
		fputs("|\n", g->w->to);
}

static void heading(const struct writer *w, const char *text)
{
	fputs(w->markdown ? "\n### " : "\n", w->to);
	put(w, text);
	fputs(w->markdown ? "\n\n" : "\n", w->to);
}

static void print_table(const struct writer *w, const struct report_table *t)
{
	struct grid g = { .w = w, .columns = t->columns };
	char value[REPORT_VALUE_MAX];

	for (unsigned k = 0; k < t->columns; k++) {
		g.left[k] = t->column[k]->left;
		grid_widen(&g, k, t->column[k]->head);
		for (size_t i = 0; i < t->n; i++) {
			report_value(t->column[k], t->cell[i], value, sizeof(value));
			grid_widen(&g, k, *value ? value : "-");
		}
	}
	heading(w, t->heading);
	for (unsigned k = 0; k < t->columns; k++)
		grid_cell(&g, k, t->column[k]->head);
	grid_rule(&g);
	for (size_t i = 0; i < t->n; i++)
		for (unsigned k = 0; k < t->columns; k++) {
			report_value(t->column[k], t->cell[i], value, sizeof(value));
			grid_cell(&g, k, *value || !*t->column[k]->head ? value : "-");
		}
}

#define SEED_COLUMNS 7

static void seed_values(const struct result *c, char out[SEED_COLUMNS][64])
{
	snprintf(out[0], 64, "%s", c->preempt);
	snprintf(out[1], 64, "%s", report_deliverer(c));
	snprintf(out[2], 64, "%s", c->producer);
	snprintf(out[3], 64, "%s", c->irq);
	snprintf(out[4], 64, isnan(c->gbps) ? "-" : "%.3f", c->gbps);
	snprintf(out[6], 64, isnan(report_waited_ms(c)) ? "-" : "%.4f", report_waited_ms(c));
	snprintf(out[5], 64, isnan(report_worker_ms(c)) ? "-" : "%.3f", report_worker_ms(c));
}

static void print_seed(const struct writer *w, const struct results *f)
{
	static const char *const heads[SEED_COLUMNS] = { "preempt",
							 "the notification is run by",
							 "producer",
							 "irq",
							 "Gb/s",
							 "worker latency, avg ms",
							 "waited for its CPU, avg ms" };
	struct grid g = { .w = w, .columns = SEED_COLUMNS, .left = { true, true, true, true } };
	char v[SEED_COLUMNS][64];
	bool any = false;

	for (unsigned k = 0; k < SEED_COLUMNS; k++)
		grid_widen(&g, k, heads[k]);
	for (size_t i = 0; i < f->n; i++) {
		seed_values(&f->result[i], v);
		for (unsigned k = 0; k < SEED_COLUMNS && report_in_seed(f, &f->result[i]); k++) {
			grid_widen(&g, k, v[k]);
			any = true;
		}
	}
	if (!any)
		return;
	heading(w, "stream, producer in the kernel");
	for (unsigned k = 0; k < SEED_COLUMNS; k++)
		grid_cell(&g, k, heads[k]);
	grid_rule(&g);
	for (size_t i = 0; i < f->n; i++) {
		seed_values(&f->result[i], v);
		for (unsigned k = 0; k < SEED_COLUMNS && report_in_seed(f, &f->result[i]); k++)
			grid_cell(&g, k, v[k]);
	}
}

static void condition(const struct writer *w, const char *name, const char *value)
{
	fprintf(w->to, w->markdown ? "- %s " : "%-8s ", name);
	put(w, value);
	fputs("\n", w->to);
}

static void print_host(const struct writer *w, const json_t *h)
{
	char text[512];

	condition(w, "kernel", results_string(h, "kernel", "unknown"));
	snprintf(text, sizeof(text), "%s, %.0f CPUs, %s, HZ %.0f",
		 results_string(h, "cpu", "unknown"), results_number(h, "cpus"),
		 results_string(h, "arch", "unknown"), results_number(h, "hz"));
	condition(w, "cpu", text);
	snprintf(text, sizeof(text), "%s (%s)", results_string(h, "preempt.mode", "unknown"),
		 results_string(h, "preempt.source", "unknown"));
	condition(w, "preempt", text);
	if (results_get(h, "lab"))
		condition(w, "lab", results_string(h, "lab.kernel", "unknown"));
	condition(w, "tandem", results_string(h, "tandem", "unknown"));
}

static void print_conditions(const struct writer *w, const struct results *f)
{
	const json_t *boots = results_get(f->doc, "boots");
	char command[4096];

	if (!json_array_size(boots))
		print_host(w, f->host);
	for (size_t i = 0; i < json_array_size(boots); i++)
		print_host(w, json_array_get(boots, i));
	report_file_command(f, command, sizeof(command));
	if (*command)
		condition(w, "command", command);
}

static void print_trace(const struct writer *w, const struct results *f)
{
	for (size_t i = 0; i < f->n; i++) {
		const json_t *list = results_get(f->result[i].json, "trace");

		if (json_array_size(list))
			heading(w, f->result[i].label);
		for (size_t k = 0; k < json_array_size(list); k++)
			condition(w, "slow",
				  results_string(json_array_get(list, k), "words", "unknown"));
	}
}

static void say_warning(void *ctx, const char *text)
{
	const struct writer *w = ctx;

	fputs("- ", w->to);
	put(w, text);
	fputs("\n", w->to);
}

static void print_floor(const struct writer *w, const json_t *fl, const char *what,
			const char *path, const char *unit)
{
	char number[REPORT_NUMBER_MAX], text[64];

	if (isnan(results_number(fl, path)))
		return;
	snprintf(text, sizeof(text), "%s %s",
		 report_number(results_number(fl, path), "-", number, sizeof(number)), unit);
	condition(w, what, text);
}

static void print_floors(const struct writer *w, const struct results *f)
{
	const json_t *fl = results_get(f->doc, "floor");
	char what[64];

	if (!fl && f->n)
		fl = results_get(f->result[0].json, "floor");
	if (!fl)
		return;
	heading(w, "floor");
	snprintf(what, sizeof(what),
		 "memcpy of %.0f-byte frames, one core:", results_number(fl, "frame_bytes"));
	print_floor(w, fl, what, "memcpy_gbps", "Gb/s");
	print_floor(w, fl, "eventfd ping-pong, p50:", "pingpong_us.p50", "us");
	print_floor(w, fl, "irqfd echo, p50:", "echo_us.p50", "us");
}

static void print_file(const struct writer *w, const struct results *f)
{
	print_conditions(w, f);
	print_seed(w, f);
	for (size_t s = 0; report_sections[s]; s++) {
		struct report_table t;

		if (report_table_make(&t, f, report_sections[s]))
			print_table(w, &t);
		report_table_free(&t);
	}
	print_floors(w, f);
	print_trace(w, f);
	heading(w, "to know");
	if (!report_warnings(f, say_warning, (void *)w))
		say_warning((void *)w, "nothing was found wrong");
}

static void print(const struct report *r, const struct writer *w)
{
	for (size_t i = 0; i < r->n; i++) {
		if (r->n > 1 || w->markdown) {
			fputs(i ? "\n" : "", w->to);
			fputs(w->markdown ? "## " : "==== ", w->to);
			put(w, r->file[i].path);
			fputs(w->markdown ? "\n\n" : "\n", w->to);
		}
		print_file(w, &r->file[i]);
	}
}

void report_text(const struct report *r, FILE *to)
{
	print(r, &(struct writer){ .to = to });
}

void report_markdown(const struct report *r, FILE *to)
{
	print(r, &(struct writer){ .to = to, .markdown = true });
}

// SPDX-License-Identifier: BSD-2-Clause
// Results for a mail: plain text with aligned columns, or Markdown.
#include "bench/show/report_text.h"

#include <math.h>
#include <string.h>

#include "bench/result/escape.h"
#include "bench/plan/label.h"
#include "bench/show/brief.h"
#include "bench/show/doses_print.h"
#include "bench/show/report_cells.h"
#include "bench/show/report_table.h"
#include "bench/show/verdict_print.h"
#include "bench/show/report_command.h"
#include "bench/show/report_floors.h"
#include "bench/show/report_notes.h"

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

/* Lines of a width of their own, the same in both: in Markdown they stand as they are. */
static void put_lines(const struct writer *w, char *text)
{
	char *rest = text, *line;

	fputs(w->markdown ? "\n```\n" : "", w->to);
	while ((line = strsep(&rest, "\n")) && rest) {
		escape_text(w->to, line);
		fputs("\n", w->to);
	}
	fputs(w->markdown ? "```\n" : "", w->to);
}

/* What it prints has words of the file in it, which may be anybody's. */
static void put_printed(const struct writer *w, void (*print)(const struct results *f, FILE *to),
			const struct results *f)
{
	char *text = NULL;
	size_t size = 0;
	FILE *mem = open_memstream(&text, &size);

	if (!mem)
		return;
	print(f, mem);
	if (fclose(mem) == 0 && size)
		put_lines(w, text);
	free(text);
}

static void print_lead(const struct results *f, FILE *to)
{
	verdict_print(f, NULL, to);
	brief_print(f, to);
	fputs("\n", to);
}

static void print_doses(const struct writer *w, const struct results *f)
{
	if (json_object_get(f->doc, "verdicts"))
		put_printed(w, doses_print, f);
}

#define SEED_COLUMNS 7

static void seed_values(const struct result *c, char out[SEED_COLUMNS][64])
{
	snprintf(out[0], 64, "%s", c->preempt);
	snprintf(out[1], 64, "%s", report_deliverer(c));
	snprintf(out[2], 64, "%s", c->producer);
	snprintf(out[3], 64, "%s", c->irq);
	report_number(c->gbps, "-", out[4], 64);
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
	char text[512], cpus[32], hz[32];

	condition(w, "kernel", results_string(h, "kernel", "unknown"));
	report_count(results_number(h, "cpus"), cpus, sizeof(cpus));
	report_count(results_number(h, "hz"), hz, sizeof(hz));
	snprintf(text, sizeof(text), "%s, %s CPU%s, %s, HZ %s", results_string(h, "cpu", "unknown"),
		 cpus, results_number(h, "cpus") == 1 ? "" : "s",
		 results_string(h, "arch", "unknown"), hz);
	condition(w, "cpu", text);
	snprintf(text, sizeof(text), "%s%s%s (%s)", results_string(h, "preempt.mode", "unknown"),
		 results_get(h, "preempt_rt") ? " " : "", results_string(h, "preempt_rt", ""),
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

#define FLOOR_COLUMNS 7

static void floor_values(const struct report_floor *fl, char out[FLOOR_COLUMNS][64])
{
	static const char *const paths[] = { "memcpy_gbps", "pingpong_us.p50", "pingpong_us.p90",
					     "echo_us.p50", "echo_us.p90" };

	snprintf(out[0], 64, "%s", *fl->preempt ? fl->preempt : "-");
	snprintf(out[1], 64, "%.0f", fmax(results_number(fl->json, "frame_bytes"), 0));
	for (unsigned k = 0; k < 5; k++)
		report_number(results_number(fl->json, paths[k]), "-", out[k + 2], 64);
}

static void print_floors(const struct writer *w, const struct results *f)
{
	static const char *const heads[FLOOR_COLUMNS] = { "preempt",	      "frame bytes",
							  "memcpy Gb/s",      "ping-pong p50 us",
							  "ping-pong p90 us", "irqfd echo p50 us",
							  "irqfd echo p90 us" };
	struct grid g = { .w = w, .columns = FLOOR_COLUMNS, .left = { true } };
	struct report_floor floor[REPORT_FLOORS_MAX];
	unsigned n = report_floors(f, floor);
	char v[FLOOR_COLUMNS][64];

	if (!n)
		return;
	for (unsigned i = 0; i < n; i++) {
		floor_values(&floor[i], v);
		for (unsigned k = 0; k < FLOOR_COLUMNS; k++)
			grid_widen(&g, k, v[k]);
	}
	for (unsigned k = 0; k < FLOOR_COLUMNS; k++)
		grid_widen(&g, k, heads[k]);
	heading(w, "floors: one core's memcpy, eventfds of two threads, irqfd to doorbell");
	for (unsigned k = 0; k < FLOOR_COLUMNS; k++)
		grid_cell(&g, k, heads[k]);
	grid_rule(&g);
	for (unsigned i = 0; i < n; i++) {
		floor_values(&floor[i], v);
		for (unsigned k = 0; k < FLOOR_COLUMNS; k++)
			grid_cell(&g, k, v[k]);
	}
}

/* Of each control, once, what it is for. */
static void print_controls(const struct writer *w, const struct results *f)
{
	static const char *const codes[] = { "direct", "user", "fifo", "aa" };
	bool any = false;

	for (size_t k = 0; k < sizeof(codes) / sizeof(codes[0]); k++)
		for (size_t i = 0; i < f->n; i++) {
			if (strcmp(results_string(f->result[i].json, "control", ""), codes[k]) != 0)
				continue;
			if (!any)
				heading(w, "controls");
			any = true;
			condition(w, label_control_tag(codes[k]), label_control(codes[k]));
			break;
		}
}

static void print_commands(const struct writer *w, const struct results *f)
{
	char command[4096];

	for (size_t i = 0; i < f->n; i++) {
		if (!i)
			heading(w, "to measure a cell again");
		report_command(f, &f->result[i], command, sizeof(command));
		fputs(w->markdown ? "- " : "", w->to);
		put(w, command);
		fputs("\n", w->to);
	}
}

static void print_file(const struct writer *w, const struct results *f)
{
	bool pairs = f->n && report_is_pair(&f->result[0]);

	if (pairs)
		put_printed(w, print_lead, f);
	print_conditions(w, f);
	print_doses(w, f);
	print_seed(w, f);
	for (size_t s = 0; report_sections[s]; s++) {
		struct report_table t;

		if (report_table_make(&t, f, report_sections[s]))
			print_table(w, &t);
		report_table_free(&t);
	}
	print_controls(w, f);
	print_floors(w, f);
	print_trace(w, f);
	heading(w, "to know");
	if (!report_warnings(f, say_warning, (void *)w))
		say_warning((void *)w, "nothing was found wrong");
	if (pairs)
		print_commands(w, f);
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

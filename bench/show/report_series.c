// SPDX-License-Identifier: BSD-2-Clause
// Throughput over the time of each run: where a stall was.
#include "bench/show/report_series.h"

#include <math.h>

#include "bench/show/report_bars.h"
#include "bench/show/report_cells.h"
#include "bench/show/report_types.h"
#include "bench/show/svg.h"

#define WIDTH 600.0
#define HEIGHT 34.0
#define GAP 4.0 /* between two runs */
#define POINTS_MAX 64u
#define RUNS_SHOWN 16u

/* One run's steps: when each ended, and what came in within it per second. */
struct steps {
	unsigned n;
	double end_s[POINTS_MAX], rate[POINTS_MAX];
};

static double pair_at(const json_t *pair, size_t i)
{
	return json_number_value(json_array_get(pair, i));
}

static void read_steps(const json_t *run, struct steps *s)
{
	double before_s = 0, before = 0;

	s->n = 0;
	for (size_t i = 0; i < json_array_size(run) && s->n < POINTS_MAX; i++) {
		const json_t *pair = json_array_get(run, i);
		double end = pair_at(pair, 0), frames = pair_at(pair, 1);

		if (!(end > before_s) || frames < before)
			continue;
		s->end_s[s->n] = end;
		s->rate[s->n++] = (frames - before) / (end - before_s);
		before_s = end;
		before = frames;
	}
}

static size_t runs_of(const struct result *c)
{
	size_t n = json_array_size(results_get(c->json, "series"));

	return n < RUNS_SHOWN ? n : RUNS_SHOWN;
}

static void read_run(const struct result *c, size_t i, struct steps *s)
{
	read_steps(json_array_get(results_get(c->json, "series"), i), s);
}

/* Lowest and highest of all its runs; false: there are none. */
static bool extremes(const struct result *c, double *lo, double *hi)
{
	struct steps s;
	bool any = false;

	for (size_t i = 0; i < runs_of(c); i++) {
		read_run(c, i, &s);
		for (unsigned k = 0; k < s.n; k++) {
			*lo = any ? fmin(*lo, s.rate[k]) : s.rate[k];
			*hi = any ? fmax(*hi, s.rate[k]) : s.rate[k];
			any = true;
		}
	}
	return any;
}

bool report_plot_has_series(const struct report_table *t)
{
	double lo, hi;

	for (size_t i = 0; i < t->n; i++)
		if (extremes(t->cell[i], &lo, &hi))
			return true;
	return false;
}

/* Flat over each step: what is between two looks is not known. */
static void draw_run(const struct steps *s, double from, double to_x, double scale,
		     const char *class, FILE *to)
{
	struct svg_point p[2 * POINTS_MAX];
	unsigned n = 0;
	double x = from, end = s->n ? s->end_s[s->n - 1] : 1;

	for (unsigned i = 0; i < s->n; i++) {
		double y = HEIGHT - 2 - s->rate[i] / scale * (HEIGHT - 4);

		p[n++] = (struct svg_point){ x, y };
		x = from + s->end_s[i] / end * (to_x - from);
		p[n++] = (struct svg_point){ x, y };
	}
	if (n)
		svg_path(to, class, p, n);
}

static void draw_cell(const struct report_table *t, const struct result *c, FILE *to)
{
	char name[REPORT_VALUE_MAX], class[64], lowest[64], number[REPORT_NUMBER_MAX];
	double lo, hi, each;
	struct steps s;

	if (!extremes(c, &lo, &hi))
		return;
	report_short_name(t, c, name, sizeof(name));
	fputs("<div class=\"row\"><div class=\"name\">", to);
	svg_escape(to, name);
	fputs("</div><div class=\"bar\">", to);
	svg_begin(to, WIDTH, HEIGHT, name);
	snprintf(class, sizeof(class), "curve %s%s", report_class(c),
		 report_control(c) ? " pale" : "");
	svg_line(to, "grid", 0, HEIGHT - 2, WIDTH, HEIGHT - 2);
	each = WIDTH / (double)runs_of(c);
	for (size_t i = 0; i < runs_of(c); i++) {
		read_run(c, i, &s);
		draw_run(&s, each * (double)i, each * (double)(i + 1) - GAP, hi > 0 ? hi : 1, class,
			 to);
	}
	svg_end(to);
	snprintf(lowest, sizeof(lowest), "lowest %s %% of the highest",
		 report_number(hi > 0 ? lo / hi * 100 : 0, "-", number, sizeof(number)));
	fputs("</div><div class=\"value\"><small>", to);
	svg_escape(to, lowest);
	fputs("</small></div></div>\n", to);
}

void report_plot_series(const struct report_table *t, FILE *to)
{
	fputs("<div class=\"rows\">\n", to);
	for (size_t i = 0; i < t->n; i++)
		draw_cell(t, t->cell[i], to);
	fputs("</div>\n", to);
}

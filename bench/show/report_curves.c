// SPDX-License-Identifier: BSD-2-Clause
// Latency by percentile: both axes logarithmic, so that the tail has as much room as the middle.
#include "bench/show/report_curves.h"

#include <math.h>
#include <string.h>

#include "bench/show/report_bars.h"
#include "bench/show/report_cells.h"
#include "bench/show/report_table.h"
#include "bench/show/svg.h"

#define WIDTH 440
#define HEIGHT 270
#define LEFT 54
#define RIGHT 12
#define TOP 12
#define BOTTOM 34
#define POINTS_MAX 1024u
#define DIGITS_MAX 6 /* as far as the x axis goes: one in a million */

struct curve {
	struct svg_point p[POINTS_MAX]; /* x: how many nines, y: us */
	unsigned n;
};

static void add_point(struct curve *k, double x, double us)
{
	if (k->n == POINTS_MAX || isnan(us) || us <= 0)
		return;
	if (k->n && x <= k->p[k->n - 1].x)
		return;
	k->p[k->n++] = (struct svg_point){ fmin(x, DIGITS_MAX), us };
}

/* Of fewer values than it takes, a quantile would be only the maximum again. */
static void add_quantile(struct curve *k, double n, double q, double us)
{
	if (q < 1 && n * (1 - q) >= 1)
		add_point(k, -log10(1 - q), us);
}

static void read_curve(const struct result *c, const char *histogram, struct curve *k)
{
	static const struct {
		const char *key;
		double q;
	} known[] = { { "p50", 0.5 }, { "p90", 0.9 }, { "p99", 0.99 }, { "p99_9", 0.999 } };
	const json_t *h = results_get(c->json, histogram), *list = results_get(h, "curve");
	double n = results_number(h, "n");
	/* Of more points than a line has pixels, only some. */
	size_t step = 1 + json_array_size(list) / (POINTS_MAX - 8);

	k->n = 0;
	if (!(n > 0))
		return;
	for (size_t i = 0; i < json_array_size(list); i += step) {
		const json_t *pair = json_array_get(list, i);

		add_quantile(k, n, json_number_value(json_array_get(pair, 0)),
			     json_number_value(json_array_get(pair, 1)));
	}
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]) && !json_array_size(list); i++)
		add_quantile(k, n, known[i].q, results_number(h, known[i].key));
	add_point(k, log10(n), results_number(h, "max"));
}

bool report_plot_has(const struct report_table *t, const char *histogram)
{
	for (size_t i = 0; i < t->n; i++)
		if (results_number(results_get(t->cell[i]->json, histogram), "n") > 0)
			return true;
	return false;
}

/* One scale for all pictures, so that they can be compared by eye. */
static void find_axes(const struct report_table *t, const char *histogram, struct svg_axis *x,
		      struct svg_axis *y)
{
	double lo = INFINITY, hi = 0, nines = 1, few = 0.25;
	struct curve k;

	for (size_t i = 0; i < t->n; i++) {
		read_curve(t->cell[i], histogram, &k);
		for (unsigned j = 0; j < k.n; j++) {
			lo = fmin(lo, k.p[j].y);
			hi = fmax(hi, k.p[j].y);
			nines = fmax(nines, k.p[j].x);
			few = fmin(few, k.p[j].x);
		}
	}
	*x = (struct svg_axis){ few, nines, LEFT, WIDTH - RIGHT, false };
	*y = (struct svg_axis){ 1, 10, HEIGHT - BOTTOM, TOP, true };
	if (hi <= 0)
		return;
	y->lo = pow(10, floor(log10(lo)));
	y->hi = pow(10, ceil(log10(hi)));
	if (y->hi <= y->lo)
		y->hi = y->lo * 10;
}

static void duration_label(double us, char *out, size_t size)
{
	if (us >= 1e6)
		snprintf(out, size, "%g s", us / 1e6);
	else if (us >= 1e3)
		snprintf(out, size, "%g ms", us / 1e3);
	else if (us >= 1)
		snprintf(out, size, "%g us", us);
	else
		snprintf(out, size, "%g ns", us * 1e3);
}

static void draw_y(const struct svg_axis *x, const struct svg_axis *y, FILE *to)
{
	char label[32];

	for (double v = y->lo; v <= y->hi * 1.001; v *= 10) {
		double at = svg_at(y, v);

		svg_line(to, "grid", x->from, at, x->to, at);
		duration_label(v, label, sizeof(label));
		svg_text(to, "tick end", x->from - 6, at + 4, label);
	}
	/* Less than three powers of ten: 2 and 5 in between, too. */
	for (double v = y->lo; v < y->hi && y->hi / y->lo < 1001; v *= 10)
		for (unsigned m = 2; m <= 5; m += 3)
			svg_line(to, "grid faint", x->from, svg_at(y, v * m), x->to,
				 svg_at(y, v * m));
}

static void draw_x(const struct svg_axis *x, const struct svg_axis *y, FILE *to)
{
	static const struct {
		double q;
		const char *label;
	} ticks[] = { { 0.5, "p50" },	  { 0.9, "p90" },	{ 0.99, "p99" },
		      { 0.999, "p99.9" }, { 0.9999, "p99.99" }, { 0.99999, "p99.999" } };

	for (size_t i = 0; i < sizeof(ticks) / sizeof(ticks[0]); i++) {
		double nines = -log10(1 - ticks[i].q), at = svg_at(x, nines);

		if (nines > x->hi + 0.01)
			break;
		svg_line(to, "grid", at, y->to, at, y->from);
		svg_text(to, "tick middle", at, y->from + 18, ticks[i].label);
	}
	svg_line(to, "axis", x->from, y->from, x->to, y->from);
}

static const char *dash(unsigned i)
{
	static const char *const classes[] = { "", " dash1", " dash2", " dash3" };

	return classes[i < 4 ? i : 3];
}

static void draw_curve(const struct curve *k, const struct svg_axis *x, const struct svg_axis *y,
		       const char *class, FILE *to)
{
	struct svg_point p[POINTS_MAX];
	char line[80], dot[80];

	snprintf(line, sizeof(line), "curve %s", class);
	snprintf(dot, sizeof(dot), "mark %s", class);
	for (unsigned i = 0; i < k->n; i++)
		p[i] = (struct svg_point){ svg_at(x, k->p[i].x), svg_at(y, k->p[i].y) };
	if (k->n)
		svg_path(to, line, p, k->n);
	for (unsigned i = 0; i < k->n && k->n < 12; i++) {
		char title[48], us[REPORT_NUMBER_MAX];

		snprintf(title, sizeof(title), "%.4g %%: %s us", 100 * (1 - pow(10, -k->p[i].x)),
			 report_number(k->p[i].y, "-", us, sizeof(us)));
		svg_dot(to, dot, p[i].x, p[i].y, 2.6, title);
	}
}

/* How many lines a picture may have with all modes in one. */
#define LINES_MAX 6u

static bool same_at(const struct result *a, const struct result *b, const char *path)
{
	return strcmp(results_string(a->json, path, ""), results_string(b->json, path, "")) == 0;
}

static bool same_host(const struct result *a, const struct result *b)
{
	return strcmp(a->preempt, b->preempt) == 0 && same_at(a, b, "lab.kernel") &&
	       same_at(a, b, "slice.asked");
}

/* What the lines of a picture have in common, beside the producer. */
struct panels {
	bool deliverer; /* a host in several states: it is these that are compared */
	bool mode;	/* else it would get too full */
};

static bool same_picture(const struct result *a, const struct result *b, struct panels p)
{
	return strcmp(a->producer, b->producer) == 0 &&
	       (!p.deliverer || report_class(a) == report_class(b)) &&
	       (!p.mode || strcmp(a->preempt, b->preempt) == 0);
}

static bool gets_too_full(const struct report_table *t, struct panels p)
{
	for (size_t i = 0; i < t->n; i++) {
		unsigned n = 0;

		for (size_t j = 0; j < t->n; j++)
			n += same_picture(t->cell[i], t->cell[j], p);
		if (n > LINES_MAX)
			return true;
	}
	return false;
}

static struct panels panels_of(const struct report_table *t)
{
	struct panels p = { false, false };

	for (size_t i = 1; i < t->n; i++)
		p.deliverer |= !same_host(t->cell[i], t->cell[0]);
	p.mode = gets_too_full(t, p);
	return p;
}

/* Same deliverer, same colour: how many cells before this one in its picture had it? */
static unsigned variant(const struct report_table *t, size_t first, size_t i, struct panels p)
{
	unsigned n = 0;

	for (size_t j = first; j < i; j++)
		n += same_picture(t->cell[first], t->cell[j], p) &&
		     report_class(t->cell[j]) == report_class(t->cell[i]);
	return n;
}

/* A control never looks like what it is held against. */
static void line_class(const struct report_table *t, size_t first, size_t i, struct panels p,
		       char out[64])
{
	snprintf(out, 64, "%s%s%s", report_class(t->cell[i]), dash(variant(t, first, i, p)),
		 report_control(t->cell[i]) ? " pale" : "");
}

static void draw_legend(const struct report_table *t, const struct result *c, const char *histogram,
			const char *class, FILE *to)
{
	char name[REPORT_VALUE_MAX], a[REPORT_NUMBER_MAX], b[REPORT_NUMBER_MAX];
	const json_t *h = results_get(c->json, histogram);

	report_short_name(t, c, name, sizeof(name));
	fprintf(to,
		"<li><svg class=\"key\" viewBox=\"0 0 26 8\" aria-hidden=\"true\"><line "
		"class=\"curve "
		"%s\" x1=\"1\" y1=\"4\" x2=\"25\" y2=\"4\"/></svg>",
		class);
	svg_escape(to, name);
	if (results_number(h, "n") > 0)
		fprintf(to, " <small>p50 %s, max %s us, n %.0f</small></li>\n",
			report_number(results_number(h, "p50"), "-", a, sizeof(a)),
			report_number(results_number(h, "max"), "-", b, sizeof(b)),
			results_number(h, "n"));
	else
		fputs(" <small>no values</small></li>\n", to);
}

/* Of what all its lines have in common, that which the table's heading has not said. */
static void picture_title(const struct result *c, struct panels p, char *out, size_t size)
{
	snprintf(out, size, "%s%s%s%s%sproducer %s", p.deliverer ? report_deliverer(c) : "",
		 p.deliverer ? ", " : "", p.mode ? "preempt " : "", p.mode ? c->preempt : "",
		 p.mode ? ", " : "", c->producer);
}

static void draw_picture(const struct report_table *t, size_t first, const char *histogram,
			 const struct svg_axis *x, const struct svg_axis *y, struct panels p,
			 FILE *to)
{
	const struct result *f = t->cell[first];
	char class[64], title[REPORT_VALUE_MAX * 2];

	fputs("<figure><figcaption>", to);
	picture_title(f, p, title, sizeof(title));
	svg_escape(to, title);
	fputs("</figcaption>", to);
	svg_begin(to, WIDTH, HEIGHT, title);
	draw_y(x, y, to);
	draw_x(x, y, to);
	for (size_t i = first; i < t->n; i++) {
		struct curve k;

		if (!same_picture(f, t->cell[i], p))
			continue;
		line_class(t, first, i, p, class);
		read_curve(t->cell[i], histogram, &k);
		draw_curve(&k, x, y, class, to);
	}
	svg_end(to);
	fputs("\n<ul class=\"keys\">\n", to);
	for (size_t i = first; i < t->n; i++) {
		if (!same_picture(f, t->cell[i], p))
			continue;
		line_class(t, first, i, p, class);
		draw_legend(t, t->cell[i], histogram, class, to);
	}
	fputs("</ul></figure>\n", to);
}

void report_plot_curves(const struct report_table *t, const char *histogram, FILE *to)
{
	struct svg_axis x, y;
	struct panels p = panels_of(t);

	find_axes(t, histogram, &x, &y);
	fputs("<div class=\"pictures\">\n", to);
	for (size_t i = 0; i < t->n; i++) {
		bool drawn = false;

		for (size_t j = 0; j < i; j++)
			drawn |= same_picture(t->cell[i], t->cell[j], p);
		if (!drawn)
			draw_picture(t, i, histogram, &x, &y, p, to);
	}
	fputs("</div>\n", to);
}

// SPDX-License-Identifier: BSD-2-Clause
// Writes HTML and SVG.
#include "bench/show/svg.h"

#include <math.h>
#include <stdarg.h>

void svg_escape(FILE *to, const char *text)
{
	for (; *text; text++) {
		if (*text == '&')
			fputs("&amp;", to);
		else if (*text == '<')
			fputs("&lt;", to);
		else if (*text == '>')
			fputs("&gt;", to);
		else if (*text == '"')
			fputs("&quot;", to);
		else if (*text == '\'')
			fputs("&#39;", to);
		else if (((unsigned char)*text < ' ' && *text != '\n' && *text != '\t') ||
			 *text == 0x7f)
			fputc('?', to);
		else
			fputc(*text, to);
	}
}

void svg_escapef(FILE *to, const char *fmt, ...)
{
	char text[1024];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	svg_escape(to, text);
}

static void begin(FILE *to, const char *title)
{
	fputs(" role=\"img\" aria-label=\"", to);
	svg_escape(to, title);
	fputs("\">", to);
}

void svg_begin(FILE *to, double width, double height, const char *title)
{
	fprintf(to, "<svg viewBox=\"0 0 %g %g\"", width, height);
	begin(to, title);
}

void svg_begin_strip(FILE *to, double height, const char *title)
{
	fprintf(to, "<svg class=\"strip\" width=\"100%%\" height=\"%g\"", height);
	begin(to, title);
}

void svg_end(FILE *to)
{
	fputs("</svg>", to);
}

/* Closes an element that may have a title in it. */
static void close_with(FILE *to, const char *element, const char *title)
{
	if (!title) {
		fputs("/>", to);
		return;
	}
	fputs("><title>", to);
	svg_escape(to, title);
	fprintf(to, "</title></%s>", element);
}

static void rect(FILE *to, const char *class, double x, double y, double w, double h,
		 const char *unit, const char *title)
{
	fprintf(to, "<rect class=\"%s\" x=\"%.2f%s\" y=\"%.1f\" width=\"%.2f%s\" height=\"%.1f\"",
		class, x, unit, y, w > 0 ? w : 0, unit, h);
	close_with(to, "rect", title);
}

void svg_rect(FILE *to, const char *class, double x, double y, double w, double h,
	      const char *title)
{
	rect(to, class, x, y, w, h, "", title);
}

void svg_strip_rect(FILE *to, const char *class, double x, double y, double w, double h,
		    const char *title)
{
	rect(to, class, x, y, w, h, "%", title);
}

static void line(FILE *to, const char *class, double x1, double y1, double x2, double y2,
		 const char *unit)
{
	fprintf(to, "<line class=\"%s\" x1=\"%.2f%s\" y1=\"%.1f\" x2=\"%.2f%s\" y2=\"%.1f\"/>",
		class, x1, unit, y1, x2, unit, y2);
}

void svg_line(FILE *to, const char *class, double x1, double y1, double x2, double y2)
{
	line(to, class, x1, y1, x2, y2, "");
}

void svg_strip_line(FILE *to, const char *class, double x1, double y1, double x2, double y2)
{
	line(to, class, x1, y1, x2, y2, "%");
}

void svg_dot(FILE *to, const char *class, double x, double y, double r, const char *title)
{
	fprintf(to, "<circle class=\"%s\" cx=\"%.1f\" cy=\"%.1f\" r=\"%g\"", class, x, y, r);
	close_with(to, "circle", title);
}

void svg_strip_dot(FILE *to, const char *class, double x, double y, double r)
{
	fprintf(to, "<circle class=\"%s\" cx=\"%.2f%%\" cy=\"%.1f\" r=\"%g\"/>", class, x, y, r);
}

void svg_text(FILE *to, const char *class, double x, double y, const char *text)
{
	fprintf(to, "<text class=\"%s\" x=\"%.1f\" y=\"%.1f\">", class, x, y);
	svg_escape(to, text);
	fputs("</text>", to);
}

void svg_path(FILE *to, const char *class, const struct svg_point *p, unsigned n)
{
	fprintf(to, "<polyline class=\"%s\" points=\"", class);
	for (unsigned i = 0; i < n; i++)
		fprintf(to, "%s%.1f,%.1f", i ? " " : "", p[i].x, p[i].y);
	fputs("\"/>", to);
}

double svg_at(const struct svg_axis *a, double v)
{
	double share;

	if (a->hi <= a->lo)
		return a->from;
	if (a->log)
		share = v <= a->lo ? 0 : log(v / a->lo) / log(a->hi / a->lo);
	else
		share = (v - a->lo) / (a->hi - a->lo);
	return a->from + fmin(fmax(share, 0), 1) * (a->to - a->from);
}

// SPDX-License-Identifier: BSD-2-Clause
// Writes HTML and SVG: text is always escaped, shapes take their colours from CSS classes.
#ifndef BENCH_SHOW_SVG_H
#define BENCH_SHOW_SVG_H

#include <stdbool.h>
#include <stdio.h>

/* Text with & < > " and ' escaped; control characters other than line breaks become '?'. */
void svg_escape(FILE *to, const char *text);

/* The same for what printf makes of it (cut at 1 KiB). */
void svg_escapef(FILE *to, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* A picture of that size in its own units; it fills the width it is given. */
void svg_begin(FILE *to, double width, double height, const char *title);
/* A strip that is as wide as it is given; x is said in percent of it. */
void svg_begin_strip(FILE *to, double height, const char *title);
void svg_end(FILE *to);

/* `title` is what is shown under the pointer; NULL: nothing. */
void svg_rect(FILE *to, const char *class, double x, double y, double w, double h,
	      const char *title);
void svg_line(FILE *to, const char *class, double x1, double y1, double x2, double y2);
void svg_dot(FILE *to, const char *class, double x, double y, double r, const char *title);
void svg_text(FILE *to, const char *class, double x, double y, const char *text);

/* The same on a strip: x and w in percent. */
void svg_strip_rect(FILE *to, const char *class, double x, double y, double w, double h,
		    const char *title);
void svg_strip_line(FILE *to, const char *class, double x1, double y1, double x2, double y2);
void svg_strip_dot(FILE *to, const char *class, double x, double y, double r);

struct svg_point {
	double x, y;
};

/* A line through all of them. */
void svg_path(FILE *to, const char *class, const struct svg_point *p, unsigned n);

/* One axis of a plot: values lo..hi are drawn from `from` to `to`. */
struct svg_axis {
	double lo, hi;
	double from, to;
	bool log; /* lo must be above 0 then */
};

/* Where `v` is drawn; what lies outside is drawn at the edge. */
double svg_at(const struct svg_axis *a, double v);

#endif

// SPDX-License-Identifier: BSD-2-Clause
// A line that is kept up to date while something runs.
#include "bench/run/progress.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "lib/term.h"

#define WONDER_S 5.0
#define LINE_BYTES 256

struct line {
	char text[LINE_BYTES];
};

/* "about 45 s", "about 3 min". */
static struct line about(double seconds)
{
	struct line l;

	if (seconds < 100)
		snprintf(l.text, sizeof(l.text), "about %.0f s", seconds < 1 ? 1 : seconds);
	else if (seconds < 6000)
		snprintf(l.text, sizeof(l.text), "about %.0f min", seconds / 60);
	else
		snprintf(l.text, sizeof(l.text), "about %.1f h", seconds / 3600);
	return l;
}

void progress_begin(unsigned cells, unsigned rounds, double seconds)
{
	if (term_columns() || seconds < WONDER_S)
		return;
	fprintf(stderr, "tandem: %u cell%s", cells, cells == 1 ? "" : "s");
	if (rounds > 1)
		fprintf(stderr, ", %u times", rounds);
	fprintf(stderr, ": %s\n", about(seconds).text);
}

static struct line which(const struct progress_sample *s)
{
	struct line l = { "" };
	int n = 0;

	if (s->place.of)
		n = snprintf(l.text, sizeof(l.text), "%u of %u %s: ", s->place.nth, s->place.of,
			     s->place.runs ? "runs" : "cells");
	snprintf(l.text + n, sizeof(l.text) - (size_t)n, "%s %s", s->label, s->detail);
	return l;
}

static struct line counts(const struct progress_sample *s)
{
	struct line l = { "" };

	if (s->elapsed_s >= 0.05)
		snprintf(l.text, sizeof(l.text), "  %.1f of %.1f s  %" PRIu64 " frames",
			 s->elapsed_s, s->total_s, s->frames);
	return l;
}

/* On a narrow terminal the counts go first; how long it takes stays. */
static void draw(const char *which, const char *counts, const char *left, size_t columns)
{
	char text[3 * LINE_BYTES];
	size_t room = columns > strlen(left) ? columns - strlen(left) : 0;

	if (strlen(which) + strlen(counts) > room)
		counts = "";
	snprintf(text, sizeof(text), "%.*s%s%s", (int)room, which, counts, left);
	term_draw(text);
}

void progress_line(const struct progress_sample *s)
{
	double left = s->place.after_s + s->total_s - s->elapsed_s;
	unsigned columns = term_columns();
	struct line tail;

	if (!columns)
		return;
	snprintf(tail.text, sizeof(tail.text), "  %.32s left", about(left).text);
	draw(which(s).text, counts(s).text, tail.text, columns);
}

void progress_clear(void)
{
	term_erase();
}

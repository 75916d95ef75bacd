// SPDX-License-Identifier: BSD-2-Clause
// A line that is kept up to date while something runs.
#include "bench/run/progress.h"

#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#define WONDER_S 5.0

/* "about 45 s", "about 3 min". */
static void print_about(double seconds)
{
	if (seconds < 100)
		fprintf(stderr, "about %.0f s", seconds < 1 ? 1 : seconds);
	else if (seconds < 6000)
		fprintf(stderr, "about %.0f min", seconds / 60);
	else
		fprintf(stderr, "about %.1f h", seconds / 3600);
}

void progress_begin(unsigned cells, unsigned rounds, double seconds)
{
	if (isatty(STDERR_FILENO) || seconds < WONDER_S)
		return;
	fprintf(stderr, "tandem: %u cell%s", cells, cells == 1 ? "" : "s");
	if (rounds > 1)
		fprintf(stderr, ", %u times", rounds);
	fputs(": ", stderr);
	print_about(seconds);
	fputs("\n", stderr);
}

void progress_line(const struct progress_sample *s)
{
	double left = s->place.after_s + s->total_s - s->elapsed_s;

	if (!isatty(STDERR_FILENO))
		return;
	fputs("\r\033[K", stderr);
	if (s->place.of)
		fprintf(stderr, "%u of %u %s: ", s->place.nth, s->place.of,
			s->place.runs ? "runs" : "cells");
	fprintf(stderr, "%s %s", s->label, s->detail);
	if (s->elapsed_s >= 0.05)
		fprintf(stderr, "  %.1f of %.1f s  %" PRIu64 " frames", s->elapsed_s, s->total_s,
			s->frames);
	fputs("  ", stderr);
	print_about(left);
	fputs(" left", stderr);
	fflush(stderr);
}

void progress_clear(void)
{
	if (!isatty(STDERR_FILENO))
		return;
	fputs("\r\033[K", stderr);
	fflush(stderr);
}

// SPDX-License-Identifier: BSD-2-Clause
// The lab's progress line.
#include "lab/progress.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/clock.h"

#define REDRAW_NS 1000000000ull

void lab_progress_start(struct lab_progress *p, const char *kernel, const char *mode,
			char *const *cmd, int n_cmd)
{
	memset(p, 0, sizeof(*p));
	p->terminal = isatty(STDERR_FILENO);
	p->start_ns = clock_mono_ns();
	p->phase = "booting";
	snprintf(p->what, sizeof(p->what), "%s, preempt %s, %s%s%s", kernel, mode,
		 n_cmd ? cmd[0] : "", n_cmd > 1 ? " " : "", n_cmd > 1 ? cmd[1] : "");
	lab_progress_tick(p);
}

void lab_progress_phase(struct lab_progress *p, const char *phase)
{
	p->phase = phase;
	p->drawn_ns = 0;
	lab_progress_tick(p);
}

void lab_progress_tick(struct lab_progress *p)
{
	uint64_t now = clock_mono_ns();

	if (!p->terminal || now - p->drawn_ns < REDRAW_NS)
		return;
	p->drawn_ns = now;
	p->shown = true;
	fprintf(stderr, "\r\033[Klab: %s: %s, %u s", p->what, p->phase,
		(unsigned int)((now - p->start_ns) / REDRAW_NS));
	fflush(stderr);
}

void lab_progress_clear(struct lab_progress *p)
{
	if (p->shown)
		fputs("\r\033[K", stderr);
	p->shown = false;
	p->drawn_ns = 0;
	fflush(stderr);
}

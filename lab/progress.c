// SPDX-License-Identifier: BSD-2-Clause
// The lab's progress line.
#include "lab/progress.h"

#include <stdio.h>
#include <string.h>

#include "lab/file.h"
#include "lib/clock.h"
#include "lib/term.h"

#define REDRAW_NS 1000000000ull

void lab_progress_begin(struct lab_progress *p, const char *what, const char *phase)
{
	memset(p, 0, sizeof(*p));
	p->start_ns = clock_mono_ns();
	p->phase = phase;
	snprintf(p->what, sizeof(p->what), "%.*s", (int)sizeof(p->what) - 1, what);
	lab_progress_tick(p);
}

void lab_progress_start(struct lab_progress *p, const char *kernel, const char *mode,
			char *const *cmd, int n_cmd)
{
	struct lab_path what = lab_path("%s, preempt %s, %s%s%s", kernel, mode, n_cmd ? cmd[0] : "",
					n_cmd > 1 ? " " : "", n_cmd > 1 ? cmd[1] : "");

	lab_progress_begin(p, what.s, "booting");
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
	unsigned columns = term_columns();
	char end[64];
	int room;

	if (!columns || now - p->drawn_ns < REDRAW_NS)
		return;
	p->drawn_ns = now;
	p->shown = true;
	/* On a narrow terminal the command is cut, not what changes. */
	room = (int)columns - snprintf(end, sizeof(end), ": %.32s, %u s", p->phase,
				       (unsigned int)((now - p->start_ns) / REDRAW_NS));
	term_draw(lab_path("%.*s%s", room > 0 ? room : 0, lab_path("lab: %s", p->what).s, end).s);
}

void lab_progress_clear(struct lab_progress *p)
{
	if (p->shown)
		term_erase();
	p->shown = false;
	p->drawn_ns = 0;
}

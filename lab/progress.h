// SPDX-License-Identifier: BSD-2-Clause
// The lab's progress: a line that is rewritten each second on a terminal, nothing elsewhere.
#ifndef LAB_PROGRESS_H
#define LAB_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

struct lab_progress {
	bool shown;
	uint64_t start_ns, drawn_ns;
	const char *phase;
	char what[200]; /* kernel, mode, scenario */
};

void lab_progress_start(struct lab_progress *p, const char *kernel, const char *mode,
			char *const *cmd, int n_cmd);
/* Of anything else: `what` is copied, `phase` must stay. */
void lab_progress_begin(struct lab_progress *p, const char *what, const char *phase);
/* "booting", "running": a literal. */
void lab_progress_phase(struct lab_progress *p, const char *phase);
/* Draws it again when it is due. */
void lab_progress_tick(struct lab_progress *p);
/* Takes the line away, before anything else is printed. */
void lab_progress_clear(struct lab_progress *p);

#endif

// SPDX-License-Identifier: BSD-2-Clause
// How a run's frames came in over its time, so that a stall shows where it was.
#ifndef BENCH_RUN_SERIES_H
#define BENCH_RUN_SERIES_H

#include <stdbool.h>
#include <stdint.h>

#define SERIES_POINTS 50u
#define SERIES_RUNS 32u /* of a cell, the first, that keep theirs */

/* Since the window's start. A point is when it was looked, not when it was due. */
struct series_point {
	uint64_t ns, frames;
};

struct series {
	uint32_t n;
	struct series_point point[SERIES_POINTS];
};

/*
 * Takes a point where the next of SERIES_POINTS equal parts of the window is over. Control thread.
 */
void series_look(struct series *s, uint64_t window_ns, uint64_t ns, uint64_t frames);

/* As an honest child would have left it: time goes on, frames never less. */
bool series_is_sane(const struct series *s);

#endif

// SPDX-License-Identifier: BSD-2-Clause
// A closed loop short enough that a wait of one slice shows in it: which frame and window. Pure
// functions.
#ifndef BENCH_STAT_LOOP_H
#define BENCH_STAT_LOOP_H

#include <stdbool.h>
#include <stdint.h>

/* A frame size and a window, and what they cost on this host without any wait. */
struct loop_try {
	uint32_t frame_bytes, window;
	double copy_us; /* copying one window */
	double trip_us; /* a window's round trip */
};

/*
 * The shortest slice that shows in it: copying a window takes at most a quarter of it, since the
 * producer must be waiting for the consumer when its slice ends; the round trip at most half, since
 * a wait adds to that.
 */
double loop_needs_us(const struct loop_try *t);

/* The first that a slice is long enough for; else the one that needs the shortest. n above 0. */
unsigned loop_choose(const struct loop_try *t, unsigned n, double slice_us);

#endif

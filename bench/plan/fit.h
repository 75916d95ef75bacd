// SPDX-License-Identifier: BSD-2-Clause
// Fits the gated loop to the host: a frame and a window short enough that a wait of one slice
// shows.
#ifndef BENCH_PLAN_FIT_H
#define BENCH_PLAN_FIT_H

#include "bench/plan/bench.h"

/*
 * Tries loops on this host, half a second each, and gives the rows that have one the first that
 * fits the shortest slice; `fixed`: only the rows' own is tried. Where the slice is not known
 * nothing is tried. The rows keep what was measured (spec.fit).
 */
void fit_loop(struct bench *b, bool fixed);

#endif

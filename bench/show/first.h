// SPDX-License-Identifier: BSD-2-Clause
// What the first round of several measured, for whoever waits for the last.
#ifndef BENCH_SHOW_FIRST_H
#define BENCH_SHOW_FIRST_H

#include "bench/plan/bench.h"

/* Says it on stderr, a line for each producer. For struct bench's `first_round`. */
void first_say(const struct bench *b);

#endif

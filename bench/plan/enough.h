// SPDX-License-Identifier: BSD-2-Clause
// Are the rounds made so far enough to tell which wait follows the slice?
#ifndef BENCH_PLAN_ENOUGH_H
#define BENCH_PLAN_ENOUGH_H

#include "bench/plan/bench.h"

/* No cell's slope leaves open whether its wait follows the slice. For struct bench's `enough`. */
bool enough_for_slopes(const struct bench *b);

#endif

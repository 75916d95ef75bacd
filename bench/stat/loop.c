// SPDX-License-Identifier: BSD-2-Clause
// Which frame and window make a loop that is short enough.
#include "bench/stat/loop.h"

#include <math.h>

double loop_needs_us(const struct loop_try *t)
{
	return fmax(4 * t->copy_us, 2 * t->trip_us);
}

unsigned loop_choose(const struct loop_try *t, unsigned n, double slice_us)
{
	unsigned best = 0;

	for (unsigned i = 0; i < n; i++) {
		if (loop_needs_us(&t[i]) <= slice_us)
			return i;
		if (loop_needs_us(&t[i]) < loop_needs_us(&t[best]))
			best = i;
	}
	return best;
}

// SPDX-License-Identifier: BSD-2-Clause
// Waiting with a limit.
#include "bench/patience.h"

#include "lib/clock.h"

/* What is long for one look does not count beyond this. */
#define STEP_NS 100000000ull

void patience_begin(struct patience *p)
{
	p->waited_ns = 0;
	p->last_ns = clock_mono_ns();
}

bool patience_over(struct patience *p, uint64_t ms)
{
	uint64_t now = clock_mono_ns(), step = now - p->last_ns;

	p->waited_ns += step < STEP_NS ? step : STEP_NS;
	p->last_ns = now;
	return p->waited_ns > ms * 1000000ull;
}

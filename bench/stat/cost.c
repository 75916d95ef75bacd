// SPDX-License-Identifier: BSD-2-Clause
// What contrasts of deferred with direct and unbound say together.
#include "bench/stat/cost.h"

#include <math.h>

struct contrast cost_nothing(void)
{
	return (struct contrast){ NAN, { NAN, NAN }, NAN, VERDICT_UNKNOWN };
}

bool cost_is_known(const struct contrast *c)
{
	return !isnan(c->ratio) && c->verdict != VERDICT_UNKNOWN;
}

/* Where the verdict is "the same" the ratio is chance's. */
static double size_of(const struct contrast *c)
{
	return c->verdict == VERDICT_LESS || c->verdict == VERDICT_MORE ? fabs(log(c->ratio)) : 0;
}

/* Where the producer gives way the place of the worker should make no difference. */
static bool is_spoiled(const struct contrast *subject, const struct contrast *control)
{
	double limit = fmax(size_of(subject) / 2, log(COST_CONTROL_OFF));

	return cost_is_known(control) && size_of(control) > limit;
}

enum cost_finding cost_judge(const struct cost_sides *subject, const struct cost_sides *control,
			     double detectable)
{
	const struct contrast *direct = &subject->direct, *unbound = &subject->unbound;

	if (!cost_is_known(unbound))
		return COST_UNKNOWN;
	if (is_spoiled(unbound, &control->unbound))
		return COST_SPOILED;
	if (unbound->verdict == VERDICT_LESS)
		return COST_SHOWN;
	if (detectable > COST_BLIND)
		return COST_NOISY;
	return cost_is_known(direct) && direct->verdict == VERDICT_LESS ? COST_HANDOVER
									: COST_ABSENT;
}

// SPDX-License-Identifier: BSD-2-Clause
// What a worker that is bound to the producer's CPU costs: contrasts, and what they say together.
// Pure functions.
#ifndef BENCH_STAT_COST_H
#define BENCH_STAT_COST_H

#include <stdbool.h>

#include "bench/stat/stats.h"

/*
 * A control that is further off than this, and than half of what is to be shown, spoils it: then
 * something else makes differences of that size here.
 */
#define COST_CONTROL_OFF 1.1

/* Where even this change might not be found, finding none tells nothing. */
#define COST_BLIND 1.0

/* Throughput of deferred over that of the other, from the same producer. */
struct cost_sides {
	struct contrast direct, unbound; /* ratio NAN: the other was not measured */
};

enum cost_finding {
	COST_SHOWN,    /* staying on the producer's CPU costs */
	COST_HANDOVER, /* less than direct, as unbound is: handing over costs, not staying */
	COST_ABSENT,   /* no significant difference, or none to its disadvantage */
	COST_SPOILED,  /* the control moves as much */
	COST_NOISY,    /* nothing found, and half or twice as much would not be found either */
	COST_UNKNOWN,  /* too few runs, or nothing to compare with */
};

/*
 * `control`: the same from the producer in user mode; all NAN where there was none. `detectable`:
 * the smallest relative change that so many runs find (stats_resolvable()); NAN: not known.
 */
enum cost_finding cost_judge(const struct cost_sides *subject, const struct cost_sides *control,
			     double detectable);

/* No contrast: as of what was not measured. */
struct contrast cost_nothing(void);
bool cost_is_known(const struct contrast *c);

#endif

// SPDX-License-Identifier: BSD-2-Clause
// In two or three sentences: what a deferred worker costs, whether a control spoils that, and what
// to try next.
#ifndef BENCH_SHOW_VERDICT_PRINT_H
#define BENCH_SHOW_VERDICT_PRINT_H

#include <stdbool.h>
#include <stdio.h>

#include "bench/result/costs.h"

/* What could be done next on the host that has just measured. */
struct verdict_next {
	bool may_switch; /* this process can set the preemption mode, and lazy is one of them */
};

/* A paragraph for each group of cells (costs_find()). `next`: NULL, it is not said. */
void verdict_print(const struct results *f, const struct verdict_next *next, FILE *to);

#define VERDICT_BYTES 1024u

/* The words of one group, without what to try next. */
void verdict_text(const struct cost *c, char out[VERDICT_BYTES]);

/* Not where there is no unbound to compare with, if that was said or doses have a verdict. */
bool verdict_is_needed(const struct results *f, const struct cost *c, unsigned i);

/* What to try next, of all groups; "": nothing. */
void verdict_next_text(const struct results *f, const struct cost *c, unsigned n,
		       const struct verdict_next *next, char out[VERDICT_BYTES]);

#endif

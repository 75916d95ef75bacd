// SPDX-License-Identifier: BSD-2-Clause
// The host as a cell wants it while it is measured: its preemption mode and its base slice.
#ifndef BENCH_PLAN_SWITCHING_H
#define BENCH_PLAN_SWITCHING_H

#include <stdbool.h>
#include <stddef.h>

#include "bench/host/preempt.h"
#include "bench/run/cell.h"

/* Before a cell: switches what is not yet as it wants it. 0 or -errno (logged). */
int switching_to(struct preempt_control *c, const struct cell_spec *s);

/* Behind it: has somebody else switched meanwhile? Then `why` says what. */
bool switching_disturbed(const struct preempt_control *c, const struct cell_spec *s, char *why,
			 size_t size);

/*
 * Cells of the same mode are one group: a number for each of n specs, of which the first is at
 * `first`, each other so many bytes behind the one before.
 */
void switching_group(const struct cell_spec *first, size_t bytes, unsigned n, unsigned *group);

#endif

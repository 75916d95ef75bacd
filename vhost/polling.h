// SPDX-License-Identifier: BSD-2-Clause
// How long the backend looks at its rings before it sleeps: a fixed time, or one that it learns as
// KVM does for a halted vCPU (halt polling).
#ifndef VHOST_POLLING_H
#define VHOST_POLLING_H

#include <stdbool.h>
#include <stdint.h>

/* A gap as long as this is not worth polling through, where the time is learned. */
#define POLLING_LEARNED_MAX_US 100u

struct polling {
	bool learns;
	uint64_t ns; /* to look for now; 0: not at all */
	uint64_t max_ns;
	unsigned missed; /* gaps in a row that a longer look would have caught */
};

/* `us` at a time; with `learns` at most so long, and at first not at all. */
struct polling polling_of(unsigned us, bool learns);

/*
 * Backend thread: work came `gap_ns` after there was none. A gap longer than the maximum ends
 * polling; two in a row that were too long for this time, but not for the maximum, double it: one
 * alone is an answer to what was just delivered, and the next gap is long again.
 */
void polling_learn(struct polling *p, uint64_t gap_ns);

#endif

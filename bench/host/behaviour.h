// SPDX-License-Identifier: BSD-2-Clause
// Which preemption mode does the host behave like? For when it is not known, and to check when it
// is.
#ifndef BENCH_HOST_BEHAVIOUR_H
#define BENCH_HOST_BEHAVIOUR_H

#include <stdbool.h>

#include "bench/host/host.h"
#include "vhost/probe.h"

struct behaviour {
	/* "full" (rt looks the same), "lazy", "voluntary", "none", or "unclear". */
	const char *mode;
	double nops_us, nops_waited_us; /* medians */
	double nops_early;		/* share of waits that ended well before the batch */
	double pipes_us, pipes_waited_us;
	double pipes_early;
	double disturbed; /* share of batches during which other work had the CPU, too */
};

/* What the probe's figures mean: see docs/preemption.md. */
struct behaviour behaviour_of(const struct probe_result *r);

/* Does that agree with a declared mode ("none", "voluntary", "full", "lazy", "rt")? */
bool behaviour_agrees(const struct behaviour *b, const char *declared);

/*
 * Where a host does not say which mode it is in: tries (a second), and says so in preempt_source.
 */
void behaviour_complete(struct host *h);

#endif

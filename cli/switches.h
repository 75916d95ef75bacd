// SPDX-License-Identifier: BSD-2-Clause
// --preempt and --slice: what the host is to be switched through.
#ifndef CLI_SWITCHES_H
#define CLI_SWITCHES_H

#include "bench/host/host.h"
#include "cli/options.h"

/* Modes and slices to combine with each other; one where none is asked for: as the host is. */
unsigned switches_ways(const struct options *o);

/* The `way`-th of them, for a cell. */
void switches_set(const struct options *o, unsigned way, struct cell_spec *spec);

/*
 * All that is asked for must be there before anything is measured: opens the files, and reads the
 * host's mode again, which nobody else switches from here on. Nothing asked for: a note of a killed
 * tandem is warned of. 0 or -errno (said why). Whoever has opened it closes it.
 */
int switches_open(struct preempt_control *c, struct host *host, const struct options *o);

/* "2x" and the like, once it is known of what. 0 or -EINVAL (said why). */
int switches_settle(const struct preempt_control *c, struct cell_spec *spec);

#endif

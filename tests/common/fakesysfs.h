// SPDX-License-Identifier: BSD-2-Clause
// Topologies as sysfs would show them, in a directory of their own: shapes of real machines.
#ifndef TESTS_COMMON_FAKESYSFS_H
#define TESTS_COMMON_FAKESYSFS_H

#include <stdbool.h>

#include "lib/topology.h"

/*
 * A machine: `cores` of `threads` each. A core is part of cache core / cores_per_cache, of package
 * core / cores_per_package, of node core / cores_per_node.
 */
struct machine {
	const char *name;
	unsigned cores, threads;
	bool adjacent; /* a core's threads are CPUs next to each other; else `cores` apart */
	unsigned cores_per_cache, cores_per_package;
	unsigned cores_per_node; /* 0: there is no node directory */
	unsigned cache_level;	 /* of the last cache; 0: no caches are described */
	bool no_cores;		 /* no list of a core's threads */
	unsigned smt_cores;	 /* only the first so many have several threads; 0: all */
	int offline;		 /* a CPU that is not there; 0: none is missing */
	unsigned pods[SCOPES];	 /* what is to come out; 0: unknown */
};

extern const struct machine machines[]; /* ends with a NULL name */

const struct machine *machine_find(const char *name);

/* Writes it below a new directory, and reads its topology, as to all of its CPUs. */
void machine_read(const struct machine *m, struct topology *t);

/* Writes it below a new directory, whose name comes back in `dir`; machine_remove() clears it away. */
void machine_write(const struct machine *m, char dir[64]);
void machine_remove(const char *dir);

unsigned machine_cpus(const struct machine *m);
unsigned machine_core_of(const struct machine *m, unsigned cpu);

#endif

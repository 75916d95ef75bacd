// SPDX-License-Identifier: BSD-2-Clause
// Which CPUs belong together: the kernel's workqueue affinity scopes, formed from sysfs.
#ifndef LIB_TOPOLOGY_H
#define LIB_TOPOLOGY_H

#include <sched.h>
#include <stdbool.h>
#include <stdint.h>

#include "lib/cpulist.h"

/* From narrow to wide: each groups whole groups of the one before, on any usual machine. */
enum scope {
	SCOPE_CPU,
	SCOPE_SMT,	   /* the threads of one core */
	SCOPE_CACHE_SHARD, /* about 8 cores of one last-level cache, never half a core */
	SCOPE_CACHE,	   /* one last-level cache */
	SCOPE_NUMA,	   /* one node */
	SCOPE_SYSTEM,
	SCOPES
};

/* The kernel's default for workqueue.cache_shard_size. */
#define TOPOLOGY_SHARD_CORES 8u

struct topology {
	cpu_set_t cpus; /* those asked for */
	/*
	 * Groups that have at least one of `cpus` are pods, numbered by their lowest CPU; 0 pods:
	 * sysfs does not tell this scope, `why` says what is missing.
	 */
	unsigned npods[SCOPES];
	/* Each CPU's pod. One that is in no pod has that of its nearest neighbour that is. */
	uint16_t pod[SCOPES][CPULIST_MAX];
	char why[SCOPES][72];
};

const char *scope_name(enum scope s);
bool scope_find(const char *name, enum scope *s);

/* The CPUs that sysfs below `root` says are online; false: it does not say. */
bool topology_online(const char *root, cpu_set_t *out);

/*
 * Reads sysfs below `root` ("" but for tests and recorded topologies), as to the CPUs in `allowed`,
 * which are online whatever sysfs says. 0; -ENODEV: there are none.
 */
int topology_read(struct topology *t, const char *root, const cpu_set_t *allowed);

/* Without sysfs: every scope but cpu is one pod of all `cpus`. */
void topology_flat(struct topology *t, const cpu_set_t *cpus);

/* The CPUs of `t->cpus` in a pod. */
void topology_pod_cpus(const struct topology *t, enum scope s, unsigned pod, cpu_set_t *out);

/* Do two scopes that are known group the CPUs alike? */
bool topology_same(const struct topology *t, enum scope a, enum scope b);

#endif

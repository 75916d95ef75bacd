// SPDX-License-Identifier: BSD-2-Clause
// A control group for each guest's vCPUs, so that the scheduler shares CPU time among guests first.
#ifndef BENCH_CROWD_CGROUP_H
#define BENCH_CROWD_CGROUP_H

#include <stdbool.h>
#include <sys/types.h>

#include "lib/claim.h"

#define CGROUPS_MAX 64u

struct cgroups {
	char base[256]; /* our own group's directory */
	bool v2;
	bool enabled_cpu; /* v2: we have switched the controller on for our children */
	unsigned n;
	struct claim group[CGROUPS_MAX];
	int fd[CGROUPS_MAX]; /* where thread ids are written to; -1 until opened */
};

/*
 * Makes n groups below the caller's own, in the hierarchy of the cpu controller, and removes those
 * that a killed tandem has left. 0 or -errno (logged).
 */
int cgroups_create(struct cgroups *c, unsigned n);

/*
 * In the process whose threads are to be moved, before it gives up its rights: cell_in_child() has
 * closed what the maker had open. 0 or -errno (logged).
 */
int cgroups_open(struct cgroups *c);
void cgroups_close(struct cgroups *c);

/* Moves a thread of this process. 0 or -errno (logged). */
int cgroups_add(const struct cgroups *c, unsigned group, pid_t tid);

/* Once their threads are gone. Accepts what a failed create left. */
void cgroups_destroy(struct cgroups *c);

#endif

// SPDX-License-Identifier: BSD-2-Clause
// The control groups that this process is in.
#ifndef LIB_CGROUPS_H
#define LIB_CGROUPS_H

#include <stdbool.h>

/*
 * Calls look() for our own group that has `controller` and for each above it, up to where the
 * hierarchy is mounted: of version 2, and of version 1. `root` is "" but for tests. A container may
 * not see its own name: then only the mount is looked at, which is its group.
 */
void cgroups_each(const char *root, const char *controller,
		  void (*look)(const char *dir, bool v2, void *to), void *to);

/* How many CPUs' time the groups allow this process, the least of all; NAN: no limit. */
double cgroups_cpu_quota(const char *root);

#endif

// SPDX-License-Identifier: BSD-2-Clause
// The one point where privileges go: after every fd exists, before any thread does.
#ifndef VMM_PRIVILEGES_H
#define VMM_PRIVILEGES_H

#include <stdbool.h>

/*
 * Drops all capabilities from every set, the bounding set included where that is allowed, and
 * sets no_new_privs. keep_sys_nice: all but CAP_SYS_NICE, which threads that are to be SCHED_FIFO
 * need. Acts on the calling thread: no other may exist. 0 or -errno (logged).
 */
int privileges_drop(bool keep_sys_nice);

/* Does the caller hold any capability? For doctor. */
bool privileges_any(void);

/* May threads be put under SCHED_FIFO, that is, is CAP_SYS_NICE held? */
bool privileges_sys_nice(void);

#endif

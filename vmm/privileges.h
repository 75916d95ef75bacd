// SPDX-License-Identifier: BSD-2-Clause
// The one point where privileges go: after every fd exists, before any thread does.
#ifndef VMM_PRIVILEGES_H
#define VMM_PRIVILEGES_H

/*
 * Drops all capabilities from every set, the bounding set included where that is allowed, and
 * sets no_new_privs. Acts on the calling thread: no other may exist. 0 or -errno (logged).
 */
int privileges_drop(void);

/* Does the caller hold any capability? For doctor. */
_Bool privileges_any(void);

#endif

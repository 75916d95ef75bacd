// SPDX-License-Identifier: BSD-2-Clause
// A shadow of a source tree: links to its files, and copies of those that are patched or changed.
#ifndef LAB_SHADOW_H
#define LAB_SHADOW_H

#include "lab/tree.h"

/*
 * Makes `dir`/source show the tree with its patches, from whatever it showed before, so that make
 * builds only what changed: a file that changed since the first time is a copy, whose time is that
 * of the change, whatever time the tree's own has. `stage` holds the `touched` files as patched.
 * One process at a time. 0, or -errno after a message.
 */
int lab_shadow_make(const struct lab_tree *t, const char *stage, const struct lab_tree *touched,
		    const char *dir);

#endif

// SPDX-License-Identifier: BSD-2-Clause
// Patches of a source tree, applied to copies of the files that they touch.
#ifndef LAB_PATCH_H
#define LAB_PATCH_H

#include "lab/tree.h"

#define LAB_PATCHES_MAX 32

struct lab_patches {
	const char *file[LAB_PATCHES_MAX];
	unsigned n;
};

/*
 * Copies the files of `t` that the patches touch into `stage`, which is emptied first, and applies
 * the patches there, one after the other, as patch -p1 does. `touched` gets their names, in order;
 * one that is not in `stage` afterwards was deleted. 0, or -errno after a message.
 */
int lab_patch(struct lab_sig *sig, const struct lab_tree *t, const struct lab_patches *p,
	      const char *stage, struct lab_tree *touched);

/* What the patches say. 0, or -errno after a message. */
int lab_patch_state(const struct lab_patches *p, uint64_t *state);

#endif

// SPDX-License-Identifier: BSD-2-Clause
// Kernels that the lab builds from a source tree, kept in the cache by the state of the tree.
#ifndef LAB_BUILD_H
#define LAB_BUILD_H

#include <stdbool.h>

#include "lab/kernel.h"
#include "lab/patch.h"

struct lab_wish {
	const struct lab_arch *arch;
	const char *source; /* a tree, a directory with linux-source-*.tar.xz, or such a file */
	struct lab_patches patches;
};

/*
 * The kernel of a source tree with patches: out of the cache when it was built from just this,
 * else built, which takes minutes the first time, and then what changed. The tree is only read.
 * Labs that build the same tree wait for each other. 0, or -errno after a message: -ENOENT and
 * others (cannot be built here), -EIO (the build failed), -EINTR.
 */
int lab_build(struct lab_sig *sig, const struct lab_wish *wish, struct lab_kernel *k);

/* Names it, builds nothing: is it in the cache? 0, or -errno after a message. */
int lab_build_look(struct lab_sig *sig, const struct lab_wish *wish, char name[160], bool *cached);

/* Is this path something to build rather than to boot: a directory, or a tar file? */
bool lab_build_is_source(const char *path);

#endif

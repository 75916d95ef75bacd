// SPDX-License-Identifier: BSD-2-Clause
// Where the sources of a kernel are: a tree, or one that is unpacked into the cache first.
#ifndef LAB_SOURCE_H
#define LAB_SOURCE_H

#include <stdbool.h>

#include "lab/file.h"
#include "lab/proc.h"

/* Is it a tar file by its name (linux-source-7.3.tar.xz)? */
bool lab_source_is_tar(const char *path);

/*
 * `at`: a source tree; a tar file of one; or a directory that holds Debian's
 * linux-source-*.tar.xz, itself or in usr/src. A tar file is unpacked into `cache`, once for each
 * state of it. *tree is the tree's real path. 0, or -errno after a message.
 */
int lab_source_find(struct lab_sig *sig, const char *cache, const char *at, struct lab_path *tree);

#endif

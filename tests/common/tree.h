// SPDX-License-Identifier: BSD-2-Clause
// Directory trees for tests, without a shell: there may be none.
#ifndef TESTS_COMMON_TREE_H
#define TESTS_COMMON_TREE_H

/* Makes a directory and those above it that are missing. 0 or -errno. */
int tree_make(const char *path);

/* Removes it and all in it. 0 or -errno. */
int tree_remove(const char *path);

#endif

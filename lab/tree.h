// SPDX-License-Identifier: BSD-2-Clause
// A tree of kernel sources: its files and the state they are in.
#ifndef LAB_TREE_H
#define LAB_TREE_H

#include <stddef.h>
#include <stdint.h>

#include "lab/file.h"
#include "lab/proc.h"

struct lab_entry {
	char *name; /* below the root */
	uint64_t size;
	int64_t mtime_ns;
	uint32_t mode;
	bool patched; /* in a shadow: the content is not the tree's */
};

struct lab_tree {
	struct lab_path root;
	struct lab_entry *entry; /* by name */
	size_t n, room;
};

/*
 * The files of a tree: of a git tree all but what it ignores, so that one may have been built in;
 * of any other all there are. 0, or -errno after a message: -ENOENT (no such tree), -ENOEXEC (not
 * Linux), -EBUSY (built in, and not a git tree). lab_tree_free() in any case.
 */
int lab_tree_read(struct lab_sig *sig, const char *root, struct lab_tree *t);
void lab_tree_free(struct lab_tree *t);

/* Appends an entry that takes over `e`'s values; its name is copied. 0 or -ENOMEM. */
int lab_tree_add(struct lab_tree *t, const struct lab_entry *e);

/* The entry of that name, or NULL. Entries must be in order. */
struct lab_entry *lab_tree_find(const struct lab_tree *t, const char *name);

/* Hashes bytes into a state; begin with LAB_STATE. FNV-1a: chance alone is not to collide. */
#define LAB_STATE 0xcbf29ce484222325ull
uint64_t lab_state_bytes(uint64_t state, const void *bytes, size_t len);
uint64_t lab_state_text(uint64_t state, const char *text);

/* Names, sizes, times and modes of all files. */
uint64_t lab_tree_state(const struct lab_tree *t, uint64_t state);

#endif

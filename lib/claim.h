// SPDX-License-Identifier: BSD-2-Clause
// Directories that belong to one running process: whoever finds one without its lock knows that its
// maker is dead.
#ifndef LIB_CLAIM_H
#define LIB_CLAIM_H

#define CLAIM_PATH_MAX 384

/*
 * The lock tells, not a pid in the name: an earlier self in a container had the same pid, and a
 * process of another pid namespace looks dead. A child that was forked meanwhile holds the lock,
 * too.
 */
struct claim {
	char path[CLAIM_PATH_MAX]; /* "": none */
	int lock;		   /* -1: none */
};

/*
 * Makes and locks a directory of a new name: `parent`, a slash, `prefix`, six characters. 0 or
 * -errno.
 */
int claim_make(struct claim *c, const char *parent, const char *prefix);

/* Once the directory is removed, or is not to be ours any more. */
void claim_drop(struct claim *c);

/* Calls `remove` with each of the user's directories of that prefix that nobody has locked. */
void claim_sweep(const char *parent, const char *prefix, void (*remove)(const char *path));

#endif

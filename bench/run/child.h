// SPDX-License-Identifier: BSD-2-Clause
// Running something in a child process: what it breaks is gone with it, what it drops stays
// dropped.
#ifndef BENCH_RUN_CHILD_H
#define BENCH_RUN_CHILD_H

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

/* What a child process does, and its result: plain data. */
struct child_task {
	int (*fn)(void *arg, void *out); /* 0: done */
	uint64_t bytes;			 /* of `out`, zeroed at first */
	/* Which part of a result no honest child could have left; NULL: it is whole. */
	const char *(*nonsense)(const void *out);
};

/* Of what cell_in_child() gave: does it end tandem with status 3? */
static inline bool child_not_trusted(int err)
{
	return err == -EACCES || err == -EPROTO;
}

/*
 * The parent, around all its cells: a signal that ends does so by way of the child. *old: to be set
 * again.
 */
void cell_block_ends(sigset_t *old);

/*
 * For floors and the like: runs the task in a child, with shared memory for `out`, and copies that
 * when it ends. Nobody looks at a result that is not whole: it is zeroed then. 0; -ECHILD when the
 * child died or failed; -EACCES when its confinement ended it; -EPROTO when it returned nonsense;
 * -EAGAIN when there may be no more processes; -ENOMEM when the kernel killed it for want of memory
 * (all logged).
 * *stop: a signal came.
 */
int cell_in_child(const struct child_task *task, void *arg, void *out, bool *stop);

/*
 * Control thread of a child: waits for `ms`, at most until a signal that ends comes. true: one
 * came.
 */
bool cell_pause(unsigned ms);

/*
 * Puts the mask back. true: a signal came behind the last cell; it is taken, so that what was
 * measured is shown.
 */
bool cell_unblock_ends(const sigset_t *old);
/* The same in words, for a result's `error`. */
const char *child_failure(int err);

#endif

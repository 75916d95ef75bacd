// SPDX-License-Identifier: BSD-2-Clause
// The note of what is to be restored; whoever holds its lock may switch the host's mode and slice.
#ifndef BENCH_HOST_PREEMPT_NOTE_H
#define BENCH_HOST_PREEMPT_NOTE_H

#include <stdbool.h>

#include "bench/host/knob.h"

/*
 * The lock ends with the process that holds it, however that ends, so a note that nobody holds is
 * of one that was killed, whoever has its number now. Only its owner may open it: whoever can read
 * a file can lock it, too, and so keep everybody else from switching and from restoring.
 */
struct preempt_note {
	char mode[KNOB_BYTES];	/* to restore; "": it was not switched */
	char slice[KNOB_BYTES]; /* to restore, in ns; "": it was not changed */
	int pid;		/* who wrote it; 0: it does not say */
	bool held;
	bool hidden; /* there is one, and we may not look */
};

/* Is there anything to restore? */
static inline bool preempt_note_says(const struct preempt_note *n)
{
	return n->mode[0] || n->slice[0];
}

/*
 * Opens and locks the note, with `make` also where there is none. 0 and *fd; -EBUSY: another tandem
 * holds it (logged, with its number); -ENOENT: there is none; another -errno (logged).
 */
int preempt_note_take(const char *path, bool make, int *fd);

/* Of a note that was taken. "": it is not switched so far. 0 or -errno. */
int preempt_note_write(int fd, const char *mode, const char *slice);
struct preempt_note preempt_note_read(int fd);

/* Gives it back; `done`: nothing is left to restore, and it goes. */
void preempt_note_drop(const char *path, int *fd, bool done);

/* Looks at it and takes nothing. Without a note: nothing to restore, not held, not hidden. */
struct preempt_note preempt_note_look(const char *path);

#endif

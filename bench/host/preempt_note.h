// SPDX-License-Identifier: BSD-2-Clause
// The note of the preemption mode to restore; whoever holds its lock may switch the host's mode.
#ifndef BENCH_HOST_PREEMPT_NOTE_H
#define BENCH_HOST_PREEMPT_NOTE_H

#include <stdbool.h>

#define PREEMPT_MODE_BYTES 16u

/*
 * The lock ends with the process that holds it, however that ends, so a note that nobody holds is of one that was
 * killed, whoever has its number now.
 */
struct preempt_note {
	char mode[PREEMPT_MODE_BYTES]; /* to restore; "": nothing was switched */
	int pid;		       /* who wrote it; 0: it does not say */
	bool held;
};

/*
 * Opens and locks the note, with `make` also where there is none. 0 and *fd; -EBUSY: another tandem holds it (logged,
 * with its number); -ENOENT: there is none; another -errno (logged).
 */
int preempt_note_take(const char *path, bool make, int *fd);

/* Of a note that was taken. "" as mode: nothing is switched so far. 0 or -errno. */
int preempt_note_write(int fd, const char *mode);
struct preempt_note preempt_note_read(int fd);

/* Gives it back; `done`: nothing is left to restore, and it goes. */
void preempt_note_drop(const char *path, int *fd, bool done);

/* Looks at it and takes nothing. Without a note: no mode, not held. */
struct preempt_note preempt_note_look(const char *path);

#endif

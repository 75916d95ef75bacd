// SPDX-License-Identifier: BSD-2-Clause
// Switching the host's preemption mode (debugfs sched/preempt), and putting it back.
#ifndef BENCH_HOST_PREEMPT_H
#define BENCH_HOST_PREEMPT_H

#include <stdbool.h>
#include <stddef.h>

#include "bench/host/preempt_note.h"

#define PREEMPT_MODES_MAX 5u

/* none, voluntary, full, lazy, rt; NULL-terminated. */
extern const char *const preempt_modes[];
bool preempt_is_mode(const char *name, size_t len);

/*
 * Where things are. For tests a stand-in file and note can take the place of the real ones.
 */
struct preempt_paths {
	const char *file; /* /sys/kernel/debug/sched/preempt */
	const char *note; /* /run/tandem-preempt: locked while we switch; what to restore when we are killed */
};

extern const struct preempt_paths preempt_real;

struct preempt_control {
	struct preempt_paths paths;
	int fd;				   /* of the mode file; -1: closed */
	int note_fd;			   /* holds the note's lock */
	char original[PREEMPT_MODE_BYTES]; /* the mode to put back */
	bool switched;
};

/*
 * Opens the mode file, takes the note for as long as it is open, and reads which mode is on. 0, or -errno, said why:
 * no PREEMPT_DYNAMIC, debugfs not mounted, lockdown, not root; -EBUSY: another tandem switches, -EEXIST: one that was
 * killed has left the mode switched.
 */
int preempt_open(struct preempt_control *c, const struct preempt_paths *paths);

/* Is `mode` offered by this kernel? Says which are when it is not. */
bool preempt_offers(const struct preempt_control *c, const char *mode);

/* Which mode is on now? Others may write to the file, too. 0 or -errno. */
int preempt_active(const struct preempt_control *c, char mode[PREEMPT_MODE_BYTES]);

/* Switches and waits until the file says so. 0 or -errno (logged). */
int preempt_switch(struct preempt_control *c, const char *mode);

/* Puts the original mode back if it was changed, and closes. */
void preempt_close(struct preempt_control *c);

/*
 * Did a tandem that was killed leave the mode changed, or is one at work that changes it? Then says so.
 * true: there is such a note.
 */
bool preempt_warn_note(const struct preempt_paths *paths);

/* Restores what the note of a killed tandem says. 0, or -errno (logged, -EBUSY too); -ENOENT: no note, nothing said. */
int preempt_restore_note(const struct preempt_paths *paths);

#endif

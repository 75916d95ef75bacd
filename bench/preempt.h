// SPDX-License-Identifier: BSD-2-Clause
// Switching the host's preemption mode (debugfs sched/preempt), and putting it back.
#ifndef BENCH_PREEMPT_H
#define BENCH_PREEMPT_H

#include <stdbool.h>
#include <stddef.h>

#define PREEMPT_MODES_MAX 5u

/* none, voluntary, full, lazy, rt; NULL-terminated. */
extern const char *const preempt_modes[];
bool preempt_is_mode(const char *name, size_t len);

/*
 * Where things are. For tests a stand-in file and note can take the place of the real ones.
 */
struct preempt_paths {
	const char *file; /* /sys/kernel/debug/sched/preempt */
	const char *note; /* /run/tandem-preempt: what to restore when we are killed */
};

extern const struct preempt_paths preempt_real;

struct preempt_control {
	struct preempt_paths paths;
	int fd;		   /* of the mode file; -1: closed */
	char original[16]; /* the mode to put back */
	bool switched;
};

/*
 * Opens the mode file and reads which mode is on and which are offered. 0, or -errno, said why:
 * no PREEMPT_DYNAMIC, debugfs not mounted, lockdown, not root.
 */
int preempt_open(struct preempt_control *c, const struct preempt_paths *paths);

/* Is `mode` offered by this kernel? Says which are when it is not. */
bool preempt_offers(const struct preempt_control *c, const char *mode);

/* Switches and waits until the file says so. 0 or -errno (logged). */
int preempt_switch(struct preempt_control *c, const char *mode);

/* Puts the original mode back if it was changed, and closes. */
void preempt_close(struct preempt_control *c);

/*
 * Did a tandem that was killed leave the mode changed? Then says so, and how to restore it.
 * true: there is such a note.
 */
bool preempt_warn_note(const struct preempt_paths *paths);

/* Restores what the note of a killed tandem says. 0, or -errno (logged); -ENOENT: no note. */
int preempt_restore_note(const struct preempt_paths *paths);

#endif

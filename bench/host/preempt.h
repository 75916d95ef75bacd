// SPDX-License-Identifier: BSD-2-Clause
// Switching the host's preemption mode and its base slice (debugfs sched/), and putting both back.
#ifndef BENCH_HOST_PREEMPT_H
#define BENCH_HOST_PREEMPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bench/host/knob.h"
#include "bench/host/preempt_note.h"

#define PREEMPT_MODES_MAX 5u

/*
 * Where things are. For tests stand-in files and a stand-in note can take the place of the real
 * ones.
 */
struct preempt_paths {
	const char *file;  /* /sys/kernel/debug/sched/preempt */
	const char *slice; /* /sys/kernel/debug/sched/base_slice_ns */
	/* /run/tandem-preempt: locked while we switch; what to restore when we are killed */
	const char *note;
};

extern const struct preempt_paths preempt_real;

/* What is to be switched: a set of these. */
#define PREEMPT_MODE 1u
#define PREEMPT_SLICE 2u

struct preempt_control {
	struct preempt_paths paths;
	int note_fd; /* holds the note's lock; below 0: closed */
	struct knob mode, slice;
};

/* Zeroed memory is not closed: this is. */
#define PREEMPT_CLOSED ((struct preempt_control){ .note_fd = -1 })

/*
 * Opens the files of `what`, takes the note for as long as they are open, and reads what is on. 0,
 * or -errno, said why: no such file in this kernel, debugfs not mounted, lockdown, not root;
 * -EBUSY: another tandem switches, -EEXIST: one that was killed has left something switched.
 */
int preempt_open(struct preempt_control *c, const struct preempt_paths *paths, unsigned what);

/* The same for the slice alone, and nothing is said: can it be changed here? */
bool preempt_may_slice(const struct preempt_paths *paths);

/* Can this process switch to `mode`? Nothing is said. */
bool preempt_may_switch(const struct preempt_paths *paths, const char *mode);

/* Is `mode` offered by this kernel? Says which are when it is not. */
bool preempt_offers(const struct preempt_control *c, const char *mode);

/* Which mode is on now? Others may write to the file, too. 0 or -errno. */
int preempt_active(const struct preempt_control *c, char mode[KNOB_BYTES]);

/* Switches and waits until the file says so. 0 or -errno (logged). */
int preempt_switch(struct preempt_control *c, const char *mode);

/* The base slice that is on, and the host's own; 0: not open, or not to be read. */
uint64_t preempt_slice_ns(const struct preempt_control *c);
uint64_t preempt_own_slice_ns(const struct preempt_control *c);
int preempt_set_slice(struct preempt_control *c, uint64_t ns);

/* Puts back what was changed, and closes. */
void preempt_close(struct preempt_control *c);

/*
 * Did a tandem that was killed leave something changed, or is one at work that changes it? Then
 * says so. true: there is such a note.
 */
bool preempt_warn_note(const struct preempt_paths *paths);

/*
 * Restores what the note of a killed tandem says. 0, or -errno (logged, -EBUSY too); -ENOENT: no
 * note, nothing said.
 */
int preempt_restore_note(const struct preempt_paths *paths);

#endif

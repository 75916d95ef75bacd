// SPDX-License-Identifier: BSD-2-Clause
// What the process does with signals: which end it, which it was started to ignore.
#ifndef LIB_SIGNALS_H
#define LIB_SIGNALS_H

#include <signal.h>

/*
 * First of all in main(): children can be waited for even if whoever started us ignored SIGCHLD,
 * and a reader that went away is an error of the write, as is a file that would become larger than
 * `ulimit -f` allows.
 */
void signals_start(void);

/* In a child, before an exec: a program that knows nothing of us ends when its reader does. */
void signals_before_exec(void);

/* The requests to end: SIGINT, SIGTERM, SIGHUP, SIGQUIT. */
sigset_t signals_ends(void);

/*
 * Those of them that may be blocked and waited for: without what was ignored when we were started
 * (nohup(1), a shell's &), which once blocked would come through.
 */
sigset_t signals_ends_heeded(void);

/*
 * What a thread does to itself, abort() included. Blocked, a fault kills without a word, and
 * abort() needs more system calls than where it is not.
 */
sigset_t signals_faults(void);

#endif

// SPDX-License-Identifier: BSD-2-Clause
// The lab's shell: the way between the terminal here and the one inside.
#ifndef LAB_SHELL_H
#define LAB_SHELL_H

#include <stdbool.h>
#include <stddef.h>
#include <termios.h>

#include "lab/file.h"
#include "lab/opts.h"

#define LAB_FILE_SHELL "shell"	     /* where the emulator listens, in the boot's directory */
#define LAB_SHELL_BIN "/bin/busybox" /* here and inside */

struct lab_shell {
	int to_guest;	       /* a socket; -1: not connected */
	bool asked;	       /* it was connected */
	bool raw;	       /* the terminal is */
	bool ended;	       /* there is no more to read here */
	struct termios before; /* of the terminal */
	char typed[1024];      /* and not yet taken inside */
	size_t n, at;
};

/*
 * Is there a shell for o->arch to take along, or one among --add? 0, or -ENOENT after a message
 * with the way out.
 */
int lab_shell_find(const struct lab_opts *o);

/* Is it one of --add? */
bool lab_shell_is_added(const struct lab_opts *o);

/* Nothing is connected, and the terminal as it was. */
void lab_shell_init(struct lab_shell *s);

/*
 * Carries what comes either way for at most `ms`. Connects as soon as the emulator listens in
 * `dir`. What is typed waits until the shell is `ready`; from then on a terminal is raw, so that
 * every key reaches the shell, but Ctrl-], which ends the lab as SIGTERM does.
 */
void lab_shell_turn(struct lab_shell *s, const char *dir, bool ready, int ms);

/* Gives the terminal back. */
void lab_shell_close(struct lab_shell *s);

#endif

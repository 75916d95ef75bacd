// SPDX-License-Identifier: BSD-2-Clause
// Inside the lab: which preemption mode the booted kernel is really in.
#ifndef LAB_MODE_H
#define LAB_MODE_H

#include <stdbool.h>

struct lab_mode {
	char name[16];	 /* none, voluntary, full, lazy, rt, or unknown */
	char model[64];	 /* all that can be chosen, the active one in parentheses; else the name */
	char source[16]; /* debugfs, config, uname */
	bool rt;
	char active[16]; /* on rt: whether it preempts as full or as lazy */
};

/* Reads it from debugfs, else from the kernel's configuration, else from uname. */
void lab_mode_read(struct lab_mode *m);

/* Is this what was asked for? "current" always is, and what cannot be told is believed. */
bool lab_mode_fits(const struct lab_mode *m, const char *wanted);

#endif

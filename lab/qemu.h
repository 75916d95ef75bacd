// SPDX-License-Identifier: BSD-2-Clause
// The emulator: whether it is here, which version, and its command line for one boot.
#ifndef LAB_QEMU_H
#define LAB_QEMU_H

#include "lab/kernel.h"
#include "lab/opts.h"
#include "lab/proc.h"

/* Names of what a boot reads and writes in its directory, where QEMU is started. */
#define LAB_FILE_INITRD "initrd"
#define LAB_FILE_RESULT "result"
#define LAB_FILE_CONSOLE "console"
#define LAB_FILE_STDERR "stderr"

/*
 * Can this machine run the emulator with what is asked for? Its version goes into `version`.
 * 0, or -errno after a message with the way out: -ENOENT no such program, -ENOMEM.
 */
int lab_qemu_check(struct lab_sig *sig, const struct lab_opts *o, char *version, size_t len);

/* What the emulator, its monitor on stdin, takes for a key pressed and let go. */
#define LAB_QEMU_NUDGE "sendkey shift 1\n"

/* Builds the command line for one boot. With lab_opts_nudges() its monitor is on stdin. */
void lab_qemu_args(struct lab_args *a, const struct lab_opts *o, const struct lab_kernel *k,
		   const char *mode);

#endif

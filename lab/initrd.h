// SPDX-License-Identifier: BSD-2-Clause
// What goes into the lab's initramfs, and where the tandem executable for it is found.
#ifndef LAB_INITRD_H
#define LAB_INITRD_H

#include "lab/file.h"
#include "lab/kernel.h"
#include "lab/opts.h"

/* Inside, relative to LAB_DIR: strings with a 0 after each. */
#define LAB_ARGS "args" /* wanted preemption mode, program, its argv from argv[0] on */
#define LAB_ENV "env"	/* NAME=VALUE of variables handed through */
#define LAB_MODULES "modules"
#define LAB_MANY "+many"   /* instead of a program: run all that follow */
#define LAB_SHELL "+shell" /* instead of a program: a shell; then rows and columns */

/*
 * The tandem executable for o->arch: --tandem, this one, or one that `make cross` built nearby.
 * 0, or -errno after a message.
 */
int lab_tandem_find(const struct lab_opts *o, struct lab_path *tandem);

/* Writes the initramfs for one boot to `path`. 0, or -errno after a message. */
int lab_initrd_write(const struct lab_opts *o, const struct lab_kernel *k, const char *tandem,
		     const char *mode, const char *path);

#endif

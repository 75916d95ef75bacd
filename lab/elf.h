// SPDX-License-Identifier: BSD-2-Clause
// Which architecture an executable is for, and which shared libraries it takes along.
#ifndef LAB_ELF_H
#define LAB_ELF_H

#include "lab/arch.h"
#include "lab/cpio.h"

/* The machine (EM_*) of a 64-bit ELF file, 0 when it is none, or -errno. */
int lab_elf_machine(const char *path);

/*
 * Adds an executable (or any other file) to the archive. A dynamically linked one brings its
 * interpreter and all libraries it names, from the directories where this system keeps those
 * of `arch`. 0, or -errno after a message.
 */
int lab_elf_add(struct lab_cpio *c, const struct lab_arch *arch, const char *host,
		const char *guest);

#endif

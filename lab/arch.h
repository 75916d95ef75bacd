// SPDX-License-Identifier: BSD-2-Clause
// What the lab must know about each architecture it can boot.
#ifndef LAB_ARCH_H
#define LAB_ARCH_H

#include <stdbool.h>
#include <stdint.h>

struct lab_arch {
	const char *name;	/* as in --arch and in results */
	const char *alias;	/* what uname or Debian may call it instead */
	const char *deb;	/* Debian's name */
	const char *qemu;	/* the emulator's program */
	const char *qemu_pkg;	/* and the package that has it */
	uint16_t elf_machine;	/* EM_* of its executables */
	const char *machine;	/* -machine */
	const char *cpu;	/* -cpu */
	const char *cmdline;	/* kernel command line, always */
	const char *cmdline_rt; /* in addition on PREEMPT_RT */
	const char *kvm_module; /* what KVM is beside kvm; NULL: nothing */
	const char *modules[8]; /* wanted too, with all they depend on; absent means built in */
	/* Of kernels that are built here: */
	const char *gnu;      /* the compiler's name for it, as in packages */
	const char *cross;    /* and its prefix on other machines */
	const char *srcarch;  /* its directory in the sources below arch/ */
	const char *image;    /* what to make: a file below arch/.../boot */
	const char *config;   /* what to configure */
	unsigned build_steps; /* files that are compiled and linked, about */
	bool parallel_races; /* does QEMU go wrong when it emulates CPUs in threads of their own? */
	bool loses_interrupts; /* does QEMU forget a pending one, until there is another? */
};

/* By name or alias; NULL if there is none such. */
const struct lab_arch *lab_arch_find(const char *name);

/* That of this machine; NULL when the lab does not know it. */
const struct lab_arch *lab_arch_native(void);

/* By EM_*, for messages about executables; NULL if unknown. */
const struct lab_arch *lab_arch_of_elf(uint16_t machine);

#endif

// SPDX-License-Identifier: BSD-2-Clause
// A stock Linux kernel: what it is given as, and where it begins.
#ifndef VMM_LINUX_TYPES_H
#define VMM_LINUX_TYPES_H

#include <stdint.h>

#include "lib/gmem.h"

/* Files as they were read: nothing in them is trusted. */
struct linux_image {
	const void *kernel; /* x86_64: a bzImage */
	uint64_t kernel_bytes;
	const void *initrd;
	uint64_t initrd_bytes; /* 0: none */
	const char *command_line;
};

struct linux_entry {
	gpa_t code;
	gpa_t parameters; /* what it is told */
	gpa_t tables;	  /* x86: room for page tables */
};

#define LINUX_WHY_BYTES 200u

#endif

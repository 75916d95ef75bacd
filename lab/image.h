// SPDX-License-Identifier: BSD-2-Clause
// Looks at a kernel image before it is booted: architecture, release, whether it is whole.
#ifndef LAB_IMAGE_H
#define LAB_IMAGE_H

#include <stdbool.h>

#include "lab/arch.h"

struct lab_image {
	const struct lab_arch *arch;
	char release[128]; /* as uname -r will say */
	char banner[256];  /* as uname -v will say: "#1 SMP PREEMPT_DYNAMIC ..." */
	bool rt;	   /* PREEMPT_RT */
};

/*
 * 0, or after a message: -ENOENT and other errors of reading, -ENOEXEC (not a bootable kernel
 * image, or a truncated one).
 */
int lab_image_look(const char *path, struct lab_image *image);

#endif

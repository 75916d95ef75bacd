// SPDX-License-Identifier: BSD-2-Clause
// Kernel modules for the lab: found in a tree, decompressed, in the order to load them.
#ifndef LAB_MODULE_H
#define LAB_MODULE_H

#include "lab/arch.h"
#include "lab/proc.h"

/*
 * Looks below `tree` for the modules that the lab wants on `arch`, and for all they depend on,
 * and writes them uncompressed into `dir` (which exists) as NN-NAME.ko, NN being the order of
 * loading. One that is not there is taken to be built in. The number of modules, or -errno
 * after a message.
 */
int lab_modules_collect(struct lab_sig *sig, const struct lab_arch *arch, const char *tree,
			const char *dir);

#endif

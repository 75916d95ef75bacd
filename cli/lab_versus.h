// SPDX-License-Identifier: BSD-2-Clause
// `tandem lab --versus`: two kernels booted by turns, and compared.
#ifndef CLI_LAB_VERSUS_H
#define CLI_LAB_VERSUS_H

#include "cli/lab_run.h"

/*
 * All of it: gets or builds both kernels, boots them, prints the comparison, sets l->status. With
 * --list it only says which they are. 0, or -EINTR.
 */
int lab_versus(struct lab *l);

#endif

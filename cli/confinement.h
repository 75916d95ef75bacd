// SPDX-License-Identifier: BSD-2-Clause
// tandem doctor --confinement: what each thread of a pair that really runs ended up with.
#ifndef CLI_CONFINEMENT_H
#define CLI_CONFINEMENT_H

#include "pair/pair.h"

/* Runs a pair, prints a line for each thread, read back from the kernel; the exit code. */
int print_confinement(const struct accel_ops *accel);

#endif

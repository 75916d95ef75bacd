// SPDX-License-Identifier: BSD-2-Clause
// One boot of the lab: start the emulator, follow the result channel, tell how it ended.
#ifndef LAB_BOOT_H
#define LAB_BOOT_H

#include "lab/outcome.h"

/*
 * Boots, runs the command and passes its output on. 0 when the last record came (even if the
 * command failed); after a message: -EIO when the run was lost (panic, hang, no last record),
 * -ECANCELED when it could not start, -EINTR. lab_outcome_free() in any case.
 */
int lab_boot_run(const struct lab_boot *b, struct lab_outcome *o);

/* The files that came back. */
void lab_outcome_free(struct lab_outcome *o);

#endif

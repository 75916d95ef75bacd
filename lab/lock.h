// SPDX-License-Identifier: BSD-2-Clause
// Locks in the cache: one lab fetches or builds, the others wait for it.
#ifndef LAB_LOCK_H
#define LAB_LOCK_H

#include "lab/proc.h"

/*
 * Takes the lock `file`, made where it is missing. Says once that it waits for another lab that is
 * `doing` something. An fd to close when done; -EINTR on a signal; another -errno after a message.
 */
int lab_lock(struct lab_sig *sig, const char *file, const char *doing);

#endif

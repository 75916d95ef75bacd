// SPDX-License-Identifier: BSD-2-Clause
// Workload "lock": all CPUs take one lock, hold it for a while, give it up, think, and begin again.
#ifndef GUEST_CROWD_LOCK_H
#define GUEST_CROWD_LOCK_H

struct crowd_ctx;

/* Until boot.stop. */
void crowd_lock(struct crowd_ctx *c);

#endif

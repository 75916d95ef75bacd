// SPDX-License-Identifier: BSD-2-Clause
// Workload "ipi": CPUs interrupt one another and wait for the acknowledgement, or do not.
#ifndef GUEST_CROWD_IPI_H
#define GUEST_CROWD_IPI_H

struct crowd_ctx;

void crowd_ipi(struct crowd_ctx *c);

#endif

// SPDX-License-Identifier: BSD-2-Clause
// Accel "thread": what its threads may ask of the kernel.
#ifndef PAIR_ACCEL_THREAD_H
#define PAIR_ACCEL_THREAD_H

#include "lib/filter.h"

/* A host thread that stands in for a vCPU, besides what any thread may. */
extern const struct filter_rule guest_filter[];

#endif

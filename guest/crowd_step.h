// SPDX-License-Identifier: BSD-2-Clause
// What the workloads of a crowd are made of: work, think time, another CPU.
#ifndef GUEST_CROWD_STEP_H
#define GUEST_CROWD_STEP_H

#include <stdint.h>

#include "crowd_step.h"

struct crowd_ctx;

/*
 * Runs for `cycles` without doing anything, interrupts as they are; what is lost goes to *lost.
 * Returns the clock.
 */
uint64_t crowd_work(struct crowd_ctx *c, uint64_t cycles, uint64_t *lost);

/*
 * A length of think time: evenly spread between 0 and twice the mean, so that CPUs do not march in
 * step.
 */
uint64_t crowd_think_cycles(struct crowd_ctx *c);

/* A random CPU that is not this one. */
uint32_t crowd_other(struct crowd_ctx *c);

#endif

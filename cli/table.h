// SPDX-License-Identifier: BSD-2-Clause
// `tandem bench table` and `bench lazy`: the cells of the matrices, controls included.
#ifndef CLI_TABLE_H
#define CLI_TABLE_H

#include "bench/plan/bench.h"
#include "cli/options.h"

/*
 * Adds the matrix's cells for every mode in the options: each way of notifying from each producer
 * that stays in the kernel, KVM's own deferral, and the controls, for stream and rr. 0 or
 * EXIT_USAGE (said why).
 */
int table_add(struct bench *b, const struct options *o);

/*
 * What shows lazy preemption and nothing else: a loop whose producer never returns to user mode,
 * under each way of delivering, and what must not follow the slice. 0 or EXIT_USAGE (said why).
 */
int lazy_add(struct bench *b, const struct options *o);

/*
 * `tandem bench` without a scenario: each way of notifying for the loop whose producer never
 * returns to user mode, and the same from a producer in user mode, as a control.
 */
int first_add(struct bench *b, const struct options *o);

#endif

// SPDX-License-Identifier: BSD-2-Clause
// Random numbers that a seed repeats: for the order of runs and for resampling.
#ifndef BENCH_STAT_RANDOM_H
#define BENCH_STAT_RANDOM_H

#include <stdint.h>

/* The next of the sequence that `*state` stands for; any start will do (splitmix64). */
uint64_t random_next(uint64_t *state);

/* Evenly from 0 to n - 1; n above 0. */
uint32_t random_below(uint64_t *state, uint32_t n);

/* Brings the n numbers into a random order, each equally likely. */
void random_shuffle(uint64_t *state, unsigned *v, unsigned n);

/* A seed nobody has chosen. Below 2^32, so that it is easy to type. */
uint64_t random_seed(void);

#endif

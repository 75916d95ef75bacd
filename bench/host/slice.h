// SPDX-License-Identifier: BSD-2-Clause
// How long the scheduler lets a task go on: the base slice, and whether a timer ends it to the
// microsecond.
#ifndef BENCH_HOST_SLICE_H
#define BENCH_HOST_SLICE_H

#include <stdbool.h>
#include <stdint.h>

#define SLICE_WORD_BYTES 16u
#define SLICE_MIN_NS 100000u
#define SLICE_MAX_NS 1000000000u
#define SLICE_TIMES_MAX 1000
#define SLICE_SOURCE "debugfs sched/base_slice_ns"

struct slice {
	uint64_t base_ns; /* 0: unknown */
	int hrtick;	  /* does a timer end a slice between two ticks? -1: unknown */
};

/*
 * What the word of an option means, by the host's own slice: "default", "2x", "700us", "2.8ms". 0:
 * out of range.
 */
uint64_t slice_of(const char *word, uint64_t own_ns);

/* Is it such a word? */
bool slice_is_word(const char *word);

/* `root` is "" but for tests. */
struct slice slice_read(const char *root);

#endif

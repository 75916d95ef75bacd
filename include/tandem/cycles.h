// SPDX-License-Identifier: BSD-2-Clause
// How a guest counts durations: buckets of clock cycles, which the host reads.
#ifndef TANDEM_CYCLES_H
#define TANDEM_CYCLES_H

#include <stdint.h>

/*
 * A log-linear histogram: values below CYCLES_SPLIT have a bucket each; above, every power of two
 * is split into CYCLES_SPLIT equal buckets. Counts only grow.
 */
#define CYCLES_SPLIT_BITS 5u
#define CYCLES_SPLIT (1u << CYCLES_SPLIT_BITS)
#define CYCLES_BUCKETS (CYCLES_SPLIT * 40u) /* up to 2^44 cycles */

static inline uint32_t cycles_bucket_of(uint64_t cycles)
{
	uint32_t top, b;

	if (cycles < CYCLES_SPLIT)
		return (uint32_t)cycles;
	top = 63u - (uint32_t)__builtin_clzll(cycles);
	b = ((top - CYCLES_SPLIT_BITS) << CYCLES_SPLIT_BITS) +
	    (uint32_t)(cycles >> (top - CYCLES_SPLIT_BITS));
	return b < CYCLES_BUCKETS ? b : CYCLES_BUCKETS - 1;
}

/* The middle of a bucket, in cycles. */
static inline uint64_t cycles_bucket_middle(uint32_t b)
{
	uint32_t shift;

	if (b < 2 * CYCLES_SPLIT)
		return b;
	shift = (b >> CYCLES_SPLIT_BITS) - 1;
	return ((uint64_t)((b & (CYCLES_SPLIT - 1)) + CYCLES_SPLIT) << shift) + (1ull << shift) / 2;
}

#endif

// SPDX-License-Identifier: BSD-2-Clause
// `tandem run`: a line a second on stdout, terminal or not.
#ifndef BENCH_RUN_LIVE_H
#define BENCH_RUN_LIVE_H

#include <stdbool.h>
#include <stdint.h>

#include "bench/stat/hist.h"

/* Counts since the pair was booted; of both guests where there are two. */
struct live_counts {
	uint64_t ns;
	uint64_t frames; /* accepted by b */
	uint64_t rounds; /* rr: responses to a */
	uint64_t notifications;
	bool uncounted; /* those are not known */
};

/*
 * A line of what has happened since `from`, the end of the warm-up, and at which rate since `last`,
 * the line before. `notify`: how long the notifications since then took to reach their handlers.
 */
void live_line(bool rr, uint32_t frame_bytes, const struct live_counts *from,
	       const struct live_counts *last, const struct live_counts *now,
	       const struct hist *notify);

#endif

// SPDX-License-Identifier: BSD-2-Clause
// The ages of frames as a guest has counted them.
#ifndef BENCH_RUN_AGES_H
#define BENCH_RUN_AGES_H

#include "bench/stat/hist.h"
#include "tandem/abi.h"

struct ages {
	uint64_t n[CYCLES_BUCKETS];
};

/* What a guest has counted so far; its memory, so any value may be there. */
void ages_read(const struct tandem_report *r, struct ages *out);

/*
 * What was counted between two readings, in ns within 1.6 %. A bucket that did not count as a
 * guest of ours does is left out.
 */
void ages_between(const struct ages *from, const struct ages *to, double ns_per_cycle,
		  struct hist *out);

#endif

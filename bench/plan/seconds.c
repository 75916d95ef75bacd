// SPDX-License-Identifier: BSD-2-Clause
// How long measuring takes, about.
#include "bench/plan/seconds.h"

#include "bench/plan/bench.h"

#define CELL_BOOT_S 0.15 /* and its end */

double cell_seconds(const struct cell_spec *s)
{
	return (s->warmup_ms + s->duration_ms) / 1e3 + CELL_BOOT_S;
}

double bench_seconds(const struct bench *b)
{
	double round = 0;

	for (unsigned i = 0; i < b->nrows; i++)
		round += cell_seconds(&b->row[i].spec);
	return round * (b->rounds.plan.warmup + b->rounds.runs);
}

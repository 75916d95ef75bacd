// SPDX-License-Identifier: BSD-2-Clause
// What a benchmark's rows say of themselves.
#include "bench/plan/bench.h"

#include <math.h>

double bench_idle(const struct bench_row *row, enum role r)
{
	const struct thread_counts *t = &row->sum.threads.role[r];
	double window_ns = row->sum.duration_s * 1e9;
	double busy = window_ns > 0 ? (double)(t->cpu_ns + t->wait_ns) / window_ns : 1;

	if (!row->sum.threads.accounted)
		return NAN;
	return busy < 1 ? 1 - busy : 0;
}

bool bench_clean(const struct bench *b)
{
	for (unsigned i = 0; i < b->nrows; i++) {
		const struct bench_row *row = &b->row[i];

		if (!row->ok && b->table && row->host_cannot)
			continue;
		if (!row->ok || row->sum.lost || row->sum.corrupt || !row->sum.conserved)
			return false;
	}
	return true;
}

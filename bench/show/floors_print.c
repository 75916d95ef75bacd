// SPDX-License-Identifier: BSD-2-Clause
// The baselines as text.
#include "bench/show/floors_print.h"

#include <math.h>

#include "bench/plan/bench.h"
#include "bench/show/print_counters.h"

static void print_rounds(const char *what, const struct hist *h, FILE *to)
{
	static const double quantiles[] = { 0.1, 0.5, 0.9, 0.99 };

	fprintf(to, " %-24s", what);
	for (size_t i = 0; i < sizeof(quantiles) / sizeof(quantiles[0]); i++)
		print_quantile(h, quantiles[i], 7, NAN, to);
	fputs("\n", to);
}

static void print_floor_heads(const struct bench *b, const char *preempt, FILE *to)
{
	fprintf(to, "\nfloor, preempt %s\n", preempt ? preempt : b->host.preempt);
	fprintf(to, "%11s %11s %-24s %7s %7s %7s %7s\n", "frame bytes", "memcpy Gb/s",
		"round trip, us", "p10", "p50", "p90", "p99");
}

static void print_floor(const struct bench *b, const struct bench_floor *f, FILE *to)
{
	fprintf(to, "%11u %11.2f", f->result.frame_bytes, f->result.memcpy_gbps);
	print_rounds("eventfd ping-pong", &f->result.pingpong, to);
	if (!accel_needs_kvm(b->accel))
		return;
	fprintf(to, "%11s %11s", "", "");
	print_rounds("irqfd, handler, doorbell", &f->result.echo, to);
}

void floors_print(const struct bench *b, FILE *to)
{
	const char *preempt = NULL;
	bool first = true;

	for (unsigned i = 0; i < b->nfloors; i++) {
		const struct bench_floor *f = &b->floors[i];

		if (!f->have)
			continue;
		if (first || preempt != f->of->preempt)
			print_floor_heads(b, f->of->preempt, to);
		first = false;
		preempt = f->of->preempt;
		print_floor(b, f, to);
	}
}

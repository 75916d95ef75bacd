// SPDX-License-Identifier: BSD-2-Clause
// The baselines of a benchmark: of each scenario, in each preemption mode.
#include <errno.h>

#include "bench/bench.h"
#include "bench/progress.h"
#include "lib/log.h"

/* The first row of this scenario and mode, whose conditions the floors share; NULL: none is wanted. */
static const struct cell_spec *first_of(const struct bench *b, enum scenario s, const char *preempt)
{
	for (unsigned i = 0; i < b->nrows; i++)
		if (b->row[i].spec.scenario == s && b->row[i].spec.preempt == preempt)
			return &b->row[i].spec;
	return NULL;
}

static int measure(struct bench *b, struct floors *f, enum scenario s)
{
	const struct cell_spec *first = first_of(b, s, f->preempt);
	struct cell_spec spec;
	int err;

	if (!first)
		return 0;
	spec = *first;
	spec.duration_ms = spec.duration_ms / 10;
	if (spec.duration_ms < 100 || spec.duration_ms > 1000)
		spec.duration_ms = spec.duration_ms < 100 ? 100 : 1000;
	if (spec.progress)
		progress_line(&(struct progress_sample){ .label = "floor",
							 .detail = scenario_name(s),
							 .total_s = spec.duration_ms * 3 / 1e3 });
	err = floor_run(&spec, &f->floor[s], &b->cut);
	progress_clear();
	f->have[s] = f->floor[s].ok;
	if (f->have[s] || b->cut)
		return 0;
	log_error("floor: %s", f->floor[s].error[0] ? f->floor[s].error : "failed");
	return err == -EACCES ? err : -EIO;
}

/* In the mode that is on. */
static int measure_all(struct bench *b, struct floors *f)
{
	int err = 0;

	for (unsigned s = 0; s < SCENARIOS && !b->cut; s++) {
		int failed = measure(b, f, s);

		err = failed ? failed : err;
	}
	return err;
}

static struct floors *find(struct bench *b, const char *preempt)
{
	for (unsigned i = 0; i < b->nfloors; i++)
		if (b->floors[i].preempt == preempt)
			return &b->floors[i];
	return NULL;
}

static void list_modes(struct bench *b)
{
	for (unsigned i = 0; i < b->nrows; i++)
		if (!find(b, b->row[i].spec.preempt) && b->nfloors <= PREEMPT_MODES_MAX)
			b->floors[b->nfloors++].preempt = b->row[i].spec.preempt;
}

int floors_run(struct bench *b)
{
	int err = 0, failed;

	list_modes(b);
	for (unsigned i = 0; i < b->nfloors && !b->cut; i++) {
		struct floors *f = &b->floors[i];

		if (f->preempt && preempt_switch(&b->preempt, f->preempt) < 0)
			return -ENOSYS;
		failed = measure_all(b, f);
		err = failed ? failed : err;
	}
	for (unsigned i = 0; i < b->nrows; i++) {
		struct bench_row *row = &b->row[i];
		struct floors *f = find(b, row->spec.preempt);

		if (f && f->have[row->spec.scenario])
			row->floor = &f->floor[row->spec.scenario];
	}
	return err;
}

static void print_round_trip(const char *what, const struct hist *h, FILE *to)
{
	if (!h->n)
		return;
	fprintf(to, "  %-39s %10.1f us", what, hist_quantile(h, 0.5) / 1e3);
	if (hist_has(h, 0.99))
		fprintf(to, " (p99 %.1f)", hist_quantile(h, 0.99) / 1e3);
	fputs("\n", to);
}

static void print_mode(const struct floors *f, FILE *to)
{
	const struct floor_result *last = NULL;

	for (unsigned s = 0; s < SCENARIOS; s++) {
		if (!f->have[s])
			continue;
		last = &f->floor[s];
		fprintf(to, "  memcpy of %u-byte frames, one core      %10.2f Gb/s\n",
			last->frame_bytes, last->memcpy_gbps);
	}
	if (!last)
		return;
	print_round_trip("eventfd ping-pong of two threads", &last->pingpong, to);
	print_round_trip("irqfd -> handler -> doorbell, no virtio", &last->echo, to);
}

void floors_print(const struct bench *b, FILE *to)
{
	for (unsigned i = 0; i < b->nfloors; i++) {
		const char *preempt = b->floors[i].preempt;

		fprintf(to, preempt ? "\nfloor, preempt %s\n" : "\nfloor\n", preempt);
		print_mode(&b->floors[i], to);
	}
}

// SPDX-License-Identifier: BSD-2-Clause
// The baselines of a benchmark: of each frame size and ring, in each preemption mode.
#include <assert.h>
#include <errno.h>
#include <math.h>

#include "bench/bench.h"
#include "bench/progress.h"
#include "lib/log.h"

/* What a baseline depends on, as far as rows of one benchmark differ in it. Its echo is of the first --irq. */
static bool share_floor(const struct cell_spec *a, const struct cell_spec *b)
{
	return a->preempt == b->preempt && a->frame_bytes == b->frame_bytes &&
	       a->ring_size == b->ring_size;
}

static struct bench_floor *find(struct bench *b, const struct cell_spec *s)
{
	for (unsigned i = 0; i < b->nfloors; i++)
		if (share_floor(b->floors[i].of, s))
			return &b->floors[i];
	return NULL;
}

static void want(struct bench *b, const struct cell_spec *s)
{
	if (find(b, s))
		return;
	assert(b->nfloors < FLOORS_MAX);
	b->floors[b->nfloors++].of = s;
}

/* Those of one mode one after the other: the host is switched once for each. */
static void list_floors(struct bench *b)
{
	for (unsigned i = 0; i < b->nrows; i++)
		for (unsigned j = i; j < b->nrows; j++)
			if (b->row[j].spec.preempt == b->row[i].spec.preempt)
				want(b, &b->row[j].spec);
}

static struct cell_spec floor_spec(const struct bench_floor *f)
{
	struct cell_spec spec = *f->of;

	spec.duration_ms = spec.duration_ms / 10;
	if (spec.duration_ms < 100 || spec.duration_ms > 1000)
		spec.duration_ms = spec.duration_ms < 100 ? 100 : 1000;
	return spec;
}

/* In the mode that is on. */
static int measure(struct bench *b, struct bench_floor *f)
{
	struct cell_spec spec = floor_spec(f);
	int err;

	if (spec.progress)
		progress_line(&(struct progress_sample){ .label = "floor",
							 .detail = scenario_name(spec.scenario),
							 .total_s = spec.duration_ms * 3 / 1e3 });
	err = floor_run(&spec, &f->result, &b->cut);
	progress_clear();
	f->have = f->result.ok;
	if (f->have || b->cut)
		return 0;
	log_error("floor: %s", f->result.error[0] ? f->result.error : "failed");
	return err == -EACCES ? err : -EIO;
}

int floors_run(struct bench *b)
{
	const char *mode = NULL;
	int err = 0, failed;

	list_floors(b);
	for (unsigned i = 0; i < b->nfloors && !b->cut; i++) {
		const char *wanted = b->floors[i].of->preempt;

		if (wanted && wanted != mode && preempt_switch(&b->preempt, wanted) < 0)
			return -ENOSYS;
		mode = wanted;
		failed = measure(b, &b->floors[i]);
		err = failed ? failed : err;
	}
	for (unsigned i = 0; i < b->nrows; i++) {
		const struct bench_floor *f = find(b, &b->row[i].spec);

		if (f && f->have)
			b->row[i].floor = &f->result;
	}
	return err;
}

double floor_factor(const struct bench_row *row)
{
	double rt = row->floor ? floor_round_trip_us(row->floor, row->spec.accel) : 0;

	/* A gated stream waits for its notifications: copying is not what it is short of. */
	if (row->spec.scenario == SCENARIO_STREAM && row->floor && !row->spec.loop &&
	    row->floor->memcpy_gbps > 0)
		return row->gbps / row->floor->memcpy_gbps;
	if (row->spec.scenario == SCENARIO_RR && rt > 0 && row->rounds_per_s > 0)
		return 1e6 / row->rounds_per_s / rt;
	return NAN;
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

/* Round trips do not depend on the frame size: one of each will do. */
static void print_mode(const struct bench *b, const char *preempt, FILE *to)
{
	const struct floor_result *last = NULL;
	char what[64];

	for (unsigned i = 0; i < b->nfloors; i++) {
		const struct bench_floor *f = &b->floors[i];

		if (!f->have || f->of->preempt != preempt)
			continue;
		last = &f->result;
		snprintf(what, sizeof(what), "memcpy of %u-byte frames, one core",
			 last->frame_bytes);
		fprintf(to, "  %-39s %10.2f Gb/s\n", what, last->memcpy_gbps);
	}
	if (!last)
		return;
	print_round_trip("eventfd ping-pong of two threads", &last->pingpong, to);
	print_round_trip("irqfd -> handler -> doorbell, no virtio", &last->echo, to);
}

void floors_print(const struct bench *b, FILE *to)
{
	for (unsigned i = 0; i < b->nfloors; i++) {
		const char *preempt = b->floors[i].of->preempt;

		if (i && preempt == b->floors[i - 1].of->preempt)
			continue;
		fprintf(to, preempt ? "\nfloor, preempt %s\n" : "\nfloor\n", preempt);
		print_mode(b, preempt, to);
	}
}

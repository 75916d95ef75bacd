// SPDX-License-Identifier: BSD-2-Clause
// The baselines of a benchmark: of each frame size and ring, in each preemption mode.
#include "bench/plan/floors.h"

#include <assert.h>
#include <errno.h>
#include <math.h>

#include "bench/plan/bench.h"
#include "bench/plan/seconds.h"
#include "bench/run/child.h"
#include "bench/run/progress.h"
#include "lib/log.h"

/*
 * What a baseline depends on, as far as rows of one benchmark differ in it. Its echo is of the
 * first --irq.
 */
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

#define FLOOR_BOOT_S 0.1

double floors_seconds(const struct bench *b, unsigned from)
{
	double s = 0;

	for (unsigned i = from; i < b->nfloors; i++)
		s += floor_spec(&b->floors[i]).duration_ms * (accel_needs_kvm(b->accel) ? 3 : 2) /
			     1e3 +
		     FLOOR_BOOT_S;
	return s;
}

static void show_progress(const struct bench *b, const struct bench_floor *f)
{
	unsigned i = (unsigned)(f - b->floors);
	char detail[32];

	snprintf(detail, sizeof(detail), "%u of %u", i + 1, b->nfloors);
	progress_line(&(struct progress_sample){
		.label = "floor",
		.detail = detail,
		.place.after_s = floors_seconds(b, i) + (b->floor_only ? 0 : bench_seconds(b)) });
}

/* In the mode that is on. */
static int measure(struct bench *b, struct bench_floor *f)
{
	struct cell_spec spec = floor_spec(f);
	int err;

	if (spec.progress)
		show_progress(b, f);
	err = floor_run(&spec, &f->result, &b->cut);
	progress_clear();
	f->have = f->result.ok;
	if (f->have || b->cut)
		return 0;
	log_error("floor: %s", f->result.error[0] ? f->result.error : "failed");
	return child_not_trusted(err) ? -EACCES : -EIO;
}

int floors_run(struct bench *b)
{
	const char *mode = NULL;
	int err = 0, failed;

	list_floors(b);
	progress_begin(b->floor_only ? b->nfloors : b->nrows,
		       b->floor_only ? 1 : b->rounds.plan.warmup + b->rounds.runs,
		       floors_seconds(b, 0) + (b->floor_only ? 0 : bench_seconds(b)));
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

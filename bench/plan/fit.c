// SPDX-License-Identifier: BSD-2-Clause
// Fits the gated loop to the host.
#include "bench/plan/fit.h"

#include <math.h>
#include <stdlib.h>

#include "bench/run/cell_run.h"
#include "lib/log.h"
#include "vhost/strategies.h"

#define TRY_MS 150u
#define TRY_WARMUP_MS 50u

/* What a notification costs against copying grows with each. */
static const struct loop_try ladder[] = {
	{ 1500, 16, 0, 0 },
	{ 1500, 8, 0, 0 },
	{ 512, 8, 0, 0 },
	{ 256, 4, 0, 0 },
};

#define TRIES (sizeof(ladder) / sizeof(ladder[0]))

static struct cell_spec *first_loop(struct bench *b)
{
	for (unsigned i = 0; i < b->nrows; i++)
		if (b->row[i].spec.loop)
			return &b->row[i].spec;
	return NULL;
}

/*
 * The shortest that is to be measured, as far as the tick does not end it before. us; 0: unknown.
 */
static double shortest_us(const struct bench *b)
{
	double least = b->host.slice.base_ns ? (double)b->host.slice.base_ns : INFINITY;
	double tick = b->host.hz ? 1e9 / b->host.hz : INFINITY;

	for (unsigned i = 0; i < b->nrows; i++)
		if (b->row[i].spec.slice_ns)
			least = fmin(least, (double)b->row[i].spec.slice_ns);
	if (b->host.slice.hrtick == 0)
		least = tick;
	return isinf(least) ? 0 : fmin(least, tick) / 1e3;
}

/* How long a window of that loop takes, us; 0: it could not be measured. */
static double window_us(struct bench *b, const struct cell_spec *spec, uint32_t window)
{
	struct cell_result *r = calloc(1, sizeof(*r));
	double us = 0;

	if (r && cell_run(spec, r, &b->cut) == 0 && r->ok && r->frames)
		us = r->duration_s * 1e6 * window / (double)r->frames;
	free(r);
	return us;
}

/*
 * Round trips with a producer in user mode, which gives way in every mode: there is no wait in
 * them. Copies as the kernel makes them, without a window to wait for; a guest that is slower than
 * the copies makes these look longer.
 */
static bool measure(struct bench *b, const struct cell_spec *like, struct loop_try *t)
{
	struct cell_spec s = *like;

	s.notify = notify_find("direct");
	s.producer = producer_find("user");
	s.control = NULL;
	s.worker_fifo = 0;
	s.frame_bytes = t->frame_bytes;
	s.window = t->window;
	s.duration_ms = TRY_MS;
	s.warmup_ms = TRY_WARMUP_MS;
	s.progress = false;
	t->trip_us = window_us(b, &s, t->window);
	s.producer = producer_find("batch");
	s.window = s.ring_size;
	t->copy_us = t->trip_us > 0 ? window_us(b, &s, t->window) : 0;
	return t->trip_us > 0 && t->copy_us > 0;
}

static void apply(struct bench *b, const struct loop_try *t)
{
	for (unsigned i = 0; i < b->nrows; i++) {
		struct cell_spec *s = &b->row[i].spec;

		if (!s->loop)
			continue;
		s->frame_bytes = t->frame_bytes;
		s->window = t->window;
		s->fit = *t;
	}
}

static void say(const struct loop_try *t, double slice_us)
{
	log_info("loop: %u-byte frames, window %u: copied in %.0f us, round trip %.0f us%s",
		 t->frame_bytes, t->window, t->copy_us, t->trip_us,
		 loop_needs_us(t) <= slice_us
			 ? ""
			 : "; longer than half the shortest slice: the longer ones "
			   "have to tell");
}

void fit_loop(struct bench *b, bool fixed)
{
	const struct cell_spec *like = first_loop(b);
	double slice_us = shortest_us(b);
	struct loop_try t[TRIES];
	unsigned n = 0, best;

	if (!like || !slice_us)
		return;
	for (; n < (fixed ? 1 : TRIES); n++) {
		t[n] = ladder[n];
		if (fixed)
			t[n] = (struct loop_try){ like->frame_bytes, like->window, 0, 0 };
		if (t[n].window > like->ring_size || !measure(b, like, &t[n]))
			break;
		if (loop_needs_us(&t[n]) <= slice_us) {
			n++;
			break;
		}
	}
	if (!n)
		return;
	best = loop_choose(t, n, slice_us);
	say(&t[best], slice_us);
	apply(b, &t[best]);
}

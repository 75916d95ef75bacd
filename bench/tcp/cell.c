// SPDX-License-Identifier: BSD-2-Clause
// One run of TCP between two stock guests.
#include "bench/tcp/cell.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "bench/run/cell_run.h"
#include "bench/run/child.h"
#include "bench/run/patience.h"
#include "bench/run/progress.h"
#include "bench/run/session.h"
#include "bench/tcp/tcp.h"
#include "lib/clock.h"
#include "lib/sane.h"
#include "vhost/notify.h"

#define LOOKS_SHOWN 20u /* one in so many is shown */

/* What the child knows. */
struct cell {
	const struct tcp_spec *spec;
	struct tcp_result *out;
	struct pair *pair;
	uint64_t begun_ns;
	struct patience patience; /* with what the guests say next */
	unsigned heard;		  /* marks and figures so far, of which there are not many */
	unsigned looks;
	struct session_side side[SIDES];
	/* The phase that is being measured. */
	bool measuring;
	struct backend_stats from;
	uint64_t from_ns;
	struct stops stops;
	/* What the host counts, of the stream. */
	struct counters counters, counters_from;
	struct kworkers kworkers, kworkers_from;
};

static double ns_per_cycle(const struct cell *c)
{
	return 1e9 / (double)c->spec->cell.clock_hz;
}

/* A backend of the kernel's does not stamp. */
static void drain(struct cell *c, bool last)
{
	for (unsigned i = 0; i < SIDES; i++) {
		const struct stamps *stamps = backend_stamps(pair_backend(c->pair), i);

		if (stamps)
			session_drain(&c->side[i], stamps, ns_per_cycle(c), last);
	}
}

/* KVM hands a deferred injection to a worker of the CPU on which the irqfd was written. */
static void sample_host(const struct cell *c, struct counters *counters, struct kworkers *kworkers)
{
	const struct cell_spec *s = &c->spec->cell;
	bool direct = notify_by_producer(s->notify);

	counters_sample(c->pair, counters);
	kworkers_sample(kworkers, &s->cpus[direct ? ROLE_BACKEND : ROLE_NOTIFIER]);
}

static void store_host(struct cell *c, struct tcp_window *w)
{
	struct counters since;

	sample_host(c, &c->counters, &c->kworkers);
	counters_since(&c->counters, &c->counters_from, &since);
	w->threads = threads_by_role(&since.threads);
	w->kworkers = kworkers_since(&c->kworkers, &c->kworkers_from);
}

static void begin_window(struct cell *c, enum said_phase phase)
{
	if (phase == SAID_STREAM)
		sample_host(c, &c->counters_from, &c->kworkers_from);
	drain(c, false);
	for (unsigned i = 0; i < SIDES; i++) {
		c->side[i].worker = (struct hist){ 0 };
		c->side[i].write = (struct hist){ 0 };
	}
	c->from = backend_stats(pair_backend(c->pair));
	c->from_ns = clock_mono_ns();
	stops_begin(&c->stops);
	c->measuring = true;
}

static void end_window(struct cell *c, enum said_phase phase)
{
	struct tcp_window *w = &c->out->window[phase];
	struct backend_stats to = backend_stats(pair_backend(c->pair));

	w->host_s = (double)(clock_mono_ns() - c->from_ns) / 1e9;
	drain(c, false);
	for (unsigned i = 0; i < SIDES; i++) {
		w->notifications[i] = to.port[i].decided - c->from.port[i].decided;
		w->coalesced[i] = to.port[i].coalesced - c->from.port[i].coalesced;
		w->frames[i] = to.flow[i].frames - c->from.flow[i].frames;
		hist_merge(&w->worker, &c->side[i].worker);
		hist_merge(&w->write, &c->side[i].write);
	}
	if (phase == SAID_STREAM)
		store_host(c, w);
	stops_end(&c->stops);
	c->out->stopped_s += (double)c->stops.stopped_ns / 1e9;
	c->out->stops_known = c->stops.known;
	c->measuring = false;
}

static void hear_made(void *ctx, struct pair *p)
{
	struct cell *c = ctx;

	c->pair = p;
	c->begun_ns = clock_mono_ns();
	patience_begin(&c->patience);
}

static void hear_line(void *ctx, unsigned side, const char *line)
{
	struct cell *c = ctx;
	enum said_phase phase = SAID_STREAM;
	enum said_what what = said_take(&c->out->said, side, line, &phase);

	c->heard += what != SAID_NOTHING;
	if (what == SAID_BEGIN)
		begin_window(c, phase);
	else if (what == SAID_END)
		end_window(c, phase);
}

/* Lines of any other kind a guest could print for ever. */
static unsigned came_so_far(const struct cell *c)
{
	unsigned n = c->heard;

	for (unsigned i = 0; i < SIDES; i++)
		n += pair_stock(c->pair, i)->console.is_up;
	return n;
}

/* Guests that say nothing for a whole phase longer than it takes to come up will not any more. */
static uint64_t silence_ms(const struct cell *c)
{
	const struct tcp_work *w = &c->spec->work;

	return (uint64_t)c->spec->limit_ms + w->warmup_ms + w->duration_ms;
}

static void show_progress(struct cell *c)
{
	if (c->looks++ % LOOKS_SHOWN)
		return;
	progress_line(&(struct progress_sample){
		.label = "tcp",
		.detail = c->spec->cell.notify->name,
		.place = c->spec->cell.place,
		.elapsed_s = (double)(clock_mono_ns() - c->begun_ns) / 1e9,
		.total_s = tcp_seconds(c->spec),
		.frames = backend_stats(pair_backend(c->pair)).flow[SIDE_A].frames,
	});
}

/* Said behind the last lines of each guest's console. */
static int give_up(struct cell *c, char *why, size_t size, const char *what)
{
	unsigned lines = 0;

	progress_clear();
	for (unsigned i = 0; i < SIDES; i++)
		lines += boot_show_last_lines(c->pair, i);
	return cell_error(why, size, "%s; %s", what,
			  lines ? "the last lines of their consoles are above"
				: "their consoles are empty");
}

static int look(void *ctx, unsigned ms, char *why, size_t size)
{
	struct cell *c = ctx;

	if (c->measuring)
		stops_look(&c->stops, ms);
	drain(c, false);
	show_progress(c);
	if (c->out->said.wrong[0])
		return cell_error(why, size, "a guest said what cannot be: '%s'",
				  c->out->said.wrong);
	if (patience_stuck(&c->patience, came_so_far(c), silence_ms(c)))
		return give_up(c, why, size, "the guests have said nothing for too long");
	return 0;
}

static bool adds_up(const struct backend_stats *s)
{
	for (unsigned i = 0; i < SIDES; i++)
		if (s->port[i].decided != s->port[i].delivered + s->port[i].coalesced)
			return false;
	return true;
}

/* Of the guests' whole life. */
static struct said_bounds bounds_of(const struct cell *c, const struct backend_stats *s)
{
	return (struct said_bounds){
		.asked_ns = c->spec->work.duration_ms * 1000000ull,
		.lived_ns = clock_mono_ns() - c->begun_ns,
		.counted = !c->spec->cell.producer->not_ours,
		.frames = s->flow[SIDE_A].frames,
		.bytes = s->flow[SIDE_A].bytes,
	};
}

static int hear_end(void *ctx, char *why, size_t size)
{
	struct cell *c = ctx;
	struct backend_stats s = backend_stats(pair_backend(c->pair));
	struct said_bounds bounds = bounds_of(c, &s);
	char what[SAID_TEXT];

	c->out->uncounted = s.uncounted;
	c->out->conserved = s.uncounted || adds_up(&s);
	if (c->out->said.wrong[0])
		return cell_error(why, size, "a guest said what cannot be: '%s'",
				  c->out->said.wrong);
	if (!said_all(&c->out->said))
		return give_up(c, why, size, "the guests ended without all of their figures");
	c->out->complete = true;
	if (!said_agrees(&c->out->said, &bounds, what))
		return cell_error(why, size, "%s", what);
	return c->out->conserved ? 0 : cell_error(why, size, "notifications do not add up");
}

static int cell_child(void *arg, void *shared)
{
	struct cell c = { .spec = arg, .out = shared };
	const struct boot_listener listener = { &c, hear_made, hear_line, look, hear_end };
	struct boot_spec spec = { .pair = cell_pair_config(&c.spec->cell, -1),
				  .limit_ms = c.spec->limit_ms,
				  .unfiltered = c.spec->cell.unfiltered,
				  .quiet = true,
				  .listener = &listener };

	spec.pair.stock = &c.spec->stock;
	spec.pair.pci = true;
	boot_pair(&spec, &c.out->boot);
	progress_clear();
	return 0;
}

static bool window_is_sane(const struct tcp_window *w)
{
	return sane_amount(w->host_s) && hist_is_sane(&w->worker) && hist_is_sane(&w->write) &&
	       sane_flag(&w->threads.accounted) && sane_flag(&w->kworkers.readable);
}

static bool said_is_sane(const struct said *s)
{
	for (unsigned i = 0; i < SIDES; i++)
		for (unsigned f = 0; f < SAID_FIGURES; f++)
			if (!sane_flag(&s->there[i][f]) || s->value[i][f] > SAID_VALUE_MAX)
				return false;
	return sane_text(s->wrong, sizeof(s->wrong));
}

const char *tcp_nonsense(const void *result)
{
	const struct tcp_result *r = result;
	const char *what = boot_nonsense(&r->boot);

	if (what)
		return what;
	if (!sane_flag(&r->complete) || !sane_flag(&r->uncounted) || !sane_flag(&r->conserved) ||
	    !sane_flag(&r->stops_known))
		return "flags";
	if (!sane_amount(r->stopped_s))
		return "times";
	if (!window_is_sane(&r->window[SAID_STREAM]) || !window_is_sane(&r->window[SAID_RR]))
		return "windows";
	return said_is_sane(&r->said) ? NULL : "figures";
}

int tcp_cell_run(const struct tcp_spec *spec, struct tcp_result *out, bool *stop)
{
	static const struct child_task task = { cell_child, sizeof(*out), tcp_nonsense };
	int err = cell_in_child(&task, (void *)(uintptr_t)spec, out, stop);

	boot_take_failure(&out->boot, err);
	return err;
}

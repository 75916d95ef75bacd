// SPDX-License-Identifier: BSD-2-Clause
// tandem backend: two front ends of other programs attach by vhost-user, with live counters.
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>

#include "bench/options/help.h"
#include "bench/run/confine.h"
#include "cli/cli.h"
#include "cli/options.h"
#include "lib/clock.h"
#include "lib/log.h"
#include "lib/signals.h"
#include "pair/doors.h"
#include "tandem/frame.h"
#include "vmm/privileges.h"

static int print_help(void)
{
	puts("Usage: tandem backend --socket-a=PATH --socket-b=PATH [OPTIONS]\n\n"
	     "Moves frames between two front ends that speak vhost-user (QEMU, DPDK, ...), and\n"
	     "notifies them as told. Prints counters every second until --duration has passed or\n"
	     "Ctrl-C.\n\n"
	     "Options:");
	option_help(stdout, OF_BACKEND);
	return EXIT_OK;
}

static struct doors_config config_of(const struct options *o)
{
	const struct option_set *set = &o->set;

	return (struct doors_config){
		.backend = {
			.notify = o->notify[0],
			.producer = o->producer[0],
			.batch = option_whole(set, OPT_BATCH),
			.frame_max = FRAME_MAX,
			.budget = option_whole(set, OPT_BUDGET),
			.sq_idle_ms = option_whole(set, OPT_SQ_IDLE),
			.busy_poll_us = option_whole(set, OPT_BUSY_POLL),
			.queue_size_max = VIRTQ_SIZE_MAX,
			.notifier_fifo = (int)option_whole(set, OPT_WORKER_FIFO),
			.backend_cpus = o->cpus[ROLE_BACKEND],
			.notifier_cpus = o->cpus[ROLE_NOTIFIER],
			.confine = option_is(set, OPT_FILTERS, "on") && confine_filters(),
		},
		.path = { option_text(set, OPT_SOCKET_A), option_text(set, OPT_SOCKET_B) },
		.client = option_given(set, OPT_CLIENT),
		.features = user_door_features(),
	};
}

/* ---- what is shown ---- */

static uint64_t frames(const struct backend_stats *s)
{
	return s->flow[SIDE_A].frames + s->flow[SIDE_B].frames;
}

static uint64_t bytes(const struct backend_stats *s)
{
	return s->flow[SIDE_A].bytes + s->flow[SIDE_B].bytes;
}

static uint64_t notifications(const struct backend_stats *s)
{
	return s->port[SIDE_A].delivered + s->port[SIDE_B].delivered;
}

static const char *presence(const struct user_door_stats *side)
{
	return side->rings ? "up" : side->connected ? "connected" : "-";
}

/* False: nobody looks any more. */
static bool print_line(const struct doors *d, const struct backend_stats *last,
		       const struct backend_stats *now, double at_s, double s)
{
	struct user_door_stats a = doors_side(d, SIDE_A), b = doors_side(d, SIDE_B);

	printf("%6.0f s  %12" PRIu64 " frames  %8.3f Mpps  %8.2f Gb/s  %10.0f notifications/s  "
	       "a %s  b %s\n",
	       at_s, frames(now), (double)(frames(now) - frames(last)) / s / 1e6,
	       (double)(bytes(now) - bytes(last)) * 8 / s / 1e9,
	       (double)(notifications(now) - notifications(last)) / s, presence(&a), presence(&b));
	return fflush(stdout) == 0;
}

static void print_side(const struct doors *d, const struct backend_stats *s, unsigned side)
{
	struct user_door_stats door = doors_side(d, side);
	const struct flow_stats *f = &s->flow[side];

	printf("%c: %" PRIu64 " frames sent, %" PRIu64 " dropped, %" PRIu64
	       " too long for the peer's buffers; %" PRIu64 " notifications of %" PRIu64
	       " wanted (the others merged); features 0x%" PRIx64 "; %" PRIu64
	       " connections, %" PRIu64 " messages, %" PRIu64 " refused\n",
	       'a' + side, f->frames, f->dropped, f->too_small, s->port[side].delivered,
	       s->port[side].decided, door.features, door.connections, door.messages, door.refusals);
}

static double seconds_since(uint64_t start_ns)
{
	return (double)(clock_mono_ns() - start_ns) / 1e9;
}

/* False: a request to end has come. */
static bool pause_s(double s, const sigset_t *ends)
{
	struct timespec t = { (time_t)s, (long)((s - (double)(time_t)s) * 1e9) };

	return s <= 0 || (sigtimedwait(ends, NULL, &t) < 0 && errno != EINTR);
}

static void watch(const struct doors *d, double duration_s, const sigset_t *ends)
{
	uint64_t start = clock_mono_ns();
	struct backend_stats last = backend_stats(doors_backend(d)), now;
	double at = 0, left;
	bool on = true;

	while (on && (duration_s <= 0 || at < duration_s)) {
		left = duration_s > 0 && duration_s - at < 1 ? duration_s - at : 1;
		on = pause_s(left, ends);
		now = backend_stats(doors_backend(d));
		left = seconds_since(start) - at;
		at += left;
		if (on)
			on = print_line(d, &last, &now, at, left);
		last = now;
	}
	for (unsigned side = 0; side < SIDES; side++)
		print_side(d, &last, side);
}

/* The sockets are there before the rights go. */
static int serve(const struct options *o)
{
	struct doors_config config = config_of(o);
	sigset_t ends = signals_ends_heeded();
	double duration = option_given(&o->set, OPT_DURATION) ? option_real(&o->set, OPT_DURATION)
							      : 0;
	struct doors *d;
	int err;

	sigprocmask(SIG_BLOCK, &ends, NULL);
	err = doors_create(&d, &config);
	if (err)
		return err == -EADDRINUSE || err == -ENAMETOOLONG ? EXIT_USAGE : EXIT_HOST;
	err = privileges_drop(config.backend.notifier_fifo);
	if (!err)
		err = doors_start(d);
	if (!err) {
		printf("notify %s, producer %s; a at %s, b at %s; Ctrl-C ends it\n",
		       config.backend.notify->name, o->producer[0]->name, config.path[SIDE_A],
		       config.path[SIDE_B]);
		fflush(stdout);
		watch(d, duration, &ends);
	}
	doors_destroy(d);
	return err ? EXIT_HOST : EXIT_OK;
}

int cmd_backend(int argc, char **argv)
{
	struct options o;
	int err = options_parse(&o, OF_BACKEND, argc, argv);

	if (err)
		return err;
	if (option_given(&o.set, OPT_HELP))
		return print_help();
	if (o.set.arguments) {
		log_error("backend: unexpected argument '%s'", o.set.argument[0]);
		return EXIT_USAGE;
	}
	if (!option_given(&o.set, OPT_SOCKET_A) || !option_given(&o.set, OPT_SOCKET_B)) {
		log_error("backend: --socket-a=PATH and --socket-b=PATH are needed: one for each front "
			  "end");
		return EXIT_USAGE;
	}
	return serve(&o);
}

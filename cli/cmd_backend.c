// SPDX-License-Identifier: BSD-2-Clause
// tandem backend: two front ends of other programs attach by vhost-user, with live counters.
#include "cli/cmd_backend.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bench/options/help.h"
#include "bench/run/confine.h"
#include "cli/backend_print.h"
#include "cli/cli.h"
#include "cli/features.h"
#include "cli/options.h"
#include "lib/clock.h"
#include "lib/cpulist.h"
#include "lib/filter.h"
#include "lib/log.h"
#include "lib/signals.h"
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

/* Front ends bring threads of their own, placed by others: ours may run wherever there is room. */
static void place(const struct options *o, cpu_set_t cpus[ROLES])
{
	for (unsigned role = 0; role < ROLES; role++)
		CPU_ZERO(&cpus[role]);
	option_places(&o->set, OPT_CPUS, cpus);
	if (!CPU_COUNT(&cpus[ROLE_BACKEND]))
		cpulist_allowed(&cpus[ROLE_BACKEND]);
	if (!CPU_COUNT(&cpus[ROLE_NOTIFIER]))
		cpulist_allowed(&cpus[ROLE_NOTIFIER]);
}

static struct doors_config config_of(const struct options *o, uint64_t features,
				     const cpu_set_t cpus[ROLES])
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
			.backend_cpus = cpus[ROLE_BACKEND],
			.notifier_cpus = cpus[ROLE_NOTIFIER],
			.confine = option_is(set, OPT_FILTERS, "on") && confine_filters(),
		},
		.path = { option_text(set, OPT_SOCKET_A), option_text(set, OPT_SOCKET_B) },
		.client = option_given(set, OPT_CLIENT),
		.features = features,
	};
}

/* ---- its life ---- */

#define SECOND 1000000000ull

/* False: a request to end has come. A ring's kernel thread may interrupt the sleep for its own. */
static bool sleep_until(uint64_t end_ns, const sigset_t *ends)
{
	uint64_t now;

	while ((now = clock_mono_ns()) < end_ns) {
		struct timespec t = { (time_t)((end_ns - now) / SECOND),
				      (long)((end_ns - now) % SECOND) };

		if (sigtimedwait(ends, NULL, &t) > 0)
			return false;
	}
	return true;
}

static double seconds(uint64_t ns)
{
	return (double)ns / SECOND;
}

/* Until it is over, a signal comes or nobody reads any more. */
static void watch(const struct doors *d, double duration_s, const sigset_t *ends)
{
	uint64_t start = clock_mono_ns(), at = start, next = start, before;
	uint64_t end = duration_s > 0 ? start + (uint64_t)(duration_s * 1e9) : UINT64_MAX;
	struct backend_stats last = backend_stats(doors_backend(d)), now;
	bool on = true;

	while (on && next < end) {
		next = end - next < SECOND ? end : next + SECOND;
		on = sleep_until(next, ends);
		now = backend_stats(doors_backend(d));
		before = at;
		at = clock_mono_ns();
		if (on)
			on = backend_print_line(d, &last, &now, seconds(at - start),
						seconds(at - before));
		last = now;
	}
	backend_print_sides(d, &last);
}

static int start_and_watch(struct doors *d, const struct doors_config *c, double duration_s,
			   const sigset_t *ends)
{
	int err = doors_start(d);

	if (err)
		return err;
	printf("notify %s, producer %s; a %s %s, b %s %s; Ctrl-C ends it\n",
	       c->backend.notify->name, c->backend.producer->name, c->client ? "from" : "at",
	       c->path[SIDE_A], c->client ? "from" : "at", c->path[SIDE_B]);
	if (fflush(stdout) == 0)
		watch(d, duration_s, ends);
	return 0;
}

/* What another path, on the command line, would mend. */
static bool is_about_a_path(int err)
{
	return err == -EADDRINUSE || err == -ENAMETOOLONG || err == -ENOENT || err == -ENOTDIR ||
	       err == -EACCES || err == -EROFS || err == -ELOOP;
}

/* The sockets are there before the rights go. */
static int serve(const struct options *o, uint64_t features, const cpu_set_t cpus[ROLES])
{
	struct doors_config config = config_of(o, features, cpus);
	sigset_t ends = signals_ends_heeded();
	double duration = option_given(&o->set, OPT_DURATION) ? option_real(&o->set, OPT_DURATION)
							      : 0;
	struct doors *d;
	int err;

	sigprocmask(SIG_BLOCK, &ends, NULL);
	err = doors_create(&d, &config);
	if (err)
		return is_about_a_path(err) ? EXIT_USAGE : EXIT_HOST;
	err = privileges_drop(config.backend.notifier_fifo);
	if (!err)
		err = filter_catch();
	if (!err)
		err = filter_outlive_cuts();
	if (!err)
		err = start_and_watch(d, &config, duration, &ends);
	doors_destroy(d);
	return err ? EXIT_HOST : EXIT_OK;
}

/* ---- usage ---- */

static bool is_missing(const struct options *o, enum option_id id)
{
	const char *path = option_text(&o->set, id);

	return !path || !*path;
}

static int check(const struct options *o, const cpu_set_t cpus[ROLES])
{
	if (o->set.arguments) {
		log_error("backend: '%s' is one argument too many", o->set.argument[0]);
		return EXIT_USAGE;
	}
	if (is_missing(o, OPT_SOCKET_A) || is_missing(o, OPT_SOCKET_B)) {
		log_error("backend: each front end needs a socket; give --socket-a=PATH and "
			  "--socket-b=PATH");
		return EXIT_USAGE;
	}
	if (!strcmp(option_text(&o->set, OPT_SOCKET_A), option_text(&o->set, OPT_SOCKET_B))) {
		log_error("backend: --socket-a and --socket-b are the same; each front end needs "
			  "its own");
		return EXIT_USAGE;
	}
	if (o->producer[0]->not_ours) {
		log_error("backend: --producer=%s: serves tandem's own guests; a front end can "
			  "have the kernel's vhost itself",
			  o->producer[0]->name);
		return EXIT_USAGE;
	}
	if (CPU_COUNT(&cpus[ROLE_A]) || CPU_COUNT(&cpus[ROLE_B])) {
		log_error("backend: --cpus: front ends a and b are placed by whoever starts them; "
			  "give backend and notifier");
		return EXIT_USAGE;
	}
	return 0;
}

int cmd_backend(int argc, char **argv)
{
	uint64_t features = user_door_features();
	cpu_set_t cpus[ROLES];
	struct options o;
	int err = options_parse(&o, OF_BACKEND, argc, argv);

	if (err)
		return err;
	if (option_given(&o.set, OPT_HELP))
		return print_help();
	place(&o, cpus);
	err = check(&o, cpus);
	if (!err && option_given(&o.set, OPT_FEATURES) &&
	    !features_parse(option_text(&o.set, OPT_FEATURES), &features))
		err = EXIT_USAGE;
	return err ? err : serve(&o, features, cpus);
}

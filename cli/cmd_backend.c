// SPDX-License-Identifier: BSD-2-Clause
// tandem backend: two front ends of other programs attach by vhost-user, with live counters.
#include "cli/cmd_backend.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bench/host/host.h"
#include "bench/options/help.h"
#include "bench/result/json.h"
#include "bench/result/json_backend.h"
#include "bench/run/confine.h"
#include "bench/run/session.h"
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

/* From the command line to the last line. */
struct job {
	const struct options *o;
	int argc;
	char **argv;
	struct doors_config config;
	double duration_s; /* 0: until a signal comes */
	const char *json;  /* where results go; NULL: nowhere */
	FILE *text;
	sigset_t ends;
	bool signalled;
	/* Of the results; else not used. */
	struct host host;
	struct session session;
};

static struct doors_config config_of(const struct options *o, uint64_t features,
				     const cpu_set_t cpus[ROLES])
{
	const struct option_set *set = &o->set;

	return (struct doors_config){
		.backend = {
			.notify = o->notify[0],
			.producer = o->producer[0],
			.pairs = option_whole(set, OPT_QUEUE_PAIRS),
			.batch = option_whole(set, OPT_BATCH),
			.frame_max = FRAME_MAX,
			.budget = option_whole(set, OPT_BUDGET),
			.sq_idle_ms = option_whole(set, OPT_SQ_IDLE),
			.busy_poll_us = options_busy_poll(set),
			.busy_poll_learns = option_is(set, OPT_BUSY_POLL, "auto"),
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

static void prepare(struct job *j, uint64_t features, const cpu_set_t cpus[ROLES])
{
	const struct option_set *set = &j->o->set;

	j->config = config_of(j->o, features, cpus);
	j->duration_s = option_given(set, OPT_DURATION) ? option_real(set, OPT_DURATION) : 0;
	j->json = options_json(set);
	/* --json=- prints the results alone on stdout. */
	j->text = j->json && strcmp(j->json, "-") == 0 ? stderr : stdout;
	j->ends = signals_ends_heeded();
	if (j->json)
		host_read(&j->host, "");
}

/* ---- its life ---- */

#define SECOND 1000000000ull
#define LOOK (SESSION_LOOK_MS * 1000000ull)

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

/* The same; for results there is something to be taken meanwhile. */
static bool look_until(struct job *j, const struct doors *d, uint64_t end_ns)
{
	bool on = true;

	if (!j->json)
		return sleep_until(end_ns, &j->ends);
	for (uint64_t next = clock_mono_ns(); on && next < end_ns;) {
		next = end_ns - next < LOOK ? end_ns : next + LOOK;
		on = sleep_until(next, &j->ends);
		session_look(&j->session, d);
	}
	return on;
}

static double seconds(uint64_t ns)
{
	return (double)ns / SECOND;
}

/* Until it is over, a signal comes or nobody reads any more. */
static void watch(struct job *j, const struct doors *d)
{
	uint64_t start = clock_mono_ns(), at = start, next = start, before;
	uint64_t end = j->duration_s > 0 ? start + (uint64_t)(j->duration_s * 1e9) : UINT64_MAX;
	struct backend_stats last = backend_stats(doors_backend(d)), now;
	bool on = true;

	while (on && next < end) {
		next = end - next < SECOND ? end : next + SECOND;
		on = look_until(j, d, next);
		j->signalled = !on;
		now = backend_stats(doors_backend(d));
		before = at;
		at = clock_mono_ns();
		if (on)
			on = backend_print_line(j->text, d, &last, &now, seconds(at - start),
						seconds(at - before));
		last = now;
	}
}

/* The file first: whoever reads the rest may be gone before its end. 0 or -errno (logged). */
static int conclude(struct job *j, struct doors *d)
{
	struct backend_result r = { .host = &j->host,
				    .argc = j->argc,
				    .argv = j->argv,
				    .config = &j->config,
				    .asked_s = j->duration_s,
				    .cut = j->signalled && j->duration_s > 0,
				    .session = &j->session };
	int err = 0;

	doors_stop(d);
	r.stats = backend_stats(doors_backend(d));
	for (unsigned side = 0; side < SIDES; side++)
		r.side[side] = doors_side(d, side);
	if (j->json) {
		session_end(&j->session, d);
		err = backend_write_json(&r, j->json);
	}
	backend_print_sides(j->text, d, &r.stats);
	return err;
}

static int start_and_watch(struct job *j, struct doors *d)
{
	const struct doors_config *c = &j->config;
	int err = doors_start(d);

	if (err)
		return EXIT_HOST;
	if (j->json)
		session_begin(&j->session, j->host.clock.hz);
	fprintf(j->text, "notify %s, producer %s; a %s %s, b %s %s; Ctrl-C ends it\n",
		c->backend.notify->name, c->backend.producer->name, c->client ? "from" : "at",
		c->path[SIDE_A], c->client ? "from" : "at", c->path[SIDE_B]);
	if (fflush(j->text) == 0)
		watch(j, d);
	return conclude(j, d) ? EXIT_JOB : EXIT_OK;
}

/* What another path, on the command line, would mend. */
static bool is_about_a_path(int err)
{
	return err == -EADDRINUSE || err == -ENAMETOOLONG || err == -ENOENT || err == -ENOTDIR ||
	       err == -EACCES || err == -EROFS || err == -ELOOP;
}

static int confine(const struct job *j)
{
	int err = privileges_drop(j->config.backend.notifier_fifo);

	if (!err)
		err = filter_catch();
	return err ? err : filter_outlive_cuts();
}

/* The sockets are there before the rights go; the results must get along without those. */
static int serve(struct job *j)
{
	struct doors *d;
	int err, code;

	sigprocmask(SIG_BLOCK, &j->ends, NULL);
	err = doors_create(&d, &j->config);
	if (err)
		return is_about_a_path(err) ? EXIT_USAGE : EXIT_HOST;
	if (confine(j))
		code = EXIT_HOST;
	else if (j->json && bench_check_path(j->json) < 0)
		code = EXIT_USAGE;
	else
		code = start_and_watch(j, d);
	doors_destroy(d);
	return code;
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

static int read_features(const struct options *o, uint64_t *features)
{
	struct features_of of = { .can = user_door_features(option_whole(&o->set, OPT_QUEUE_PAIRS)),
				  .lacks = "tandem does not offer this",
				  .has = "it offers" };

	*features = of.can;
	if (!option_given(&o->set, OPT_FEATURES) ||
	    features_parse(option_text(&o->set, OPT_FEATURES), &of, features))
		return 0;
	return EXIT_USAGE;
}

static int run(const struct options *o, int argc, char **argv)
{
	struct job *j = calloc(1, sizeof(*j));
	cpu_set_t cpus[ROLES];
	uint64_t features;
	int code;

	if (!j)
		return cli_no_memory("backend");
	*j = (struct job){ .o = o, .argc = argc, .argv = argv };
	place(o, cpus);
	code = check(o, cpus);
	if (!code)
		code = read_features(o, &features);
	if (!code) {
		prepare(j, features, cpus);
		code = serve(j);
	}
	free(j);
	return code;
}

int cmd_backend(int argc, char **argv)
{
	struct options o;
	int code = options_parse(&o, OF_BACKEND, argc, argv);

	if (code)
		return code;
	return option_given(&o.set, OPT_HELP) ? print_help() : run(&o, argc, argv);
}

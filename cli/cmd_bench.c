// SPDX-License-Identifier: BSD-2-Clause
// tandem bench: measures, prints the table, writes the results.
#include "cli/cmd_bench.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bench/host/behaviour.h"
#include "bench/host/declared.h"
#include "bench/host/host_print.h"
#include "bench/options/help.h"
#include "bench/options/nearest.h"
#include "bench/plan/bench.h"
#include "bench/plan/seconds.h"
#include "bench/plan/enough.h"
#include "bench/plan/fit.h"
#include "bench/plan/measure.h"
#include "bench/plan/names.h"
#include "bench/plan/shard.h"
#include "bench/result/json.h"
#include "bench/result/tracefile.h"
#include "bench/run/child.h"
#include "bench/show/first.h"
#include "bench/show/print.h"
#include "bench/show/report.h"
#include "bench/show/report_bench.h"
#include "cli/cli.h"
#include "cli/cmd_crowd.h"
#include "cli/cmd_pool.h"
#include "cli/cmd_tcp.h"
#include "cli/options.h"
#include "cli/switches.h"
#include "cli/table.h"
#include "lib/log.h"
#include "lib/out.h"

#define NOISE_MIN_S 0.05
#define NOISE_MAX_S 0.4
/* Whoever waits for longer is told what the first round measured. */
#define FIRST_ROUND_S 5.0

static int print_help(void)
{
	puts("Usage: tandem bench [stream|rr|floor]... [OPTIONS]\n"
	     "       tandem bench table [OPTIONS]\n"
	     "       tandem bench lazy [OPTIONS]\n"
	     "       tandem bench pool [OPTIONS]     (with options of its own: see its --help)\n"
	     "       tandem bench crowd [WORKLOAD]... [OPTIONS]     (the same)\n"
	     "       tandem bench tcp [OPTIONS]      (the same)\n"
	     "       tandem bench seed [OPTIONS]     (the same)\n\n"
	     "  stream  a windowed, reliable one-way stream from guest a to guest b\n"
	     "  rr      request and response, one at a time\n"
	     "  floor   only the baselines that each result is compared with\n"
	     "  table   who notifies, from where, under which preemption mode: all of it, with\n"
	     "          controls (with fewer options: see its --help)\n"
	     "  lazy    does a worker wait for the producer's slice? (the same options)\n"
	     "  pool    the pool of workers by itself, against others and the kernel's workqueues\n"
	     "  crowd   vCPUs that outnumber the CPUs and wait for each other\n"
	     "  tcp     TCP between two stock Linux guests\n"
	     "  seed    the TCP experiment that tandem began with, as one table\n\n"
	     "Without a scenario: what a deferred worker costs here, as a verdict and a\n"
	     "table, in half a minute: a stream gated by its notifications, producer sqpoll,\n"
	     "five runs of 0.5 s each, and beside it the same with producer user as a control.\n\n"
	     "Options:");
	option_help(stdout, OF_BENCH);
	return EXIT_OK;
}

static int print_table_help(void)
{
	puts("Usage: tandem bench table [OPTIONS]\n\n"
	     "Who notifies, from where, under which preemption mode: direct, deferred and unbound "
	     "from\n"
	     "the producers batch and sqpoll, KVM's own deferral, and controls; for a stream "
	     "gated by its\n"
	     "notifications, a plain stream, and rr. What it varies itself is no option here, "
	     "but\n--producer leaves only the lines of some, and brings those of vhost-net.\n\n"
	     "Options:");
	option_help(stdout, OF_TABLE);
	return EXIT_OK;
}

static int print_lazy_help(void)
{
	puts("Usage: tandem bench lazy [OPTIONS]\n\n"
	     "Does a worker wait for the producer's slice? A loop whose producer never returns to "
	     "user mode\n"
	     "is measured at several base slices under each way of delivering, beside controls "
	     "that must\n"
	     "not follow the slice; the verdict is shown, absent, or spoiled, and by what. "
	     "Changing the\n"
	     "slice needs root and debugfs; `tandem lab -- bench lazy` needs neither.\n\n"
	     "Options:");
	option_help(stdout, OF_LAZY);
	return EXIT_OK;
}

static int add_rows(struct bench *b, const struct options *o, enum scenario s)
{
	for (unsigned i = 0; i < o->nnotify * o->nproducer * o->nirq * switches_ways(o); i++) {
		unsigned rest = i / o->nnotify, way = rest / o->nproducer / o->nirq;
		struct options_cell cell = { .scenario = s,
					     .notify = o->notify[i % o->nnotify],
					     .producer = o->producer[rest % o->nproducer],
					     .irq = o->irq[rest / o->nproducer % o->nirq],
					     .accel = b->accel };
		struct cell_spec spec;
		int err = options_spec(o, &cell, b->host.clock.hz, &spec);

		if (err)
			return err;
		if (b->nrows == BENCH_CELLS_MAX) {
			log_error("bench: more than %u combinations; ask for fewer",
				  BENCH_CELLS_MAX);
			return EXIT_USAGE;
		}
		switches_set(o, way, &spec);
		b->row[b->nrows++].spec = spec;
	}
	return 0;
}

static int complain_scenario(const char *name)
{
	static const char *const words[] = { "stream", "rr",   "floor", "table", "lazy",
					     "crowd",  "pool", "tcp",	"seed" };
	struct nearest near = nearest_to(name, strlen(name));
	char said[64];

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strcmp(name, words[i]) == 0) {
			log_error("bench: give %s first, and no other scenario: tandem bench %s",
				  name, name);
			return EXIT_USAGE;
		}
		nearest_look(&near, words[i]);
	}
	log_error("bench: there is no scenario '%s'%s; give stream, rr or floor, or table alone, "
		  "or crowd, pool, tcp or seed first",
		  name, nearest_say(&near, "", said, sizeof(said)));
	return EXIT_USAGE;
}

static int add_scenarios(struct bench *b, const struct options *o)
{
	char *const *argv = o->set.argument;
	bool want[SCENARIOS] = { false };
	int err = 0, named = 0;

	for (int i = 0; i < o->set.arguments; i++) {
		enum scenario s;

		if (strcmp(argv[i], "floor") == 0) {
			b->floor_only = true;
		} else if (scenario_find(argv[i], &s)) {
			want[s] = true;
			named++;
		} else {
			return complain_scenario(argv[i]);
		}
	}
	b->floor_only = b->floor_only && !named;
	for (unsigned s = 0; s < SCENARIOS && !err; s++)
		if (want[s] || !named)
			err = add_rows(b, o, s);
	return err;
}

/* A format other than text, alone on stdout. */
static int show(const struct bench *b, const char *format)
{
	enum report_format f = REPORT_TEXT;
	int err;

	report_format_find(format, &f);
	err = out_settle(report_bench(b, f, stdout));
	return err ? log_errno(err, "--format=%s: writing the results", format) : 0;
}

static int exit_code(const struct bench *b, int err)
{
	if (err == -ENOSYS)
		return EXIT_HOST;
	if (err == -EACCES)
		return EXIT_VIOLATION;
	return err || !bench_clean(b) ? EXIT_JOB : EXIT_OK;
}

/* Of --trace=FILE; "": --trace alone, or none. */
static const char *trace_path(const struct option_set *set)
{
	const char *path = option_text(set, OPT_TRACE);

	return path ? path : "";
}

static int write_trace(struct trace *t, const char *path)
{
	const char *text;
	size_t len;
	int err = trace_file(t, &text, &len);

	return err ? log_errno(err, "--trace=%s: the events", path)
		   : tracefile_write(path, text, len);
}

/* The file first: whoever reads the table may be gone before its end. */
static int finish(struct bench *b, const struct option_set *set, FILE *text, int err)
{
	const char *json = options_json(set);
	bool lost = json && bench_write_json(b, json) < 0;

	lost |= b->trace && *trace_path(set) && write_trace(b->trace, trace_path(set)) < 0;
	if (!option_is(set, OPT_FORMAT, "text"))
		lost |= show(b, option_text(set, OPT_FORMAT)) < 0;
	else
		bench_print(b, text);
	fflush(text);
	return cli_end_bench(b->cut, lost ? EXIT_JOB : exit_code(b, err));
}

static int open_switches(struct bench *b, const struct options *o)
{
	int err = switches_open(&b->preempt, &b->host, o);

	for (unsigned i = 0; i < b->nrows && !err; i++)
		err = switches_settle(&b->preempt, &b->row[i].spec);
	return err;
}

/* Half a second at most, and no more than a tenth of one cell. */
static void check_noise(struct bench *b, const struct options *o)
{
	double seconds = option_real(&o->set, OPT_DURATION) / 10;
	cpu_set_t cpus;

	CPU_ZERO(&cpus);
	for (unsigned r = 0; r < ROLES; r++)
		if (r != ROLE_NOTIFIER)
			CPU_OR(&cpus, &cpus, &o->cpus[r]);
	seconds = seconds < NOISE_MIN_S	  ? NOISE_MIN_S
		  : seconds > NOISE_MAX_S ? NOISE_MAX_S
					  : seconds;
	noise_measure(&b->noise, &cpus, seconds, b->host.clock.us, "");
	for (unsigned i = 0; i < b->noise.warnings; i++)
		log_warn("noise: %s", b->noise.warning[i]);
}

/* Words are left out where they can't be; a file that was asked for is not. */
static int open_trace(struct bench *b, const struct option_set *set)
{
	const char *path = trace_path(set);

	if (!option_given(set, OPT_TRACE))
		return 0;
	if (b->host.clock.trusted)
		b->trace = trace_open("", path);
	else
		log_warn("trace: the stamps' clock cannot be compared with the kernel's: %s%s",
			 b->host.clock.why, *path ? "" : "; measuring without");
	return *path && !b->trace ? EXIT_HOST : 0;
}

/* --json=- and --format print the results alone on stdout. */
static FILE *text_stream(const struct option_set *set)
{
	const char *json = options_json(set);

	return !option_is(set, OPT_FORMAT, "text") || (json && strcmp(json, "-") == 0) ? stderr
										       : stdout;
}

/* Where the slice may be changed, the sets that come ready-made are measured at three. */
static void choose_doses(struct options *o)
{
	static const char *const doses[] = { "default", "2x", "6x" };

	if (option_given(&o->set, OPT_SLICE))
		return;
	if (!preempt_may_slice(&preempt_real)) {
		if (o->set.command->of == OF_LAZY)
			log_info("at the host's own base slice only, and so without a verdict: "
				 "changing it "
				 "needs root and debugfs; tandem lab -- bench lazy does it");
		return;
	}
	for (; o->nslice < sizeof(doses) / sizeof(doses[0]); o->nslice++)
		snprintf(o->slice[o->nslice], OPTION_NAME_BYTES, "%s", doses[o->nslice]);
}

/* As many runs as it takes to tell, within bounds. */
#define LAZY_RUNS_FEWEST 5u
#define LAZY_RUNS_MOST 15u

static void choose_runs(struct bench *b, const struct option_set *set)
{
	b->rounds.runs = option_whole(set, OPT_RUNS);
	b->rounds.plan = options_plan(set);
	if (set->command->of != OF_LAZY || option_given(set, OPT_RUNS))
		return;
	b->rounds.runs = LAZY_RUNS_MOST;
	b->fewest = LAZY_RUNS_FEWEST;
	b->enough = enough_for_slopes;
}

static int add_cells(struct bench *b, struct options *o)
{
	int err;

	if (b->table)
		choose_doses(o);
	if (o->set.command->of == OF_LAZY)
		err = lazy_add(b, o);
	else if (o->set.command->of == OF_FIRST)
		err = first_add(b, o);
	else
		err = b->table ? table_add(b, o) : add_scenarios(b, o);
	b->dosed = o->nslice > 1;
	return err;
}

/* Of the matrix, the part that was asked for. */
static int take_shard(struct bench *b, const struct option_set *set)
{
	const char *text = option_text(set, OPT_SHARD);

	if (!option_given(set, OPT_SHARD))
		return 0;
	if (!shard_parse(text, &b->shard)) {
		log_error("--shard=%s: give I/N, the I-th of N parts, such as 2/5", text);
		return -EINVAL;
	}
	if (!b->floor_only)
		return shard_keep(b);
	log_error("--shard=%s: bench floor has no cells to share; leave it out", text);
	return -EINVAL;
}

/* Where the results are to go, before anything is measured. */
static int check_outputs(const struct option_set *set)
{
	const char *json = options_json(set);

	if (*trace_path(set) && tracefile_check(trace_path(set)) < 0)
		return EXIT_USAGE;
	if (!json)
		return 0;
	if (strcmp(json, "-") == 0 && !option_is(set, OPT_FORMAT, "text")) {
		log_error("--format=%s --json=-: both would go to standard output; give --json a "
			  "file",
			  option_text(set, OPT_FORMAT));
		return EXIT_USAGE;
	}
	return bench_check_path(json) < 0 ? EXIT_USAGE : 0;
}

static int bench(struct bench *b, struct options *o)
{
	const struct option_set *set = &o->set;
	struct accel_choice choice = options_accel(set);
	FILE *text = text_stream(set);
	sigset_t old;
	int err = check_outputs(set);

	if (err)
		return err;
	b->table = set->command->of == OF_TABLE || set->command->of == OF_LAZY;
	b->accel = choice.accel;
	/* Without KVM all its ways are one. */
	if (!accel_needs_kvm(b->accel) && o->nirq > 1)
		o->nirq = 1;
	host_read(&b->host, "");
	host_warn(&b->host);
	behaviour_complete(&b->host);
	choose_runs(b, set);
	err = add_cells(b, o);
	if (err)
		return err;
	if (runs_name(b) < 0 || take_shard(b, set) < 0)
		return EXIT_USAGE;
	err = options_settle_accel(set, &choice);
	if (!err)
		err = options_settle_producers(o);
	if (err)
		return err;
	if (open_switches(b, o) < 0)
		return EXIT_HOST;
	if (!option_given(set, OPT_NO_NOISE_CHECK))
		check_noise(b, o);
	b->details = option_given(set, OPT_DETAILS);
	b->first_round = b->rounds.runs > 1 && bench_seconds(b) > FIRST_ROUND_S ? first_say : NULL;
	b->may_switch = preempt_may_switch(&preempt_real, "full") &&
			preempt_may_switch(&preempt_real, "lazy");
	err = open_trace(b, set);
	if (err) {
		preempt_close(&b->preempt);
		return err;
	}
	/* A format other than text has them nowhere else. */
	if (b->details || !option_is(set, OPT_FORMAT, "text"))
		bench_print_conditions(b, text);
	fflush(text);
	/* No signal ends us before the mode is put back. */
	cell_block_ends(&old);
	if (b->table || set->command->of == OF_FIRST)
		fit_loop(b, option_given(set, OPT_FRAME) || option_given(set, OPT_WINDOW));
	err = bench_run(b);
	preempt_close(&b->preempt);
	b->cut |= cell_unblock_ends(&old);
	err = finish(b, set, text, err);
	trace_close(b->trace);
	return err;
}

static int measure(int argc, char **argv)
{
	struct options o;
	int code = options_parse(&o, OF_BENCH, argc, argv);
	struct bench *b;

	if (code)
		return code;
	if (option_given(&o.set, OPT_HELP))
		return o.set.command->of == OF_TABLE  ? print_table_help()
		       : o.set.command->of == OF_LAZY ? print_lazy_help()
						      : print_help();
	b = calloc(1, sizeof(*b));
	if (b)
		b->preempt = PREEMPT_CLOSED;
	if (b)
		b->row = calloc(BENCH_CELLS_MAX, sizeof(*b->row));
	if (b) {
		b->argc = argc;
		b->argv = argv;
	}
	if (b && b->row)
		code = bench(b, &o);
	else
		code = cli_no_memory("bench");
	if (b)
		runs_free(&b->rounds);
	if (b)
		free(b->row);
	free(b);
	return code;
}

int cmd_bench(int argc, char **argv)
{
	if (argc > 1 && strcmp(argv[1], "pool") == 0)
		return cmd_bench_pool(argc - 1, argv + 1);
	if (argc > 1 && strcmp(argv[1], "crowd") == 0)
		return cmd_bench_crowd(argc - 1, argv + 1);
	if (argc > 1 && (strcmp(argv[1], "tcp") == 0 || strcmp(argv[1], "seed") == 0))
		return cmd_bench_tcp(argc - 1, argv + 1);
	return measure(argc, argv);
}

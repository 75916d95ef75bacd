// SPDX-License-Identifier: BSD-2-Clause
// tandem bench: measures, prints the table, writes the results.
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bench/host/behaviour.h"
#include "bench/plan/bench.h"
#include "bench/show/report.h"
#include "cli/cli.h"
#include "cli/option_table.h"
#include "cli/options.h"
#include "cli/scan.h"
#include "cli/table.h"
#include "lib/log.h"
#include "lib/out.h"

#define NOISE_MIN_S 0.05
#define NOISE_MAX_S 0.4

static int print_help(void)
{
	puts("Usage: tandem bench [stream|rr|floor]... [OPTIONS]\n"
	     "       tandem bench table [OPTIONS]\n"
	     "       tandem bench pool [OPTIONS]     (with options of its own: see its --help)\n"
	     "       tandem bench crowd [WORKLOAD]... [OPTIONS]     (the same)\n\n"
	     "  stream  a windowed, reliable one-way stream from guest a to guest b\n"
	     "  rr      request and response, one at a time\n"
	     "  floor   only the baselines that each result is compared with\n"
	     "  table   who notifies, from where, under which preemption mode: all of it, with\n"
	     "          controls (with fewer options: see its --help)\n"
	     "  pool    the pool of workers by itself, against others and the kernel's workqueues\n"
	     "  crowd   vCPUs that outnumber the CPUs and wait for each other\n\n"
	     "Without a scenario: floor, stream and rr under every strategy.\n\n"
	     "Options:");
	option_table_print(stdout, OF_BENCH);
	return EXIT_OK;
}

static int print_table_help(void)
{
	puts("Usage: tandem bench table [OPTIONS]\n\n"
	     "Who notifies, from where, under which preemption mode: direct, deferred and unbound from\n"
	     "the producers batch and sqpoll, KVM's own deferral, and controls; for a stream gated by its\n"
	     "notifications, a plain stream, and rr. What it varies itself is no option here.\n\n"
	     "Options:");
	option_table_print(stdout, OF_TABLE);
	return EXIT_OK;
}

/* What table varies itself, or does not have. */
static int check_table(const struct options *o)
{
	const char *foreign = options_foreign(o, OF_TABLE);

	if (!foreign)
		return 0;
	log_error("bench table: --%s does not apply: table has a set of its own; `tandem help bench table` "
		  "lists the options",
		  foreign);
	return EXIT_USAGE;
}

static int add_rows(struct bench *b, const struct options *o, enum scenario s)
{
	unsigned modes = o->npreempt ? o->npreempt : 1, slices = o->nslice ? o->nslice : 1;

	for (unsigned i = 0; i < o->nnotify * o->nproducer * o->nirq * modes * slices; i++) {
		unsigned notify = i % o->nnotify, rest = i / o->nnotify;
		unsigned way = rest / o->nproducer / o->nirq;
		struct cell_spec spec;
		int err = options_spec(o, s, o->notify[notify], o->producer[rest % o->nproducer],
				       o->irq[rest / o->nproducer % o->nirq], b->accel,
				       b->host.clock.hz, &spec);

		if (err)
			return err;
		if (b->nrows == BENCH_CELLS_MAX) {
			log_error("bench: more than %u combinations; ask for fewer",
				  BENCH_CELLS_MAX);
			return EXIT_USAGE;
		}
		if (o->npreempt)
			spec.preempt = o->preempt[way / slices];
		if (o->nslice)
			spec.slice = o->slice[way % slices];
		b->row[b->nrows++].spec = spec;
	}
	return 0;
}

static int add_scenarios(struct bench *b, const struct options *o, int argc, char **argv)
{
	bool want[SCENARIOS] = { false };
	int err = 0, named = 0;

	for (int i = 0; i < argc; i++) {
		enum scenario s;

		if (strcmp(argv[i], "floor") == 0) {
			b->floor_only = true;
		} else if (scenario_find(argv[i], &s)) {
			want[s] = true;
			named++;
		} else {
			log_error("bench: there is no scenario '%s'; give stream, rr or floor, or table "
				  "alone, or crowd or pool first",
				  argv[i]);
			return EXIT_USAGE;
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

/* The file first: whoever reads the table may be gone before its end. */
static int finish(struct bench *b, const struct options *o, FILE *text, int err)
{
	bool lost = o->json && bench_write_json(b, o->json) < 0;

	if (o->format)
		lost |= show(b, o->format) < 0;
	else
		bench_print(b, text);
	fflush(text);
	if (b->cut)
		log_warn("cut short: the table shows what was measured so far");
	if (lost)
		return EXIT_JOB;
	if (err == -ENOSYS)
		return EXIT_HOST;
	if (err == -EACCES)
		return EXIT_VIOLATION;
	return err || !bench_clean(b) ? EXIT_JOB : EXIT_OK;
}

/* "2x" and the like, once it is known of what. */
static int set_slices(struct bench *b)
{
	uint64_t own = preempt_own_slice_ns(&b->preempt);

	for (unsigned i = 0; i < b->nrows; i++) {
		struct cell_spec *s = &b->row[i].spec;

		s->slice_ns = s->slice ? slice_of(s->slice, own) : 0;
		if (!s->slice || s->slice_ns)
			continue;
		log_error("--slice=%s: with a base slice of %llu ns that is not from 0.1 ms to 1 s",
			  s->slice, (unsigned long long)own);
		return -EINVAL;
	}
	b->host.slice.base_ns = own ? own : b->host.slice.base_ns;
	return 0;
}

/* All that is asked for must be there before anything is measured. */
static int open_switches(struct bench *b, const struct options *o)
{
	unsigned what = (o->npreempt ? PREEMPT_MODE : 0) | (o->nslice ? PREEMPT_SLICE : 0);
	int err = preempt_open(&b->preempt, &preempt_real, what);

	for (unsigned i = 0; i < o->npreempt && !err; i++)
		if (!preempt_offers(&b->preempt, o->preempt[i]))
			err = -EINVAL;
	if (err)
		preempt_close(&b->preempt);
	else
		host_read_preempt(&b->host, ""); /* nobody else switches from here on */
	return err ? err : set_slices(b);
}

/* Half a second at most, and no more than a tenth of one cell. */
static void check_noise(struct bench *b, const struct options *o)
{
	double seconds = o->duration_s / 10;
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

static struct trace *open_trace(const struct bench *b)
{
	if (b->host.clock.trusted)
		return trace_open("");
	log_warn("trace: the stamps' clock cannot be compared with the kernel's: %s; measuring without",
		 b->host.clock.why);
	return NULL;
}

static bool is_table(int argc, char **argv)
{
	return argc == 1 && strcmp(argv[0], "table") == 0;
}

static int bench(struct bench *b, struct options *o, int argc, char **argv)
{
	/* --json=- and --format print the results alone on stdout. */
	FILE *text = o->format || (o->json && strcmp(o->json, "-") == 0) ? stderr : stdout;
	sigset_t old;
	int err;

	b->table = is_table(argc, argv);
	err = b->table ? check_table(o) : 0;
	if (err)
		return err;
	options_default_notify(o, "all");
	if (o->duration_s < 0)
		o->duration_s = b->table ? TABLE_DURATION_DEFAULT_S : BENCH_DURATION_DEFAULT_S;
	if (o->json && o->format && strcmp(o->json, "-") == 0) {
		log_error("--format=%s --json=-: both would go to standard output; give --json a file",
			  o->format);
		return EXIT_USAGE;
	}
	if (o->json && bench_check_path(o->json) < 0)
		return EXIT_USAGE;
	b->accel = options_accel(o);
	host_read(&b->host, "");
	behaviour_complete(&b->host);
	b->runs = o->runs;
	b->plan = options_plan(o);
	err = b->table ? table_add(b, o) : add_scenarios(b, o, argc, argv);
	if (err)
		return err;
	if (runs_name(b) < 0)
		return EXIT_USAGE;
	if (options_settle_accel(o, b->accel))
		return EXIT_HOST;
	if (!o->npreempt && !o->nslice)
		preempt_warn_note(&preempt_real);
	else if (open_switches(b, o) < 0)
		return EXIT_HOST;
	if (!o->no_noise_check)
		check_noise(b, o);
	bench_print_conditions(b, text);
	fflush(text);
	b->trace = o->trace ? open_trace(b) : NULL;
	/* No signal ends us before the mode is put back. */
	cell_block_ends(&old);
	err = bench_run(b);
	preempt_close(&b->preempt);
	b->cut |= cell_unblock_ends(&old);
	err = finish(b, o, text, err);
	trace_close(b->trace);
	return err;
}

/* `typed`: the same words in the order in which they were typed. */
static int measure(int argc, char **argv, char **typed)
{
	struct options o;
	int first, code;
	struct bench *b;

	code = options_parse(&o, argc, argv, &first);
	if (code)
		return code;
	if (o.help)
		return is_table(argc - first, argv + first) ? print_table_help() : print_help();
	b = calloc(1, sizeof(*b));
	if (b)
		b->preempt = PREEMPT_CLOSED;
	if (b)
		b->row = calloc(BENCH_CELLS_MAX, sizeof(*b->row));
	if (b) {
		b->argc = argc;
		b->argv = typed;
	}
	if (b && b->row)
		code = bench(b, &o, argc - first, argv + first);
	else
		code = log_errno(EXIT_HOST, "bench: out of memory");
	if (b)
		runs_free(b);
	if (b)
		free(b->row);
	free(b);
	return code;
}

int cmd_bench(int argc, char **argv)
{
	char **words;
	int code;

	if (argc > 1 && strcmp(argv[1], "pool") == 0)
		return cmd_bench_pool(argc - 1, argv + 1);
	if (argc > 1 && strcmp(argv[1], "crowd") == 0)
		return cmd_bench_crowd(argc - 1, argv + 1);
	words = scan_keep(argc, argv);
	if (!words)
		return log_errno(EXIT_HOST, "bench: out of memory");
	code = measure(argc, words, argv);
	free(words);
	return code;
}

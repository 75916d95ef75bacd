// SPDX-License-Identifier: BSD-2-Clause
// tandem bench pool: the pool of workers by itself, against others and the kernel's workqueues.
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "bench/bench.h"
#include "bench/pool.h"
#include "cli/cli.h"
#include "lib/cpulist.h"
#include "lib/log.h"

#define LIST_MAX 16u
#define ITEMS_MAX 100000000u
#define CULL_MAX_MS 10000u

enum option_id {
	OPT_SCOPE = 256,
	OPT_WAKE,
	OPT_STRICT,
	OPT_PRODUCERS,
	OPT_ITEMS,
	OPT_WORKERS,
	OPT_CULL,
	OPT_BASELINE,
	OPT_CPUS,
	OPT_RUNS,
	OPT_JSON,
	OPT_KERNEL_LINES,
	OPT_SHOW_SCOPES,
	OPT_SYSFS,
};

static const struct option long_options[] = {
	{ "scope", required_argument, NULL, OPT_SCOPE },
	{ "wake", required_argument, NULL, OPT_WAKE },
	{ "strict", required_argument, NULL, OPT_STRICT },
	{ "producers", required_argument, NULL, OPT_PRODUCERS },
	{ "items", required_argument, NULL, OPT_ITEMS },
	{ "workers", required_argument, NULL, OPT_WORKERS },
	{ "cull", required_argument, NULL, OPT_CULL },
	{ "baseline", required_argument, NULL, OPT_BASELINE },
	{ "cpus", required_argument, NULL, OPT_CPUS },
	{ "runs", required_argument, NULL, OPT_RUNS },
	{ "json", required_argument, NULL, OPT_JSON },
	{ "kernel-lines", no_argument, NULL, OPT_KERNEL_LINES },
	{ "show-scopes", no_argument, NULL, OPT_SHOW_SCOPES },
	{ "sysfs", required_argument, NULL, OPT_SYSFS },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

struct pool_options {
	enum scope scope[LIST_MAX];
	unsigned nscopes; /* 0: all that there are */
	bool locked[LIST_MAX], strict[LIST_MAX];
	unsigned nlocked, nstrict;
	uint32_t producers[LIST_MAX];
	unsigned nproducers; /* 0: one per CPU */
	const struct pool_engine *baseline[LIST_MAX];
	unsigned nbaselines;
	uint32_t items, workers, cull_ms, runs;
	cpu_set_t cpus;
	const char *json, *sysfs;
	bool kernel_lines, show_scopes, help;
};

static int print_help(void)
{
	puts("Usage: tandem bench pool [OPTIONS]\n\n"
	     "Producers, each bound to a CPU of its own and with one item in flight, queue work to the\n"
	     "pool that also delivers for --notify=unbound: what queueing costs, and how long it takes\n"
	     "until the item runs. Beside it, in the same run:\n");
	for (unsigned i = 0; pool_baselines[i]; i++)
		printf("  %-12s %s\n", pool_baselines[i]->name, pool_baselines[i]->summary);
	puts("\nOptions:\n"
	     "  --scope=LIST             cpu, smt, cache_shard, cache, numa, system: whose CPUs share\n"
	     "                             workers, as in the kernel's workqueues; all (default)\n"
	     "  --wake=LIST              unlocked, locked: is the worker woken after the pool's lock is\n"
	     "                             released, or under it; all (default)\n"
	     "  --strict=LIST            no, yes: must workers stay on their scope's CPUs; all (no)\n"
	     "  --producers=LIST         how many, at most one per CPU; all is 1, 2, 4, ... and the\n"
	     "                             number of CPUs (only the latter)");
	printf("  --items=N                items per producer (%u)\n", POOL_ITEMS_DEFAULT);
	puts("  --workers=N              per pod, and of a baseline (0: one per CPU, and one more)\n"
	     "  --cull=MS                so often end all workers that are idle, but one per pod, and\n"
	     "                             start others (0: never)\n"
	     "  --baseline=LIST          condvar, gthreadpool, eventfd; none; all (default)\n"
	     "  --cpus=LIST              use these CPUs only: --cpus=0-3,8 (all this process may use)\n"
	     "  --runs=N                 so often, interleaved; medians reported (1)\n"
	     "  --json=FILE              write the results there; - for stdout\n"
	     "  --kernel-lines           print the pool's rows as the kernel's lib/test_workqueue.c does\n"
	     "  --show-scopes            print which CPUs each scope puts together, and measure nothing\n"
	     "  --sysfs=DIR              read the topology below DIR instead of /: a recorded one\n"
	     "  --help                   print this");
	return EXIT_OK;
}

static int complain(const char *option, const char *value, const char *way_out)
{
	log_error("bench pool: --%s=%s: %s", option, value, way_out);
	return EXIT_USAGE;
}

static bool number(const char *text, uint32_t min, uint32_t max, uint32_t *out)
{
	unsigned long v;
	char *end;

	errno = 0;
	v = strtoul(text, &end, 10);
	if (*text < '0' || *text > '9' || *end || errno || v < min || v > max)
		return false;
	*out = (uint32_t)v;
	return true;
}

static int parse_number(const char *option, const char *text, uint32_t min, uint32_t max,
			uint32_t *out)
{
	char way_out[96];

	if (number(text, min, max, out))
		return 0;
	snprintf(way_out, sizeof(way_out), "give a whole number from %u to %u", min, max);
	return complain(option, text, way_out);
}

static bool add_scope(struct pool_options *o, const char *name)
{
	return o->nscopes < LIST_MAX && scope_find(name, &o->scope[o->nscopes++]);
}

static bool add_flag(const char *name, const char *no, const char *yes, bool *list, unsigned *n)
{
	if (*n == LIST_MAX || (strcmp(name, no) && strcmp(name, yes)))
		return false;
	list[(*n)++] = strcmp(name, yes) == 0;
	return true;
}

static bool add_wake(struct pool_options *o, const char *name)
{
	return add_flag(name, "unlocked", "locked", o->locked, &o->nlocked);
}

static bool add_strict(struct pool_options *o, const char *name)
{
	return add_flag(name, "no", "yes", o->strict, &o->nstrict);
}

static bool add_baseline(struct pool_options *o, const char *name)
{
	for (unsigned i = 0; pool_baselines[i]; i++) {
		if (strcmp(pool_baselines[i]->name, name) != 0 || o->nbaselines == LIST_MAX)
			continue;
		o->baseline[o->nbaselines++] = pool_baselines[i];
		return true;
	}
	return false;
}

/* How many there may be is known when the CPUs are. */
static bool add_producers(struct pool_options *o, const char *text)
{
	return o->nproducers < LIST_MAX &&
	       number(text, 1, CPU_SETSIZE, &o->producers[o->nproducers++]);
}

static int parse_list(struct pool_options *o, const char *option, const char *text, const char *all,
		      bool (*add)(struct pool_options *o, const char *name))
{
	char list[256], *save = NULL, *name, way_out[160];
	unsigned n = 0;

	snprintf(way_out, sizeof(way_out), "give one or more of %s, separated by commas, or all",
		 all);
	if (snprintf(list, sizeof(list), "%s", strcmp(text, "all") ? text : all) >= (int)sizeof(list))
		return complain(option, text, "too long");
	for (name = strtok_r(list, ",", &save); name; name = strtok_r(NULL, ",", &save), n++)
		if (!add(o, name))
			return complain(option, text, way_out);
	return n ? 0 : complain(option, text, way_out);
}

static int parse_producers(struct pool_options *o, const char *text)
{
	char all[160] = "1", last[16];
	unsigned cpus = (unsigned)CPU_COUNT(&o->cpus);

	o->nproducers = 0;
	for (unsigned n = 2; n < cpus; n *= 2)
		snprintf(all + strlen(all), sizeof(all) - strlen(all), ",%u", n);
	snprintf(last, sizeof(last), ",%u", cpus);
	if (cpus > 1)
		strcat(all, last);
	return parse_list(o, "producers", text, all, add_producers);
}

static int parse_baseline(struct pool_options *o, const char *text)
{
	o->nbaselines = 0;
	if (strcmp(text, "none") == 0)
		return 0;
	return parse_list(o, "baseline", text, "condvar,gthreadpool,eventfd", add_baseline);
}

static int parse_cpus(struct pool_options *o, const char *text)
{
	cpu_set_t allowed, both;

	sched_getaffinity(0, sizeof(allowed), &allowed);
	if (!cpulist_parse(text, &o->cpus) || !CPU_COUNT(&o->cpus))
		return complain("cpus", text, "give CPUs and ranges, separated by commas");
	CPU_AND(&both, &o->cpus, &allowed);
	if (!CPU_EQUAL(&both, &o->cpus))
		return complain(
			"cpus", text,
			"not all of these exist and are this process's to use (see taskset -p $$)");
	return 0;
}

/* What depends on the CPUs is kept as text until these are known. */
static int parse_one(struct pool_options *o, const char **late, int id, const char *text)
{
	switch (id) {
	case OPT_SCOPE:
		o->nscopes = 0;
		return parse_list(o, "scope", text, "cpu,smt,cache_shard,cache,numa,system",
				  add_scope);
	case OPT_WAKE:
		o->nlocked = 0;
		return parse_list(o, "wake", text, "unlocked,locked", add_wake);
	case OPT_STRICT:
		o->nstrict = 0;
		return parse_list(o, "strict", text, "no,yes", add_strict);
	case OPT_PRODUCERS:
		*late = text;
		return 0;
	case OPT_ITEMS:
		return parse_number("items", text, 1, ITEMS_MAX, &o->items);
	case OPT_WORKERS:
		return parse_number("workers", text, 0, POOL_SLOTS_MAX, &o->workers);
	case OPT_CULL:
		return parse_number("cull", text, 0, CULL_MAX_MS, &o->cull_ms);
	case OPT_BASELINE:
		return parse_baseline(o, text);
	case OPT_CPUS:
		return parse_cpus(o, text);
	case OPT_RUNS:
		return parse_number("runs", text, 1, 1000, &o->runs);
	case OPT_JSON:
		o->json = text;
		return 0;
	case OPT_SYSFS:
		o->sysfs = text;
		return 0;
	case OPT_KERNEL_LINES:
		o->kernel_lines = true;
		return 0;
	case OPT_SHOW_SCOPES:
		o->show_scopes = true;
		return 0;
	default:
		o->help = true;
		return 0;
	}
}

static int check_producers(const struct pool_options *o)
{
	unsigned cpus = (unsigned)CPU_COUNT(&o->cpus);

	for (unsigned i = 0; i < o->nproducers; i++) {
		if (o->producers[i] <= cpus)
			continue;
		log_error("bench pool: --producers=%u: each has a CPU of its own, and there are %u; "
			  "give at most %u",
			  o->producers[i], cpus, cpus);
		return EXIT_USAGE;
	}
	return 0;
}

static void set_defaults(struct pool_options *o)
{
	*o = (struct pool_options){ .items = POOL_ITEMS_DEFAULT, .runs = 1, .sysfs = "" };
	parse_list(o, "wake", "all", "unlocked,locked", add_wake);
	parse_list(o, "strict", "no", "no,yes", add_strict);
	parse_baseline(o, "all");
	sched_getaffinity(0, sizeof(o->cpus), &o->cpus);
}

/* argv[0] is "pool". */
static int parse(struct pool_options *o, int argc, char **argv)
{
	const char *late = NULL;
	int id, err;

	set_defaults(o);
	opterr = 0;
	while ((id = getopt_long(argc, argv, ":h", long_options, NULL)) != -1) {
		if (id == '?' || id == ':') {
			log_error("bench pool: %s %s; `tandem bench pool --help` lists the options",
				  argv[optind - 1],
				  id == ':' ? "needs a value" : "is not an option");
			return EXIT_USAGE;
		}
		err = parse_one(o, &late, id, optarg);
		if (err)
			return err;
	}
	if (optind < argc) {
		log_error("bench pool: '%s' is one too many; pool is measured by itself",
			  argv[optind]);
		return EXIT_USAGE;
	}
	if (late)
		return parse_producers(o, late);
	o->producers[o->nproducers++] = (uint32_t)CPU_COUNT(&o->cpus);
	return 0;
}

/* ---- rows ---- */

static bool add_row(struct pool_bench *b, const struct pool_options *o,
		    const struct pool_cell *cell, uint32_t nproducers)
{
	struct pool_cell *c;

	if (b->nrows == POOL_ROWS_MAX)
		return false;
	c = &b->row[b->nrows++].cell;
	*c = *cell;
	c->layout.topology = &b->topology;
	c->producers = nproducers;
	c->items = o->items;
	c->workers = o->workers;
	c->cull_ms = o->cull_ms;
	c->clock_hz = b->host.clock.hz;
	return true;
}

static bool add_pools(struct pool_bench *b, const struct pool_options *o, uint32_t nproducers)
{
	bool ok = true;

	for (unsigned i = 0; i < o->nstrict * o->nlocked * o->nscopes; i++) {
		unsigned rest = i / o->nscopes;
		struct pool_cell c = { .engine = &pool_engine_pool,
				       .layout = { .scope = o->scope[i % o->nscopes],
						   .wake_locked = o->locked[rest % o->nlocked],
						   .strict = o->strict[rest / o->nlocked] } };

		ok = ok && add_row(b, o, &c, nproducers);
	}
	return ok;
}

static int add_rows(struct pool_bench *b, const struct pool_options *o)
{
	bool ok = true;

	for (unsigned i = 0; i < o->nproducers; i++) {
		for (unsigned j = 0; j < o->nbaselines; j++) {
			struct pool_cell c = { .engine = o->baseline[j] };

			ok = ok && add_row(b, o, &c, o->producers[i]);
		}
		ok = ok && add_pools(b, o, o->producers[i]);
	}
	if (ok)
		return 0;
	log_error("bench pool: more than %u combinations; ask for fewer", POOL_ROWS_MAX);
	return EXIT_USAGE;
}

/* Asked for by name, it must be there; without a name, what is not there is left out. */
static int check_scopes(struct pool_bench *b, struct pool_options *o)
{
	for (unsigned i = 0; i < o->nscopes; i++) {
		if (b->topology.npods[o->scope[i]])
			continue;
		log_error("bench pool: --scope=%s: this host does not tell it (%s); "
			  "tandem bench pool --show-scopes lists those it does",
			  scope_name(o->scope[i]), b->topology.why[o->scope[i]]);
		return EXIT_HOST;
	}
	return 0;
}

static void default_scopes(const struct pool_bench *b, struct pool_options *o)
{
	if (o->nscopes)
		return;
	for (enum scope s = 0; s < SCOPES; s++)
		if (b->topology.npods[s])
			o->scope[o->nscopes++] = s;
}

static int read_topology(struct pool_bench *b, const struct pool_options *o)
{
	/* A recorded machine is shown whole; to measure, its CPUs must be here, too. */
	cpu_set_t cpus = o->cpus;
	int err;

	if (o->show_scopes && *o->sysfs)
		memset(&cpus, 0xff, sizeof(cpus));
	err = topology_read(&b->topology, o->sysfs, &cpus);
	if (!err)
		return 0;
	log_errno(err, "bench pool: %s/sys/devices/system/cpu: none of the CPUs to use is online",
		  o->sysfs);
	return EXIT_HOST;
}

static int measure(struct pool_bench *b, const struct pool_options *o)
{
	FILE *text = o->json && strcmp(o->json, "-") == 0 ? stderr : stdout;
	int err;

	pool_print_conditions(b, text);
	fflush(text);
	err = pool_bench_run(b);
	pool_print(b, text);
	if (o->kernel_lines) {
		fputs("\n", text);
		pool_print_kernel(b, text);
	}
	fflush(text);
	if (b->cut)
		log_warn("cut short: the table shows what was measured so far");
	if (o->json && pool_write_json(b, o->json) < 0)
		return EXIT_JOB;
	return err ? EXIT_JOB : EXIT_OK;
}

static int run(struct pool_bench *b, struct pool_options *o)
{
	int code = read_topology(b, o);

	if (code)
		return code;
	if (o->show_scopes) {
		pool_print_scopes(&b->topology, stdout);
		return EXIT_OK;
	}
	o->cpus = b->topology.cpus;
	code = check_producers(o);
	if (!code)
		code = check_scopes(b, o);
	if (code)
		return code;
	if (o->json && bench_check_path(o->json) < 0)
		return EXIT_USAGE;
	default_scopes(b, o);
	host_read(&b->host, "");
	b->runs = o->runs;
	code = add_rows(b, o);
	return code ? code : measure(b, o);
}

int cmd_bench_pool(int argc, char **argv)
{
	struct pool_options o;
	int code = parse(&o, argc, argv);
	struct pool_bench *b;

	if (code)
		return code;
	if (o.help)
		return print_help();
	b = calloc(1, sizeof(*b));
	if (b)
		b->row = calloc(POOL_ROWS_MAX, sizeof(*b->row));
	if (b && b->row)
		code = run(b, &o);
	else
		code = log_errno(EXIT_HOST, "bench pool: out of memory");
	if (b)
		free(b->row);
	free(b);
	return code;
}

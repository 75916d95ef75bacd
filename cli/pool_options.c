// SPDX-License-Identifier: BSD-2-Clause
// The options of bench pool.
#include "cli/pool_options.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/parse.h"
#include "cli/scan.h"
#include "lib/log.h"

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

int pool_options_help(void)
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

static bool add_scope(void *to, const char *name)
{
	struct pool_options *o = to;

	return o->nscopes < POOL_LIST_MAX && scope_find(name, &o->scope[o->nscopes++]);
}

static bool add_flag(const char *name, const char *no, const char *yes, bool *list, unsigned *n)
{
	if (*n == POOL_LIST_MAX || (strcmp(name, no) && strcmp(name, yes)))
		return false;
	list[(*n)++] = strcmp(name, yes) == 0;
	return true;
}

static bool add_wake(void *to, const char *name)
{
	struct pool_options *o = to;

	return add_flag(name, "unlocked", "locked", o->locked, &o->nlocked);
}

static bool add_strict(void *to, const char *name)
{
	struct pool_options *o = to;

	return add_flag(name, "no", "yes", o->strict, &o->nstrict);
}

static bool add_baseline(void *to, const char *name)
{
	struct pool_options *o = to;

	for (unsigned i = 0; pool_baselines[i]; i++) {
		if (strcmp(pool_baselines[i]->name, name) != 0 || o->nbaselines == POOL_LIST_MAX)
			continue;
		o->baseline[o->nbaselines++] = pool_baselines[i];
		return true;
	}
	return false;
}

/* How many there may be is known when the CPUs are. */
static bool add_producers(void *to, const char *text)
{
	struct pool_options *o = to;

	return o->nproducers < POOL_LIST_MAX &&
	       parse_is_number(text, 1, CPU_SETSIZE, &o->producers[o->nproducers++]);
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

/* What depends on the CPUs is kept as text until these are known. */
static int parse_one(void *to, int id, const char *text)
{
	struct pool_options *o = to;

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
		o->late_producers = text;
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
		return parse_cpus("cpus", text, &o->cpus);
	case OPT_RUNS:
		return parse_number("runs", text, 1, 1000, &o->runs);
	case OPT_JSON:
		o->json = parse_output(text);
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

static void set_defaults(struct pool_options *o)
{
	*o = (struct pool_options){ .items = POOL_ITEMS_DEFAULT, .runs = 1, .sysfs = "" };
	parse_list(o, "wake", "all", "unlocked,locked", add_wake);
	parse_list(o, "strict", "no", "no,yes", add_strict);
	parse_baseline(o, "all");
	sched_getaffinity(0, sizeof(o->cpus), &o->cpus);
}

int pool_options_parse(struct pool_options *o, int argc, char **argv)
{
	static const struct scan scan = { .command = "bench pool",
					  .help = "tandem bench pool --help",
					  .shorts = ":h",
					  .longs = long_options,
					  .take = parse_one };
	int err, first;

	set_defaults(o);
	err = scan_options(&scan, o, argc, argv, &first);
	if (err)
		return err;
	if (first < argc) {
		log_error("bench pool: '%s' is one too many; pool is measured by itself",
			  argv[first]);
		return EXIT_USAGE;
	}
	if (o->late_producers)
		return parse_producers(o, o->late_producers);
	o->producers[o->nproducers++] = (uint32_t)CPU_COUNT(&o->cpus);
	return 0;
}

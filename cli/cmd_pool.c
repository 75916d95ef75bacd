// SPDX-License-Identifier: BSD-2-Clause
// tandem bench pool: the pool of workers by itself, against others and the kernel's workqueues.
#include "cli/cmd_pool.h"

#include <stdlib.h>
#include <string.h>

#include "bench/host/host_print.h"
#include "bench/plan/bench.h"
#include "bench/pool/json.h"
#include "bench/pool/pool.h"
#include "bench/pool/print.h"
#include "bench/pool/run.h"
#include "bench/result/json.h"
#include "cli/cli.h"
#include "cli/options.h"
#include "cli/pool_options.h"
#include "lib/log.h"

static int check_producers(const struct pool_options *o)
{
	unsigned cpus = (unsigned)CPU_COUNT(&o->cpus);

	for (unsigned i = 0; i < o->nproducers; i++) {
		if (o->producers[i] <= cpus)
			continue;
		log_error("bench pool: --producers=%u: each has a CPU of its own, and there are "
			  "%u; "
			  "give at most %u",
			  o->producers[i], cpus, cpus);
		return EXIT_USAGE;
	}
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
	c->items = option_whole(&o->set, OPT_ITEMS);
	c->workers = option_whole(&o->set, OPT_WORKERS);
	c->cull_ms = option_whole(&o->set, OPT_CULL);
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
	cpu_set_t cpus = o->cpus, online;
	int err;

	if (*o->sysfs && topology_online(o->sysfs, &online)) {
		if (option_given(&o->set, OPT_SHOW_SCOPES))
			cpus = online;
		CPU_AND(&cpus, &cpus, &online);
	}
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
	bool lost;
	int err;

	pool_print_conditions(b, text);
	fflush(text);
	err = pool_bench_run(b);
	/* The file first: whoever reads the table may be gone before its end. */
	lost = o->json && pool_write_json(b, o->json) < 0;
	pool_print(b, text);
	if (option_given(&o->set, OPT_KERNEL_LINES)) {
		fputs("\n", text);
		pool_print_kernel(b, text);
	}
	fflush(text);
	return cli_end_bench(b->cut, err == -EACCES && !lost ? EXIT_VIOLATION
				     : err || lost	     ? EXIT_JOB
							     : EXIT_OK);
}

static int run(struct pool_bench *b, struct pool_options *o)
{
	int code = read_topology(b, o);

	if (code)
		return code;
	if (option_given(&o->set, OPT_SHOW_SCOPES)) {
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
	host_warn(&b->host);
	b->rounds.runs = option_whole(&o->set, OPT_RUNS);
	b->rounds.plan = options_plan(&o->set);
	b->rounds.plan.warmup = 0;
	code = add_rows(b, o);
	return code ? code : measure(b, o);
}

int cmd_bench_pool(int argc, char **argv)
{
	struct pool_options o;
	int code = pool_options_parse(&o, argc, argv);
	struct pool_bench *b;

	if (code)
		return code;
	if (option_given(&o.set, OPT_HELP))
		return pool_options_help();
	b = calloc(1, sizeof(*b));
	if (b)
		b->row = calloc(POOL_ROWS_MAX, sizeof(*b->row));
	if (b) {
		b->argc = argc;
		b->argv = argv;
	}
	if (b && b->row)
		code = run(b, &o);
	else
		code = cli_no_memory("bench pool");
	if (b) {
		runs_free(&b->rounds);
		free(b->row);
	}
	free(b);
	return code;
}

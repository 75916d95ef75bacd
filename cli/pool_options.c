// SPDX-License-Identifier: BSD-2-Clause
// The options of bench pool.
#include "cli/pool_options.h"

#include <string.h>

#include "bench/options/help.h"
#include "bench/options/set.h"
#include "cli/cli.h"
#include "cli/options.h"
#include "lib/cpulist.h"
#include "lib/log.h"

int pool_options_help(void)
{
	puts("Usage: tandem bench pool [OPTIONS]\n\n"
	     "Producers, each bound to a CPU of its own and with one item in flight, queue work "
	     "to the\n"
	     "pool that also delivers for --notify=unbound: what queueing costs, and how long it "
	     "takes\n"
	     "until the item runs. Beside it, in the same run:\n");
	for (unsigned i = 0; pool_baselines[i]; i++)
		printf("  %-12s %s\n", pool_baselines[i]->name, pool_baselines[i]->summary);
	puts("\nOptions:");
	option_help(stdout, OF_POOL);
	return EXIT_OK;
}

static unsigned read_flags(const struct option_set *set, enum option_id id, const char *yes,
			   bool flags[OPTION_WORDS_MAX])
{
	const char *word[OPTION_WORDS_MAX];
	unsigned n = option_words(set, id, word);

	for (unsigned i = 0; i < n; i++)
		flags[i] = strcmp(word[i], yes) == 0;
	return n;
}

static void read_scopes(struct pool_options *o)
{
	const char *word[OPTION_WORDS_MAX];

	o->nscopes = option_words(&o->set, OPT_SCOPE, word);
	for (unsigned i = 0; i < o->nscopes; i++)
		scope_find(word[i], &o->scope[i]);
}

static const struct pool_engine *find_baseline(const char *name)
{
	unsigned i = 0;

	while (pool_baselines[i] && strcmp(pool_baselines[i]->name, name) != 0)
		i++;
	return pool_baselines[i];
}

static void read_baselines(struct pool_options *o)
{
	const char *word[OPTION_WORDS_MAX];
	unsigned n = option_words(&o->set, OPT_BASELINE, word);

	for (unsigned i = 0; i < n; i++) {
		const struct pool_engine *engine = find_baseline(word[i]);

		if (engine)
			o->baseline[o->nbaselines++] = engine;
	}
}

/* 1, 2, 4, ... and the number of CPUs; by default only that. */
static void read_producers(struct pool_options *o)
{
	uint32_t cpus = (uint32_t)CPU_COUNT(&o->cpus);

	o->nproducers = option_numbers(&o->set, OPT_PRODUCERS, o->producers);
	if (o->nproducers)
		return;
	if (option_is(&o->set, OPT_PRODUCERS, "all"))
		for (uint32_t n = 1; n < cpus; n *= 2)
			o->producers[o->nproducers++] = n;
	o->producers[o->nproducers++] = cpus;
}

static void read_lists(struct pool_options *o)
{
	read_scopes(o);
	o->nlocked = read_flags(&o->set, OPT_WAKE, "locked", o->locked);
	o->nstrict = read_flags(&o->set, OPT_STRICT, "yes", o->strict);
	read_baselines(o);
	cpulist_allowed(&o->cpus);
	option_cpus(&o->set, OPT_CPUS, &o->cpus);
	read_producers(o);
}

int pool_options_parse(struct pool_options *o, int argc, char **argv)
{
	memset(o, 0, sizeof(*o));
	if (option_set_parse(&o->set, OF_POOL, argc, argv) < 0)
		return EXIT_USAGE;
	if (o->set.arguments) {
		log_error("bench pool: '%s' is one too many; pool is measured by itself",
			  o->set.argument[0]);
		return EXIT_USAGE;
	}
	if (option_given(&o->set, OPT_HELP))
		return 0;
	read_lists(o);
	o->json = options_json(&o->set);
	o->sysfs = option_text(&o->set, OPT_SYSFS);
	return 0;
}

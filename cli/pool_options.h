// SPDX-License-Identifier: BSD-2-Clause
// The options of bench pool, parsed and checked.
#ifndef CLI_POOL_OPTIONS_H
#define CLI_POOL_OPTIONS_H

#include "bench/pool/pool.h"

#define POOL_LIST_MAX 16u

struct pool_options {
	enum scope scope[POOL_LIST_MAX];
	unsigned nscopes; /* 0: all that there are */
	bool locked[POOL_LIST_MAX], strict[POOL_LIST_MAX];
	unsigned nlocked, nstrict;
	uint32_t producers[POOL_LIST_MAX];
	unsigned nproducers; /* 0: one per CPU */
	const struct pool_engine *baseline[POOL_LIST_MAX];
	unsigned nbaselines;
	uint32_t items, workers, cull_ms, runs;
	cpu_set_t cpus;
	const char *json, *sysfs;
	const char *late_producers; /* their number is known when the CPUs are; NULL: not given */
	bool kernel_lines, show_scopes, help;
};

/* Prints --help. EXIT_OK. */
int pool_options_help(void);

/* argv[0] is "pool". 0, or EXIT_USAGE (said why on stderr). */
int pool_options_parse(struct pool_options *o, int argc, char **argv);

#endif

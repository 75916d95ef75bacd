// SPDX-License-Identifier: BSD-2-Clause
// The options of bench pool.
#ifndef CLI_POOL_OPTIONS_H
#define CLI_POOL_OPTIONS_H

#include "bench/options/ask.h"
#include "bench/pool/pool.h"

struct pool_options {
	struct option_set set;
	/* Lists as what they name: what is to be combined. */
	enum scope scope[OPTION_WORDS_MAX];
	unsigned nscopes; /* 0: all that there are */
	bool locked[OPTION_WORDS_MAX], strict[OPTION_WORDS_MAX];
	unsigned nlocked, nstrict;
	uint32_t producers[OPTION_WORDS_MAX];
	unsigned nproducers;
	const struct pool_engine *baseline[OPTION_WORDS_MAX];
	unsigned nbaselines;
	cpu_set_t cpus;
	const char *json, *sysfs;
};

/* Prints --help. EXIT_OK. */
int pool_options_help(void);

/* argv[0] is "pool". 0, or EXIT_USAGE (said why on stderr). */
int pool_options_parse(struct pool_options *o, int argc, char **argv);

#endif

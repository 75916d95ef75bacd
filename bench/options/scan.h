// SPDX-License-Identifier: BSD-2-Clause
// The words of a command line, one after the other: which of them are options, and which ones.
#ifndef BENCH_OPTIONS_SCAN_H
#define BENCH_OPTIONS_SCAN_H

#include "bench/options/command.h"
#include "bench/options/table.h"

enum scan_kind {
	SCAN_END,
	SCAN_ARGUMENT, /* no option */
	SCAN_OPTION,
	SCAN_UNKNOWN,
	SCAN_SEVERAL,  /* short for more than one */
	SCAN_NO_VALUE, /* it needs one */
	SCAN_A_VALUE,  /* it takes none */
};

struct scan {
	unsigned commands; /* OF_...: whose row an option is looked up in first; 0: any */
	int argc;
	char *const *argv;
	int at;		     /* the next word */
	bool only_arguments; /* -- has been seen */
	/* Of the word that scan_next() looked at last: */
	int word;		      /* its index */
	const struct option_row *row; /* of an option, the first that has its name */
	const char *text;	      /* of an argument, or an option's value; NULL: none */
};

/* Begins at argv[first]. */
struct scan scan_start(unsigned commands, int argc, char *const *argv, int first);

/*
 * Looks at the next word. What --NAME is short for does not depend on the command: so it is the
 * same in each of them, and the lab finds the options of its subcommand.
 */
enum scan_kind scan_next(struct scan *s);

/* Says in one line what is wrong with the last word, for any kind but the first three. -EINVAL. */
int scan_complain(const struct scan *s, enum scan_kind kind, const struct option_command *command);

#endif

// SPDX-License-Identifier: BSD-2-Clause
// The loop over a subcommand's options: one wording of what is wrong with them.
#ifndef CLI_SCAN_H
#define CLI_SCAN_H

#include <getopt.h>

struct scan {
	const char *command; /* "bench pool", for messages */
	const char *help;    /* the command that lists its options: "tandem help bench" */
	const char *shorts;  /* of getopt(), ':' first */
	const struct option *longs;
	/* One option; `text`: its value, or NULL. 0 goes on; anything else ends the loop. */
	int (*take)(void *to, int id, const char *text);
};

/*
 * Calls take(to, ...) for each of argv[1..]; what is no option is moved to the end, from *first on. 0; EXIT_USAGE,
 * said why; or what take() returned.
 */
int scan_options(const struct scan *s, void *to, int argc, char **argv, int *first);

/* A copy for getopt to sort, where the words are wanted as they were typed, too; to be freed. NULL: no memory. */
char **scan_keep(int argc, char **argv);

#endif

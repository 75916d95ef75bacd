// SPDX-License-Identifier: BSD-2-Clause
// The loop over a subcommand's options: one wording of what is wrong with them.
#include "cli/scan.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "lib/log.h"

#define OTHERS_BYTES 160

static int complain(const struct scan *s, const char *option, const char *what)
{
	log_error("%s: %s %s; `%s` lists the options", s->command, option, what, s->help);
	return EXIT_USAGE;
}

/* The long options that begin like this one, as "--wake, --window". How many. */
static unsigned list_candidates(const struct scan *s, const char *option, char others[OTHERS_BYTES])
{
	const char *name = option + 2;
	size_t len = strcspn(name, "=");
	unsigned n = 0;

	others[0] = '\0';
	for (const struct option *o = s->longs; o->name; o++) {
		size_t used = strlen(others);

		if (strncmp(o->name, name, len) == 0)
			snprintf(others + used, OTHERS_BYTES - used, n++ ? ", --%s" : "--%s",
				 o->name);
	}
	return n;
}

/* Unknown, or short for more than one. */
static int complain_long(const struct scan *s, const char *option)
{
	char what[OTHERS_BYTES + 32], others[OTHERS_BYTES];

	if (list_candidates(s, option, others) < 2)
		return complain(s, option, "is not an option");
	snprintf(what, sizeof(what), "can be %s", others);
	return complain(s, option, what);
}

/*
 * getopt says little: of a long option that it knows, its value; of a short one the character, and may still be
 * within the word; of any other long one 0. `last` is the word that it has passed last.
 */
static int complain_option(const struct scan *s, int id, const char *last)
{
	char letter[] = { '-', isprint((unsigned char)optopt) ? (char)optopt : '?', '\0' };
	bool is_letter = optopt && optopt < 256;

	if (id == ':')
		return complain(s, is_letter && strncmp(last, "--", 2) ? letter : last,
				"needs a value");
	if (!optopt)
		return complain_long(s, last);
	if (is_letter && !strchr(s->shorts, optopt))
		return complain(s, letter, "is not an option");
	return complain(s, last, "takes no value");
}

int scan_options(const struct scan *s, void *to, int argc, char **argv, int *first)
{
	int id, err = 0;

	opterr = 0;
	optind = 0;
	while (!err && (id = getopt_long(argc, argv, s->shorts, s->longs, NULL)) != -1)
		err = id == '?' || id == ':' ? complain_option(s, id, argv[optind - 1])
					     : s->take(to, id, optarg);
	*first = optind;
	return err;
}

char **scan_keep(int argc, char **argv)
{
	char **words = calloc((size_t)argc + 1, sizeof(*words));

	if (words)
		memcpy(words, argv, (size_t)argc * sizeof(*words));
	return words;
}

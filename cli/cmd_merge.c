// SPDX-License-Identifier: BSD-2-Clause
// tandem merge: the shards of one matrix, made one results file again.
#include "cli/cmd_merge.h"

#include <stdio.h>
#include <stdlib.h>

#include "bench/options/ask.h"
#include "bench/options/help.h"
#include "bench/options/set.h"
#include "bench/result/json.h"
#include "bench/result/merge.h"
#include "cli/cli.h"
#include "lib/log.h"

static int print_help(void)
{
	puts("Usage: tandem merge FILE... [--json=FILE]\n\n"
	     "Joins the results of `tandem bench --shard=I/N --json=FILE`, all N of them, to the "
	     "file\n"
	     "that the whole matrix would have made.\n\n"
	     "Options:");
	option_help(stdout, OF_MERGE);
	return EXIT_OK;
}

static int merge(const struct option_set *set, struct results *file, size_t n)
{
	const char *path = option_text(set, OPT_JSON);
	json_t *doc = NULL;

	for (size_t i = 0; i < n; i++)
		if (results_read(set->argument[i], &file[i]) < 0)
			return EXIT_USAGE;
	if (results_merge(file, n, option_given(set, OPT_FORCE), &doc) < 0)
		return EXIT_USAGE;
	return json_write(doc, path) < 0 ? EXIT_JOB : EXIT_OK;
}

/* Whatever comes of it, what was read is let go of. */
static int merge_files(const struct option_set *set)
{
	size_t n = (size_t)set->arguments;
	struct results *file = calloc(n, sizeof(*file));
	int code;

	if (!file)
		return cli_no_memory("merge");
	code = merge(set, file, n);
	for (size_t i = 0; i < n; i++)
		results_free(&file[i]);
	free(file);
	return code;
}

int cmd_merge(int argc, char **argv)
{
	struct option_set set;

	if (option_set_parse(&set, OF_MERGE, argc, argv) < 0)
		return EXIT_USAGE;
	if (option_given(&set, OPT_HELP))
		return print_help();
	if (set.arguments < 1) {
		log_error("merge: give the results files of all shards; `tandem help merge` shows "
			  "how");
		return EXIT_USAGE;
	}
	if (bench_check_path(option_text(&set, OPT_JSON)) < 0)
		return EXIT_USAGE;
	return merge_files(&set);
}

// SPDX-License-Identifier: BSD-2-Clause
// tandem compare: two results files, and whether the new one is worse.
#include "cli/cmd_compare.h"

#include <stdlib.h>

#include "bench/options/help.h"
#include "bench/options/ask.h"
#include "bench/show/compare_print.h"
#include "cli/cli.h"
#include "cli/comparison.h"
#include "lib/log.h"

struct arguments {
	struct option_set set;
	struct comparison comparison;
};

static int print_help(void)
{
	puts("Usage: tandem compare OLD.json NEW.json [OPTIONS]\n\n"
	     "Compares the cells that two results files share; one of them may be - for stdin.\n\n"
	     "Options:");
	option_help(stdout, OF_COMPARE);
	puts("\nMetrics:");
	for (unsigned i = 0; i < METRICS; i++)
		printf("  %s\n", metrics[i].key);
	return EXIT_OK;
}

static int parse(struct arguments *a, int argc, char **argv)
{
	struct comparison *c = &a->comparison;
	int err = option_set_parse(&a->set, OF_COMPARE, argc, argv) < 0 ? EXIT_USAGE : 0;

	if (err || option_given(&a->set, OPT_HELP))
		return err;
	compare_format_find(option_text(&a->set, OPT_FORMAT), &c->output.format);
	c->force = option_given(&a->set, OPT_FORCE);
	c->select[OLD] = option_text(&a->set, OPT_OLD);
	c->select[NEW] = option_text(&a->set, OPT_NEW);
	err = comparison_read(c, &a->set);
	if (err || a->set.arguments == 2)
		return err;
	log_error("compare: give two results files, the old and the new");
	return EXIT_USAGE;
}

static int compare(struct arguments *a, char **path)
{
	struct results file[COMPARE_SIDES] = { 0 };
	int code = EXIT_USAGE;

	if (results_read(path[OLD], &file[OLD]) == 0 && results_read(path[NEW], &file[NEW]) == 0)
		code = comparison_run(&a->comparison, &file[OLD], &file[NEW]);
	for (unsigned s = 0; s < COMPARE_SIDES; s++)
		results_free(&file[s]);
	return code;
}

int cmd_compare(int argc, char **argv)
{
	struct arguments *a = calloc(1, sizeof(*a));
	int code;

	if (!a)
		return cli_no_memory("compare");
	code = parse(a, argc, argv);
	if (!code)
		code = option_given(&a->set, OPT_HELP) ? print_help() : compare(a, a->set.argument);
	free(a);
	return code;
}

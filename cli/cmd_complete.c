// SPDX-License-Identifier: BSD-2-Clause
// tandem complete: what the shells' completions in completion/ ask for.
#include "cli/cmd_complete.h"

#include <string.h>

#include "bench/crowd/crowd.h"
#include "bench/options/complete.h"
#include "bench/options/scan.h"
#include "cli/cli.h"
#include "cli/commands.h"

static void complete_commands(const char *typed)
{
	for (const struct command *c = commands; c->name; c++)
		if (!c->sub)
			option_candidate(stdout, typed, c->name, c->summary);
}

static void complete_scenarios(const char *typed, bool first)
{
	option_candidate(stdout, typed, "stream", "a windowed, reliable one-way stream");
	option_candidate(stdout, typed, "rr", "request and response, one at a time");
	option_candidate(stdout, typed, "floor", "only the baselines");
	for (const struct command *c = commands; c->name && first; c++)
		if (c->sub)
			option_candidate(stdout, typed, c->sub, c->summary);
}

static void complete_workloads(const char *typed)
{
	for (const struct crowd_workload *w = crowd_workloads; w->name; w++)
		option_candidate(stdout, typed, w->name, w->summary);
}

static void complete_subcommand(const char *typed)
{
	complete_commands(typed);
	option_candidate(stdout, typed, "exec", "a program that is inside");
	option_candidate(stdout, typed, "tests", "programs of this machine");
}

/* What is no option. */
static void complete_argument(unsigned of, const char *typed, bool first)
{
	if (of == OF_RUN && first) {
		option_candidate(stdout, typed, "stream", "guest a sends to guest b");
		option_candidate(stdout, typed, "rr", "request and response");
	} else if (of == OF_BENCH) {
		complete_scenarios(typed, first);
	} else if (of == OF_CROWD) {
		complete_workloads(typed);
	} else if (of == OF_LAB) {
		complete_subcommand(typed);
	} else if (of == OF_COMPARE || of == OF_REPORT || of == OF_MERGE) {
		puts(":files");
	}
}

/*
 * Of the lab's words, the index of its subcommand; the last, which is being typed, is none yet. Two
 * kernels come first where --versus has them: *kernels is how many of them are still to come.
 */
static int find_subcommand(int argc, char **argv, int *kernels)
{
	struct scan s = scan_start(OF_LAB, argc - 1, argv, 0);
	enum scan_kind kind;

	*kernels = 0;
	while ((kind = scan_next(&s)) == SCAN_OPTION || (kind == SCAN_ARGUMENT && *kernels > 0))
		if (kind == SCAN_ARGUMENT)
			--*kernels;
		else if (s.row->id == OPT_VERSUS)
			*kernels += 2;
		else if (s.row->id == OPT_BUILD)
			*kernels -= 2;
	return kind == SCAN_ARGUMENT ? s.word : -1;
}

/* The words behind `tandem`; the last is to be completed. */
static void complete(int argc, char **argv)
{
	char *typed = argv[argc - 1];
	int skip, sub = -1, kernels = 0;
	unsigned of = option_command_find(argc - 1, argv, &skip);

	if (of == OF_LAB)
		sub = find_subcommand(argc - skip, argv + skip, &kernels);
	if (sub >= 0)
		complete(argc - skip - sub, argv + skip + sub);
	else if (kernels > 0 && *typed != '-')
		puts(":files");
	else if (of && !option_complete(stdout, of, argc - skip, argv + skip))
		complete_argument(of, typed, argc - skip == 1);
	else if (argc == 1 || (argc == 2 && strcmp(argv[0], "help") == 0))
		complete_commands(typed);
	else if (!of && (strcmp(argv[0], "exec") == 0 || strcmp(argv[0], "tests") == 0))
		puts(":files");
}

int cmd_complete(int argc, char **argv)
{
	int first = argc > 1 && strcmp(argv[1], "--") == 0 ? 2 : 1;

	if (argc > first)
		complete(argc - first, argv + first);
	return EXIT_OK;
}

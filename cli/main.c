// SPDX-License-Identifier: BSD-2-Clause
// tandem: finds the subcommand and runs it.
#include <stdio.h>
#include <string.h>

#include "bench/lab.h"
#include "cli/cli.h"
#include "cli/options.h"
#include "lib/log.h"
#include "lib/out.h"
#include "lib/signals.h"
#include "version.h"

const struct command commands[] = {
	{ "run", "boot a pair of guests and keep it running, with live counters", cmd_run },
	{ "bench", "measure: stream, rr, floor; without a scenario, all of them", cmd_bench },
	{ "compare", "say how the figures of two results files differ, and whether they do",
	  cmd_compare },
	{ "report", "show results: a page, or text for a mail", cmd_report },
	{ "doctor", "say what this host can and cannot do, and why", cmd_doctor },
	{ "lab", "the same on a stock kernel under emulation: lab [OPTIONS] -- SUBCOMMAND ...",
	  cmd_lab },
	{ "help", "print this, or the options of a subcommand", cmd_help },
	{ "version", "print the version", cmd_version },
	{ NULL, NULL, NULL },
};

static const struct command *find(const char *name)
{
	for (const struct command *c = commands; c->name; c++)
		if (strcmp(c->name, name) == 0)
			return c;
	return NULL;
}

static void print_usage(FILE *to)
{
	fputs("Usage: tandem COMMAND [OPTIONS]\n\n"
	      "Measures what it costs to tell a virtual machine that there is work for it.\n\n"
	      "Commands:\n",
	      to);
	for (const struct command *c = commands; c->name; c++)
		fprintf(to, "  %-8s %s\n", c->name, c->summary);
	fputs("\n`tandem help COMMAND` prints a command's options.\n"
	      "Exit status: 0 success, 1 the job failed, 2 wrong usage, 3 a confined thread\n"
	      "broke out, 77 this host can't do it.\n",
	      to);
}

int cmd_version(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	puts("tandem " TANDEM_VERSION);
	return EXIT_OK;
}

int cmd_help(int argc, char **argv)
{
	char *args[] = { argc > 1 ? argv[1] : argv[0], (char *)"--help", NULL };
	const struct command *c = argc > 1 ? find(argv[1]) : NULL;

	if (argc > 1 && !c) {
		log_error("help: there is no command '%s'; `tandem help` lists them", argv[1]);
		return EXIT_USAGE;
	}
	if (c && c->run != cmd_help && c->run != cmd_version)
		return c->run(2, args);
	print_usage(stdout);
	return EXIT_OK;
}

static int run(int argc, char **argv)
{
	const struct command *c;

	if (argc < 2) {
		print_usage(stderr);
		return EXIT_USAGE;
	}
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)
		return cmd_help(1, argv);
	if (strcmp(argv[1], "--version") == 0)
		return cmd_version(1, argv);
	c = find(argv[1]);
	if (!c) {
		log_error("there is no command '%s'; `tandem help` lists them", argv[1]);
		return EXIT_USAGE;
	}
	return c->run(argc - 1, argv + 1);
}

int main(int argc, char **argv)
{
	if (lab_init_wanted(argc, argv))
		lab_init_main();
	signals_start();
	return out_finish(run(argc, argv), EXIT_JOB);
}

// SPDX-License-Identifier: BSD-2-Clause
// tandem: finds the subcommand and runs it.
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "bench/options/nearest.h"
#include "bench/show/headings.h"
#include "cli/cli.h"
#include "cli/cmd_backend.h"
#include "cli/cmd_bench.h"
#include "cli/cmd_compare.h"
#include "cli/cmd_complete.h"
#include "cli/cmd_doctor.h"
#include "cli/cmd_lab.h"
#include "cli/cmd_merge.h"
#include "cli/cmd_report.h"
#include "cli/cmd_run.h"
#include "cli/commands.h"
#include "lab/init.h"
#include "lab/lab.h"
#include "lab/stock.h"
#include "lib/cpulist.h"
#include "lib/log.h"
#include "lib/out.h"
#include "lib/signals.h"
#include "version.h"

static int cmd_help(int argc, char **argv);
static int cmd_version(int argc, char **argv);

/* argv[0] is the subcommand's name. */
static int (*const run_of[COMMANDS])(int argc, char **argv) = {
	[COMMAND_RUN] = cmd_run,       [COMMAND_BACKEND] = cmd_backend,
	[COMMAND_BENCH] = cmd_bench,   [COMMAND_COMPARE] = cmd_compare,
	[COMMAND_REPORT] = cmd_report, [COMMAND_MERGE] = cmd_merge,
	[COMMAND_DOCTOR] = cmd_doctor, [COMMAND_LAB] = cmd_lab,
	[COMMAND_HELP] = cmd_help,     [COMMAND_VERSION] = cmd_version,
};

static const char *suggest(const char *name, char *said, size_t size)
{
	struct nearest near = nearest_to(name, strlen(name));

	for (const struct command *c = commands; c->name; c++)
		nearest_look(&near, c->name);
	return nearest_say(&near, "", said, size);
}

/* Looked for as a command, and none. */
static int complain(const char *who, const char *name)
{
	char said[64];

	if (*name == '-')
		log_error("%s%s is not an option; `tandem help` lists the commands", who, name);
	else
		log_error("%sthere is no command '%s'%s; `tandem help` lists them", who, name,
			  suggest(name, said, sizeof(said)));
	return EXIT_USAGE;
}

static void print_usage(FILE *to)
{
	fputs("Usage: tandem COMMAND [OPTIONS]\n\n"
	      "Measures what it costs to tell a virtual machine that there is work for it.\n\n"
	      "Commands:\n",
	      to);
	for (const struct command *c = commands; c->name; c++)
		fprintf(to, "  %s%s%-*s %s\n", c->name, c->sub ? " " : "",
			(int)(11 - strlen(c->name) - !!c->sub), c->sub ? c->sub : "", c->summary);
	fputs("\n`tandem help COMMAND` prints a command's options, `tandem help COLUMN` what a "
	      "column\nof a table means.\n"
	      "Exit status: 0 success, 1 the job failed, 2 wrong usage, 3 the measuring process\n"
	      "broke out of its filters or returned nonsense, 77 this host can't do it, 130 a\n"
	      "bench was ended by a signal.\n",
	      to);
}

static int cmd_version(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	puts("tandem " TANDEM_VERSION);
	return EXIT_OK;
}

/* What a column means, its name in one word or in several; or `columns`: all of them. */
static bool explain_column(int argc, char **argv)
{
	char name[128] = "";

	for (int i = 1; i < argc; i++) {
		size_t n = strlen(name);

		snprintf(name + n, sizeof(name) - n, "%s%s", n ? " " : "", argv[i]);
	}
	if (strcmp(name, "columns") != 0)
		return heading_explain(name, stdout);
	heading_list(stdout);
	return true;
}

/* help COMMAND is COMMAND --help, and help bench pool is bench pool --help. */
static int cmd_help(int argc, char **argv)
{
	const char *sub = argc > 2 ? argv[2] : NULL;
	char *args[] = { argc > 1 ? argv[1] : NULL, argc > 2 ? argv[2] : (char *)"--help",
			 (char *)"--help", NULL };
	const struct command *c = argc > 1 ? command_find(argv[1], NULL) : NULL;

	if (argc > 1 && !c)
		return explain_column(argc, argv) ? EXIT_OK : complain("help: ", argv[1]);
	if (argc > 3 || (sub && !command_find(argv[1], sub))) {
		log_error("help: '%s' is one argument too many; `tandem help` lists the commands",
			  argv[argc > 3 ? 3 : 2]);
		return EXIT_USAGE;
	}
	if (!c || c->id == COMMAND_HELP || c->id == COMMAND_VERSION) {
		print_usage(stdout);
		return EXIT_OK;
	}
	return run_of[c->id](sub ? 3 : 2, args);
}

static int run(int argc, char **argv)
{
	const struct command *c;

	cpu_set_t cpus;

	if (!cpulist_allowed(&cpus)) {
		log_error("this process may use only CPUs from number %d on, which tandem cannot "
			  "name; "
			  "give it others, with taskset",
			  CPULIST_MAX);
		return EXIT_HOST;
	}
	if (argc < 2) {
		print_usage(stderr);
		return EXIT_USAGE;
	}
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)
		return cmd_help(1, argv);
	if (strcmp(argv[1], "--version") == 0)
		return cmd_version(1, argv);
	if (strcmp(argv[1], "complete") == 0)
		return cmd_complete(argc - 1, argv + 1);
	c = command_find(argv[1], NULL);
	if (!c)
		return complain("", argv[1]);
	return run_of[c->id](argc - 1, argv + 1);
}

/*
 * What is opened gets the lowest number: a message to stderr must not land in an eventfd. Opened
 * the wrong way round, so that whoever uses it learns that it was closed.
 */
static void fill_standard_fds(void)
{
	for (int fd = 0; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0 &&
		    open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY) < 0)
			return;
}

int main(int argc, char **argv)
{
	fill_standard_fds();
	if (lab_init_wanted(argc, argv))
		lab_init_main();
	if (lab_stock_wanted(argc, argv))
		lab_stock_main();
	signals_start();
	return out_finish(run(argc, argv), EXIT_JOB);
}

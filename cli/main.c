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
#include "cli/cmd_crowd.h"
#include "cli/cmd_doctor.h"
#include "cli/cmd_lab.h"
#include "cli/cmd_pool.h"
#include "cli/cmd_report.h"
#include "cli/cmd_run.h"
#include "lab/lab.h"
#include "lib/cpulist.h"
#include "lib/log.h"
#include "lib/out.h"
#include "lib/signals.h"
#include "version.h"

const struct command commands[] = {
	{ "run", NULL, "boot a pair of guests and keep it running, with live counters", cmd_run },
	{ "backend", NULL, "move frames between two front ends that speak vhost-user (QEMU, DPDK)",
	  cmd_backend },
	{ "bench", NULL, "what does a deferred worker cost here? a verdict; or stream, rr, floor",
	  cmd_bench },
	{ "bench", "table", "who notifies, from where, in which mode: all of it, with controls",
	  cmd_bench },
	{ "bench", "lazy",
	  "does a worker wait for the producer's slice? doses, controls, a verdict", cmd_bench },
	{ "bench", "pool", "the pool of workers by itself, and the kernel's workqueues beside it",
	  cmd_bench },
	{ "bench", "crowd", "vCPUs that outnumber the CPUs and wait for each other", cmd_bench },
	{ "compare", NULL, "say how the figures of two results files differ, and whether they do",
	  cmd_compare },
	{ "report", NULL, "show results: a page, or text for a mail", cmd_report },
	{ "doctor", NULL, "say what this host can and cannot do, and why", cmd_doctor },
	{ "lab", NULL,
	  "the same on a stock kernel under emulation: lab [OPTIONS] -- SUBCOMMAND ...", cmd_lab },
	{ "help", NULL, "print this, a subcommand's options, or what a column means", cmd_help },
	{ "version", NULL, "print the version", cmd_version },
	{ NULL, NULL, NULL, NULL },
};

/* `sub`: "pool" of "bench pool", or NULL. */
static const struct command *find(const char *name, const char *sub)
{
	for (const struct command *c = commands; c->name; c++)
		if (strcmp(c->name, name) == 0 &&
		    (sub ? c->sub && strcmp(c->sub, sub) == 0 : !c->sub))
			return c;
	return NULL;
}

bool command_exists(const char *name)
{
	return find(name, NULL) != NULL;
}

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

int cmd_version(int argc, char **argv)
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
int cmd_help(int argc, char **argv)
{
	const char *sub = argc > 2 ? argv[2] : NULL;
	char *args[] = { argc > 1 ? argv[1] : NULL, argc > 2 ? argv[2] : (char *)"--help",
			 (char *)"--help", NULL };
	const struct command *c = argc > 1 ? find(argv[1], NULL) : NULL;

	if (argc > 1 && !c)
		return explain_column(argc, argv) ? EXIT_OK : complain("help: ", argv[1]);
	if (argc > 3 || (sub && !find(argv[1], sub))) {
		log_error("help: '%s' is one argument too many; `tandem help` lists the commands",
			  argv[argc > 3 ? 3 : 2]);
		return EXIT_USAGE;
	}
	if (!c || c->run == cmd_help || c->run == cmd_version) {
		print_usage(stdout);
		return EXIT_OK;
	}
	return c->run(sub ? 3 : 2, args);
}

static int run(int argc, char **argv)
{
	const struct command *c;

	cpu_set_t cpus;

	if (!cpulist_allowed(&cpus)) {
		log_error("this process may use only CPUs from number %d on, which tandem cannot "
			  "name; "
			  "give it others, with taskset",
			  CPU_SETSIZE);
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
	c = find(argv[1], NULL);
	if (!c)
		return complain("", argv[1]);
	return c->run(argc - 1, argv + 1);
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
	signals_start();
	return out_finish(run(argc, argv), EXIT_JOB);
}

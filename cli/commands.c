// SPDX-License-Identifier: BSD-2-Clause
// What tandem can be told to do. main.c knows the functions.
#include "cli/commands.h"

#include <string.h>

const struct command commands[] = {
	{ COMMAND_RUN, "run", NULL,
	  "boot a pair of guests and keep it running, with live counters" },
	{ COMMAND_BACKEND, "backend", NULL,
	  "move frames between two front ends that speak vhost-user (QEMU, DPDK)" },
	{ COMMAND_BENCH, "bench", NULL,
	  "what does a deferred worker cost here? a verdict; or stream, rr, floor" },
	{ COMMAND_BENCH, "bench", "table",
	  "who notifies, from where, in which mode: all of it, with controls" },
	{ COMMAND_BENCH, "bench", "lazy",
	  "does a worker wait for the producer's slice? doses, controls, a verdict" },
	{ COMMAND_BENCH, "bench", "pool",
	  "the pool of workers by itself, and the kernel's workqueues beside it" },
	{ COMMAND_BENCH, "bench", "crowd",
	  "vCPUs that outnumber the CPUs and wait for each other" },
	{ COMMAND_BENCH, "bench", "tcp", "TCP between two stock Linux guests" },
	{ COMMAND_BENCH, "bench", "seed",
	  "the TCP experiment that tandem began with, as one table" },
	{ COMMAND_COMPARE, "compare", NULL,
	  "say how the figures of two results files differ, and whether they do" },
	{ COMMAND_REPORT, "report", NULL, "show results: a page, or text for a mail" },
	{ COMMAND_MERGE, "merge", NULL,
	  "join the shards of a matrix that several machines measured" },
	{ COMMAND_DOCTOR, "doctor", NULL, "say what this host can and cannot do, and why" },
	{ COMMAND_LAB, "lab", NULL,
	  "the same on a stock kernel under emulation: lab [OPTIONS] -- SUBCOMMAND ..." },
	{ COMMAND_HELP, "help", NULL,
	  "print this, a subcommand's options, or what a column means" },
	{ COMMAND_VERSION, "version", NULL, "print the version" },
	{ COMMANDS, NULL, NULL, NULL },
};

const struct command *command_find(const char *name, const char *sub)
{
	for (const struct command *c = commands; c->name; c++)
		if (strcmp(c->name, name) == 0 &&
		    (sub ? c->sub && strcmp(c->sub, sub) == 0 : !c->sub))
			return c;
	return NULL;
}

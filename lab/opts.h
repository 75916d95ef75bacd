// SPDX-License-Identifier: BSD-2-Clause
// The command line of `tandem lab`.
#ifndef LAB_OPTS_H
#define LAB_OPTS_H

#include <stdbool.h>
#include <stdio.h>

#include "bench/options/ask.h"
#include "lab/arch.h"
#include "lab/patch.h"

#define LAB_ADDS_MAX 64
#define LAB_SIDES 2u
#define LAB_WORDS_MAX 160
#define LAB_LIST_MAX 512
#define LAB_APPEND_MAX 2048 /* what x86_64 and arm64 have room for */

struct lab_add {
	const char *host;  /* a file here */
	const char *guest; /* its path inside; NULL: its name under /bin */
	int host_len;	   /* of host, since HOST:GUEST is not cut */
};

struct lab_opts {
	struct option_set set;
	const struct lab_arch *arch;
	const char *kernel;  /* the user's own image */
	const char *modules; /* and the tree of its modules */
	const char *build;   /* sources to build it from */
	struct lab_patches patches;
	bool versus; /* two kernels, by turns */
	/* What they are; NULL: the sources, without patches and with. */
	const char *side[LAB_SIDES];
	unsigned boots;	     /* of each, in each mode */
	const char *kernels; /* names of stock ones, with commas */
	const char *preempt; /* modes, with commas */
	const char *tandem;  /* the executable to run inside */
	const char *append;  /* to the kernel's command line */
	const char *console; /* where to copy the console's text */
	unsigned int smp;
	unsigned int mem_mib;
	unsigned int timeout_s; /* for one boot; with a shell, until it is there */
	bool deterministic;
	bool parallel; /* each CPU in a thread of its own even where the emulator is not safe */
	bool refresh;
	bool list;
	/* What was given in parts, put together. */
	char kernels_text[LAB_LIST_MAX], preempt_text[LAB_LIST_MAX], append_text[LAB_APPEND_MAX];
	bool shell;  /* in place of a command */
	bool matrix; /* nothing was said: run the standard matrix */
	bool arch_given;
	struct lab_add add[LAB_ADDS_MAX];
	int n_add;
	/* The command for inside, without --json, --preempt and --trace=, which are the lab's. */
	char *cmd[LAB_WORDS_MAX];
	int n_cmd;
	bool exec;	  /* cmd[0] is a program inside, not a subcommand */
	bool many;	  /* all of cmd[] are programs of this machine, to be taken along and run */
	const char *json; /* PATH, "-", or NULL */
	const char *trace; /* the subcommand's --trace=PATH, or NULL */
	bool results; /* they are wanted back: for the file, or for what all boots say together */
};

/* 0, or 2 after a message (wrong usage), or -1 when the usage was asked for and printed. */
int lab_opts_parse(struct lab_opts *o, int argc, char **argv);

void lab_usage(FILE *f);

/* Several CPUs, each in a thread of its own? */
bool lab_opts_parallel(const struct lab_opts *o);

/* And is that a way in which the emulator can go wrong? */
bool lab_opts_races(const struct lab_opts *o);

/* Must each boot be interrupted from outside now and then (see lab_arch.loses_interrupts)? */
bool lab_opts_nudges(const struct lab_opts *o);

/* Several CPUs in turns, in real time? */
bool lab_opts_turns(const struct lab_opts *o);

#endif

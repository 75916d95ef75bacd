// SPDX-License-Identifier: BSD-2-Clause
// The subcommands, and the exit codes they share.
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include <stdbool.h>
#include <stdio.h>

enum exit_code {
	EXIT_OK = 0,
	EXIT_JOB = 1,	/* the job failed: lost frames, a guest died */
	EXIT_USAGE = 2, /* wrong usage */
	/* the measuring process broke out of its filters, or returned nonsense */
	EXIT_VIOLATION = 3,
	EXIT_HOST = 77, /* this host can't do it */
	/* a bench that a signal ended, its results written: as a shell has it for Ctrl-C */
	EXIT_CUT = 130,
};

/* Says that `command` ("bench pool") has no memory. EXIT_HOST. */
int cli_no_memory(const char *command);

/*
 * The end of a bench that a signal may have cut short: warns of that. `code`, or EXIT_CUT instead
 * of success.
 */
int cli_end_bench(bool cut, int code);

#endif

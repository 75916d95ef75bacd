// SPDX-License-Identifier: BSD-2-Clause
// What the subcommands share.
#include "cli/cli.h"

#include "lib/log.h"

int cli_no_memory(const char *command)
{
	log_error("%s: out of memory", command);
	return EXIT_HOST;
}

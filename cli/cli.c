// SPDX-License-Identifier: BSD-2-Clause
// What the subcommands share.
#include "cli/cli.h"

#include "lib/log.h"

int cli_no_memory(const char *command)
{
	log_error("%s: out of memory", command);
	return EXIT_HOST;
}

int cli_end_bench(bool cut, int code)
{
	if (cut)
		log_warn("cut short: the table shows what was measured so far");
	return cut && code == EXIT_OK ? EXIT_CUT : code;
}

// SPDX-License-Identifier: BSD-2-Clause
// The commands that have options, by the words that name them.
#ifndef BENCH_OPTIONS_COMMAND_H
#define BENCH_OPTIONS_COMMAND_H

#include "bench/options/table.h"

/* As it is typed ("bench pool"), and what tells its options ("tandem help run"). */
struct option_command {
	unsigned of;
	const char *name, *help;
	unsigned preset_of; /* it is another command, with an argument that may stand anywhere */
};

/* NULL behind the last. */
const struct option_command *option_command_at(unsigned i);
const struct option_command *option_command(unsigned of);

/*
 * What becomes of a command by its only argument, or by having none (NULL): of bench, by `table`.
 * NULL: nothing else.
 */
const struct option_command *option_command_preset(unsigned of, const char *argument);

/*
 * The command that these words begin, and in *skip how many of them name it; 0: none. Of `bench
 * table` it is `bench`.
 */
unsigned option_command_find(int argc, char *const *argv, int *skip);

#endif

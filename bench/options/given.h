// SPDX-License-Identifier: BSD-2-Clause
// The options that were given on a command line, as they were typed.
#ifndef BENCH_OPTIONS_GIVEN_H
#define BENCH_OPTIONS_GIVEN_H

#include "bench/options/command.h"
#include "bench/options/table.h"

#define OPTION_GIVEN_MAX 128u
#define OPTION_ARGUMENTS_MAX 64u

struct option_set {
	const struct option_command *command;
	unsigned n;
	struct {
		const struct option_row *row;
		const char *text;
	} given[OPTION_GIVEN_MAX]; /* as typed, in that order */
	int arguments;
	char *argument[OPTION_ARGUMENTS_MAX + 1]; /* what is no option; ends with NULL */
};

bool option_given(const struct option_set *set, enum option_id id);

/* Its values as they were typed; *i: 0 at first. NULL: there are no more. */
const char *option_each(const struct option_set *set, enum option_id id, unsigned *i);

#endif

// SPDX-License-Identifier: BSD-2-Clause
// The commands that have options.
#include "bench/options/command.h"

#include <string.h>

static const struct option_command list[] = {
	{ OF_RUN, "run", "tandem help run", 0 },
	{ OF_BACKEND, "backend", "tandem help backend", 0 },
	{ OF_BENCH, "bench", "tandem help bench", 0 },
	{ OF_FIRST, "bench", "tandem help bench", OF_BENCH },
	{ OF_TABLE, "bench table", "tandem help bench table", OF_BENCH },
	{ OF_LAZY, "bench lazy", "tandem help bench lazy", OF_BENCH },
	{ OF_POOL, "bench pool", "tandem bench pool --help", 0 },
	{ OF_CROWD, "bench crowd", "tandem bench crowd --help", 0 },
	{ OF_TCP, "bench tcp", "tandem bench tcp --help", 0 },
	{ OF_SEED, "bench seed", "tandem bench seed --help", 0 },
	{ OF_COMPARE, "compare", "tandem help compare", 0 },
	{ OF_REPORT, "report", "tandem help report", 0 },
	{ OF_MERGE, "merge", "tandem help merge", 0 },
	{ OF_DOCTOR, "doctor", "tandem help doctor", 0 },
	{ OF_LAB, "lab", "tandem help lab", 0 },
};

#define COMMANDS (sizeof(list) / sizeof(list[0]))

const struct option_command *option_command_at(unsigned i)
{
	return i < COMMANDS ? &list[i] : NULL;
}

const struct option_command *option_command(unsigned of)
{
	unsigned i = 0;

	while (!(list[i].of & of))
		i++;
	return &list[i];
}

/* Its second word, or NULL. */
static const char *second_word(const struct option_command *c)
{
	const char *blank = strchr(c->name, ' ');

	return blank ? blank + 1 : NULL;
}

/* NULL: it has none. */
static bool is_second(const struct option_command *c, const char *argument)
{
	const char *second = second_word(c);

	return second && argument ? strcmp(second, argument) == 0 : second == argument;
}

const struct option_command *option_command_preset(unsigned of, const char *argument)
{
	for (unsigned i = 0; i < COMMANDS; i++)
		if (list[i].preset_of && list[i].preset_of == of && is_second(&list[i], argument))
			return &list[i];
	return NULL;
}

static bool is_command(const struct option_command *c, int argc, char *const *argv)
{
	const char *second = second_word(c);
	size_t first = strcspn(c->name, " ");

	return strlen(argv[0]) == first && strncmp(argv[0], c->name, first) == 0 &&
	       (!second || (argc > 1 && strcmp(argv[1], second) == 0));
}

unsigned option_command_find(int argc, char *const *argv, int *skip)
{
	unsigned of = 0;

	*skip = 0;
	for (unsigned i = 0; i < COMMANDS && argc > 0; i++) {
		if (list[i].preset_of || !is_command(&list[i], argc, argv))
			continue;
		of = list[i].of;
		*skip = second_word(&list[i]) ? 2 : 1;
	}
	return of;
}

// SPDX-License-Identifier: BSD-2-Clause
// What tandem can be told to do: names, and what each is for.
#ifndef CLI_COMMANDS_H
#define CLI_COMMANDS_H

enum command_id {
	COMMAND_RUN,
	COMMAND_BACKEND,
	COMMAND_BENCH,
	COMMAND_COMPARE,
	COMMAND_REPORT,
	COMMAND_MERGE,
	COMMAND_DOCTOR,
	COMMAND_LAB,
	COMMAND_HELP,
	COMMAND_VERSION,
	COMMANDS,
};

struct command {
	enum command_id id;
	const char *name;
	/* NULL; or of "bench pool" the second word: a command with a help of its own */
	const char *sub;
	const char *summary;
};

extern const struct command commands[]; /* ends with a NULL name */

/* `sub`: "pool" of "bench pool", or NULL. NULL: there is none. */
const struct command *command_find(const char *name, const char *sub);

#endif

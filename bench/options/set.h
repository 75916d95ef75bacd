// SPDX-License-Identifier: BSD-2-Clause
// The options of one command line, checked: what was given, and what holds where nothing was.
#ifndef BENCH_OPTIONS_SET_H
#define BENCH_OPTIONS_SET_H

#include <sched.h>
#include <stdint.h>

#include "bench/options/values.h"
#include "pair/pair.h"

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

/*
 * Reads argv[1..] of one of the commands (OF_...). 0; -EINVAL: wrong usage, said why in one line.
 * With --help only the names have been looked at. The words must stay.
 */
int option_set_parse(struct option_set *set, unsigned command, int argc, char *const *argv);

/*
 * For whoever reads a command line word by word: the first adds an option, the second checks them
 * all. 0 or -EINVAL (said why).
 */
int option_set_add(struct option_set *set, const struct option_row *row, const char *text);
int option_set_check(struct option_set *set);

bool option_given(const struct option_set *set, enum option_id id);

/* The value as typed, or what holds without it; NULL: nothing does. */
const char *option_text(const struct option_set *set, enum option_id id);

/* Is that this word? */
bool option_is(const struct option_set *set, enum option_id id, const char *word);

/* The same, as a number of the option's unit; NAN: nothing holds, or a word does. */
double option_real(const struct option_set *set, enum option_id id);
uint32_t option_whole(const struct option_set *set, enum option_id id); /* 0 in place of NAN */

/* Of an option that accumulates: all of it, in the order in which it was typed. How many. */
unsigned option_words(const struct option_set *set, enum option_id id,
		      const char *out[OPTION_WORDS_MAX]);
unsigned option_numbers(const struct option_set *set, enum option_id id,
			uint32_t out[OPTION_WORDS_MAX]);

unsigned option_names(const struct option_set *set, enum option_id id,
		      char out[][OPTION_NAME_BYTES], unsigned max);

/* Its values as they were typed; *i: 0 at first. NULL: there are no more. */
const char *option_each(const struct option_set *set, enum option_id id, unsigned *i);

/* The CPUs that were given; false, and nothing changed, where none were. */
bool option_cpus(const struct option_set *set, enum option_id id, cpu_set_t *out);

/* Those of the roles that were given; the others' stay. */
void option_places(const struct option_set *set, enum option_id id, cpu_set_t out[ROLES]);

#endif

// SPDX-License-Identifier: BSD-2-Clause
// What the options of a command line are: by an option's name, where it is used.
#ifndef BENCH_OPTIONS_ASK_H
#define BENCH_OPTIONS_ASK_H

#include <sched.h>

#include "bench/options/lists.h"
#include "bench/options/given.h"
#include "pair/pair.h"

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

/* The CPUs that were given; false, and nothing changed, where none were. */
bool option_cpus(const struct option_set *set, enum option_id id, cpu_set_t *out);

/* Those of the roles that were given; the others' stay. */
void option_places(const struct option_set *set, enum option_id id, cpu_set_t out[ROLES]);

#endif

// SPDX-License-Identifier: BSD-2-Clause
// One table of options: each by its number, its key, or its place.
#ifndef BENCH_OPTIONS_TABLE_H
#define BENCH_OPTIONS_TABLE_H

#include "bench/options/option.h"

/* The table; NULL behind its end. */
const struct option_row *option_at(size_t i);

/* The row that a command has of an option; NULL: it has none. Of several commands, any one's. */
const struct option_row *option_row(enum option_id id, unsigned commands);

/* Whose is it? A set of OF_... */
unsigned option_commands(enum option_id id);

/* May it be given more than once? Then all of it counts. */
bool option_accumulates(const struct option_row *row);

/* The first row that has this key ("load.rate"); NULL: none. */
const struct option_row *option_by_key(const char *key);

/* The key of an option that has one; within an object of its own, that in the object ("rate"). */
const char *option_key(enum option_id id);

#endif

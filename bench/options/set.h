// SPDX-License-Identifier: BSD-2-Clause
// The options of one command line, checked: what was given, and what holds where nothing was.
#ifndef BENCH_OPTIONS_SET_H
#define BENCH_OPTIONS_SET_H

#include "bench/options/given.h"

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

#endif

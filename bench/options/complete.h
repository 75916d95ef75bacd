// SPDX-License-Identifier: BSD-2-Clause
// What a shell may put in place of a word that is not typed to its end.
#ifndef BENCH_OPTIONS_COMPLETE_H
#define BENCH_OPTIONS_COMPLETE_H

#include <stdio.h>

#include "bench/options/table.h"

/*
 * Prints a line for each option, or value, that the last of the words behind a command can become:
 * the whole word, a tab, what it is. ":files" or ":dirs" stands for what the shell knows better.
 * false, and nothing printed: the word is no option's.
 */
bool option_complete(FILE *to, unsigned command, int argc, char *const *argv);

/* Prints one candidate, if it begins as the word does that is typed. */
void option_candidate(FILE *to, const char *typed, const char *word, const char *what);

#endif

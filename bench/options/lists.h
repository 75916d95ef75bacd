// SPDX-License-Identifier: BSD-2-Clause
// Values that are several, with commas between: words, numbers, names.
#ifndef BENCH_OPTIONS_LISTS_H
#define BENCH_OPTIONS_LISTS_H

#include <stdint.h>

#include "bench/options/table.h"

#define OPTION_WORDS_MAX 16u /* of one list */
#define OPTION_NAME_BYTES 64u

/* As option_check(). */
int option_check_list(const struct option_row *row, const char *text);
int option_check_numbers(const struct option_row *row, const char *text);
int option_check_names(const struct option_row *row, const char *text);

/*
 * Each takes a text that was checked, and adds what it names to the *n that there are, up to
 * OPTION_WORDS_MAX or `max`; false: there are more.
 */
bool option_read_words(const struct option_row *row, const char *text, const char **out,
		       unsigned *n);
bool option_read_numbers(const struct option_row *row, const char *text, uint32_t *out,
			 unsigned *n);
bool option_read_names(const struct option_row *row, const char *text,
		       char out[][OPTION_NAME_BYTES], unsigned max, unsigned *n);

#endif

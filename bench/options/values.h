// SPDX-License-Identifier: BSD-2-Clause
// The values of options: are they right, and what are they?
#ifndef BENCH_OPTIONS_VALUES_H
#define BENCH_OPTIONS_VALUES_H

#include <stdint.h>

#include "bench/options/option.h"

#define OPTION_WORDS_MAX 16u /* of one list */
#define OPTION_NAME_BYTES 64u

/* Is it a value of this option? 0; or -EINVAL, after one message that tells the way out. */
int option_check(const struct option_row *row, const char *text);

/* Says "--NAME=VALUE: " and what to give instead. -EINVAL. */
int option_complain(const struct option_row *row, const char *text, const char *way_out);

/*
 * Each takes a text that option_check() has let through. Lists add to the *n values that there are,
 * up to OPTION_WORDS_MAX; false: there are more.
 */
double option_read_number(const struct option_row *row, const char *text);
bool option_read_words(const struct option_row *row, const char *text, const char **out,
		       unsigned *n);
bool option_read_names(const struct option_row *row, const char *text,
		       char out[][OPTION_NAME_BYTES], unsigned max, unsigned *n);
bool option_read_numbers(const struct option_row *row, const char *text, uint32_t *out, unsigned *n);

#endif

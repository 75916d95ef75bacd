// SPDX-License-Identifier: BSD-2-Clause
// What is said of a value that is wrong: one line, with the way out.
#ifndef BENCH_OPTIONS_COMPLAIN_H
#define BENCH_OPTIONS_COMPLAIN_H

#include "bench/options/table.h"

#define WAY_OUT_MAX 320u

/* Says "--NAME=VALUE: " and what to give instead. -EINVAL. */
int option_complain(const struct option_row *row, const char *text, const char *way_out);

/* Adds to a way out, as far as there is room. */
void way_out_add(char way_out[WAY_OUT_MAX], const char *text);

/* Adds the option's word that is nearest to what was typed, if one is near. */
void way_out_suggest(char way_out[WAY_OUT_MAX], const struct option_row *row, const char *typed,
		     size_t len);

#endif

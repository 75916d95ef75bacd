// SPDX-License-Identifier: BSD-2-Clause
// Which conditions differ between two results files, and which of them forbid a comparison.
#ifndef BENCH_SHOW_COMPARE_CONDITIONS_H
#define BENCH_SHOW_COMPARE_CONDITIONS_H

#include <stdbool.h>

struct compare;

/* Notes what conditions differ between the two sides of each cell. For compare_files(). */
void compare_conditions(struct compare *c);

/* Adds a note, or, where it was said already, counts the cell. `cell` may be NULL. */
void compare_note(struct compare *c, bool refuses, const char *cell, const char *text);

#endif

// SPDX-License-Identifier: BSD-2-Clause
// What somebody who mistyped a word most likely meant.
#ifndef BENCH_OPTIONS_NEAREST_H
#define BENCH_OPTIONS_NEAREST_H

#include <stddef.h>

/* Holds the best of the words it was shown. */
struct nearest {
	const char *typed;
	size_t len;
	const char *word; /* NULL: none is near */
	unsigned distance;
};

struct nearest nearest_to(const char *typed, size_t len);
void nearest_look(struct nearest *n, const char *word);

/* " (did you mean WORD?)", `before` in front of the word; "" when none is near. Returns `text`. */
const char *nearest_say(const struct nearest *n, const char *before, char *text, size_t size);

#endif

// SPDX-License-Identifier: BSD-2-Clause
// What is written to a stream, as a string.
#ifndef TESTS_COMMON_TEXT_H
#define TESTS_COMMON_TEXT_H

#include <stdio.h>

struct text_made {
	FILE *to;
	char *text;
	size_t len; /* of the text, once it has ended */
};

/* Where to write it to; the test fails if there is no memory. */
FILE *text_begin(struct text_made *t);

/* Closes the stream; the text is to be freed. */
char *text_end(struct text_made *t);

#endif

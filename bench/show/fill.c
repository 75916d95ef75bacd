// SPDX-License-Identifier: BSD-2-Clause
// Text in words, wrapped to the width of a terminal.
#include "bench/show/fill.h"

#include <string.h>

/* Up to a blank; of what begins with a backquote up to the blank behind the next one. */
static size_t word_of(const char *text)
{
	const char *end = *text == '`' ? strchr(text + 1, '`') : NULL;
	size_t n = end ? (size_t)(end - text) : 0;

	n += strcspn(text + n, " ");
	return n < FILL_COLUMNS - 2 ? n : strcspn(text, " ");
}

/* Characters, not bytes. */
static unsigned columns_of(const char *text, size_t n)
{
	unsigned columns = 0;

	for (size_t i = 0; i < n; i++)
		columns += ((unsigned char)text[i] & 0xc0) != 0x80;
	return columns;
}

void fill_put(FILE *to, unsigned at, unsigned indent, const char *text)
{
	const char *blank = "";

	while (*text) {
		size_t n = word_of(text);
		unsigned columns = columns_of(text, n);

		if (at > indent && at + (*blank != '\0') + columns > FILL_COLUMNS) {
			fprintf(to, "\n%*s", (int)indent, "");
			at = indent;
			blank = "";
		}
		fprintf(to, "%s%.*s", blank, (int)n, text);
		at += (*blank != '\0') + columns;
		text += n;
		text += strspn(text, " ");
		blank = " ";
	}
	fputs("\n", to);
}

// SPDX-License-Identifier: BSD-2-Clause
// Text that others wrote, in output of ours.
#include "bench/result/escape.h"

#include <string.h>

#include "lib/text.h"

/* `before` goes in front of each of `special`. */
static void put(FILE *to, const char *text, const char *special, char before)
{
	while (*text) {
		unsigned n = text_character(text);

		if (strchr(special, *text))
			fputc(before, to);
		fwrite(n ? text : "?", 1, n ? n : 1, to);
		text += n ? n : 1;
	}
}

void escape_text(FILE *to, const char *text)
{
	put(to, text, "", 0);
}

void escape_markdown(FILE *to, const char *text)
{
	put(to, text, "|<>*`[]\\", '\\');
}

void escape_csv(FILE *to, const char *text)
{
	fputc('"', to);
	put(to, text, "\"", '"');
	fputc('"', to);
}

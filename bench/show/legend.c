// SPDX-License-Identifier: BSD-2-Clause
// What stands below tables: a word and what it means, wrapped.
#include "bench/show/legend.h"

#include <string.h>

#define TERM_COLUMNS 22u

void legend_put(FILE *to, const char *term, const char *text)
{
	size_t at = (size_t)fprintf(to, "%-*s", (int)TERM_COLUMNS, term);
	const char *blank = strlen(term) < TERM_COLUMNS ? "" : " ";

	while (*text) {
		size_t n = strcspn(text, " ");

		if (*blank && at + 1 + n > LEGEND_COLUMNS) {
			at = (size_t)fprintf(to, "\n%*s", (int)TERM_COLUMNS, "") - 1;
			blank = "";
		}
		at += (size_t)fprintf(to, "%s%.*s", blank, (int)n, text);
		text += n + (text[n] == ' ');
		blank = " ";
	}
	fputs("\n", to);
}

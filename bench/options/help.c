// SPDX-License-Identifier: BSD-2-Clause
// The options' part of a command's --help, from the table.
#include "bench/options/help.h"

#include <string.h>

#define TEXT_COLUMN 27
#define MORE_COLUMN 29
#define WIDTH 104

const char *option_default(const struct option_row *row)
{
	return row->absent ? row->absent : row->initial;
}

/* Words to the width of a page, the first of them in TEXT_COLUMN. */
static void print_words(FILE *to, const char *text, const char *tail)
{
	int column = TEXT_COLUMN - 1;

	while (*text) {
		int n = (int)strcspn(text, " ");

		if (column + 1 + n > WIDTH) {
			fprintf(to, "\n%*s", MORE_COLUMN - 1, "");
			column = MORE_COLUMN - 1;
		}
		fprintf(to, " %.*s", n, text);
		column += 1 + n;
		text += n + (text[n] == ' ');
	}
	fprintf(to, "%s\n", tail);
}

void option_describe(const struct option_row *row, char out[OPTION_HELP_BYTES])
{
	const char *absent = option_default(row), *at = row->help;
	size_t n = 0;

	while (*at && n < OPTION_HELP_BYTES - 32) {
		bool min = strncmp(at, "{min}", 5) == 0, max = strncmp(at, "{max}", 5) == 0;

		if (min || max)
			n += (size_t)snprintf(out + n, OPTION_HELP_BYTES - n, "%.10g",
					      min ? row->min : row->max);
		else
			out[n++] = *at;
		at += min || max ? 5 : 1;
	}
	out[n] = '\0';
	if (absent)
		snprintf(out + n, OPTION_HELP_BYTES - n, " (%s)", absent);
}

static void print_summaries(FILE *to, const struct option_words *words)
{
	size_t width = 0;

	for (unsigned i = 0; words->name(i); i++)
		if (strlen(words->name(i)) > width)
			width = strlen(words->name(i));
	for (unsigned i = 0; words->name(i); i++)
		fprintf(to, "%*s%-*s %s\n", MORE_COLUMN, "", (int)width, words->name(i),
			words->summary(i));
}

static void print_row(FILE *to, const struct option_row *row)
{
	const char *letter = row->letter == 'o' ? "-o, " : "";
	bool maybe = row->type == OPTION_MAYBE_FILE;
	int n = fprintf(to, "  %s--%s%s%s%s", letter, row->name,
			maybe	     ? "[="
			: row->value ? "="
				     : "",
			row->value ? row->value : "", maybe ? "]" : "");
	bool summaries = row->words && row->words->summary;
	char text[OPTION_HELP_BYTES];

	if (n >= TEXT_COLUMN) {
		fputc('\n', to);
		n = 0;
	}
	fprintf(to, "%*s", TEXT_COLUMN - 1 - n, "");
	option_describe(row, text);
	print_words(to, text, summaries ? ":" : "");
	if (summaries)
		print_summaries(to, row->words);
}

void option_help(FILE *to, unsigned command)
{
	bool units = false;

	for (size_t i = 0; option_at(i); i++) {
		const struct option_row *row = option_at(i);

		if (!row->help || !(row->of & command))
			continue;
		print_row(to, row);
		units |= row->type == OPTION_WHOLE || row->type == OPTION_REAL;
	}
	if (units)
		fputs("\nA time takes ns, us, ms, s or m behind it, a size K, M or G (1024),\n"
		      "a count k or M (1000); a bare number is in the unit named above.\n",
		      to);
}

// SPDX-License-Identifier: BSD-2-Clause
// Terminals: the line that is kept up to date on stderr, and colours.
#include "lib/term.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "lib/text.h"

#define COLUMNS 80u /* of a terminal that does not know */

unsigned term_columns(void)
{
	const char *name = getenv("TERM");
	struct winsize size = { 0 };

	if (!isatty(STDERR_FILENO) || !name || !*name || strcmp(name, "dumb") == 0)
		return 0;
	if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) < 0 || !size.ws_col)
		return COLUMNS - 1;
	/* What fills a line to its end wraps on some. */
	return size.ws_col > 1 ? size.ws_col - 1u : 1;
}

void term_draw(const char *text)
{
	unsigned columns = term_columns();
	char line[512];

	if (!columns)
		return;
	snprintf(line, sizeof(line), "%.*s", (int)columns, text);
	text_clean(line);
	fprintf(stderr, "\r\033[K%s", line);
	fflush(stderr);
}

void term_erase(void)
{
	term_draw("");
}

bool term_wants_colours(bool terminal, const char *term, const char *no_color)
{
	return terminal && term && *term && strcmp(term, "dumb") != 0 && !(no_color && *no_color);
}

bool term_has_colours(FILE *to)
{
	return term_wants_colours(isatty(fileno(to)), getenv("TERM"), getenv("NO_COLOR"));
}

void term_put(FILE *to, bool colours, enum term_colour colour, const char *text)
{
	static const char *const codes[] = { "", "\033[32m", "\033[33m", "\033[31m" };

	if (colours && colour != TERM_PLAIN)
		fprintf(to, "%s%s\033[0m", codes[colour], text);
	else
		fputs(text, to);
}

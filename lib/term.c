// SPDX-License-Identifier: BSD-2-Clause
// The line that is kept up to date on a terminal, on stderr.
#include "lib/term.h"

#include <stdio.h>
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

// SPDX-License-Identifier: BSD-2-Clause
// What a stock guest prints.
#include "pair/console.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "lib/fd.h"
#include "lib/text.h"
#include "tandem/shared.h"

#define PANIC "Kernel panic - not syncing: "
#define PIECE 4096u

/* A: what was put is there before it is counted. With B, in console_pump(). */
void console_put(void *console, char c)
{
	struct console *con = console;
	uint32_t put = con->put;

	if (put - shared_load_acquire(&con->taken) >= CONSOLE_BYTES) {
		con->lost++;
		return;
	}
	con->ring[put % CONSOLE_BYTES] = c;
	shared_store_release(&con->put, put + 1);
}

/* "[   12.345678] ": what the kernel prints itself begins so. */
static bool is_kernels(const char *line)
{
	return line[0] == '[' && strspn(line + 1, " .0123456789") >= 3 && strchr(line, ']');
}

static void look(struct console *c, const char *line)
{
	const char *panic = strstr(line, PANIC);

	if (panic && !c->panic[0])
		snprintf(c->panic, sizeof(c->panic), "%s", panic + strlen(PANIC));
	if (!is_kernels(line) ? line[0] != '\0' && !panic
			      : strstr(line, " as init process") != NULL)
		c->is_up = true;
}

static char *current(struct console *c)
{
	return c->line[c->nlines % CONSOLE_LINES];
}

static void end_line(struct console *c)
{
	char *line = current(c);

	line[c->line_len] = '\0';
	text_clean(line);
	look(c, line);
	if (c->heard)
		c->heard(c->ctx, line);
	if (c->line_len)
		c->nlines++;
	c->line_len = 0;
}

static void look_at(struct console *c, const char *text, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		if (text[i] == '\n')
			end_line(c);
		else if (text[i] != '\r' && c->line_len < CONSOLE_LINE - 1)
			current(c)[c->line_len++] = text[i];
	}
}

int console_pump(struct console *c, int fd)
{
	char piece[PIECE];
	uint32_t n;
	int err = 0;

	/* B */
	while ((n = shared_load_acquire(&c->put) - c->taken) > 0) {
		if (n > sizeof(piece))
			n = sizeof(piece);
		for (uint32_t i = 0; i < n; i++)
			piece[i] = c->ring[(c->taken + i) % CONSOLE_BYTES];
		shared_store_release(&c->taken, c->taken + n);
		look_at(c, piece, n);
		if (fd >= 0 && !err)
			err = fd_write_all(fd, piece, n);
	}
	return err;
}

const char *console_last_line(const struct console *c, unsigned i)
{
	unsigned n = c->nlines < CONSOLE_LINES - 1 ? c->nlines : CONSOLE_LINES - 1;

	return i < n ? c->line[(c->nlines - n + i) % CONSOLE_LINES] : NULL;
}

// SPDX-License-Identifier: BSD-2-Clause
// Messages to the person at the terminal.
#include "lib/log.h"

#include <assert.h>
#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define LINE_BYTES 1024

static void emit(const char *level, const char *fmt, va_list ap, const char *tail)
{
	char line[LINE_BYTES];
	size_t room = sizeof(line) - 1;
	int n = snprintf(line, room, "tandem: %s", level);
	ssize_t written;

	n += vsnprintf(line + n, room - (size_t)n, fmt, ap);
	if (n < (int)room && tail)
		n += snprintf(line + n, room - (size_t)n, ": %s", tail);
	if (n > (int)room - 1)
		n = (int)room - 1;
	line[n++] = '\n';
	/* One write a line: nothing to do about a stderr that is gone. */
	written = write(STDERR_FILENO, line, (size_t)n);
	(void)written;
}

void log_error(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	emit("", fmt, ap, NULL);
	va_end(ap);
}

void log_warn(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	emit("warning: ", fmt, ap, NULL);
	va_end(ap);
}

void log_info(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	emit("", fmt, ap, NULL);
	va_end(ap);
}

int log_errno(int err, const char *fmt, ...)
{
	char text[128];
	va_list ap;

	va_start(ap, fmt);
	assert(err <= 0); /* an exit code has no text */
	emit("", fmt, ap, strerror_r(-err, text, sizeof(text)));
	va_end(ap);
	return err;
}

void log_guest(const char *vm, const char *line)
{
	char clean[256];
	size_t i;

	for (i = 0; i < sizeof(clean) - 1 && line[i]; i++)
		clean[i] = isprint((unsigned char)line[i]) ? line[i] : '?';
	clean[i] = '\0';
	log_info("guest %s: %s", vm, clean);
}

// SPDX-License-Identifier: BSD-2-Clause
// Messages to the person at the terminal.
#include "lib/log.h"

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/text.h"

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
	/* Files and guests have names in it. */
	text_clean(line);
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

const char *log_reason(int err, char *text, size_t room)
{
	if (err == -EFBIG)
		return "File too large: it is limited by `ulimit -f`";
	/* strerror() is for one thread, and strerror_r() another function in each C library. */
	errno = -err;
	snprintf(text, room, "%m");
	return text;
}

int log_errno(int err, const char *fmt, ...)
{
	char text[128];
	va_list ap;

	assert(err <= 0); /* an exit code has no text */
	va_start(ap, fmt);
	emit("", fmt, ap, log_reason(err, text, sizeof(text)));
	va_end(ap);
	return err;
}

void log_guest(const char *vm, const char *line)
{
	log_info("guest %s: %.255s", vm, line);
}

// SPDX-License-Identifier: BSD-2-Clause
// Standard output: did all of it get there?
#include "lib/out.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "lib/log.h"

/* Of a pipe or a socket the other end is closed. A stream remembers that it failed, not why. */
static bool is_unread(void)
{
	struct pollfd p = { .fd = STDOUT_FILENO, .events = POLLOUT };

	return poll(&p, 1, 0) == 1 && (p.revents & (POLLERR | POLLHUP));
}

int out_settle(int err)
{
	if (fflush(stdout) && !err)
		err = -errno;
	if (ferror(stdout) && !err)
		err = -EIO;
	clearerr(stdout);
	return err == -EPIPE || (err && is_unread()) ? 0 : err;
}

int out_open(struct out_text *t)
{
	*t = (struct out_text){ .to = NULL };
	t->to = open_memstream(&t->text, &t->len);
	return t->to ? 0 : -errno;
}

int out_write(struct out_text *t, FILE *to)
{
	int err = ferror(t->to) ? -ENOMEM : 0;

	if (fclose(t->to))
		err = -ENOMEM;
	if (!err && (fwrite(t->text, 1, t->len, to) != t->len || fflush(to)))
		err = errno ? -errno : -EIO;
	free(t->text);
	*t = (struct out_text){ .to = NULL };
	return err;
}

int out_finish(int code, int failed)
{
	int err = out_settle(0);

	if (!err)
		return code;
	if (err == -EIO)
		log_error("standard output: some of what was printed could not be written");
	else
		log_errno(err, "standard output");
	return code ? code : failed;
}

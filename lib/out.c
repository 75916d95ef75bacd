// SPDX-License-Identifier: BSD-2-Clause
// Standard output: did all of it get there?
#include "lib/out.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
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

// SPDX-License-Identifier: BSD-2-Clause
// File descriptors: they start at -1, are closed once, and eventfds are signalled without blocking.
#ifndef LIB_FD_H
#define LIB_FD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

/* Closes *fd unless it is -1, and sets it to -1. */
void fd_close(int *fd);

/* A non-blocking, close-on-exec eventfd with count 0, or -errno. */
int fd_eventfd(void);

/* Adds 1 to an eventfd; a full counter is as good as a signalled one, so this never fails. */
static inline void fd_signal(int fd)
{
	uint64_t one = 1;
	ssize_t n = write(fd, &one, sizeof(one));

	(void)n;
}

/* Takes the count of an eventfd, 0 when there was none. */
uint64_t fd_take(int fd);

/*
 * Waits for an eventfd, at most timeout_ns (negative: for ever). Does not take its count.
 * true: readable; false: timed out or interrupted by a signal.
 */
bool fd_wait(int fd, int64_t timeout_ns);

/* Writes all of it: 0, or -errno. Restarts after EINTR. */
int fd_write_all(int fd, const void *buf, size_t len);

#endif

// SPDX-License-Identifier: BSD-2-Clause
// The eventfds that a front end sends.
#include "vhost/user_fd.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#ifndef RWF_NOWAIT /* musl before 1.2.5, which has no preadv2() either */
#define RWF_NOWAIT 0x00000008
#endif

/* What else it is; NULL: a file without a name of the kernel's own making, as eventfds are. */
static const char *other_kind(mode_t mode)
{
	switch (mode & S_IFMT) {
	case 0:
		return NULL;
	case S_IFREG:
		return "the fd is a regular file, not an eventfd";
	case S_IFIFO:
		return "the fd is a pipe, not an eventfd";
	case S_IFSOCK:
		return "the fd is a socket, not an eventfd";
	case S_IFDIR:
		return "the fd is a directory, not an eventfd";
	default:
		return "the fd is a device, not an eventfd";
	}
}

/* Of the kernel's own files only an eventfd takes eight bytes; that they add 0 changes nothing. */
static bool takes_a_count(int fd)
{
	uint64_t nothing = 0;

	return write(fd, &nothing, sizeof(nothing)) == (ssize_t)sizeof(nothing);
}

const char *user_fd_check_eventfd(int fd)
{
	struct stat st;
	int flags = fcntl(fd, F_GETFL);
	const char *why;

	if (flags < 0 || fstat(fd, &st) < 0)
		return "the fd cannot be looked at";
	why = other_kind(st.st_mode);
	if (why)
		return why;
	if (!(flags & O_NONBLOCK) && fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0)
		return "the fd cannot be written without waiting";
	return takes_a_count(fd) ? NULL : "the fd is not an eventfd";
}

uint64_t user_fd_take(int fd)
{
	uint64_t count = 0;
	struct iovec to = { &count, sizeof(count) };
	long got = syscall(SYS_preadv2, fd, &to, 1L, -1L, -1L, RWF_NOWAIT);

	return got == (long)sizeof(count) ? count : 0;
}

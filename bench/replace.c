// SPDX-License-Identifier: BSD-2-Clause
// Puts a whole file in another's place.
#include "bench/replace.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bench/cell.h"
#include "lib/fd.h"

static int write_whole(const char *path, int flags, const char *text, size_t len)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC | flags, 0666), err;

	if (fd < 0)
		return -errno;
	err = fd_write_all(fd, text, len);
	/* What is no file has nothing to sync: EINVAL. */
	if (!err && fsync(fd) < 0 && errno != EINVAL)
		err = -errno;
	/* Some filesystems say only now that the disk is full. */
	if (close(fd) < 0 && !err)
		err = -errno;
	return err;
}

static int replace(const char *path, const char *text, size_t len)
{
	char temporary[PATH_MAX];
	int err;

	if (snprintf(temporary, sizeof(temporary), "%s.%d.tmp", path, getpid()) >=
	    (int)sizeof(temporary))
		return -ENAMETOOLONG;
	err = write_whole(temporary, O_CREAT | O_EXCL, text, len);
	if (!err && rename(temporary, path) < 0)
		err = -errno;
	if (err && err != -EEXIST)
		unlink(temporary);
	return err;
}

int replace_file(const char *path, const char *text, size_t len)
{
	struct stat st;
	sigset_t old;
	int err;

	/* /dev/null, a pipe: root could put a file in their place, and nobody would want that. */
	if (stat(path, &st) == 0 && !S_ISREG(st.st_mode))
		return write_whole(path, 0, text, len);
	cell_block_ends(&old);
	err = replace(path, text, len);
	sigprocmask(SIG_SETMASK, &old, NULL);
	return err;
}

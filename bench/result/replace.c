// SPDX-License-Identifier: BSD-2-Clause
// Puts a whole file in another's place.
#include "bench/result/replace.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bench/run/cell.h"
#include "lib/fd.h"

#define LINKS_MAX 40u /* as the kernel follows */

static bool begins(const char *path, const char *with)
{
	return strncmp(path, with, strlen(with)) == 0;
}

/* Names there stand for something else: /dev/stdout for what is open as 1. Only /dev/shm has files of its own. */
bool replace_is_stand_in(const char *path)
{
	return begins(path, "/proc/") || (begins(path, "/dev/") && !begins(path, "/dev/shm/"));
}

/* The path that a link at `path` says; what is relative is so to the link's directory. */
static int follow(char path[PATH_MAX], const char *link)
{
	char *slash = strrchr(path, '/');
	size_t at = *link == '/' || !slash ? 0 : (size_t)(slash - path) + 1;

	if (at + strlen(link) >= PATH_MAX)
		return -ENAMETOOLONG;
	strcpy(path + at, link);
	return 0;
}

int replace_target(const char *path, char target[PATH_MAX])
{
	char link[PATH_MAX];
	ssize_t n;
	int err = 0;

	if (snprintf(target, PATH_MAX, "%s", path) >= PATH_MAX)
		return -ENAMETOOLONG;
	for (unsigned i = 0; !err; i++) {
		n = readlink(target, link, sizeof(link) - 1);
		/* No link, or nothing at all. What is open here is not looked behind. */
		if (n < 0 || begins(target, "/proc/") || begins(target, "/dev/fd/"))
			return 0;
		link[n] = '\0';
		err = i < LINKS_MAX ? follow(target, link) : -ELOOP;
	}
	return err;
}

/* What is open here already has a place of its own in the file, at which to go on. -1: it is none of these. */
static int own_fd(const char *path)
{
	int fd = -1, end = 0;

	if (sscanf(path, "/proc/self/fd/%d%n", &fd, &end) == 1 && !path[end])
		return fd;
	if (sscanf(path, "/dev/fd/%d%n", &fd, &end) == 1 && !path[end])
		return fd;
	return -1;
}

/* `permissions`: of a file that is made. */
static int write_whole(const char *path, int flags, mode_t permissions, const struct stat *as,
		       const char *text, size_t len)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC | flags, permissions), err;

	if (fd < 0)
		return -errno;
	/* Only root may give it away; whoever may not keeps it. */
	if (as && fchown(fd, as->st_uid, as->st_gid) < 0)
		errno = 0;
	err = as && fchmod(fd, as->st_mode & 0777) < 0 ? -errno : fd_write_all(fd, text, len);
	/* What is no file has nothing to sync: EINVAL. */
	if (!err && fsync(fd) < 0 && errno != EINVAL)
		err = -errno;
	/* Some filesystems say only now that the disk is full. */
	if (close(fd) < 0 && !err)
		err = -errno;
	return err;
}

static int write_in_place(const char *path, const char *text, size_t len)
{
	int fd = own_fd(path);

	if (fd < 0)
		return write_whole(path, O_APPEND, 0, NULL, text, len);
	fflush(NULL);
	return fd_write_all(fd, text, len);
}

/* `as`: what is there now, or NULL. Its rights are the new one's, from the beginning. */
static int replace(const char *path, const struct stat *as, const char *text, size_t len)
{
	char temporary[PATH_MAX];
	int err;

	if (snprintf(temporary, sizeof(temporary), "%s.%d.tmp", path, getpid()) >=
	    (int)sizeof(temporary))
		return -ENAMETOOLONG;
	err = write_whole(temporary, O_CREAT | O_EXCL, as ? as->st_mode & 0600 : 0666, as, text,
			  len);
	if (!err && rename(temporary, path) < 0)
		err = -errno;
	if (err && err != -EEXIST)
		unlink(temporary);
	return err;
}

int replace_file(const char *path, const char *text, size_t len)
{
	char target[PATH_MAX];
	struct stat st;
	sigset_t old;
	bool there;
	int err = replace_target(path, target);

	if (err)
		return err;
	there = stat(target, &st) == 0;
	/* /dev/null, a pipe: root could put a file in their place, and nobody would want that. */
	if (replace_is_stand_in(target) || (there && !S_ISREG(st.st_mode)))
		return write_in_place(target, text, len);
	cell_block_ends(&old);
	err = replace(target, there ? &st : NULL, text, len);
	sigprocmask(SIG_SETMASK, &old, NULL);
	return err;
}

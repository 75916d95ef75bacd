// SPDX-License-Identifier: BSD-2-Clause
// What a path leads to, as the kernel resolves it.
#include "bench/result/place.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/fd.h"

#define LINKS_MAX 40u /* as the kernel follows */

static bool begins(const char *path, const char *with)
{
	return strncmp(path, with, strlen(with)) == 0;
}

/* The path that a link at `path` says; a relative one starts at the link's directory. */
static int follow(char path[PATH_MAX], const char *link)
{
	char *slash = strrchr(path, '/');
	size_t at = *link == '/' || !slash ? 0 : (size_t)(slash - path) + 1;

	if (at + strlen(link) >= PATH_MAX)
		return -ENAMETOOLONG;
	strcpy(path + at, link);
	return 0;
}

/*
 * The last name on the way. The kernel does not tell that it went through /dev/stdout. Nothing is
 * opened by this name: whoever changes the links meanwhile only changes which kind of file we take
 * it for.
 */
static void last_name(const char *path, char last[PATH_MAX])
{
	char link[PATH_MAX];
	ssize_t n;

	snprintf(last, PATH_MAX, "%s", path);
	for (unsigned i = 0; i < LINKS_MAX; i++) {
		n = readlink(last, link, sizeof(link) - 1);
		/* What is open there is not looked behind. */
		if (n < 0 || begins(last, "/proc/") || begins(last, "/dev/fd/"))
			return;
		link[n] = '\0';
		if (follow(last, link) < 0)
			return;
	}
}

/* Names there stand for something else. Only /dev/shm has files of its own. */
static bool is_stand_in(const char *name)
{
	return begins(name, "/proc/") || (begins(name, "/dev/") && !begins(name, "/dev/shm/"));
}

static int own_fd(const char *name)
{
	int fd = -1, end = 0;

	if (sscanf(name, "/proc/self/fd/%d%n", &fd, &end) == 1 && !name[end])
		return fd;
	if (sscanf(name, "/dev/fd/%d%n", &fd, &end) == 1 && !name[end])
		return fd;
	return -1;
}

static int split(const char *path, struct place *p)
{
	const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;

	if (strlen(name) > NAME_MAX)
		return -ENAMETOOLONG;
	strcpy(p->name, name);
	snprintf(p->dir_path, sizeof(p->dir_path), "%.*s", slash ? (int)(slash - path) : 1,
		 slash ? path : ".");
	if (slash == path)
		strcpy(p->dir_path, "/");
	p->dir = open(p->dir_path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return p->dir < 0 ? -errno : 0;
}

/* A file's own name: where /proc tells none that leads back to it, it cannot be replaced. */
static void find_directory(int fd, struct place *p)
{
	char link[32], path[PATH_MAX];
	struct stat st;
	ssize_t n;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, path, sizeof(path) - 1);
	if (n < 0)
		return;
	path[n] = '\0';
	if (*path == '/' && split(path, p) == 0 &&
	    fstatat(p->dir, p->name, &st, AT_SYMLINK_NOFOLLOW) == 0 && st.st_dev == p->st.st_dev &&
	    st.st_ino == p->st.st_ino)
		return;
	fd_close(&p->dir);
}

static bool is_link(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0 && S_ISLNK(st.st_mode);
}

int place_open(const char *path, bool make, struct place *p)
{
	char last[PATH_MAX];
	int fd;

	*p = (struct place){ .dir = -1, .own_fd = -1 };
	if (strlen(path) >= PATH_MAX)
		return -ENAMETOOLONG;
	last_name(path, last);
	fd = open(path, O_PATH | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT) {
		if (!make || !is_link(path))
			return split(make ? path : last, p);
		/* The kernel makes what a link names, or refuses. */
		fd = open(path, O_WRONLY | O_CREAT | O_NONBLOCK | O_CLOEXEC, 0666);
	}
	if (fd < 0)
		return -errno;
	p->there = true;
	p->own_fd = own_fd(last);
	if (fstat(fd, &p->st) < 0 || !S_ISREG(p->st.st_mode) || is_stand_in(last))
		p->as_is = true;
	else
		find_directory(fd, p);
	fd_close(&fd);
	return 0;
}

void place_close(struct place *p)
{
	fd_close(&p->dir);
}

int place_check(const char *path)
{
	struct place p;
	int err = place_open(path, false, &p);

	/* A file in a directory that cannot be written to is written in place. */
	if (!err && p.there && access(path, W_OK) < 0)
		err = -errno;
	if ((err == -EACCES || (!err && !p.there)) && p.dir >= 0)
		err = faccessat(p.dir, ".", W_OK | X_OK, 0) < 0 ? -errno : 0;
	place_close(&p);
	return err;
}

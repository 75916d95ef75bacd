// SPDX-License-Identifier: BSD-2-Clause
// Directories that belong to one running process.
#include "lib/claim.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/fd.h"

#define TRIES 16u

static int open_directory(const char *path)
{
	return open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

/* Has nobody removed the directory before we locked it? */
static bool is_there(int fd, const char *path)
{
	struct stat ours, there;

	return fstat(fd, &ours) == 0 && lstat(path, &there) == 0 && ours.st_dev == there.st_dev &&
	       ours.st_ino == there.st_ino;
}

/* -EAGAIN: another process swept the new directory away. */
static int make(struct claim *c, const char *parent, const char *prefix)
{
	c->lock = -1;
	if (snprintf(c->path, sizeof(c->path), "%s/%sXXXXXX", parent, prefix) >=
	    (int)sizeof(c->path))
		return -ENAMETOOLONG;
	if (!mkdtemp(c->path))
		return -errno;
	c->lock = open_directory(c->path);
	if (c->lock < 0)
		return errno == ENOENT ? -EAGAIN : -errno;
	/* A filesystem without locks has no sweepers either. */
	if (flock(c->lock, LOCK_EX | LOCK_NB) < 0 && errno == EWOULDBLOCK)
		return -EAGAIN;
	return is_there(c->lock, c->path) ? 0 : -EAGAIN;
}

int claim_make(struct claim *c, const char *parent, const char *prefix)
{
	int err = -EAGAIN;

	for (unsigned i = 0; err == -EAGAIN && i < TRIES; i++) {
		err = make(c, parent, prefix);
		if (err)
			claim_drop(c);
	}
	return err;
}

void claim_drop(struct claim *c)
{
	fd_close(&c->lock);
	c->path[0] = '\0';
}

static void sweep_one(const char *path, void (*remove)(const char *path))
{
	struct stat st;
	int fd = open_directory(path);

	if (fd < 0)
		return;
	if (fstat(fd, &st) == 0 && st.st_uid == geteuid() && flock(fd, LOCK_EX | LOCK_NB) == 0)
		remove(path);
	fd_close(&fd);
}

void claim_sweep(const char *parent, const char *prefix, void (*remove)(const char *path))
{
	DIR *d = opendir(parent);
	struct dirent *e;
	char path[CLAIM_PATH_MAX];

	while (d && (e = readdir(d)))
		if (strncmp(e->d_name, prefix, strlen(prefix)) == 0 &&
		    snprintf(path, sizeof(path), "%s/%s", parent, e->d_name) < (int)sizeof(path))
			sweep_one(path, remove);
	if (d)
		closedir(d);
}

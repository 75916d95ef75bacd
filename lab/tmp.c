// SPDX-License-Identifier: BSD-2-Clause
// A lab's temporary directory.
#include "lab/tmp.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/fd.h"
#include "lib/log.h"

#define PREFIX "tandem-lab."

static const char *base(void)
{
	const char *dir = getenv("TMPDIR");

	return dir && *dir ? dir : "/tmp";
}

static int open_lock(const char *dir, int flags)
{
	int fd = open(lab_path("%s/lock", dir).s, O_RDWR | O_CLOEXEC | O_NOFOLLOW | flags, 0600);

	if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB))
		fd_close(&fd);
	return fd;
}

/* Ours to remove: we own it, and nobody holds its lock. */
static void sweep_one(const char *dir)
{
	struct stat st;
	int fd;

	if (lstat(dir, &st) || !S_ISDIR(st.st_mode) || st.st_uid != geteuid())
		return;
	fd = open_lock(dir, 0);
	if (fd >= 0)
		lab_dir_remove(dir);
	fd_close(&fd);
}

static void sweep(void)
{
	DIR *d = opendir(base());
	struct dirent *e;

	while (d && (e = readdir(d)))
		if (!strncmp(e->d_name, PREFIX, strlen(PREFIX)))
			sweep_one(lab_path("%s/%s", base(), e->d_name).s);
	if (d)
		closedir(d);
}

int lab_tmp_open(struct lab_tmp *t)
{
	char *real;

	t->lock = -1;
	sweep();
	t->dir = lab_path("%s/" PREFIX "XXXXXX", base());
	if (!mkdtemp(t->dir.s))
		return log_errno(-errno, "lab: %s: cannot make a directory; set TMPDIR", base());
	real = realpath(t->dir.s, NULL);
	if (real)
		t->dir = lab_path("%s", real);
	free(real);
	t->lock = open_lock(t->dir.s, O_CREAT);
	return t->lock < 0 ? log_errno(-errno, "lab: %s/lock", t->dir.s) : 0;
}

void lab_tmp_close(struct lab_tmp *t)
{
	if (t->dir.s[0])
		lab_dir_remove(t->dir.s);
	fd_close(&t->lock);
}

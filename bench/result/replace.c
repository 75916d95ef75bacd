// SPDX-License-Identifier: BSD-2-Clause
// Puts a whole file in another's place.
#include "bench/result/replace.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "bench/result/place.h"
#include "bench/run/cell.h"
#include "bench/run/child.h"
#include "lib/fd.h"

#define TRIES 16u	 /* for a name that nobody has */
#define ENDING_BYTES 14u /* ".", 8 digits, ".tmp", 0 */

static bool is_no_room(int err)
{
	return err == -ENOSPC || err == -EDQUOT || err == -EFBIG;
}

/*
 * Is what was written there to stay? Filesystems that cannot say so (EINVAL, EPERM, ENOSYS) do no
 * harm.
 */
static int sync_and_close(int fd, int err)
{
	if (!err && fsync(fd) < 0 && (errno == EIO || is_no_room(-errno)))
		err = -errno;
	/* Some filesystems say only now that the disk is full. */
	if (close(fd) < 0 && !err && errno != EINTR)
		err = -errno;
	return err;
}

/*
 * Only root may give a file away, and some filesystems have no rights: nothing is lost by either.
 */
static void take_rights(int fd, const struct stat *as)
{
	if (fchown(fd, as->st_uid, as->st_gid) < 0 || fchmod(fd, as->st_mode & 0777) < 0)
		errno = 0;
}

/*
 * Not by our pid: an earlier self in a container had the same. The old name's beginning, if all is
 * too long.
 */
static int open_beside(const struct place *p, char name[NAME_MAX + 1])
{
	mode_t permissions = p->there ? p->st.st_mode & 0600 : 0666;
	unsigned number = 0;
	int fd = -1;

	for (unsigned i = 0; fd < 0 && i < TRIES; i++) {
		if (getrandom(&number, sizeof(number), GRND_NONBLOCK) < 0)
			number = (unsigned)getpid() + i;
		snprintf(name, NAME_MAX + 1, "%.*s.%08x.tmp", (int)(NAME_MAX + 1 - ENDING_BYTES),
			 p->name, number);
		fd = openat(p->dir, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, permissions);
		if (fd < 0 && errno != EEXIST)
			break;
	}
	return fd < 0 ? -errno : fd;
}

/* The new file beside the old one; "" in `name` where there is none. */
static int write_beside(const struct place *p, const char *text, size_t len,
			char name[NAME_MAX + 1])
{
	int fd = p->dir < 0 ? -ENOENT : open_beside(p, name), err;

	if (fd < 0) {
		*name = '\0';
		return fd;
	}
	if (p->there)
		take_rights(fd, &p->st);
	err = sync_and_close(fd, fd_write_all(fd, text, len));
	if (err) {
		unlinkat(p->dir, name, 0);
		*name = '\0';
	}
	return err;
}

/* Room first, where the filesystem can: what is there must not be lost for half of the new text. */
static int overwrite(int fd, const char *text, size_t len, bool sure)
{
	int err = fallocate(fd, FALLOC_FL_KEEP_SIZE, 0, (off_t)len) < 0 ? -errno : 0;

	if (is_no_room(err) || (err && !sure))
		return err;
	err = fd_write_all(fd, text, len);
	return !err && ftruncate(fd, (off_t)len) < 0 ? -errno : err;
}

/* `sure`: nothing says that there is no room. */
static int write_in_place(const char *path, const char *text, size_t len, bool sure)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	return fd < 0 ? -errno : sync_and_close(fd, overwrite(fd, text, len, sure));
}

/* What is open as ours already has a place of its own in the file, at which to go on. */
static int write_as_is(const char *path, const struct place *p, const char *text, size_t len)
{
	int fd;

	if (p->own_fd >= 0) {
		fflush(NULL);
		return fd_write_all(p->own_fd, text, len);
	}
	fd = open(path, O_WRONLY | O_APPEND | O_CLOEXEC);
	return fd < 0 ? -errno : sync_and_close(fd, fd_write_all(fd, text, len));
}

static int replace(const char *path, const struct place *p, const char *text, size_t len,
		   char kept[REPLACE_KEPT_MAX])
{
	char name[NAME_MAX + 1];
	int err = write_beside(p, text, len, name);

	if (!err && renameat(p->dir, name, p->dir, p->name) == 0)
		return 0;
	err = err ? err : -errno;
	/* A limit of sizes is the same there, and would leave half of it. */
	if (p->there && err != -EFBIG && write_in_place(path, text, len, !is_no_room(err)) == 0)
		err = 0;
	if (*name && err && kept)
		snprintf(kept, REPLACE_KEPT_MAX, "%s/%s", p->dir_path, name);
	else if (*name)
		unlinkat(p->dir, name, 0);
	return err;
}

int replace_file(const char *path, const char *text, size_t len, char kept[REPLACE_KEPT_MAX])
{
	struct place p;
	sigset_t old;
	int err;

	if (kept)
		*kept = '\0';
	cell_block_ends(&old);
	err = place_open(path, true, &p);
	if (!err)
		err = p.as_is ? write_as_is(path, &p, text, len)
			      : replace(path, &p, text, len, kept);
	place_close(&p);
	sigprocmask(SIG_SETMASK, &old, NULL);
	return err;
}

int replace_rescue(const char *text, size_t len, char kept[REPLACE_KEPT_MAX])
{
	const char *const places[] = { getenv("TMPDIR"), "/tmp", "/var/tmp" };
	int fd = -1, err = -ENOENT;

	for (size_t i = 0; err && i < sizeof(places) / sizeof(places[0]); i++) {
		if (!places[i] || snprintf(kept, REPLACE_KEPT_MAX, "%s/tandem-XXXXXX.json",
					   places[i]) >= REPLACE_KEPT_MAX)
			continue;
		fd = mkostemps(kept, 5, O_CLOEXEC);
		err = fd < 0 ? -errno : sync_and_close(fd, fd_write_all(fd, text, len));
		if (fd >= 0 && err)
			unlink(kept);
	}
	return err;
}

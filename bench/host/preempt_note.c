// SPDX-License-Identifier: BSD-2-Clause
// The note of what is to be restored; whoever holds its lock may switch the host's mode and slice.
#include "bench/host/preempt_note.h"
#include "bench/host/modes.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/fd.h"
#include "lib/log.h"

#define NOTE_BYTES 48 /* always as many, so that one write replaces the whole note */
#define UNCHANGED "unchanged"

static bool is_number(const char *text)
{
	return *text && strspn(text, "0123456789") == strlen(text);
}

struct preempt_note preempt_note_read(int fd)
{
	struct preempt_note n = { .mode = "" };
	char text[NOTE_BYTES + 1];
	ssize_t got = pread(fd, text, NOTE_BYTES, 0);

	text[got > 0 ? got : 0] = '\0';
	if (sscanf(text, "%15s %d %15s", n.mode, &n.pid, n.slice) < 1 ||
	    !preempt_is_mode(n.mode, strlen(n.mode)))
		n.mode[0] = '\0';
	if (!is_number(n.slice))
		n.slice[0] = '\0';
	return n;
}

int preempt_note_write(int fd, const char *mode, const char *slice)
{
	char text[NOTE_BYTES + 1];
	ssize_t n;

	snprintf(text, sizeof(text), "%-15s %-15d %-15s\n", *mode ? mode : UNCHANGED, getpid(),
		 *slice ? slice : UNCHANGED);
	n = pwrite(fd, text, NOTE_BYTES, 0);
	if (n == NOTE_BYTES)
		return 0;
	return n < 0 ? -errno : -ENOSPC;
}

static int refuse(int fd)
{
	struct preempt_note n = preempt_note_read(fd);
	char who[32] = "";

	if (n.pid)
		snprintf(who, sizeof(who), ", process %d,", n.pid);
	log_error("another tandem%s is switching this host's preemption mode or slice; wait for "
		  "it, or "
		  "end it",
		  who);
	return -EBUSY;
}

/* Was the file that we opened removed by the one who had it before us? */
static bool is_gone(int fd, const char *path)
{
	struct stat ours, there;

	return fstat(fd, &ours) < 0 || stat(path, &there) < 0 || ours.st_dev != there.st_dev ||
	       ours.st_ino != there.st_ino;
}

/* -EAGAIN: to be tried again. */
static int open_locked(const char *path, bool make, int *fd)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	int err = 0;

	*fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW | (make ? O_CREAT : 0), 0600);
	if (*fd < 0 && errno == ENOENT && !make)
		return -ENOENT;
	if (*fd < 0)
		return log_errno(-errno, "%s: cannot leave a note of what is to be restored", path);
	/* An older tandem's could be read by all. */
	fchmod(*fd, 0600);
	if (fcntl(*fd, F_OFD_SETLK, &lock) < 0)
		err = errno == EAGAIN || errno == EACCES ? refuse(*fd)
							 : log_errno(-errno, "%s: lock", path);
	else if (is_gone(*fd, path))
		err = -EAGAIN;
	if (err)
		fd_close(fd);
	return err;
}

int preempt_note_take(const char *path, bool make, int *fd)
{
	int err;

	do {
		err = open_locked(path, make, fd);
	} while (err == -EAGAIN);
	return err;
}

void preempt_note_drop(const char *path, int *fd, bool done)
{
	/* While the lock is held: nobody else can have taken it meanwhile. */
	if (done)
		unlink(path);
	fd_close(fd);
}

struct preempt_note preempt_note_look(const char *path)
{
	struct flock lock = { .l_type = F_RDLCK, .l_whence = SEEK_SET };
	struct preempt_note n = { .mode = "" };
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

	n.hidden = fd < 0 && errno == EACCES;
	if (fd < 0)
		return n;
	n = preempt_note_read(fd);
	n.held = fcntl(fd, F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
	fd_close(&fd);
	return n;
}

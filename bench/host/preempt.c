// SPDX-License-Identifier: BSD-2-Clause
// Switching the host's preemption mode, and putting it back.
#include "bench/host/preempt.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

#include "lib/fd.h"
#include "lib/log.h"

#define SETTLE_TRIES 100
#define SETTLE_NS 10000000l

const char *const preempt_modes[] = { "none", "voluntary", "full", "lazy", "rt", NULL };

const struct preempt_paths preempt_real = {
	.file = "/sys/kernel/debug/sched/preempt",
	.note = "/run/tandem-preempt",
};

bool preempt_is_mode(const char *name, size_t len)
{
	for (size_t i = 0; preempt_modes[i]; i++)
		if (strlen(preempt_modes[i]) == len && strncmp(preempt_modes[i], name, len) == 0)
			return true;
	return false;
}

/* Why the file can't be opened, and what would help. */
static void explain_open(const char *path, int err)
{
	struct statfs fs;
	bool mounted = statfs("/sys/kernel/debug", &fs) == 0 && fs.f_type == DEBUGFS_MAGIC;

	if (geteuid() != 0)
		log_error("--preempt: %s: only root may switch the preemption mode; run as root, or use "
			  "tandem lab",
			  path);
	else if (err == -EPERM || err == -EACCES)
		log_error("--preempt: %s: refused by kernel lockdown; boot without lockdown, or use "
			  "tandem lab",
			  path);
	else if (err == -ENOENT && !mounted)
		log_error(
			"--preempt: debugfs is not mounted; mount -t debugfs none /sys/kernel/debug");
	else if (err == -ENOENT)
		log_error("--preempt: %s: this kernel is built without PREEMPT_DYNAMIC; boot one that has "
			  "it, or use tandem lab",
			  path);
	else
		log_errno(err, "--preempt: %s: open", path);
}

static int read_file(int fd, char *text, size_t bytes)
{
	ssize_t n = pread(fd, text, bytes - 1, 0);

	if (n < 0)
		return -errno;
	text[n] = '\0';
	return 0;
}

/* "none voluntary (full) lazy": copies what is in parentheses. */
static int read_active(int fd, char *mode, size_t bytes)
{
	char text[128], *open, *close;
	int err = read_file(fd, text, sizeof(text));

	if (err)
		return err;
	open = strchr(text, '(');
	close = open ? strchr(open, ')') : NULL;
	if (!close || (size_t)(close - open) > bytes)
		return -EINVAL;
	*close = '\0';
	memcpy(mode, open + 1, (size_t)(close - open));
	return 0;
}

static void say_killed(void (*say)(const char *fmt, ...), const char *mode)
{
	say("a tandem that was killed left the preemption mode switched; it was %s before: "
	    "`tandem doctor --restore-preempt` puts it back",
	    mode);
}

/* Nobody else switches while we have it. Switching on top of a killed one's would forget what is to be put back. */
static int take_note(struct preempt_control *c)
{
	int err = preempt_note_take(c->paths.note, true, &c->note_fd);
	struct preempt_note left;

	if (err)
		return err;
	left = preempt_note_read(c->note_fd);
	if (left.mode[0]) {
		say_killed(log_error, left.mode);
		preempt_note_drop(c->paths.note, &c->note_fd, false);
		return -EEXIST;
	}
	err = preempt_note_write(c->note_fd, "");
	if (!err)
		return 0;
	preempt_note_drop(c->paths.note, &c->note_fd, true);
	return log_errno(err, "--preempt: %s: cannot leave a note of the mode to restore",
			 c->paths.note);
}

static int open_file(struct preempt_control *c)
{
	int err;

	c->fd = open(c->paths.file, O_RDWR | O_CLOEXEC);
	if (c->fd >= 0)
		return 0;
	err = -errno;
	explain_open(c->paths.file, err);
	return err;
}

int preempt_open(struct preempt_control *c, const struct preempt_paths *paths)
{
	int err;

	*c = (struct preempt_control){ .paths = *paths, .fd = -1, .note_fd = -1 };
	err = open_file(c);
	if (err)
		return err;
	err = take_note(c);
	if (err) {
		fd_close(&c->fd);
		return err;
	}
	err = read_active(c->fd, c->original, sizeof(c->original));
	if (err)
		log_errno(err, "--preempt: %s: does not say which mode is on", paths->file);
	if (err)
		preempt_close(c);
	return err;
}

int preempt_active(const struct preempt_control *c, char mode[PREEMPT_MODE_BYTES])
{
	return read_active(c->fd, mode, PREEMPT_MODE_BYTES);
}

bool preempt_offers(const struct preempt_control *c, const char *mode)
{
	char text[128], offered[128] = "", *save = NULL, *word;
	bool found = false;

	if (read_file(c->fd, text, sizeof(text)) < 0)
		return false;
	for (word = strtok_r(text, " ()\n", &save); word; word = strtok_r(NULL, " ()\n", &save)) {
		size_t used = strlen(offered);

		found |= strcmp(word, mode) == 0;
		snprintf(offered + used, sizeof(offered) - used, "%s%s", used ? ", " : "", word);
	}
	if (!found)
		log_error("--preempt=%s: this kernel does not offer it; it offers %s; see tandem lab --list "
			  "for one that does",
			  mode, offered);
	return found;
}

static int write_mode(const struct preempt_control *c, const char *mode)
{
	struct timespec pause = { .tv_nsec = SETTLE_NS };
	char active[16];

	/* Not pwrite(): sequential files of the kernel refuse it. */
	if (lseek(c->fd, 0, SEEK_SET) < 0 || write(c->fd, mode, strlen(mode)) < 0)
		return -errno;
	for (int i = 0; i < SETTLE_TRIES; i++) {
		if (read_active(c->fd, active, sizeof(active)) == 0 && strcmp(active, mode) == 0)
			return 0;
		nanosleep(&pause, NULL);
	}
	return -ETIMEDOUT;
}

int preempt_switch(struct preempt_control *c, const char *mode)
{
	int err = c->switched ? 0 : preempt_note_write(c->note_fd, c->original);

	if (err)
		return log_errno(err, "--preempt: %s: cannot leave a note of the mode to restore",
				 c->paths.note);
	c->switched = true;
	err = write_mode(c, mode);
	return err ? log_errno(err, "--preempt: %s: switching to %s", c->paths.file, mode) : 0;
}

void preempt_close(struct preempt_control *c)
{
	bool done;

	if (c->fd < 0)
		return;
	done = !c->switched || write_mode(c, c->original) == 0;
	if (!done)
		log_error("--preempt: the mode could not be put back to %s; write it to %s",
			  c->original, c->paths.file);
	preempt_note_drop(c->paths.note, &c->note_fd, done);
	fd_close(&c->fd);
}

bool preempt_warn_note(const struct preempt_paths *paths)
{
	struct preempt_note n = preempt_note_look(paths->note);

	if (n.held)
		log_warn("another tandem, process %d, is switching this host's preemption mode: what is "
			 "measured meanwhile is of no one mode",
			 n.pid);
	else if (n.mode[0])
		say_killed(log_warn, n.mode);
	return n.held || n.mode[0];
}

static int restore(struct preempt_control *c, const char *mode)
{
	int err = open_file(c);

	if (err)
		return err;
	err = write_mode(c, mode);
	fd_close(&c->fd);
	return err ? log_errno(err, "--preempt: %s: switching back to %s", c->paths.file, mode) : 0;
}

int preempt_restore_note(const struct preempt_paths *paths)
{
	struct preempt_control c = { .paths = *paths, .fd = -1 };
	int err = preempt_note_take(paths->note, false, &c.note_fd);
	struct preempt_note n;

	if (err)
		return err;
	n = preempt_note_read(c.note_fd);
	err = n.mode[0] ? restore(&c, n.mode) : -ENOENT;
	preempt_note_drop(paths->note, &c.note_fd, !err || err == -ENOENT);
	return err;
}

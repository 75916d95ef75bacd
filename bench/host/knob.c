// SPDX-License-Identifier: BSD-2-Clause
// One of the scheduler's files in debugfs: what it says, and writing another value to it.
#include "bench/host/knob.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "lib/fd.h"

#define SETTLE_TRIES 100
#define SETTLE_NS 10000000l
#define TEXT_BYTES 128u

/*
 * The file is opened anew for each look and each value: files of one number cannot be read at an
 * offset, and sequential ones cannot be written at one.
 */
static int read_text(const struct knob *k, char text[TEXT_BYTES])
{
	int fd = open(k->path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, text, TEXT_BYTES - 1);
	int err = n < 0 ? -errno : 0;

	text[n > 0 ? n : 0] = '\0';
	fd_close(&fd);
	return err;
}

int knob_read(const struct knob *k, char value[KNOB_BYTES])
{
	char text[TEXT_BYTES], *from;
	int err = read_text(k, text);
	size_t n;

	if (err)
		return err;
	from = strchr(text, '(');
	from = from ? from + 1 : text;
	n = strcspn(from, ") \n");
	if (!n || n >= KNOB_BYTES)
		return -EINVAL;
	memcpy(value, from, n);
	value[n] = '\0';
	return 0;
}

bool knob_offers(const struct knob *k, const char *word, char *offered, unsigned bytes)
{
	char text[TEXT_BYTES], *save = NULL, *w;
	bool found = false;

	offered[0] = '\0';
	if (read_text(k, text) < 0)
		return false;
	for (w = strtok_r(text, " ()\n", &save); w; w = strtok_r(NULL, " ()\n", &save)) {
		size_t used = strlen(offered);

		found |= strcmp(w, word) == 0;
		snprintf(offered + used, bytes - used, "%s%s", used ? ", " : "", w);
	}
	return found;
}

static int write_text(const struct knob *k, const char *value)
{
	char text[KNOB_BYTES + 2];
	int fd = open(k->path, O_WRONLY | O_CLOEXEC), err;

	snprintf(text, sizeof(text), "%s%s", value, k->ending);
	err = fd < 0 || write(fd, text, strlen(text)) < 0 ? -errno : 0;
	fd_close(&fd);
	return err;
}

int knob_write(const struct knob *k, const char *value)
{
	struct timespec pause = { .tv_nsec = SETTLE_NS };
	char now[KNOB_BYTES];
	int err = write_text(k, value);

	for (int i = 0; i < SETTLE_TRIES && !err; i++) {
		if (knob_read(k, now) == 0 && strcmp(now, value) == 0)
			return 0;
		nanosleep(&pause, NULL);
	}
	return err ? err : -ETIMEDOUT;
}

int knob_open(struct knob *k, const char *option, const char *path, const char *ending)
{
	int fd = open(path, O_RDWR | O_CLOEXEC);

	*k = (struct knob){ .option = option, .path = path, .ending = ending };
	if (fd < 0)
		return -errno;
	fd_close(&fd);
	k->open = true;
	return knob_read(k, k->original);
}

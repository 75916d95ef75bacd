// SPDX-License-Identifier: BSD-2-Clause
// Whole files, paths and directories, for the lab.
#include "lab/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "lib/fd.h"

#define YEAR_S (365L * 24 * 3600)

struct lab_path lab_path(const char *fmt, ...)
{
	struct lab_path p;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(p.s, sizeof(p.s), fmt, ap);
	va_end(ap);
	if (n < 0 || (size_t)n >= sizeof(p.s))
		p.s[0] = '\0';
	return p;
}

/* Reads to the end, since files in /proc do not tell their size. */
static int read_to_end(int fd, char **buf, size_t *len)
{
	size_t room = 0, got = 0;
	char *b = NULL;

	for (;;) {
		ssize_t n;

		if (got + 1 >= room) {
			char *more = realloc(b, room = room ? room * 2 : 65536);

			if (!more) {
				free(b);
				return -ENOMEM;
			}
			b = more;
		}
		n = read(fd, b + got, room - got - 1);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			int err = -errno;

			free(b);
			return err;
		}
		if (n == 0)
			break;
		got += (size_t)n;
	}
	b[got] = '\0';
	*buf = b;
	if (len)
		*len = got;
	return 0;
}

int lab_fd_read(int fd, char **buf, size_t *len)
{
	if (lseek(fd, 0, SEEK_SET) < 0)
		return -errno;
	return read_to_end(fd, buf, len);
}

int lab_file_read(const char *path, char **buf, size_t *len)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	int err;

	if (fd < 0)
		return -errno;
	err = read_to_end(fd, buf, len);
	close(fd);
	return err;
}

int lab_file_write(const char *path, const void *buf, size_t len)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	int err;

	if (fd < 0)
		return -errno;
	err = fd_write_all(fd, buf, len);
	if (close(fd) && !err)
		err = -errno;
	return err;
}

bool lab_file_exists(const char *path)
{
	return access(path, F_OK) == 0;
}

long lab_file_age(const char *path)
{
	struct stat st;

	return stat(path, &st) ? YEAR_S : (long)(time(NULL) - st.st_mtime); /* wall clock */
}

int lab_dir_make(const char *path)
{
	struct lab_path p = lab_path("%s", path);
	char *slash;

	for (slash = strchr(p.s + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (mkdir(p.s, 0755) && errno != EEXIST)
			return -errno;
		*slash = '/';
	}
	return mkdir(p.s, 0755) && errno != EEXIST ? -errno : 0;
}

/* Directory entries without . and .. */
static struct dirent *next_entry(DIR *d)
{
	struct dirent *e;

	while ((e = readdir(d)))
		if (strcmp(e->d_name, ".") && strcmp(e->d_name, ".."))
			break;
	return e;
}

static bool is_dir(const char *path)
{
	struct stat st;

	return !lstat(path, &st) && S_ISDIR(st.st_mode);
}

void lab_dir_remove(const char *path)
{
	DIR *d = is_dir(path) ? opendir(path) : NULL;
	struct dirent *e;

	while (d && (e = next_entry(d))) {
		struct lab_path p = lab_path("%s/%s", path, e->d_name);

		if (is_dir(p.s))
			lab_dir_remove(p.s);
		else
			unlink(p.s);
	}
	if (d)
		closedir(d);
	rmdir(path);
}

int lab_dir_find(const char *dir, bool (*match)(const char *name, const void *arg), const void *arg,
		 struct lab_path *found)
{
	DIR *d = opendir(dir);
	struct dirent *e;
	int err = -ENOENT;

	if (!d)
		return -errno;
	while (err == -ENOENT && (e = next_entry(d))) {
		struct lab_path p = lab_path("%s/%s", dir, e->d_name);

		if (is_dir(p.s)) {
			err = lab_dir_find(p.s, match, arg, found);
		} else if (match(e->d_name, arg)) {
			*found = p;
			err = 0;
		}
	}
	closedir(d);
	return err;
}

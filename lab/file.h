// SPDX-License-Identifier: BSD-2-Clause
// Whole files, paths and directories, for the lab.
#ifndef LAB_FILE_H
#define LAB_FILE_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

struct lab_path {
	char s[PATH_MAX];
};

/* printf into a path; one too long becomes "", which no file operation accepts. */
struct lab_path lab_path(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* The whole file with a 0 after it, to be freed. 0, or -errno. `len` may be NULL. */
int lab_file_read(const char *path, char **buf, size_t *len);
int lab_fd_read(int fd, char **buf, size_t *len);

/* Makes or replaces a file. 0, or -errno. */
int lab_file_write(const char *path, const void *buf, size_t len);

bool lab_file_exists(const char *path);

/* Seconds since it was last written; a year when it does not exist. */
long lab_file_age(const char *path);

/* mkdir -p. 0, or -errno. */
int lab_dir_make(const char *path);

/* rm -rf, across no mount and following no link. */
void lab_dir_remove(const char *path);

/*
 * The first file below `dir` that `match(name, arg)` accepts, as a whole path. 0, -ENOENT, or
 * another -errno. Does not follow links.
 */
int lab_dir_find(const char *dir, bool (*match)(const char *name, const void *arg), const void *arg,
		 struct lab_path *found);

#endif

// SPDX-License-Identifier: BSD-2-Clause
// What a path leads to, as the kernel resolves it.
#ifndef BENCH_RESULT_PLACE_H
#define BENCH_RESULT_PLACE_H

#include <limits.h>
#include <stdbool.h>
#include <sys/stat.h>

/*
 * The kernel follows the links, so its rules hold: fs.protected_symlinks refuses a foreign link in
 * a sticky directory. Files can be made in and renamed in `dir`, whatever becomes of the path
 * meanwhile.
 */
struct place {
	bool there; /* something has this name already, and is `st` */
	/*
	 * No file to replace: a device, a pipe, or a name in /dev or /proc (/dev/stdout). It is
	 * written to as it is.
	 */
	bool as_is;
	int own_fd; /* the path is a name of this file descriptor of ours; -1: of none */
	int dir;    /* the directory that has the file; -1: unknown, or the path is as_is */
	char dir_path[PATH_MAX], name[NAME_MAX + 1];
	struct stat st;
};

/*
 * `make`: a link to nothing makes an empty file where it leads. 0 or -errno; place_close() in
 * either case.
 */
int place_open(const char *path, bool make, struct place *p);
void place_close(struct place *p);

/* Could the path be written to now? Makes nothing. 0 or -errno. */
int place_check(const char *path);

#endif

// SPDX-License-Identifier: BSD-2-Clause
// Puts a whole file in another's place.
#ifndef BENCH_RESULT_REPLACE_H
#define BENCH_RESULT_REPLACE_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

/*
 * Writes `len` bytes of `text` beside `path` and renames them into its place: a reader sees the old file
 * or the new one, and signals that end the program wait until nothing is left beside. The new one has the old one's
 * rights. A symbolic link stays: what it names is replaced. What is no regular file (a device, a pipe), or has its name
 * in /dev or /proc (/dev/stdout), is written to as it is. 0 or -errno.
 */
int replace_file(const char *path, const char *text, size_t len);

/* What `path` names when links are followed; it need not be there. 0, -ELOOP or -ENAMETOOLONG. */
int replace_target(const char *path, char target[PATH_MAX]);

/* Is a target's name in /dev or /proc, but for /dev/shm? */
bool replace_is_stand_in(const char *target);

#endif

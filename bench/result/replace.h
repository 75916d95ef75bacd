// SPDX-License-Identifier: BSD-2-Clause
// Puts a whole file in another's place.
#ifndef BENCH_RESULT_REPLACE_H
#define BENCH_RESULT_REPLACE_H

#include <limits.h>
#include <stddef.h>

#define REPLACE_KEPT_MAX (PATH_MAX + NAME_MAX + 2)

/*
 * Writes `len` bytes of `text` beside the file and renames them into its place: a reader sees the
 * old file or the new one, and signals that end the program wait until nothing is left beside. The
 * new file has the old one's rights where the filesystem lets us set them. A symbolic link stays:
 * what it names is replaced. Where a file cannot be put there or renamed (a bind mount, a read-only
 * directory), the old one is overwritten, unless there is no room for the new one. What is no
 * regular file, or has its name in /dev or /proc (/dev/stdout), is written to as it is.
 * 0 or -errno. `kept`, which may be NULL: then the file beside it that has all of the text, or "".
 */
int replace_file(const char *path, const char *text, size_t len, char kept[REPLACE_KEPT_MAX]);

/* Writes the text to a new file in TMPDIR, /tmp or /var/tmp. 0 and its path, or -errno. */
int replace_rescue(const char *text, size_t len, char kept[REPLACE_KEPT_MAX]);

#endif

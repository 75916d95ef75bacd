// SPDX-License-Identifier: BSD-2-Clause
// Puts a whole file in another's place.
#ifndef BENCH_REPLACE_H
#define BENCH_REPLACE_H

#include <stddef.h>

/*
 * Writes `len` bytes of `text` beside `path` and renames them into its place: a reader sees the old file
 * or the new one, and signals that end the program wait until nothing is left beside. What is there and no
 * regular file (a device, a pipe) is written to as it is. 0 or -errno.
 */
int replace_file(const char *path, const char *text, size_t len);

#endif

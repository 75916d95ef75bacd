// SPDX-License-Identifier: BSD-2-Clause
// Short files of the kernel.
#ifndef BENCH_HOST_TEXT_H
#define BENCH_HOST_TEXT_H

#include <stdbool.h>
#include <stddef.h>

/* The beginning of a file of /proc or /sys below `root`; false: it is not there, or empty. */
bool host_read_text(const char *root, const char *path, char *text, size_t bytes);

#endif

// SPDX-License-Identifier: BSD-2-Clause
// Where --trace=FILE goes.
#ifndef BENCH_RESULT_TRACEFILE_H
#define BENCH_RESULT_TRACEFILE_H

#include <stddef.h>

/* Could the file be written now? Asked before measuring. 0 or -errno (logged). */
int tracefile_check(const char *path);

/* Whole or not at all. 0 or -errno (logged). */
int tracefile_write(const char *path, const char *text, size_t len);

#endif

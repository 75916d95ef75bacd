// SPDX-License-Identifier: BSD-2-Clause
// A trace.dat: the kernel's raw events of all runs in one file, for trace-cmd and KernelShark.
#ifndef BENCH_TRACE_DAT_H
#define BENCH_TRACE_DAT_H

#include <stddef.h>

struct dat;

/*
 * `path`: the file that it will be; beside that, in a file without a name, is what was taken so
 * far. `instance`: the tracing instance's directory. NULL after a message.
 */
struct dat *dat_open(const char *path, const char *instance);

/* Between two runs, with tracing off: takes all that the buffers have out of them. */
void dat_take(struct dat *d);

/*
 * Makes the file's content of what was taken: *text stays mapped until dat_close(). 0 or -errno,
 * also for what went wrong when it was taken.
 */
int dat_whole(struct dat *d, const char **text, size_t *len);

/* Accepts NULL. */
void dat_close(struct dat *d);

#endif

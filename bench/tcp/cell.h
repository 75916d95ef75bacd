// SPDX-License-Identifier: BSD-2-Clause
// One run of TCP between two stock guests: booted, heard and ended in a child process.
#ifndef BENCH_TCP_CELL_H
#define BENCH_TCP_CELL_H

#include <stdbool.h>

struct tcp_result;
struct tcp_spec;

/* As cell_run(). */
int tcp_cell_run(const struct tcp_spec *spec, struct tcp_result *out, bool *stop);

/* Which part of a result no honest child could have left; NULL: none. For tests, too. */
const char *tcp_nonsense(const void *result);

#endif

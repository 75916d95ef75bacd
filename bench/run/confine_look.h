// SPDX-License-Identifier: BSD-2-Clause
// What the kernel says of the threads of a pair that really runs.
#ifndef BENCH_RUN_CONFINE_LOOK_H
#define BENCH_RUN_CONFINE_LOOK_H

#include <stdbool.h>

struct cell_spec;
struct confine_report;

/* Runs such a pair and reports on it while it runs. 0; or -errno, as cell_in_child(). */
int confine_look(const struct cell_spec *spec, struct confine_report *out, bool *stop);

#endif

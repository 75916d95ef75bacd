// SPDX-License-Identifier: BSD-2-Clause
// One cell of the crowd: guests made, run, counted, drained and stopped in a child process.
#ifndef BENCH_CROWD_CELL_H
#define BENCH_CROWD_CELL_H

#include <stdbool.h>

struct crowd_result;
struct crowd_spec;

/* One cell in a child process, as cell_run(). */
int crowd_cell_run(const struct crowd_spec *spec, struct crowd_result *out, bool *stop);

#endif

// SPDX-License-Identifier: BSD-2-Clause
// Running one cell of a benchmark.
#ifndef BENCH_RUN_CELL_RUN_H
#define BENCH_RUN_CELL_RUN_H

#include "bench/run/cell.h"

/*
 * Runs the cell in a child process (made, confined, started, measured, drained, stopped there) and
 * waits for it. 0: *out is filled, out->ok tells; -errno: the child could not be run (logged).
 * Signals that end (lib/signals.h) must be blocked: they end the cell early, marked as cut. *stop
 * is set then.
 */
int cell_run(const struct cell_spec *spec, struct cell_result *out, bool *stop);

/* The pair that a cell is made of; kvm_fd: -1 with accel thread. */
struct pair_config cell_pair_config(const struct cell_spec *spec, int kvm_fd);

#endif

// SPDX-License-Identifier: BSD-2-Clause
// Measuring a benchmark: baselines, rounds, conclusions.
#ifndef BENCH_PLAN_MEASURE_H
#define BENCH_PLAN_MEASURE_H

struct bench;

/*
 * Makes plan.warmup + runs rounds, each of which has every row's cell once, and concludes.
 * runs_name() comes first, runs_free() last. 0; -EIO: a cell failed; -EACCES: by a system call that
 * its filter does not have; -ENOSYS: this host lacks something (both logged).
 */
int bench_run(struct bench *b);

#endif

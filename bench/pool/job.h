// SPDX-License-Identifier: BSD-2-Clause
// What is common to all engines: running a job, and how many threads they have.
#ifndef BENCH_POOL_JOB_H
#define BENCH_POOL_JOB_H

#include <sched.h>

struct pool_job;

/* The default number of threads for `cpus` CPUs. */
unsigned pool_default_workers(const cpu_set_t *cpus);

/* Runs a job: stamps, counts, tells its producer. For engines; any thread. */
void pool_job_run(struct pool_job *job);

#endif

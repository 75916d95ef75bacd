// SPDX-License-Identifier: BSD-2-Clause
// What is common to all engines: running a job, and how many threads they have.
#include "bench/pool/job.h"

#include "bench/pool/pool.h"
#include "lib/clock.h"

void pool_job_run(struct pool_job *job)
{
	job->ran_at = clock_now();
	__atomic_fetch_add(&job->runs, 1, __ATOMIC_RELAXED);
	wake_signal(&job->done);
}

unsigned pool_default_workers(const cpu_set_t *cpus)
{
	return (unsigned)CPU_COUNT(cpus) + 1;
}

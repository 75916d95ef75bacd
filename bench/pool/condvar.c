// SPDX-License-Identifier: BSD-2-Clause
// Baseline of the pool benchmark: a list, a mutex and a condition variable.
#include <errno.h>
#include <stdlib.h>

#include "bench/pool/job.h"
#include "bench/pool/engines.h"
#include "lib/thread.h"

struct condvar_pool {
	pthread_mutex_t lock;
	pthread_cond_t more;
	struct pool_job *head, *tail;
	bool stopping;
	unsigned nthreads;
	struct thread threads[];
};

static struct pool_job *take(struct condvar_pool *p)
{
	struct pool_job *job;

	pthread_mutex_lock(&p->lock);
	while (!p->head && !p->stopping)
		pthread_cond_wait(&p->more, &p->lock);
	job = p->head;
	if (job)
		p->head = job->next;
	pthread_mutex_unlock(&p->lock);
	return job;
}

static void worker_main(void *arg)
{
	struct pool_job *job;

	while ((job = take(arg)))
		pool_job_run(job);
}

static void queue(void *engine, struct pool_job *job, unsigned producer, unsigned cpu)
{
	struct condvar_pool *p = engine;

	(void)producer;
	(void)cpu;
	job->next = NULL;
	pthread_mutex_lock(&p->lock);
	if (p->head)
		p->tail->next = job;
	else
		p->head = job;
	p->tail = job;
	pthread_mutex_unlock(&p->lock);
	pthread_cond_signal(&p->more);
}

static void stop(struct condvar_pool *p)
{
	pthread_mutex_lock(&p->lock);
	p->stopping = true;
	pthread_mutex_unlock(&p->lock);
	pthread_cond_broadcast(&p->more);
	for (unsigned i = 0; i < p->nthreads; i++)
		thread_join(&p->threads[i]);
	pthread_cond_destroy(&p->more);
	pthread_mutex_destroy(&p->lock);
	free(p);
}

static int create(void **out, const struct pool_cell *cell)
{
	const cpu_set_t *cpus = &cell->layout.topology->cpus;
	unsigned n = cell->workers ? cell->workers : pool_default_workers(cpus);
	struct condvar_pool *p = calloc(1, sizeof(*p) + n * sizeof(p->threads[0]));
	int err = 0;

	if (!p)
		return -ENOMEM;
	pthread_mutex_init(&p->lock, NULL);
	pthread_cond_init(&p->more, NULL);
	while (p->nthreads < n && !err)
		err = thread_start(&p->threads[p->nthreads++], "condvar-pool", cpus, worker_main,
				   p);
	if (err)
		stop(p);
	else
		*out = p;
	return err;
}

static void destroy(void *engine, struct pool_stats *stats)
{
	(void)stats;
	stop(engine);
}

const struct pool_engine pool_engine_condvar = {
	.name = "condvar",
	.summary = "a plain pool: a list, a mutex, a condition variable",
	.create = create,
	.queue = queue,
	.destroy = destroy,
};

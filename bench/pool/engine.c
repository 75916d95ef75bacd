// SPDX-License-Identifier: BSD-2-Clause
// The pool of vhost/ under the pool benchmark, and the list of what it is compared with.

#include <errno.h>
#include <stdlib.h>

#include "bench/pool/pool.h"
#include "bench/pool/engines.h"
#include "bench/pool/job.h"
#include "vhost/pool_worker.h"

#define CULL_KEEP 1u

const struct pool_engine *const pool_baselines[] = { &pool_engine_condvar, &pool_engine_glib,
						     &pool_engine_eventfd, NULL };

static void run_item(struct pool_item *item, uint64_t t1)
{
	(void)t1;
	pool_job_run((struct pool_job *)item);
}

static int create(void **out, const struct pool_cell *cell)
{
	struct pool_config pc = { .layout = cell->layout, .workers = cell->workers };
	struct pool *p = NULL;
	int err = pool_create(&p, &pc);

	if (!err)
		err = pool_start(p);
	if (err)
		pool_destroy(p);
	else
		*out = p;
	return err;
}

static void queue(void *engine, struct pool_job *job, unsigned producer, unsigned cpu)
{
	(void)producer;
	job->item.fn = run_item;
	pool_queue(engine, &job->item, cpu);
}

/* The hardest there is: everybody who is idle at all goes, and is replaced at once. */
static void manage(void *engine)
{
	pool_cull(engine, 0, CULL_KEEP);
	pool_fill(engine);
}

static void destroy(void *engine, struct pool_stats *stats)
{
	pool_stop(engine);
	*stats = pool_stats(engine);
	pool_destroy(engine);
}

const struct pool_engine pool_engine_pool = {
	.name = "pool",
	.summary = "tandem's own, that delivers for --notify=unbound",
	.create = create,
	.queue = queue,
	.manage = manage,
	.destroy = destroy,
};

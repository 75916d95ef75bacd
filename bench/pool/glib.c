// SPDX-License-Identifier: BSD-2-Clause
// Baseline of the pool benchmark: GLib's GThreadPool, where the library is there at run time.
#include <errno.h>
#include <stdlib.h>

#include "bench/pool/job.h"
#include "bench/pool/engines.h"
#include "config.h"

/* A static program has no loader, and ThreadSanitizer would not see GLib's own locks. */
#if !defined(CONFIG_STATIC) && !defined(CONFIG_TSAN)

#include <dlfcn.h>

/* Of glib/gthreadpool.h, as stable as the library's name. */
struct glib {
	void *library, *pool;
	void *(*new)(void (*fn)(void *data, void *user), void *user, int max_threads, int exclusive,
		     void **error);
	int (*push)(void *pool, void *data, void **error);
	void (*free)(void *pool, int immediate, int wait);
};

static void run(void *data, void *user)
{
	(void)user;
	pool_job_run(data);
}

static void queue(void *engine, struct pool_job *job, unsigned producer, unsigned cpu)
{
	struct glib *g = engine;

	(void)producer;
	(void)cpu;
	g->push(g->pool, job, NULL);
}

static void destroy(void *engine, struct pool_stats *stats)
{
	struct glib *g = engine;

	(void)stats;
	if (g->pool)
		g->free(g->pool, 0, 1);
	free(g);
}

/* The library stays: its threads may still be on their way out. */
static int load(struct glib *g)
{
	g->library = dlopen("libglib-2.0.so.0", RTLD_NOW | RTLD_LOCAL);
	if (!g->library)
		return -ENOSYS;
	*(void **)&g->new = dlsym(g->library, "g_thread_pool_new");
	*(void **)&g->push = dlsym(g->library, "g_thread_pool_push");
	*(void **)&g->free = dlsym(g->library, "g_thread_pool_free");
	return g->new && g->push && g->free ? 0 : -ENOSYS;
}

static int create(void **out, const struct pool_cell *cell)
{
	struct glib *g = calloc(1, sizeof(*g));
	unsigned n = cell->workers ? cell->workers
				   : pool_default_workers(&cell->layout.topology->cpus);
	int err = g ? load(g) : -ENOMEM;

	if (!err) {
		g->pool = g->new (run, NULL, (int)n, 1, NULL);
		err = g->pool ? 0 : -EAGAIN;
	}
	if (err)
		free(g);
	else
		*out = g;
	return err;
}

#else

static int create(void **out, const struct pool_cell *cell)
{
	(void)out;
	(void)cell;
	return -ENOSYS;
}

static void queue(void *engine, struct pool_job *job, unsigned producer, unsigned cpu)
{
	(void)engine;
	(void)job;
	(void)producer;
	(void)cpu;
}

static void destroy(void *engine, struct pool_stats *stats)
{
	(void)engine;
	(void)stats;
}

#endif

const struct pool_engine pool_engine_glib = {
	.name = "gthreadpool",
	.summary = "GLib's GThreadPool, where libglib-2.0.so.0 is installed",
	.create = create,
	.queue = queue,
	.destroy = destroy,
};

// SPDX-License-Identifier: BSD-2-Clause
// A pool of workers, grouped by affinity scope: made, started, culled, stopped.
#include "vhost/pool.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/clock.h"
#include "lib/cpulist.h"
#include "lib/fd.h"
#include "tandem/shared.h"
#include "vhost/pool_state.h"
#include "vhost/pool_worker.h"

/* ---- control ---- */

static int set_fifo(const struct pool *p, struct pool_worker *w)
{
	struct sched_param fifo = { .sched_priority = p->fifo };

	return p->fifo ? -pthread_setschedparam(w->thread.handle, SCHED_FIFO, &fifo) : 0;
}

static int start_worker(struct pool *p, struct pool_worker *w)
{
	struct pool_pod *pod = w->pod;
	char name[16];
	int err;

	snprintf(name, sizeof(name), "tandem-pool%u", (unsigned)(w - p->workers) & 0xfff);
	shared_store(&w->wake.word, 0);
	if (p->eventfds)
		fd_take(w->wake_fd); /* a wake-up that the last run no longer needed */
	w->last_cpu = cpulist_first(&pod->cpus);
	w->at_home = true;
	pthread_mutex_lock(&pod->lock);
	pool_idle_add(&pod->idle, w->slot);
	pthread_mutex_unlock(&pod->lock);
	w->thread.filter = p->filter;
	err = thread_start(&w->thread, name, &pod->cpus, pool_worker_main, w);
	if (err) {
		pthread_mutex_lock(&pod->lock);
		pool_idle_drop(&pod->idle, w->slot);
		pthread_mutex_unlock(&pod->lock);
	}
	return err ? err : set_fifo(p, w);
}

static bool is_gone(struct pool_worker *w)
{
	bool gone;

	pthread_mutex_lock(&w->pod->lock);
	gone = w->pod->idle.slot[w->slot].state == POOL_GONE;
	pthread_mutex_unlock(&w->pod->lock);
	return gone;
}

int pool_fill(struct pool *p)
{
	for (unsigned i = 0; i < p->npods; i++)
		for (unsigned j = 0; j < p->pods[i].nworkers; j++) {
			struct pool_worker *w = &p->pods[i].workers[j];
			int err;

			if (!is_gone(w))
				continue;
			thread_join(&w->thread);
			err = start_worker(p, w);
			if (err)
				return err;
		}
	return 0;
}

int pool_start(struct pool *p)
{
	int err;

	for (unsigned i = 0; i < p->npods; i++) {
		struct pool_pod *pod = &p->pods[i];

		pod->stopping = false;
		pod->stats = (struct pool_stats){ 0 };
		pool_idle_init(&pod->idle, pod->idle.slot, pod->nworkers, pod->idle.enough);
	}
	err = pool_fill(p);
	if (err)
		pool_stop(p);
	return err;
}

static unsigned cull_pod(struct pool *p, struct pool_pod *pod, uint64_t before, unsigned keep)
{
	unsigned n = 0;
	int slot;

	do {
		pthread_mutex_lock(&pod->lock);
		slot = pool_idle_cull(&pod->idle, before, keep);
		pod->stats.culled += slot >= 0;
		pthread_mutex_unlock(&pod->lock);
		if (slot < 0)
			return n;
		pool_worker_signal(p, &pod->workers[slot]);
	} while (++n < pod->nworkers);
	return n;
}

unsigned pool_cull(struct pool *p, uint64_t idle_ns, unsigned keep)
{
	uint64_t now = clock_mono_ns();
	/* The clock begins with the machine, which may be younger than that. */
	uint64_t before = now > idle_ns ? now - idle_ns : 0;
	unsigned n = 0;

	for (unsigned i = 0; i < p->npods; i++)
		n += cull_pod(p, &p->pods[i], before, keep);
	return n;
}

/* What was queued when no worker was left, or never was. */
static void run_leftovers(struct pool_pod *pod)
{
	struct pool_item *item;

	while ((item = pool_idle_take(&pod->idle)))
		item->fn(item, 0);
}

static void stop_pod(struct pool *p, struct pool_pod *pod)
{
	pthread_mutex_lock(&pod->lock);
	pod->stopping = true;
	pthread_mutex_unlock(&pod->lock);
	for (unsigned i = 0; i < pod->nworkers; i++)
		if (pod->workers[i].thread.started)
			pool_worker_signal(p, &pod->workers[i]);
	for (unsigned i = 0; i < pod->nworkers; i++)
		thread_join(&pod->workers[i].thread);
	run_leftovers(pod);
}

void pool_stop(struct pool *p)
{
	for (unsigned i = 0; i < p->npods; i++)
		stop_pod(p, &p->pods[i]);
}

/* ---- making ---- */

static bool is_used(const struct pool *p, const struct pool_config *c, unsigned pod)
{
	if (!c->from)
		return true;
	for (unsigned cpu = 0; cpu < CPULIST_MAX; cpu++)
		if (CPU_ISSET(cpu, c->from) && p->pod_of[cpu] == pod)
			return true;
	return false;
}

/* Gives each pod its CPUs and its number of workers; all of those together. */
static unsigned plan_pods(struct pool *p, const struct pool_config *c)
{
	unsigned all = 0;

	for (unsigned i = 0; i < p->npods; i++) {
		struct pool_pod *pod = &p->pods[i];

		pod->pool = p;
		topology_pod_cpus(c->layout.topology, c->layout.scope, i, &pod->cpus);
		if (is_used(p, c, i))
			pod->nworkers = c->workers ? c->workers
						   : (unsigned)CPU_COUNT(&pod->cpus) + 1;
		all += pod->nworkers;
	}
	return all;
}

/*
 * Spins a little before it sleeps: whoever has the lock is done within some ten nanoseconds.
 * glibc has a kind of its own for that; musl's locks do it anyway.
 */
static void init_lock(pthread_mutex_t *lock)
{
	pthread_mutexattr_t attr;

	pthread_mutexattr_init(&attr);
#ifdef __GLIBC__
	pthread_mutexattr_settype(&attr, PTHREAD_MUTEX_ADAPTIVE_NP);
#endif
	pthread_mutex_init(lock, &attr);
	pthread_mutexattr_destroy(&attr);
}

static int init_worker(struct pool *p, struct pool_pod *pod, struct pool_worker *w, int slot)
{
	w->pod = pod;
	w->slot = slot;
	w->wake_fd = p->eventfds ? fd_eventfd() : -1;
	return p->eventfds && w->wake_fd < 0 ? w->wake_fd : 0;
}

/* How many workers of the pod are to run at a time. */
static unsigned enough(const struct pool_pod *pod, const struct pool_config *c)
{
	return c->unmanaged ? POOL_SLOTS_MAX : (unsigned)CPU_COUNT(&pod->cpus);
}

static int hand_out(struct pool *p, const struct pool_config *c)
{
	struct pool_worker *w = p->workers;
	struct pool_slot *slot = p->slots;
	int err = 0;

	for (unsigned i = 0; i < p->npods; i++) {
		struct pool_pod *pod = &p->pods[i];

		pod->workers = w;
		pool_idle_init(&pod->idle, slot, pod->nworkers, enough(pod, c));
		for (unsigned j = 0; j < pod->nworkers && !err; j++)
			err = init_worker(p, pod, w++, (int)j);
		slot += pod->nworkers;
	}
	return err;
}

static void *make(size_t n, size_t bytes)
{
	void *p = aligned_alloc(POOL_CACHE_LINE, n * bytes);

	if (p)
		memset(p, 0, n * bytes);
	return p;
}

static int allocate(struct pool *p, const struct pool_config *c)
{
	unsigned workers;

	p->pods = make(p->npods, sizeof(*p->pods));
	if (!p->pods)
		return -ENOMEM;
	for (unsigned i = 0; i < p->npods; i++)
		init_lock(&p->pods[i].lock);
	workers = plan_pods(p, c);
	p->workers = make(workers, sizeof(*p->workers));
	p->slots = calloc(workers, sizeof(*p->slots));
	if (!p->workers || !p->slots)
		return -ENOMEM;
	for (unsigned i = 0; i < workers; i++)
		p->workers[i].wake_fd = -1;
	return hand_out(p, c);
}

int pool_create(struct pool **out, const struct pool_config *c)
{
	const struct topology *t = c->layout.topology;
	struct pool *p;
	int err;

	if (!t->npods[c->layout.scope] || c->workers > POOL_SLOTS_MAX)
		return -EINVAL;
	p = calloc(1, sizeof(*p));
	if (!p)
		return -ENOMEM;
	p->npods = t->npods[c->layout.scope];
	p->wake_locked = c->layout.wake_locked;
	p->eventfds = c->eventfds;
	p->roaming = !c->layout.strict && p->npods > 1;
	p->fifo = c->fifo;
	p->filter = c->filter;
	p->cpus = t->cpus;
	memcpy(p->pod_of, t->pod[c->layout.scope], sizeof(p->pod_of));
	err = allocate(p, c);
	if (err)
		pool_destroy(p);
	else
		*out = p;
	return err;
}

void pool_destroy(struct pool *p)
{
	if (!p)
		return;
	for (unsigned i = 0; p->pods && i < p->npods; i++) {
		for (unsigned j = 0; p->workers && j < p->pods[i].nworkers; j++)
			if (p->pods[i].workers)
				fd_close(&p->pods[i].workers[j].wake_fd);
		pthread_mutex_destroy(&p->pods[i].lock);
	}
	free(p->slots);
	free(p->workers);
	free(p->pods);
	free(p);
}

/* ---- looking ---- */

struct pool_stats pool_stats(struct pool *p)
{
	struct pool_stats all = { 0 };

	for (unsigned i = 0; i < p->npods; i++) {
		struct pool_stats *s = &p->pods[i].stats;

		pthread_mutex_lock(&p->pods[i].lock);
		all.queued += s->queued;
		all.kicks += s->kicks;
		all.coalesced += s->coalesced;
		all.chained += s->chained;
		all.repatriated += s->repatriated;
		all.culled += s->culled;
		pthread_mutex_unlock(&p->pods[i].lock);
	}
	return all;
}

unsigned pool_pods(const struct pool *p)
{
	return p->npods;
}

unsigned pool_pod_workers(const struct pool *p, unsigned pod, cpu_set_t *cpus)
{
	*cpus = p->pods[pod].cpus;
	return p->pods[pod].nworkers;
}

unsigned pool_pod_of(const struct pool *p, unsigned cpu)
{
	return p->pod_of[cpu % CPULIST_MAX];
}

/* Calls put(out, i, w) for the first `max` workers; returns how many there are in all. */
static unsigned each_worker(const struct pool *p, void *out, unsigned max,
			    void (*put)(void *out, unsigned i, const struct pool_worker *w))
{
	unsigned n = 0;

	for (unsigned i = 0; i < p->npods; i++)
		for (unsigned j = 0; j < p->pods[i].nworkers; j++, n++)
			if (n < max)
				put(out, n, &p->pods[i].workers[j]);
	return n;
}

static void put_fd(void *out, unsigned i, const struct pool_worker *w)
{
	((int *)out)[i] = w->wake_fd;
}

static void put_tid(void *out, unsigned i, const struct pool_worker *w)
{
	((pid_t *)out)[i] = w->thread.tid;
}

unsigned pool_fds(const struct pool *p, int *fds, unsigned max)
{
	return each_worker(p, fds, max, put_fd);
}

unsigned pool_tids(const struct pool *p, pid_t *tids, unsigned max)
{
	return each_worker(p, tids, max, put_tid);
}

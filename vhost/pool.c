// SPDX-License-Identifier: BSD-2-Clause
// A pool of workers, grouped by affinity scope.
#include "vhost/pool.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/clock.h"
#include "lib/cpulist.h"
#include "lib/fd.h"
#include "lib/thread.h"
#include "lib/wake.h"
#include "tandem/shared.h"

#define CACHE_LINE 64

struct worker {
	struct wake wake;
	int wake_fd;  /* instead, with eventfds */
	int slot;     /* in its pod */
	int last_cpu; /* where it was when it went idle */
	bool at_home; /* it may run on its pod's CPUs only, though the pool is not strict */
	struct pod *pod;
	struct thread thread;
} __attribute__((aligned(CACHE_LINE)));

struct pod {
	pthread_mutex_t lock; /* over all that follows up to the empty line */
	struct pool_idle idle;
	struct pool_stats stats;
	bool stopping;

	cpu_set_t cpus;
	unsigned nworkers;
	struct worker *workers;
	struct pool *pool;
} __attribute__((aligned(CACHE_LINE)));

struct pool {
	bool wake_locked, eventfds;
	bool roaming; /* workers may leave their pod, and there is somewhere else to go */
	int fifo;
	cpu_set_t cpus; /* of all pods */
	unsigned npods;
	struct pod *pods;
	struct worker *workers; /* of all pods */
	struct pool_slot *slots;
	uint16_t pod_of[CPU_SETSIZE];
};

/* ---- waking ---- */

/*
 * The scheduler wakes a worker near where it slept. One that slept outside its pod is sent home first; it
 * gives itself its freedom back when it runs.
 */
static void send_home(struct worker *w)
{
	struct pod *pod = w->pod;

	sched_setaffinity(w->thread.tid, sizeof(pod->cpus), &pod->cpus);
	shared_store_release(&w->at_home, true); /* (H) */
}

static bool has_strayed(const struct pool *p, const struct worker *w)
{
	return p->roaming && !CPU_ISSET(shared_load(&w->last_cpu), &w->pod->cpus);
}

static void roam(const struct pool *p, struct worker *w)
{
	if (!p->roaming || !shared_load_acquire(&w->at_home)) /* (H) */
		return;
	shared_store(&w->at_home, false);
	sched_setaffinity(0, sizeof(p->cpus), &p->cpus);
}

static void signal_worker(const struct pool *p, struct worker *w)
{
	if (p->eventfds)
		fd_signal(w->wake_fd);
	else
		wake_signal(&w->wake);
}

/* The moment at which it runs again. */
static uint64_t sleep_until_woken(const struct pool *p, struct worker *w)
{
	uint64_t t1;

	if (!p->eventfds) {
		wake_wait(&w->wake);
		return clock_now();
	}
	while (!fd_wait(w->wake_fd, -1))
		;
	/* The count goes before the caller looks for work: what comes after is still in the eventfd. */
	t1 = clock_now();
	fd_take(w->wake_fd);
	return t1;
}

/* ---- queueing ---- */

/* Under the lock. The worker that has to be woken, or NULL. */
static struct worker *add_item(struct pod *pod, struct pool_item *item)
{
	bool coalesced;
	int slot = pool_idle_queue(&pod->idle, item, &coalesced);
	struct worker *w = slot >= 0 ? &pod->workers[slot] : NULL;

	pod->stats.queued++;
	pod->stats.kicks += w != NULL;
	pod->stats.coalesced += coalesced;
	pod->stats.repatriated += w && has_strayed(pod->pool, w);
	return w;
}

static void wake_worker(const struct pool *p, struct worker *w)
{
	if (has_strayed(p, w))
		send_home(w);
	signal_worker(p, w);
}

void pool_queue(struct pool *p, struct pool_item *item, unsigned cpu)
{
	struct pod *pod = &p->pods[p->pod_of[cpu % CPU_SETSIZE]];
	struct worker *w;

	pthread_mutex_lock(&pod->lock);
	w = add_item(pod, item);
	if (w && p->wake_locked)
		wake_worker(p, w);
	pthread_mutex_unlock(&pod->lock);
	if (w && !p->wake_locked)
		wake_worker(p, w);
}

int pool_queue_fd(struct pool *p, struct pool_item *item, unsigned cpu)
{
	struct pod *pod = &p->pods[p->pod_of[cpu % CPU_SETSIZE]];
	struct worker *w;

	assert(p->eventfds);
	pthread_mutex_lock(&pod->lock);
	w = add_item(pod, item);
	if (w && p->wake_locked)
		wake_worker(p, w);
	pthread_mutex_unlock(&pod->lock);
	if (!w || p->wake_locked)
		return -1;
	if (has_strayed(p, w))
		send_home(w);
	return w->wake_fd;
}

/* ---- a worker ---- */

/* Under the lock: does what there is, and leaves it to run each item. */
static void work(struct pool *p, struct worker *w, uint64_t t1)
{
	struct pod *pod = w->pod;
	struct pool_item *item;

	while ((item = pool_idle_take(&pod->idle))) {
		int next = pool_idle_chain(&pod->idle);

		pod->stats.chained += next >= 0;
		if (next >= 0 && p->wake_locked)
			wake_worker(p, &pod->workers[next]);
		pthread_mutex_unlock(&pod->lock);
		if (next >= 0 && !p->wake_locked)
			wake_worker(p, &pod->workers[next]);
		item->fn(item, t1);
		pthread_mutex_lock(&pod->lock);
	}
}

static void rest(struct pool *p, struct worker *w)
{
	if (p->roaming)
		shared_store(&w->last_cpu, sched_getcpu());
	pool_idle_rest(&w->pod->idle, w->slot, clock_mono_ns());
}

static void worker_main(void *arg)
{
	struct worker *w = arg;
	struct pod *pod = w->pod;
	struct pool *p = pod->pool;
	enum pool_woken what = POOL_WORK;
	uint64_t t1 = clock_now();

	pthread_mutex_lock(&pod->lock);
	for (;;) {
		if (what == POOL_WORK) {
			work(p, w, t1);
			rest(p, w);
		}
		if (pod->stopping || what == POOL_DIE)
			break;
		pthread_mutex_unlock(&pod->lock);
		t1 = sleep_until_woken(p, w);
		roam(p, w);
		pthread_mutex_lock(&pod->lock);
		what = pool_idle_woken(&pod->idle, w->slot);
	}
	pthread_mutex_unlock(&pod->lock);
}

/* ---- control ---- */

static int set_fifo(const struct pool *p, struct worker *w)
{
	struct sched_param fifo = { .sched_priority = p->fifo };

	return p->fifo && sched_setscheduler(w->thread.tid, SCHED_FIFO, &fifo) < 0 ? -errno : 0;
}

static int start_worker(struct pool *p, struct worker *w)
{
	struct pod *pod = w->pod;
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
	err = thread_start(&w->thread, name, &pod->cpus, worker_main, w);
	if (err) {
		pthread_mutex_lock(&pod->lock);
		pool_idle_drop(&pod->idle, w->slot);
		pthread_mutex_unlock(&pod->lock);
	}
	return err ? err : set_fifo(p, w);
}

static bool is_gone(struct worker *w)
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
			struct worker *w = &p->pods[i].workers[j];
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
		struct pod *pod = &p->pods[i];

		pod->stopping = false;
		pod->stats = (struct pool_stats){ 0 };
		pool_idle_init(&pod->idle, pod->idle.slot, pod->nworkers);
	}
	err = pool_fill(p);
	if (err)
		pool_stop(p);
	return err;
}

static unsigned cull_pod(struct pool *p, struct pod *pod, uint64_t before, unsigned keep)
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
		signal_worker(p, &pod->workers[slot]);
	} while (++n < pod->nworkers);
	return n;
}

unsigned pool_cull(struct pool *p, uint64_t idle_ns, unsigned keep)
{
	uint64_t before = clock_mono_ns() - idle_ns;
	unsigned n = 0;

	for (unsigned i = 0; i < p->npods; i++)
		n += cull_pod(p, &p->pods[i], before, keep);
	return n;
}

/* What was queued when no worker was left, or never was. */
static void run_leftovers(struct pod *pod)
{
	struct pool_item *item;

	while ((item = pool_idle_take(&pod->idle)))
		item->fn(item, 0);
}

static void stop_pod(struct pool *p, struct pod *pod)
{
	pthread_mutex_lock(&pod->lock);
	pod->stopping = true;
	pthread_mutex_unlock(&pod->lock);
	for (unsigned i = 0; i < pod->nworkers; i++)
		if (pod->workers[i].thread.started)
			signal_worker(p, &pod->workers[i]);
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
	for (unsigned cpu = 0; cpu < CPU_SETSIZE; cpu++)
		if (CPU_ISSET(cpu, c->from) && p->pod_of[cpu] == pod)
			return true;
	return false;
}

/* Gives each pod its CPUs and its number of workers; all of those together. */
static unsigned plan_pods(struct pool *p, const struct pool_config *c)
{
	unsigned all = 0;

	for (unsigned i = 0; i < p->npods; i++) {
		struct pod *pod = &p->pods[i];

		pod->pool = p;
		topology_pod_cpus(c->layout.topology, c->layout.scope, i, &pod->cpus);
		if (is_used(p, c, i))
			pod->nworkers = c->workers ? c->workers
						   : (unsigned)CPU_COUNT(&pod->cpus) + 1;
		all += pod->nworkers;
	}
	return all;
}

/* Spins a little before it sleeps: whoever has the lock is done within some ten nanoseconds. */
static void init_lock(pthread_mutex_t *lock)
{
	pthread_mutexattr_t attr;

	pthread_mutexattr_init(&attr);
	pthread_mutexattr_settype(&attr, PTHREAD_MUTEX_ADAPTIVE_NP);
	pthread_mutex_init(lock, &attr);
	pthread_mutexattr_destroy(&attr);
}

static int init_worker(struct pool *p, struct pod *pod, struct worker *w, int slot)
{
	w->pod = pod;
	w->slot = slot;
	w->wake_fd = p->eventfds ? fd_eventfd() : -1;
	return p->eventfds && w->wake_fd < 0 ? w->wake_fd : 0;
}

static int hand_out(struct pool *p)
{
	struct worker *w = p->workers;
	struct pool_slot *slot = p->slots;
	int err = 0;

	for (unsigned i = 0; i < p->npods; i++) {
		struct pod *pod = &p->pods[i];

		pod->workers = w;
		pool_idle_init(&pod->idle, slot, pod->nworkers);
		for (unsigned j = 0; j < pod->nworkers && !err; j++)
			err = init_worker(p, pod, w++, (int)j);
		slot += pod->nworkers;
	}
	return err;
}

static void *make(size_t n, size_t bytes)
{
	void *p = aligned_alloc(CACHE_LINE, n * bytes);

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
	return hand_out(p);
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
	return p->pod_of[cpu % CPU_SETSIZE];
}

/* Calls put(out, i, w) for the first `max` workers; returns how many there are in all. */
static unsigned each_worker(const struct pool *p, void *out, unsigned max,
			    void (*put)(void *out, unsigned i, const struct worker *w))
{
	unsigned n = 0;

	for (unsigned i = 0; i < p->npods; i++)
		for (unsigned j = 0; j < p->pods[i].nworkers; j++, n++)
			if (n < max)
				put(out, n, &p->pods[i].workers[j]);
	return n;
}

static void put_fd(void *out, unsigned i, const struct worker *w)
{
	((int *)out)[i] = w->wake_fd;
}

static void put_tid(void *out, unsigned i, const struct worker *w)
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

// SPDX-License-Identifier: BSD-2-Clause
// Inside the pool: queueing, waking, working.
#include "vhost/pool_worker.h"

#include <assert.h>

#include "lib/clock.h"
#include "lib/cpulist.h"
#include "lib/fd.h"
#include "tandem/shared.h"
#include "vhost/pool_state.h"

/* ---- waking ---- */

/*
 * The scheduler wakes a worker near where it slept. One that slept outside its pod is sent home
 * first; it gives itself its freedom back when it runs.
 */
static void send_home(struct pool_worker *w)
{
	struct pool_pod *pod = w->pod;

	sched_setaffinity(w->thread.tid, sizeof(pod->cpus), &pod->cpus);
	shared_store_release(&w->at_home, true); /* (H) */
}

static bool has_strayed(const struct pool *p, const struct pool_worker *w)
{
	return p->roaming && !CPU_ISSET(shared_load(&w->last_cpu), &w->pod->cpus);
}

static void roam(const struct pool *p, struct pool_worker *w)
{
	if (!p->roaming || !shared_load_acquire(&w->at_home)) /* (H) */
		return;
	shared_store(&w->at_home, false);
	sched_setaffinity(0, sizeof(p->cpus), &p->cpus);
}

void pool_worker_signal(const struct pool *p, struct pool_worker *w)
{
	if (p->eventfds)
		fd_signal(w->wake_fd);
	else
		wake_signal(&w->wake);
}

/* The moment at which it runs again. */
static uint64_t sleep_until_woken(const struct pool *p, struct pool_worker *w)
{
	uint64_t t1;

	if (!p->eventfds) {
		wake_wait(&w->wake);
		return clock_now();
	}
	while (!fd_wait(w->wake_fd, -1))
		;
	/*
	 * The count goes before the caller looks for work: what comes after is still in the
	 * eventfd.
	 */
	t1 = clock_now();
	fd_take(w->wake_fd);
	return t1;
}

/* ---- queueing ---- */

/* Under the lock. The worker that has to be woken, or NULL. */
static struct pool_worker *add_item(struct pool_pod *pod, struct pool_item *item)
{
	int slot = pool_idle_queue(&pod->idle, item);
	struct pool_worker *w = slot >= 0 ? &pod->workers[slot] : NULL;

	pod->stats.queued++;
	pod->stats.kicks += w != NULL;
	pod->stats.coalesced += !w;
	pod->stats.repatriated += w && has_strayed(pod->pool, w);
	return w;
}

static void wake_worker(const struct pool *p, struct pool_worker *w)
{
	if (has_strayed(p, w))
		send_home(w);
	pool_worker_signal(p, w);
}

void pool_queue(struct pool *p, struct pool_item *item, unsigned cpu)
{
	struct pool_pod *pod = &p->pods[p->pod_of[cpu % CPULIST_MAX]];
	struct pool_worker *w;

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
	struct pool_pod *pod = &p->pods[p->pod_of[cpu % CPULIST_MAX]];
	struct pool_worker *w;

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
static void work(struct pool *p, struct pool_worker *w, uint64_t t1)
{
	struct pool_pod *pod = w->pod;
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

static void rest(struct pool *p, struct pool_worker *w)
{
	if (p->roaming)
		shared_store(&w->last_cpu, sched_getcpu());
	pool_idle_rest(&w->pod->idle, w->slot, clock_mono_ns());
}

void pool_worker_main(void *arg)
{
	struct pool_worker *w = arg;
	struct pool_pod *pod = w->pod;
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

// SPDX-License-Identifier: BSD-2-Clause
// What a pool, its pods and its workers consist of; for the pool's own files.
#ifndef VHOST_POOL_STATE_H
#define VHOST_POOL_STATE_H

#include <pthread.h>

#include "lib/cpulist.h"
#include "lib/thread.h"
#include "lib/wake.h"
#include "vhost/pool_idle.h"

#define POOL_CACHE_LINE 64

struct pool_worker {
	struct wake wake;
	int wake_fd;  /* instead, with eventfds */
	int slot;     /* in its pod */
	int last_cpu; /* where it was when it went idle */
	bool at_home; /* it may run on its pod's CPUs only, though the pool is not strict */
	struct pool_pod *pod;
	struct thread thread;
} __attribute__((aligned(POOL_CACHE_LINE)));

struct pool_pod {
	pthread_mutex_t lock; /* over all that follows up to the empty line */
	struct pool_idle idle;
	struct pool_stats stats;
	bool stopping;

	cpu_set_t cpus;
	unsigned nworkers;
	struct pool_worker *workers;
	struct pool *pool;
} __attribute__((aligned(POOL_CACHE_LINE)));

struct pool {
	bool wake_locked, eventfds;
	bool roaming; /* workers may leave their pod, and there is somewhere else to go */
	int fifo;
	const struct filter_rule *filter;
	cpu_set_t cpus; /* of all pods */
	unsigned npods;
	struct pool_pod *pods;
	struct pool_worker *workers; /* of all pods */
	struct pool_slot *slots;
	uint16_t pod_of[CPULIST_MAX];
};

#endif

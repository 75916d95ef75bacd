// SPDX-License-Identifier: BSD-2-Clause
// A pool of workers, grouped by affinity scope as the kernel's unbound workqueues.
#ifndef VHOST_POOL_H
#define VHOST_POOL_H

#include <sys/types.h>

#include "lib/topology.h"
#include "vhost/pool_idle.h"

/*
 * Where the workers are and how they are woken; all zeros is one pod anywhere, woken off the
 * lock.
 */
struct pool_layout {
	const struct topology *topology; /* NULL: all CPUs are one pod */
	enum scope scope;
	bool strict; /* workers never leave their pod's CPUs; else they begin there */
	/* the wake-up is issued under the pod's lock; else after it is released */
	bool wake_locked;
};

struct pool_config {
	struct pool_layout layout; /* with a topology */
	unsigned workers;	   /* per pod; 0: one per CPU of the pod, and one more */
	/*
	 * As the kernel's unbound workqueues: another worker is woken although as many run as
	 * the pod has CPUs, so that no item waits for one that holds its worker up.
	 */
	bool unmanaged;
	bool eventfds; /* they sleep on eventfds, so that others than the pool can wake them */
	int fifo;      /* their SCHED_FIFO priority; 0: SCHED_OTHER */
	const struct filter_rule *filter; /* their system call filter; NULL: none */
	/* who queues; pods for none of these CPUs get no workers; NULL: any */
	const cpu_set_t *from;
};

struct pool;

/*
 * Control thread. The topology may go afterwards. 0; -errno; -EINVAL: it does not tell that
 * scope.
 */
int pool_create(struct pool **out, const struct pool_config *config);

/* Control thread: starts all workers. 0 or -errno. */
int pool_start(struct pool *p);

/*
 * Control thread: ends the workers that have been idle for longer than idle_ns, longest first,
 * but leaves `keep` (1 or more) in each pod. How many were told to.
 */
unsigned pool_cull(struct pool *p, uint64_t idle_ns, unsigned keep);

/* Control thread: makes up for the workers that have been culled. 0 or -errno. */
int pool_fill(struct pool *p);

/* Control thread: all that was queued has run when it returns. May be started again. */
void pool_stop(struct pool *p);
void pool_destroy(struct pool *p); /* accepts NULL */

struct pool_stats pool_stats(struct pool *p);

/* How many pods there are; the workers of one, and its CPUs. */
unsigned pool_pods(const struct pool *p);
unsigned pool_pod_workers(const struct pool *p, unsigned pod, cpu_set_t *cpus);

/* Which pod an item queued on `cpu` goes to. */
unsigned pool_pod_of(const struct pool *p, unsigned cpu);

/* As in struct notify_ops. */
unsigned pool_fds(const struct pool *p, int *fds, unsigned max);
unsigned pool_tids(const struct pool *p, pid_t *tids, unsigned max);

#endif

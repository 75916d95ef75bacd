// SPDX-License-Identifier: BSD-2-Clause
// Notification strategies: how "there is work for you" gets from the backend to a guest's irqfd.
#ifndef VHOST_NOTIFY_H
#define VHOST_NOTIFY_H

#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "vhost/pool.h"
#include "vhost/stamps.h"

#define NOTIFY_PORTS 2u
#define NOTIFY_TARGETS 32u /* one for every queue that has an eventfd of its own */
#define NOTIFY_THREADS_MAX 1024u

/*
 * Who is to be told: one per eventfd, so one for a guest whose queues share it. Like the
 * kernel's work_struct it is queued at most once: a notification for a target whose last one has
 * not yet run is merged into that one.
 */
struct notify_target {
	int call_fd;	  /* the guest's irqfd; -1: it has none, and is not told */
	unsigned index;	  /* 0 .. NOTIFY_TARGETS - 1 */
	uint64_t message; /* id + 1 of the queued stamp; 0: not queued */
	struct stamps *stamps;
	/* Conservation: decided == delivered + coalesced once everything is stopped. */
	uint64_t decided;   /* backend thread writes */
	uint64_t coalesced; /* backend thread writes */
	uint64_t delivered; /* atomically, by whoever delivers */
};

struct notify_config {
	struct notify_target *targets[NOTIFY_TARGETS]; /* by index; NULL: there is none */
	cpu_set_t backend_cpus;			       /* where the backend may run */
	cpu_set_t notifier_cpus;		       /* where unbound workers may run */
	int fifo;			  /* its threads' SCHED_FIFO priority; 0: SCHED_OTHER */
	uint32_t delay_us;		  /* "delayed" only */
	struct pool_layout pool;	  /* of unbound; its topology is of notifier_cpus */
	const struct filter_rule *filter; /* its threads'; NULL: none */
};

struct notifier;

/* A strategy. All but queue() are the control thread's. */
struct notify_ops {
	const char *name;
	const char *summary; /* for --help */
	/* who writes the irqfd, for tables; NULL: the producer itself does */
	const char *deliverer;
	const char *class;     /* of its bars and curves in a page */
	const char *colour[2]; /* theirs, on light and on dark ground */
	bool has_pool;	       /* its workers are a pool: scope, strict, wake */
	bool has_delay;	       /* it waits config.delay_us */
	int (*create)(struct notifier **out, const struct notify_config *config);
	int (*start)(struct notifier *n); /* starts its threads, if it has any */
	/*
	 * Backend thread: has the stamp `id` delivered to `target`. Returns the eventfd that the
	 * producer has to signal for it, -1 for none: a producer that stays in the kernel
	 * signals from there. `cpu` is the producer's. Never blocks, never allocates.
	 */
	int (*queue)(struct notifier *n, struct notify_target *target, uint64_t id, unsigned cpu);
	void (*stop)(struct notifier *n);    /* when it returns, all that was queued is delivered */
	void (*destroy)(struct notifier *n); /* accepts NULL */
	/*
	 * The eventfds of its threads that queue() may return, at most `max`; how many there
	 * are.
	 */
	unsigned (*fds)(const struct notifier *n, int *fds, unsigned max);
	/* Thread ids, at most `max`; returns how many there are. */
	unsigned (*tids)(const struct notifier *n, pid_t *tids, unsigned max);
};

/* Every strategy's object begins with this. */
struct notifier {
	const struct notify_ops *ops;
};

/* Does the producer itself write the irqfd? */
bool notify_by_producer(const struct notify_ops *ops);

/*
 * Backend thread: stamps t0, counts and hands the notification to the strategy. Returns the eventfd
 * to signal, or -1.
 */
int notify_prepare(struct notifier *n, struct notify_target *target, uint16_t rx_idx, unsigned cpu);

/* Backend thread: notify_prepare() and the signal, from user mode. */
void notify_send(struct notifier *n, struct notify_target *target, uint16_t rx_idx);

/* For strategies. Claims the target for `id`; false: one is queued already (counted). */
_Bool notify_claim(struct notify_target *target, uint64_t id);

/* For strategies, any thread: delivers what is queued for the target, if anything; t1 as given. */
void notify_run(struct notify_target *target, uint64_t t1);

/* For strategies, any thread: stamps that the target's irqfd is written for `id` now. */
void notify_stamp(struct notify_target *target, uint64_t id, uint64_t t1);

/* For strategies, any thread: counts that it was written, or is before the backend's turn ends. */
void notify_delivered(struct notify_target *target);

#endif

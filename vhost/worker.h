// SPDX-License-Identifier: BSD-2-Clause
// The backend: one thread that owns both devices' data queues and moves frames between them.
#ifndef VHOST_WORKER_H
#define VHOST_WORKER_H

#include <sched.h>

#include "vhost/flow.h"
#include "vhost/producer.h"

#define WORKER_PORTS 2u
_Static_assert(WORKER_PORTS == NOTIFY_TARGETS, "one target per port");

struct worker_config {
	const struct notify_ops *notify;
	const struct producer_ops *producer; /* NULL: user */
	unsigned batch;	       /* producers in the kernel: frames per direction and batch */
	uint32_t frame_max;    /* bytes of a frame, without virtio-net header */
	unsigned budget;       /* frames per direction and turn */
	unsigned sq_idle_ms;   /* producer sqpoll: its thread polls so long before it sleeps */
	unsigned busy_poll_us; /* look at the rings this long before sleeping */
	uint32_t queue_size_max;
	int notifier_fifo; /* SCHED_FIFO priority of notifier threads; 0: SCHED_OTHER */
	uint32_t delay_us; /* notify "delayed" only */
	cpu_set_t backend_cpus;
	cpu_set_t notifier_cpus;
	struct pool_layout pool;	       /* of unbound */
	int kick_fd[WORKER_PORTS][NET_QUEUES]; /* eventfds, non-blocking; the caller's */
	int call_fd[WORKER_PORTS];
	bool confine; /* its threads are put under system call filters (needs no_new_privs) */
};

struct worker_stats {
	struct flow_stats flow[WORKER_PORTS]; /* [0]: port 0 to port 1 */
	uint64_t turns;
	uint64_t sleeps, wakes; /* begun and ended */
	struct producer_stats producer;
	struct {
		uint64_t decided, delivered, coalesced, breaks;
		enum virtq_break last_break;
		uint64_t breaks_by[VIRTQ_BREAKS];
	} port[WORKER_PORTS];
};

struct worker;

/* Control thread: makes the ring, the queues' memory and the notifier. 0 or -errno (logged). */
int worker_create(struct worker **out, const struct worker_config *config);

/* Control thread: starts the notifier's threads and the backend. 0 or -errno (logged). */
int worker_start(struct worker *w);

/*
 * Any thread but the backend: hands it port `port`, whose driver set `dev` up in `mem`. Returns
 * when the backend has taken it: 0; -EINVAL for a layout it refuses; -ESHUTDOWN when it is not running.
 */
int worker_attach(struct worker *w, unsigned port, const struct gmem *mem,
		  struct virtio_device *dev);

/* Any thread but the backend: when it returns the backend does not touch the port's memory any more. */
void worker_detach(struct worker *w, unsigned port);

/*
 * Control thread. First the backend ends its turn, then the notifier delivers what is queued; all
 * threads are joined. The guests must not run any more.
 */
void worker_stop(struct worker *w);
void worker_destroy(struct worker *w); /* accepts NULL */

/* Any thread: a sample of the counters. */
struct worker_stats worker_stats(const struct worker *w);

/* Control thread: the host's stamps of a port, to be read up to their head. */
const struct stamps *worker_stamps(const struct worker *w, unsigned port);

/* The backend's thread id (with sqpoll: its user-mode half's), and its notifier's. */
pid_t worker_tid(const struct worker *w);
unsigned worker_notifier_tids(const struct worker *w, pid_t *tids, unsigned max);

/* What this kernel's io_uring gives the backend, in words, for doctor. 0 or -errno. */
int worker_probe(char *text, unsigned bytes);

#endif

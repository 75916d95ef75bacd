// SPDX-License-Identifier: BSD-2-Clause
// A backend: what moves frames between two devices' data queues and has the guests told.
#ifndef VHOST_BACKEND_H
#define VHOST_BACKEND_H

#include <sched.h>
#include <stdbool.h>

#include "vhost/flow.h"
#include "vhost/producer.h"

struct producer_ops;

#define BACKEND_PORTS 2u /* its devices; with one pair of queues each is a port */
#define BACKEND_PORTS_MAX (BACKEND_PORTS * PAIRS_MAX)
_Static_assert(BACKEND_PORTS == NOTIFY_PORTS, "each port has its targets");

/* As what the kernel runs a vhost device's thread: of this process, or of its own. */
enum vhost_thread { VHOST_THREAD_AUTO, VHOST_THREAD_TASK, VHOST_THREAD_KTHREAD };

/* "auto", "task", "kthread". */
const char *vhost_thread_name(enum vhost_thread which);

struct backend_config {
	const struct notify_ops *notify;
	const struct producer_ops *producer; /* NULL: user */
	unsigned pairs;			     /* of queues a device may have, 1 to PAIRS_MAX; 0: 1 */
	unsigned batch;	       /* producers in the kernel: frames per direction and batch */
	uint32_t frame_max;    /* bytes of a frame, without virtio-net header */
	unsigned budget;       /* frames per direction and turn */
	unsigned sq_idle_ms;   /* producer sqpoll: its thread polls so long before it sleeps */
	unsigned busy_poll_us; /* look at the rings this long before sleeping; */
	bool busy_poll_learns; /* at most so long: see vhost/polling.h. Our own backend only */
	uint32_t queue_size_max;
	int notifier_fifo; /* SCHED_FIFO priority of notifier threads; 0: SCHED_OTHER */
	uint32_t delay_us; /* notify "delayed" only */
	cpu_set_t backend_cpus;
	cpu_set_t notifier_cpus;
	struct pool_layout pool;	/* of unbound */
	enum vhost_thread vhost_thread; /* the kernel's backend only; auto: as the kernel likes */
	bool confine; /* its threads are put under system call filters (needs no_new_privs) */
};

struct backend_stats {
	struct flow_stats flow[BACKEND_PORTS]; /* [0]: device 0 to device 1, all of its pairs */
	uint64_t turns;
	uint64_t sleeps, wakes; /* begun and ended */
	/*
	 * The kernel moves the frames, and notifies, without our seeing it: flows, and what was
	 * decided for a port, are not known.
	 */
	bool uncounted;
	struct producer_stats producer;
	/* By device, all of its pairs. */
	struct {
		uint64_t decided, delivered, coalesced, breaks;
		uint64_t kicks; /* that were heard while asleep; several may be heard as one */
		enum virtq_break last_break;
		uint64_t breaks_by[VIRTQ_BREAKS];
	} port[BACKEND_PORTS];
	/* By device and pair. */
	struct {
		uint64_t frames, bytes; /* that it sent and the other device received */
		struct queue_stats queue[PORT_QUEUES];
	} pair[BACKEND_PORTS][PAIRS_MAX];
};

/*
 * Its threads: the one that moves frames, those that only deliver notifications, and kernel
 * threads of no process, port 0's first.
 */
enum backend_threads { BACKEND_MOVER, BACKEND_NOTIFIERS, BACKEND_KTHREADS };

struct backend;

struct backend_ops {
	const char *name;
	/* Control thread: makes all that can fail. 0 or -errno (logged). */
	int (*create)(struct backend **out, const struct backend_config *config);
	/* Control thread: starts its threads. 0 or -errno (logged). */
	int (*start)(struct backend *b);
	/*
	 * Any thread but the backend's: port `port` is served from now on as `setup` has it: pair
	 * p of device d is port p * BACKEND_PORTS + d. 0;
	 * -EINVAL for a layout it refuses; -EBADF and the like for eventfds that are none;
	 * -ESHUTDOWN when it does not run.
	 */
	int (*attach)(struct backend *b, unsigned port, const struct port_setup *setup);
	/*
	 * Any thread but the backend's: when it returns nobody touches the port's memory or
	 * eventfds any more. `base`, if not NULL, gets each queue's index to go on from, where
	 * the port was attached.
	 */
	void (*detach)(struct backend *b, unsigned port, uint32_t base[PORT_QUEUES]);
	/*
	 * Any thread but the backend's: frames for device `device` go to those of its pairs that
	 * run now. Until it is asked, those for a pair that was detached wait for that one: it may
	 * be back at once, and its frames stay in order. NULL: there are no other pairs.
	 */
	void (*steer)(struct backend *b, unsigned device);
	/*
	 * Control thread. First the backend ends its turn, then the notifier delivers what is
	 * queued; all threads are joined. The guests must not run any more.
	 */
	void (*stop)(struct backend *b);
	void (*destroy)(struct backend *b); /* stops it first */
	/* Any thread: a sample of the counters. */
	struct backend_stats (*stats)(const struct backend *b);
	/*
	 * Control thread: the host's stamps of a port, to be read up to their head; NULL: it
	 * cannot stamp.
	 */
	const struct stamps *(*stamps)(const struct backend *b, unsigned port);
	/* Thread ids, at most `max`; how many there are. */
	unsigned (*tids)(const struct backend *b, enum backend_threads which, pid_t *tids,
			 unsigned max);
};

/* Every backend's object begins with this. */
struct backend {
	const struct backend_ops *ops;
};

/* The same by way of the object's ops; vhost/producers.h makes one. */
int backend_start(struct backend *b);
int backend_attach(struct backend *b, unsigned port, const struct port_setup *setup);
void backend_detach(struct backend *b, unsigned port, uint32_t base[PORT_QUEUES]);
void backend_steer(struct backend *b, unsigned device);
void backend_stop(struct backend *b);
void backend_destroy(struct backend *b); /* accepts NULL */
struct backend_stats backend_stats(const struct backend *b);
const struct stamps *backend_stamps(const struct backend *b, unsigned port); /* NULL: none */
pid_t backend_tid(const struct backend *b);
unsigned backend_notifier_tids(const struct backend *b, pid_t *tids, unsigned max);
unsigned backend_kthread_pids(const struct backend *b, pid_t *pids, unsigned max);

#endif

// SPDX-License-Identifier: BSD-2-Clause
// One cell of a benchmark: one scenario under one combination of conditions, run in a child
// process.
#ifndef BENCH_RUN_CELL_H
#define BENCH_RUN_CELL_H

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#include "bench/host/irqpath.h"
#include "bench/host/kworkers.h"
#include "bench/host/perf.h"
#include "bench/host/counters.h"
#include "bench/run/latency.h"
#include "bench/run/load.h"
#include "bench/run/series.h"
#include "bench/run/progress.h"
#include "bench/host/threads.h"
#include "bench/stat/loop.h"
#include "pair/pair.h"

enum scenario { SCENARIO_STREAM, SCENARIO_RR, SCENARIOS };

const char *scenario_name(enum scenario s);
bool scenario_find(const char *name, enum scenario *s);

struct cell_spec {
	enum scenario scenario;
	const struct accel_ops *accel;
	const struct notify_ops *notify;
	const struct producer_ops *producer;
	uint32_t batch;
	const char *preempt;	   /* the mode to run under; NULL: as the host is */
	const char *slice;	   /* the base slice, as it was asked for; NULL: as the host is */
	uint64_t slice_ns;	   /* the same; 0: not known */
	struct loop_try fit;	   /* what was tried before this loop was chosen; all 0: nothing */
	int worker_fifo;	   /* notifier threads' SCHED_FIFO priority; 0: SCHED_OTHER */
	const char *loop;	   /* what is special about the closed loop, or NULL */
	struct pool_layout pool;   /* of unbound */
	const char *control;	   /* what this cell is a control for, or NULL */
	const struct vm_irq *irq;  /* accel kvm */
	bool pci;		   /* devices are virtio-pci, not virtio-mmio */
	uint64_t features_changed; /* of features_usual(): those that are otherwise */
	int64_t halt_poll_ns;	   /* accel kvm; -1: the host's setting */
	uint32_t frame_bytes;
	uint32_t ring_size;
	uint32_t window;
	uint32_t rto_us;
	uint32_t sq_idle_ms;   /* producer sqpoll */
	struct load_spec load; /* when frames are sent; rate 0: as soon as they can be */
	uint32_t delay_us;     /* notify "delayed" */
	uint32_t busy_poll_us;
	bool busy_poll_learns; /* busy_poll_us at most */
	uint32_t budget;
	enum vhost_thread vhost_thread; /* producer vhost-net only */
	uint32_t flags;			/* TANDEM_VERIFY_FULL, TANDEM_MISBEHAVE_* */
	uint32_t duration_ms;		/* 0: until told to stop */
	uint32_t warmup_ms;
	uint64_t clock_hz;
	cpu_set_t cpus[ROLES];
	bool progress; /* keep a line on stderr up to date */
	struct progress_place place;
	bool live;	 /* `tandem run`: print counters every second */
	bool untrusted;	 /* live: stamps of two CPUs do not compare, so there are no latencies */
	bool unfiltered; /* without system call filters */
};

/* Plain data: it comes back from the child through shared memory. */
struct cell_result {
	bool ok;
	bool cut;	   /* ended by a signal before its time */
	char error[256];   /* when not ok */
	bool host_cannot;  /* it is this host that lacks something; said why */
	bool violation;	   /* child_not_trusted() */
	double duration_s; /* of the measured window, without stopped_s */
	double stopped_s;  /* in the window the process was stopped for so long */
	bool stops_known;  /* could that be told? */
	uint64_t frames;   /* accepted by B within the window */
	uint64_t bytes;
	uint64_t rounds; /* rr: round trips within the window */
	/* Over the pair's whole life, once both guests had drained. */
	uint64_t lost;
	uint64_t out_of_order;
	uint64_t duplicates;
	uint64_t corrupt;
	uint64_t retransmits;
	uint64_t dropped;
	uint64_t breaks[SIDES][VIRTQ_BREAKS]; /* queues broken by a guest's driver, by reason */
	/* Within the window, per side. */
	uint64_t notifications[SIDES];
	uint64_t coalesced[SIDES];
	uint64_t interrupts[SIDES];
	uint64_t kicks[SIDES];
	uint64_t backend_turns, backend_sleeps;
	uint64_t features;		/* virtio: what both guests have negotiated */
	struct producer_stats producer; /* over the pair's whole life */
	uint64_t io_wq_threads;		/* seen: each a sign that an operation left the producer */
	/* Conservation over the whole life: decided == delivered + coalesced. */
	bool conserved;
	/* as of struct backend_stats: notifications, drops and turns above are not known */
	bool uncounted;
	uint64_t rss_bytes; /* the process's, guest RAM not counted */
	struct role_counts threads;
	struct irqpath irq_path;	/* accel kvm */
	struct kworker_counts kworkers; /* on the CPUs whence the irqfds are written */
	struct counters counters;	/* within the window */
	struct perf_counts perf;	/* within the window */
	struct load_result load;	/* open loop */
	double guest_stamp_ns;		/* what recording a notification costs guest b */
	struct latency latency[SIDES];
	struct hist frame_age[SIDES];	  /* of the frames that a side took, in the window */
	struct slow_threads slow_threads; /* at the window's end */
	struct series series;		  /* of frames, in rr of round trips */
};

/* Into a result's `error`: why its cell failed. -EIO. */
int cell_error(char *error, size_t size, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* Is this the host's lack, rather than a job gone wrong? */
bool cell_host_lacks(int err);

/* Is a run a sample? One that is not whole is none beside others; alone it is all there is. */
static inline bool cell_run_counts(bool whole, unsigned others)
{
	return whole || !others;
}

#endif

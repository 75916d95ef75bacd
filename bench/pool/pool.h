// SPDX-License-Identifier: BSD-2-Clause
// The pool benchmark: producers that queue one item each at a time, as the kernel's
// lib/test_workqueue.c.
#ifndef BENCH_POOL_H
#define BENCH_POOL_H

#include <stdio.h>

#include "bench/stat/hist.h"
#include "bench/host/host.h"
#include "bench/host/noise.h"
#include "bench/plan/runs.h"
#include "lib/topology.h"
#include "lib/wake.h"
#include "vhost/pool.h"

#define POOL_ROWS_MAX 512u
#define POOL_ITEMS_DEFAULT 50000u /* the in-tree module's wq_items */

/* What is queued: one per producer, over and over. */
struct pool_job {
	struct pool_item item; /* first: the pool's view of it */
	struct pool_job *next; /* for engines with a list of their own */
	struct wake done;
	uint64_t ran_at; /* cycles, when it began to run */
	uint64_t runs;	 /* how often it has run: exactly once each time, or something is wrong */
};

struct pool_cell;

/* Something that runs jobs. */
struct pool_engine {
	const char *name;
	const char *summary;
	/* Control thread; starts its threads. 0; -ENOSYS: not on this host; -errno. */
	int (*create)(void **out, const struct pool_cell *cell);
	/* Producer number `producer`, bound to `cpu`. */
	void (*queue)(void *engine, struct pool_job *job, unsigned producer, unsigned cpu);
	void (*manage)(void *engine); /* control thread, every cull_ms; or NULL */
	void (*destroy)(void *engine, struct pool_stats *stats); /* all that was queued has run */
};

extern const struct pool_engine pool_engine_pool;
/* The baselines, NULL-terminated. */
extern const struct pool_engine *const pool_baselines[];

/* One combination. */
struct pool_cell {
	const struct pool_engine *engine;
	struct pool_layout layout; /* of engine pool; the topology's CPUs are everybody's */
	unsigned producers;
	uint32_t items;	  /* per producer */
	unsigned workers; /* per pod, or of a baseline; 0: the default */
	unsigned cull_ms; /* 0: never */
	uint64_t clock_hz;
};

/* Plain data: it comes back from a child through shared memory. */
struct pool_result {
	bool ok, cut, host_cannot;
	bool violation; /* child_not_trusted() */
	char error[160];
	double seconds; /* from the first producer's start to the last one's end */
	uint64_t queued, executed;
	uint64_t wrong;	     /* items that had not run exactly once when their producer went on */
	struct hist queue;   /* the cost of queueing */
	struct hist execute; /* from before queueing to running */
	struct pool_stats stats;
	uint64_t voluntary, involuntary; /* context switches of all threads */
};

struct pool_row {
	struct pool_cell cell;
	struct pool_result sum; /* counters added up, histograms merged */
	unsigned measured;	/* and those that were cut short */
	bool tried;
	struct row_runs over; /* the runs that were whole */
};

struct pool_bench {
	struct host host;
	struct noise noise; /* listened to by pool_bench_run() */
	struct topology topology;
	struct rounds rounds;
	unsigned nrows;
	struct pool_row *row; /* POOL_ROWS_MAX of them */
	bool cut;
	int argc; /* from "pool" on */
	char **argv;
};

#endif

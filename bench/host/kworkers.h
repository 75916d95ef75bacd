// SPDX-License-Identifier: BSD-2-Clause
// What the scheduler counts for the kernel's own work-queue workers: who runs KVM's deferred
// injections.
#ifndef BENCH_HOST_KWORKERS_H
#define BENCH_HOST_KWORKERS_H

#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define KWORKERS_MAX 512u

struct kworker_sample {
	pid_t pid;
	bool unbound;
	uint64_t wait_ns; /* runnable, and not running */
	uint64_t runs;	  /* times it was given a CPU */
};

/* Bound workers of some CPUs' normal pools (kworker/CPU:N), and unbound ones, at one moment. */
struct kworkers {
	unsigned n;
	bool readable; /* false: no /proc/PID/schedstat here */
	struct kworker_sample worker[KWORKERS_MAX];
};

/* What they did between two samples; workers made in between count whole. */
struct kworker_counts {
	bool readable;
	uint64_t wait_ns, runs; /* of bound workers */
	uint64_t unbound_runs;
};

/* Samples the workers of `cpus`. Opens /proc; not for threads that are being measured. */
void kworkers_sample(struct kworkers *k, const cpu_set_t *cpus);
/* The same, and all unbound workers. */
void kworkers_sample_unbound(struct kworkers *k, const cpu_set_t *cpus);
struct kworker_counts kworkers_since(const struct kworkers *end, const struct kworkers *start);

/*
 * Is `comm` a worker of a normal pool of one of `cpus`? High-priority ("H") and unbound ("u") ones
 * are not.
 */
bool kworker_is_bound(const char *comm, const cpu_set_t *cpus);
/* A worker of a normal pool that belongs to no CPU ("kworker/u8:1")? */
bool kworker_is_unbound(const char *comm);

#endif

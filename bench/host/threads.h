// SPDX-License-Identifier: BSD-2-Clause
// What the scheduler counts for each thread of this process, read from /proc.
#ifndef BENCH_HOST_THREADS_H
#define BENCH_HOST_THREADS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "pair/pair.h"

#define THREADS_MAX 96u

struct thread_counts {
	uint64_t voluntary;   /* context switches: it slept */
	uint64_t involuntary; /* it was preempted */
	/* From /proc/.../schedstat, where the kernel has it (CONFIG_SCHED_INFO): */
	uint64_t cpu_ns;     /* time it ran */
	uint64_t wait_ns;    /* time it was runnable and did not run */
	uint64_t slices;     /* times it was given a CPU */
	uint64_t migrations; /* times it changed its CPU */
};

/*
 * The counts of thread `tid` of this process so far, but for migrations; zeros where they can't be
 * read. *accounted: were the times among them?
 */
struct thread_counts threads_read(pid_t tid, bool *accounted);

struct thread_entry {
	pid_t tid;
	char name[16];
	int policy; /* SCHED_*, when it was last seen; -1: unknown */
	int nice;
	struct thread_counts counts;
};

/* Plain data: can live in shared memory. */
struct thread_list {
	unsigned n;
	unsigned unlisted;     /* threads for which there was no room */
	bool accounted;	       /* the kernel has /proc/.../schedstat: times and slices are known */
	bool migrations_known; /* the kernel has /proc/.../sched */
	struct thread_entry thread[THREADS_MAX];
};

/* Control thread: every thread of this process, its counts so far. */
void thread_list_sample(struct thread_list *out);
/* The same of another process's first thread, or of a thread of the kernel's. */
void thread_list_add(struct thread_list *out, pid_t pid);

/*
 * What the threads that are there at the end did since `start`. Of one that has ended in between
 * nothing is known any more; one that began counts from its beginning.
 */
void thread_list_since(const struct thread_list *end, const struct thread_list *start,
		       struct thread_list *out);

/* Can this be a list of threads? For one that came from a process that is not trusted. */
bool thread_list_is_sane(const struct thread_list *t);

/* Adds threads of the same name up. */
void thread_list_merge(struct thread_list *to, const struct thread_list *from);

/* The role of a thread of that name; -1: of none. */
int thread_role(const char *name);

/* Per role; the notifier's threads summed, the backend's with its SQPOLL thread. */
struct role_counts {
	bool accounted; /* as in struct thread_list */
	struct thread_counts role[ROLES];
};

/* Those of all roles added up. */
struct thread_counts threads_all(const struct role_counts *c);

struct role_counts threads_by_role(const struct thread_list *t);
void threads_merge(struct role_counts *to, const struct role_counts *from);

/* How many threads of this process are called `prefix`... */
unsigned threads_named(const char *prefix);

/* "other", "batch", "idle", "fifo", "rr"; "unknown" for what is none. */
const char *policy_name(int policy);

/* "a", "b", "backend", "notifier". */
const char *role_name(enum role r);

#endif

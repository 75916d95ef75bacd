// SPDX-License-Identifier: BSD-2-Clause
// Threads with a name, a CPU set and a home: the thread that may call a function asserts it.
#ifndef LIB_THREAD_H
#define LIB_THREAD_H

#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <sys/types.h>

#include "lib/filter.h"

struct thread {
	pthread_t handle; /* the creator's, to join */
	pthread_t self;	  /* the thread's own, to know itself */
	pid_t tid;	  /* 0 until it runs; valid once thread_start() returned */
	bool started;
	/* set before start: its own filter; NULL: its creator's */
	const struct filter_rule *filter;
};

/*
 * Starts `fn(arg)` under `name` (at most 15 characters) on `cpus` (NULL: those of the caller),
 * with all signals blocked but those of its own faults, and waits until it has its name, place and
 * filter.
 * 0, or -errno.
 */
int thread_start(struct thread *t, const char *name, const cpu_set_t *cpus, void (*fn)(void *),
		 void *arg);

/*
 * Why a thread (or a process, or a pair) could not be made, as log_reason(); where no more are
 * allowed, what allows more. Not for two threads at a time.
 */
#define THREADS_LACKING \
	"no more threads may be made here: raise pids.max of the control group, or ulimit -u"
const char *thread_error(int err);

/* Waits for its end; harmless when it was never started. */
void thread_join(struct thread *t);

/* Is the caller this thread? For assert(). */
bool thread_is_home(const struct thread *t);

#endif

// SPDX-License-Identifier: BSD-2-Clause
// What the kernel says this process holds: descriptors, threads, memory; for tests of leaks.
#ifndef TESTS_COMMON_PROC_H
#define TESTS_COMMON_PROC_H

#include <stdbool.h>
#include <sys/types.h>

unsigned proc_fds(void);

unsigned proc_threads(void);

/* Threads of a process that made none, or has joined them; ThreadSanitizer makes one more with the first, and keeps it. */
#define PROC_ALONE (1u + PROC_TSAN)

/* A joined thread may stay listed for a moment: waits until there are at most `want`, or says who is left. */
unsigned proc_threads_settled(unsigned want);

long proc_rss_kib(void);

/* Times a thread of this process went to sleep by itself (/proc/self/task/TID/status). */
long proc_sleeps(pid_t tid);

/*
 * No thread of this process but the caller's runs or waits for a CPU, the kernel's workers in it
 * included.
 */
bool proc_others_sleep(void);

/* The first CPUs this process may run on: how many of at most `max`. */
unsigned proc_cpus(int *cpus, unsigned max);

/* Binds the calling thread to a CPU; cpu < 0: to all that proc_cpus() saw at the first call. */
void proc_pin(int cpu);

#if defined(__SANITIZE_THREAD__)
#define PROC_TSAN 1
#else
#define PROC_TSAN 0
#endif
#if defined(__SANITIZE_ADDRESS__)
#define PROC_ASAN 1
#else
#define PROC_ASAN 0
#endif

#endif

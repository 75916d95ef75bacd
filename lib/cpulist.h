// SPDX-License-Identifier: BSD-2-Clause
// Lists of CPUs as the kernel writes them: "0-3,8".
#ifndef LIB_CPULIST_H
#define LIB_CPULIST_H

#include <sched.h>
#include <stdbool.h>
#include <stddef.h>

/* The CPUs that a cpu_set_t has room for: 1,024. musl has the room, but a CPU_SETSIZE of 128. */
enum { CPULIST_MAX = 8 * sizeof(cpu_set_t) };

/*
 * Reads a list into *out; a newline at its end is allowed. false: it is not a list, or names a CPU
 * beyond CPULIST_MAX. An empty list is a set of no CPUs.
 */
bool cpulist_parse(const char *text, cpu_set_t *out);

/* Writes the set as a list, cut off where `bytes` end. Returns `text`. */
const char *cpulist_print(const cpu_set_t *cpus, char *text, size_t bytes);

/*
 * The CPUs that the calling thread may use, as far as they are below CPULIST_MAX: the kernel may
 * have more. Where it does not tell, the one that the thread is on. false: there is none that a
 * cpu_set_t can name.
 */
bool cpulist_allowed(cpu_set_t *out);

/* The lowest and the highest CPU of the set, -1 when it is empty. */
int cpulist_first(const cpu_set_t *cpus);
int cpulist_last(const cpu_set_t *cpus);

#endif

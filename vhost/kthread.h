// SPDX-License-Identifier: BSD-2-Clause
// Threads of the kernel's that vhost made for one of ours, and that belong to no process.
#ifndef VHOST_KTHREAD_H
#define VHOST_KTHREAD_H

#include <sys/types.h>

/*
 * Control thread: those made for thread `owner`, at most `max`, in the order in which they were
 * made; how many. 0 where vhost's threads are the process's own, and in a PID namespace, which
 * does not show them. Reads /proc.
 */
unsigned kthread_find(pid_t owner, pid_t *out, unsigned max);

#endif

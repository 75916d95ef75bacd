// SPDX-License-Identifier: BSD-2-Clause
// How long does a woken thread wait for a CPU whose owner stays in the kernel? What tells
// preemption modes apart.
#ifndef VHOST_PROBE_H
#define VHOST_PROBE_H

#include <stdint.h>

#define PROBE_BATCHES 120u

/* One io_uring_enter that wakes the waiter first and then goes on for a while. */
struct probe_batch {
	uint64_t batch_ns; /* how long it was, in the producer's CPU time */
	/* until it had the CPU again, less the waiter's CPU time: longer where others took it */
	uint64_t wall_ns;
	uint64_t waited_ns;
};

struct probe_result {
	struct probe_batch nops[PROBE_BATCHES]; /* nothing in it can sleep */
	/* operations that take a mutex: voluntary preemption points */
	struct probe_batch pipes[PROBE_BATCHES];
};

/*
 * Two threads on the last CPU that the caller may use, both SCHED_OTHER; about a second. The
 * caller's own affinity is not touched. 0; -errno when there is no io_uring (-EPERM: forbidden)
 * or no memory for a ring of 32,768 entries.
 */
int probe_run(struct probe_result *out, uint64_t clock_hz);

#endif

// SPDX-License-Identifier: BSD-2-Clause
// Time without that in which this process was stopped: waiting with a limit, and measuring.
#ifndef BENCH_RUN_PATIENCE_H
#define BENCH_RUN_PATIENCE_H

#include <stdbool.h>
#include <stdint.h>

/*
 * For a peer to come up or to answer for the first time, where nothing can be lost: on a host that
 * has more to do than CPUs, seconds may pass before it runs at all.
 */
#define BOOT_TIMEOUT_MS 20000u

struct patience {
	uint64_t waited_ns, last_ns; /* last_ns: the last look */
	uint64_t progress;	     /* as last seen */
};

void patience_begin(struct patience *p);

/*
 * To be asked at least every 100 ms. Time that this process was stopped for (SIGSTOP, a suspended
 * host) does not count: whoever is waited for did not run then either.
 */
bool patience_over(struct patience *p, uint64_t ms);

/*
 * The same of something that gets on: the wait starts anew whenever `progress` is another than at
 * the last look.
 */
bool patience_stuck(struct patience *p, uint64_t progress, uint64_t ms);

/*
 * How long this process was stopped since stops_begin(): by a signal, a freezer, a host below that
 * did not run it.
 */
struct stops {
	uint64_t stopped_ns;
	bool known; /* the kernel tells how long this thread was runnable */
	uint64_t last_ns, last_cpu_ns, last_runnable_ns; /* the last look */
	int schedstat;
};

/*
 * By the thread that looks. Where the kernel does not tell how long it was runnable, nothing is
 * ever a stop.
 */
void stops_begin(struct stops *s);

/*
 * After each pause, which was to last `pause_ms`. What it lasted longer, by 100 ms or more, is a
 * stop if this thread was not runnable and the others hardly ran: having to wait for a CPU is none,
 * it is part of what is measured.
 */
void stops_look(struct stops *s, uint64_t pause_ms);

void stops_end(struct stops *s); /* stopped_ns stays */

#endif

// SPDX-License-Identifier: BSD-2-Clause
// How long something has been waited for, without the time that nothing ran.
#ifndef BENCH_PATIENCE_H
#define BENCH_PATIENCE_H

#include <stdbool.h>
#include <stdint.h>

struct patience {
	uint64_t waited_ns, last_ns; /* last_ns: the last look; 0: not begun */
};

void patience_begin(struct patience *p);

/*
 * To be asked at least every 100 ms. Time that this process was stopped for (SIGSTOP, a suspended host) does
 * not count: whoever is waited for did not run then either.
 */
bool patience_over(struct patience *p, uint64_t ms);

#endif

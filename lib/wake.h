// SPDX-License-Identifier: BSD-2-Clause
// A wake-up for one waiter: a futex that costs no system call while the waiter is awake.
#ifndef LIB_WAKE_H
#define LIB_WAKE_H

#include <stdint.h>

struct wake {
	uint32_t word; /* 0: nothing; WAKE_SIGNALLED; WAKE_SLEEPING */
};

/* Any thread: the waiter's next wake_wait() returns, or the one it is in. Signals do not add up. */
void wake_signal(struct wake *w);

/*
 * The one waiter: sleeps until signalled and takes the signal. All that the signaller did before is
 * seen afterwards.
 */
void wake_wait(struct wake *w);

#endif

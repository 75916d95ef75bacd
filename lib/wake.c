// SPDX-License-Identifier: BSD-2-Clause
// A wake-up for one waiter.
#include "lib/wake.h"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { WAKE_NONE, WAKE_SIGNALLED, WAKE_SLEEPING };

static void futex(uint32_t *word, int op, uint32_t value)
{
	syscall(SYS_futex, word, op | FUTEX_PRIVATE_FLAG, value, NULL, NULL, 0);
}

void wake_signal(struct wake *w)
{
	/* (W) releases what was done before to the waiter's acquire. */
	if (__atomic_exchange_n(&w->word, WAKE_SIGNALLED, __ATOMIC_ACQ_REL) == WAKE_SLEEPING)
		futex(&w->word, FUTEX_WAKE, 1);
}

void wake_wait(struct wake *w)
{
	uint32_t seen = WAKE_NONE;

	if (__atomic_compare_exchange_n(&w->word, &seen, WAKE_SLEEPING, 0, __ATOMIC_ACQ_REL,
					__ATOMIC_ACQUIRE))
		while (__atomic_load_n(&w->word, __ATOMIC_ACQUIRE) == WAKE_SLEEPING) /* (W) */
			futex(&w->word, FUTEX_WAIT, WAKE_SLEEPING);
	__atomic_exchange_n(&w->word, WAKE_NONE, __ATOMIC_ACQ_REL); /* (W) */
}

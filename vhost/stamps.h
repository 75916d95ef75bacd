// SPDX-License-Identifier: BSD-2-Clause
// The host's half of a notification's time stamps: who decided, who ran, when the eventfd was
// written.
#ifndef VHOST_STAMPS_H
#define VHOST_STAMPS_H

#include <stdint.h>

#include "tandem/shared.h"

#define STAMPS_SIZE 8192u /* a power of two; the control thread drains it every few milliseconds */

#define STAMP_COALESCED UINT64_MAX /* t1: merged into one already queued; it will never run */

/* Clock cycles (lib/clock.h); 0: not yet. */
struct stamp {
	uint64_t t0; /* the backend decides to notify */
	uint64_t t1; /* the notifier's worker starts; with no worker, t0 */
	/* the eventfd is written: taken just before the system call, so that t3 is later */
	uint64_t t2;
	uint64_t rx_idx; /* used index (16 bits) of the guest's receive queue at t0 */
	uint64_t id;	 /* whose entry this is: the ring comes round */
};

/*
 * A ring with one writer of entries and of `head` (the backend), one writer of an entry's t1 and t2
 * (whoever delivers it), and one reader (the control thread). A reader that falls more than
 * STAMPS_SIZE behind has lost the oldest and can tell.
 */
struct stamps {
	uint64_t head; /* entries ever added */
	struct stamp ring[STAMPS_SIZE];
};

static inline struct stamp *stamps_at(struct stamps *s, uint64_t id)
{
	return &s->ring[id & (STAMPS_SIZE - 1)];
}

/* Backend thread: adds an entry and returns its id. */
static inline uint64_t stamps_add(struct stamps *s, uint64_t t0, uint16_t rx_idx)
{
	uint64_t id = s->head;
	struct stamp *e = stamps_at(s, id);

	shared_store(&e->t0, t0);
	shared_store(&e->t1, 0);
	shared_store(&e->t2, 0);
	shared_store(&e->rx_idx, rx_idx);
	shared_store(&e->id, id);
	shared_store_release(&s->head, id + 1);
	return id;
}

#endif

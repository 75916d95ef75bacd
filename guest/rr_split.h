// SPDX-License-Identifier: BSD-2-Clause
// Workload "rr" over split rings with event indices: what it needs of them, in local variables.
#ifndef GUEST_RR_SPLIT_H
#define GUEST_RR_SPLIT_H

#include "guest.h"

struct rr_rings {
	/* Receive queue: the next used entry, and where they start again. */
	const uint16_t *used_idx;
	const ring_elem *elem, *elem_end;
	uint16_t rx_size;
	uint16_t *rx_avail_idx, *rx_avail_event, *used_event;
	/* Transmit queue. */
	uint16_t *tx_avail_idx, *avail_event;
};

static struct rr_rings rr_rings_of(struct guest *g)
{
	const struct ring *rx = &g->rx, *tx = &g->tx;

	return (struct rr_rings){
		.used_idx = &rx->used->idx,
		.elem = rx->used->ring,
		.elem_end = rx->used->ring + rx->size,
		.rx_size = rx->size,
		.rx_avail_idx = &rx->avail->idx,
		.rx_avail_event = rx->avail_event,
		.used_event = rx->used_event,
		.tx_avail_idx = &tx->avail->idx,
		.avail_event = tx->avail_event,
	};
}

/* Interrupt me when buffer number `idx` is used. */
HOT void rr_arm(struct rr_rings *q, struct guest *g, uint16_t idx)
{
	(void)g;
	shared_store(q->used_event, idx);
}

/* Frame number `idx` is the device's. */
HOT void rr_publish_tx(struct rr_rings *q, struct guest *g, uint16_t idx)
{
	(void)g;
	shared_store_release(q->tx_avail_idx, (uint16_t)(idx + 1)); /* (A) */
}

/* One was published: the device wants to know exactly if it asked for that one. */
HOT bool rr_tx_wants_kick(struct rr_rings *q, struct guest *g, uint16_t idx)
{
	(void)g;
	return shared_load(q->avail_event) == idx;
}

/* Is received buffer number `idx`, the next, there? */
HOT bool rr_has_rx(const struct rr_rings *q, const struct guest *g, uint16_t idx)
{
	(void)g;
	return shared_load_acquire(q->used_idx) != idx; /* (B) */
}

HOT uint32_t rr_rx_len(const struct rr_rings *q, const struct guest *g)
{
	(void)g;
	return shared_load(&q->elem->len);
}

/* Goes on to the next received buffer; true: that is the ring's first. */
HOT bool rr_next_rx(struct rr_rings *q, struct guest *g)
{
	if (++q->elem != q->elem_end)
		return false;
	q->elem = g->rx.used->ring;
	return true;
}

/* Buffer number `idx`, which was looked at, is the device's again. */
HOT void rr_publish_rx(struct rr_rings *q, struct guest *g, uint16_t idx)
{
	(void)g;
	shared_store_release(q->rx_avail_idx, (uint16_t)(idx + q->rx_size + 1)); /* (A) */
}

HOT bool rr_rx_wants_kick(struct rr_rings *q, struct guest *g, uint16_t idx)
{
	(void)g;
	return shared_load(q->rx_avail_event) == (uint16_t)(idx + q->rx_size);
}

/* Frames that the device may still read, of all up to number `idx`. */
static uint16_t rr_with_device(const struct rr_rings *q, struct guest *g, uint16_t idx)
{
	(void)q;
	return (uint16_t)(idx - shared_load_acquire(&g->tx.used->idx)); /* (B) */
}

#endif

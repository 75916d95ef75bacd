// SPDX-License-Identifier: BSD-2-Clause
// Workload "rr" over any other rings: a ring's own steps, as the stream takes them.
#ifndef GUEST_RR_ANY_H
#define GUEST_RR_ANY_H

#include "guest.h"

/* All is in the rings; rr's numbers of buffers are theirs. */
struct rr_rings {
	char none;
};

static struct rr_rings rr_rings_of(struct guest *g)
{
	(void)g;
	return (struct rr_rings){ 0 };
}

/* Interrupt me when buffer number `idx` is used. */
HOT void rr_arm(struct rr_rings *q, struct guest *g, uint16_t idx)
{
	(void)q;
	ring_arm(&g->rx, (uint16_t)(idx - g->rx.used_seen + 1));
}

/* Frame number `idx` is the device's. */
HOT void rr_publish_tx(struct rr_rings *q, struct guest *g, uint16_t idx)
{
	(void)q;
	(void)idx;
	ring_publish(&g->tx, 1);
}

HOT bool rr_tx_wants_kick(struct rr_rings *q, struct guest *g, uint16_t idx)
{
	(void)q;
	(void)idx;
	return ring_wants_kick(&g->tx);
}

/* Is received buffer number `idx`, the next, there? */
HOT bool rr_has_rx(const struct rr_rings *q, const struct guest *g, uint16_t idx)
{
	(void)q;
	(void)idx;
	return ring_has_used(&g->rx);
}

HOT uint32_t rr_rx_len(const struct rr_rings *q, const struct guest *g)
{
	(void)q;
	return shared_load(&ring_elem_at(&g->rx, g->rx.used_seen)->len);
}

/* Goes on to the next received buffer; true: that is the ring's first. */
HOT bool rr_next_rx(struct rr_rings *q, struct guest *g)
{
	(void)q;
	g->rx.used_seen++;
	return !(g->rx.used_seen & (g->rx.size - 1));
}

/* Buffer number `idx`, which was looked at, is the device's again. */
HOT void rr_publish_rx(struct rr_rings *q, struct guest *g, uint16_t idx)
{
	(void)q;
	(void)idx;
	ring_publish(&g->rx, 1);
}

HOT bool rr_rx_wants_kick(struct rr_rings *q, struct guest *g, uint16_t idx)
{
	(void)q;
	(void)idx;
	return ring_wants_kick(&g->rx);
}

/*
 * Frames that the device may still read. Nothing is taken back as they are sent; but a slot that
 * was given again was used, so all are back but what the ring holds.
 */
static uint16_t rr_with_device(const struct rr_rings *q, struct guest *g, uint16_t idx)
{
	struct ring *tx = &g->tx;

	(void)q;
	(void)idx;
	tx->used_seen = (uint16_t)(tx->avail_idx - tx->size);
	tx->used_seen = (uint16_t)(tx->used_seen + ring_used(tx));
	return ring_outstanding(tx);
}

#endif

// SPDX-License-Identifier: BSD-2-Clause
// Device half of a virtqueue, split or packed (virtio 1.2, sections 2.7 and 2.8): bounded, and
// trusting nothing it reads.
#ifndef VIRTIO_VIRTQ_H
#define VIRTIO_VIRTQ_H

#include "virtio/virtq_state.h"

/* What the reason means, for a person. */
const char *virtq_break_text(enum virtq_break why);

/* Reserves memory for queues of up to size_max entries. 0 or -ENOMEM. */
int virtq_init(struct virtq *q, uint32_t size_max);
void virtq_fini(struct virtq *q);

/*
 * Takes the queue the driver described (2.7, "aligned", "inside guest RAM"), from index `base`
 * on: virtq_first() for a driver that has just begun, else what virtq_stop() returned. A packed
 * ring goes on at the index to use, in the upper half, or, where that is 0, at the index to pop:
 * DPDK gives no other. 0, or -EINVAL with the queue broken and the reason in q->broken.
 */
int virtq_start(struct virtq *q, const struct gmem *m, const struct virtq_layout *at,
		uint64_t features, uint32_t base);

/*
 * After virtq_start(): the device only reads this queue's buffers, so that a packed table may say
 * of them what it likes. DPDK calls the header of what it sends writable.
 */
static inline void virtq_only_read(struct virtq *q)
{
	q->only_read = true;
}

/*
 * Forgets the driver's rings and the reason for being broken. Returns the index to go on from;
 * whoever wants to go on gives back or completes first what it popped.
 */
uint32_t virtq_stop(struct virtq *q);

/*
 * Chains available and not yet popped; 0 when none or broken. Reads the driver's index only when
 * it has to. A packed ring does not say how many: 1 when there are any.
 */
uint32_t virtq_pending(struct virtq *q);

/* Are more than `n` chains available and not yet popped? As virtq_pending() otherwise. */
bool virtq_has_more(struct virtq *q, uint32_t n);

/* 1: *chain holds the next available chain; 0: there is none; -EPROTO: the queue is broken. */
int virtq_pop(struct virtq *q, struct virtq_room room, struct virtq_chain *chain);

/* The n chains popped last are available again, as if they had not been popped. */
void virtq_unpop(struct virtq *q, const struct virtq_chain *chains, uint32_t n);

/*
 * Fills the next used entry: the chain, whose segments need not be there any more, is the
 * driver's again once published. `written` bytes.
 */
void virtq_push_used(struct virtq *q, const struct virtq_chain *chain, uint32_t written);

/* Makes all pushed entries visible to the driver. */
void virtq_publish(struct virtq *q);

/*
 * Does the driver want to be called for what was published since the last time this was asked
 * (2.7.7, 2.7.10)? Never signals; that is the caller's.
 */
bool virtq_wants_call(struct virtq *q);

/*
 * Asks the driver for a kick at the next chain it makes available. true: chains were made
 * available in the meantime; the caller must look again, as no kick need come for those.
 */
bool virtq_enable_kick(struct virtq *q);

/*
 * The same for whoever knows of `n` chains that are available, and cannot go on with so few:
 * the kick is to come at the next one behind them.
 */
bool virtq_enable_kick_after(struct virtq *q, uint32_t n);

/* Tells the driver that kicks are not needed for now; a hint, some may still come. */
void virtq_disable_kick(struct virtq *q);

#endif

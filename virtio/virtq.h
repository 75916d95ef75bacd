// SPDX-License-Identifier: BSD-2-Clause
// Device half of a split virtqueue (virtio 1.2, section 2.7): bounded, and trusting nothing it
// reads.
#ifndef VIRTIO_VIRTQ_H
#define VIRTIO_VIRTQ_H

#include <linux/virtio_ring.h>
#include <stdbool.h>
#include <stdint.h>

#include "lib/gmem.h"

#define VIRTQ_SIZE_MAX 32768u

/*
 * Why a queue is broken. Sticky: once set, the queue yields nothing and takes nothing until the
 * device is reset.
 */
enum virtq_break {
	VIRTQ_OK = 0,
	VIRTQ_BAD_SIZE,	       /* 2.7: not a power of two, 0, or above the maximum */
	VIRTQ_BAD_ALIGN,       /* 2.7: ring address not aligned */
	VIRTQ_BAD_RING,	       /* ring not inside guest RAM */
	VIRTQ_BAD_AVAIL_INDEX, /* 2.7.6: avail index moved by more than the queue size */
	VIRTQ_BAD_HEAD,	       /* 2.7.13: head is not a descriptor index */
	VIRTQ_BAD_NEXT,	       /* 2.7.5: next is not a descriptor index */
	VIRTQ_LOOP,	       /* 2.7.5.2: chain longer than the queue: it loops */
	VIRTQ_INDIRECT,	       /* 2.7.5.3: indirect descriptor, not negotiated */
	VIRTQ_ZERO_LENGTH,     /* a buffer of no bytes */
	VIRTQ_BAD_BUFFER,      /* buffer not inside guest RAM */
	VIRTQ_BAD_ORDER,       /* 2.7.4.2: device-readable after device-writable */
	VIRTQ_TOO_LONG,	       /* 2.7.5: chain of 2^32 bytes or more */
	VIRTQ_BAD_DIRECTION,   /* 5.1.6: writable buffer to transmit, readable one to receive */
	VIRTQ_SHORT,	       /* 5.1.6: transmit buffer without room for its header */
	VIRTQ_HEAD_IN_FLIGHT,  /* 2.7.13: the same head made available again before it was used */
	VIRTQ_TOO_MANY,	       /* a chain of more segments than there is room for */
	VIRTQ_BAD_TABLE,       /* 2.7.5.3: indirect table empty, ragged, nested, not inside RAM */
	VIRTQ_REFUSED,	       /* by another backend, the kernel's, which does not say why */
	VIRTQ_BREAKS,
};

/* What the reason means, for a person. */
const char *virtq_break_text(enum virtq_break why);

/* Where the driver put its queue: guest addresses, not yet checked. */
struct virtq_layout {
	uint32_t size;
	gpa_t desc;
	gpa_t driver; /* avail ring */
	gpa_t device; /* used ring */
};

/* One buffer of a chain, already translated and checked. */
struct virtq_seg {
	uint8_t *p;
	uint32_t len;
};

/* Where a chain's segments go: the caller's memory. */
struct virtq_room {
	struct virtq_seg *segs;
	uint32_t max;
};

/*
 * A popped chain. Its layout is the driver's: one buffer or many, cut anywhere. A buffer that
 * lies in two of guest memory's regions makes two segments.
 */
struct virtq_chain {
	const struct virtq_seg *segs; /* in the room that pop was given */
	uint32_t nsegs;
	uint32_t readable; /* this many of them come first and are device-readable */
	uint16_t head;
	uint64_t bytes;
};

/*
 * All indices are private; what the driver could change is read once. One thread at a time: the
 * backend's while it runs.
 */
struct virtq {
	struct vring_desc *desc;
	struct vring_avail *avail;
	struct vring_used *used;
	const struct gmem *gmem;
	uint64_t *in_flight; /* a bit for every head popped and not yet used */
	uint32_t size;	     /* 0: not started */
	uint32_t size_max;
	uint16_t avail_next;   /* next avail entry to pop */
	uint16_t avail_seen;   /* driver's avail index as last read */
	uint16_t used_next;    /* next used entry to fill */
	uint16_t used_visible; /* used index as last published */
	uint16_t used_called;  /* used index at the last "does it want to know?" */
	bool event_idx;
	bool indirect; /* tables of descriptors may be used */
	enum virtq_break broken;
};

/* Of the features that virtq_start() is given. */
#define VIRTQ_EVENT_IDX (1ull << VIRTIO_RING_F_EVENT_IDX)
#define VIRTQ_INDIRECT_DESC (1ull << VIRTIO_RING_F_INDIRECT_DESC)

/* Reserves memory for queues of up to size_max entries. 0 or -ENOMEM. */
int virtq_init(struct virtq *q, uint32_t size_max);
void virtq_fini(struct virtq *q);

/*
 * Takes the queue the driver described (2.7, "aligned", "inside guest RAM"), from index `base`
 * on: 0 for a driver that has just begun, else what virtq_stop() returned. 0, or -EINVAL with
 * the queue broken and the reason in q->broken.
 */
int virtq_start(struct virtq *q, const struct gmem *m, const struct virtq_layout *at,
		uint64_t features, uint32_t base);

/*
 * Forgets the driver's rings and the reason for being broken. Returns the index to go on from;
 * whoever wants to go on gives back or completes first what it popped.
 */
uint32_t virtq_stop(struct virtq *q);

/* Marks the queue broken; the first reason stays. Returns -EPROTO for `return virtq_fail(...)`. */
int virtq_fail(struct virtq *q, enum virtq_break why);

/*
 * Chains available and not yet popped; 0 when none or broken. Reads the driver's index only when
 * it has to.
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

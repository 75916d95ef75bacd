// SPDX-License-Identifier: BSD-2-Clause
// What a virtqueue consists of: where its driver put it, chains, the device half's own state.
#ifndef VIRTIO_VIRTQ_STATE_H
#define VIRTIO_VIRTQ_STATE_H

#include <errno.h>
#include <linux/virtio_config.h>
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
	VIRTQ_BAD_ID,	       /* 2.8.6: a buffer id that is no number of an entry */
	VIRTQ_CUT_SHORT,       /* 2.8.6: a chain goes on where no descriptor is available */
	VIRTQ_BAD_BASE,	       /* 2.8.1: the index to go on from is not an entry's */
	VIRTQ_REFUSED,	       /* by another backend, the kernel's, which does not say why */
	VIRTQ_BREAKS,
};

/* Where the driver put its queue: guest addresses, not yet checked. */
struct virtq_layout {
	uint32_t size;
	gpa_t desc;
	gpa_t driver; /* avail ring; packed: what the driver wants to be told of */
	gpa_t device; /* used ring; packed: what the device wants to be told of */
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
	uint16_t head;	   /* packed: the buffer's id */
	uint16_t count;	   /* packed: how many of the ring's descriptors it takes */
	uint64_t bytes;
};

/* A place in a packed ring, and the AVAIL and USED bits that count there in this lap (2.8.1). */
struct virtq_place {
	uint16_t off;
	uint16_t bits;
};

/* A packed ring (2.8), see virtio/virtq_packed.c. */
struct virtq_packed {
	struct vring_packed_desc *ring;
	const struct vring_packed_desc_event *driver;
	struct vring_packed_desc_event *device;
	struct virtq_place avail;   /* next chain to pop */
	struct virtq_place used;    /* next used descriptor to write */
	struct virtq_place visible; /* the same as last published */
	struct virtq_place called;  /* at the last "does it want to know?" */
	uint32_t taken;		    /* descriptors of chains that are popped and not yet used */
	uint32_t pushed;	    /* descriptors used since the last publish, */
	uint32_t uncalled;	    /* and published since that question */
	uint16_t *held;		    /* flags that are written last: those of the first pushed */
	uint16_t held_flags;
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
	bool split;	     /* a split ring is in use, and not broken */
	bool packed;	     /* the ring is packed */
	uint16_t avail_next; /* next avail entry to pop */
	uint16_t avail_seen; /* driver's avail index as last read */
	/* These three count buffers, of a packed ring too. */
	uint16_t used_next;    /* next used entry to fill */
	uint16_t used_visible; /* used index as last published */
	uint16_t used_called;  /* used index at the last "does it want to know?" */
	bool event_idx;
	bool indirect;	/* tables of descriptors may be used */
	bool only_read; /* see virtq_only_read() */
	enum virtq_break broken;
	struct virtq_packed pk;
};

/* Of the features that virtq_start() is given. */
#define VIRTQ_EVENT_IDX (1ull << VIRTIO_RING_F_EVENT_IDX)
#define VIRTQ_INDIRECT_DESC (1ull << VIRTIO_RING_F_INDIRECT_DESC)
#define VIRTQ_PACKED (1ull << VIRTIO_F_RING_PACKED)

/*
 * The index that a queue begins at. A packed ring has two, the next to pop and the next to use,
 * each with a wrap counter in its top bit that begins at 1 (2.8.1).
 */
static inline uint32_t virtq_first(uint64_t features)
{
	return features & VIRTQ_PACKED ? 0x80008000u : 0;
}

/* Marks the queue broken; the first reason stays. Returns -EPROTO for `return virtq_fail(...)`. */
static inline int virtq_fail(struct virtq *q, enum virtq_break why)
{
	if (q->broken == VIRTQ_OK)
		q->broken = why;
	q->split = false;
	return -EPROTO;
}

#endif

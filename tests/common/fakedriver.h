// SPDX-License-Identifier: BSD-2-Clause
// A scriptable driver half of a split virtqueue: well behaved by its helpers, anything when raw.
#ifndef TESTS_COMMON_FAKEDRIVER_H
#define TESTS_COMMON_FAKEDRIVER_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/gmem.h"
#include "virtio/virtq.h"

/* Bytes between and around the rings that nobody may write. */
#define FAKE_GAP 64u

/*
 * All access to the rings goes through tandem/shared.h, so that a test may drive a device half
 * that runs on another thread under ThreadSanitizer.
 */
struct fake_queue {
	const struct gmem *mem;
	struct virtq_layout at;
	bool event_idx;
	uint16_t avail_next;	/* next avail entry to fill */
	uint16_t avail_visible; /* avail index as last published */
	uint16_t used_next;	/* next used entry to look at */
	uint16_t free;		/* free descriptors: a list in next[] */
	uint32_t nfree;
	uint16_t *next;	 /* private copy of the links */
	uint16_t *count; /* descriptors of the chain that begins at a head */
};

struct fake_buf {
	uint64_t addr;
	uint32_t len;
	bool writable;
};

/* A layout from `start` on, well aligned, with gaps; and the bytes it takes, gaps included. */
struct virtq_layout fake_layout(uint64_t start, uint32_t size);
uint64_t fake_layout_bytes(uint32_t size);

/* A driver that has just found its device: rings zeroed, all descriptors free. */
void fake_init(struct fake_queue *d, const struct gmem *mem, const struct virtq_layout *at,
	       bool event_idx);
void fake_fini(struct fake_queue *d);

/* Raw access; any value goes. Descriptors are written as two 64-bit words. */
void fake_set_desc(struct fake_queue *d, uint32_t i, struct vring_desc desc);
void fake_set_avail_entry(struct fake_queue *d, uint16_t slot, uint16_t head);
void fake_set_avail_idx(struct fake_queue *d, uint16_t idx);
void fake_set_avail_flags(struct fake_queue *d, uint16_t flags);
void fake_set_used_event(struct fake_queue *d, uint16_t idx);
uint16_t fake_avail_event(const struct fake_queue *d);
uint16_t fake_used_idx(const struct fake_queue *d);
uint16_t fake_used_flags(const struct fake_queue *d);
struct vring_used_elem fake_used_entry(const struct fake_queue *d, uint16_t slot);

/* Well behaved: makes a chain, without publishing it. Its head, or -1 without free descriptors. */
int fake_add(struct fake_queue *d, const struct fake_buf *bufs, unsigned n);

/* Puts a head of the test's own making into the avail ring, without publishing it. */
void fake_offer(struct fake_queue *d, uint16_t head);

/* Publishes what was added. true: the device wants a kick (2.7.10). */
bool fake_publish(struct fake_queue *d);

/* Takes the next used entry and frees its chain. false: there is none. */
bool fake_take(struct fake_queue *d, struct vring_used_elem *used);

/* Asks for a call at the next used entry. true: entries came in the meantime. */
bool fake_arm_call(struct fake_queue *d);

#endif

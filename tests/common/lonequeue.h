// SPDX-License-Identifier: BSD-2-Clause
// One device half of a virtqueue with memory and a driver of its own: what the virtq tests share.
#ifndef TESTS_COMMON_LONEQUEUE_H
#define TESTS_COMMON_LONEQUEUE_H

#include "tests/common/fakedriver.h"
#include "tests/common/suite.h"
#include "virtio/virtq.h"

#define RAM 0x40000000ull
#define RAM_BYTES (2ull << 20)
#define RAM_END (RAM + RAM_BYTES)
#define DATA (RAM + (1ull << 20)) /* behind the rings, whatever their size */

#define NEXT VRING_DESC_F_NEXT
#define WRITE VRING_DESC_F_WRITE
#define INDIRECT VRING_DESC_F_INDIRECT

/* The queue under test and its driver; made by lone_set_up(), thrown away by lone_tear_down(). */
struct lonequeue {
	struct gmem mem;
	struct fake_queue driver;
	struct virtq q;
	struct virtq_room room; /* for any chain */
	uint8_t *before;
};

extern struct lonequeue fx;

int lone_set_up(void **state);
int lone_tear_down(void **state);

/* virtq_start() from index 0, and virtq_push_used() for whoever knows no more than the head. */
int start_at(const struct virtq_layout *at, bool event_idx);
void push_head(uint32_t head, uint32_t written);

void start_queue(uint32_t size, bool event_idx);

/* Did the device write to guest memory in between? */
void remember_memory(void);
void assert_memory_unchanged(void);

/* A readable buffer of 64 bytes. */
extern const struct vring_desc good_desc;

/* A chain of one good descriptor, published. */
void offer_good(struct fake_queue *d, uint16_t head);

/* Pops until nothing comes; how many came. */
int pop_all(void);

/* The queue is broken for this reason, yields nothing and asks for nothing. */
void assert_dead(enum virtq_break why);

/* Is `event` one of the entries old, old + 1, ... new - 1? The specification's words, slowly. */
bool model_need_event(uint16_t event, uint16_t new, uint16_t old);

/* Any descriptor, good ones for the most part, for a ring of `size`. */
struct vring_desc random_desc(uint64_t *seed, uint32_t size);

#endif

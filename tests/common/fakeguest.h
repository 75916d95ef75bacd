// SPDX-License-Identifier: BSD-2-Clause
// A guest played by the test: memory, a device's registers, a fake driver on its two queues.
#ifndef TESTS_COMMON_FAKEGUEST_H
#define TESTS_COMMON_FAKEGUEST_H

#include "tests/common/fakedriver.h"
#include "virtio/mmio.h"
#include "virtio/net.h"

struct fake_guest {
	struct gmem mem;
	struct virtio_device dev;
	struct virtio_mmio mmio;
	struct fake_queue queue[NET_QUEUES];
	uint32_t ring_size;
	uint64_t heap;		       /* next free guest address */
	uint64_t buf[NET_QUEUES][256]; /* one buffer per head, for the helpers below */
	uint32_t buf_bytes;
};

/*
 * `buf_bytes`: of each of the helpers' buffers, virtio-net header included; ring_size of them per
 * queue (at most 256) where it is not 0. All is asserted.
 */
void fake_guest_create(struct fake_guest *g, uint64_t base, uint64_t bytes, uint32_t ring_size,
		       uint32_t buf_bytes, const struct virtio_device_ops *ops, void *ctx);
void fake_guest_destroy(struct fake_guest *g);

/* Guest memory for the test, aligned to 64 bytes. */
uint64_t fake_guest_alloc(struct fake_guest *g, uint64_t bytes);
void *fake_guest_ptr(struct fake_guest *g, uint64_t at, uint64_t len);

void fake_guest_write(struct fake_guest *g, uint64_t offset, uint32_t value);
uint32_t fake_guest_read(struct fake_guest *g, uint64_t offset);

/* Driver initialization (3.1.1) through the registers; fresh queues. Returns the final status. */
uint32_t fake_guest_start(struct fake_guest *g, bool event_idx);
void fake_guest_reset(struct fake_guest *g);

/* Gives the device receive buffers while there are any; publishes. true: it wants a kick. */
bool fake_guest_fill_rx(struct fake_guest *g);

/*
 * Sends a frame of `bytes` (header not counted) whose content follows from `seq`; publishes.
 * false: no descriptor is free. *kick: the device wants one.
 */
bool fake_guest_send(struct fake_guest *g, uint32_t bytes, uint64_t seq, bool *kick);

/* Takes back transmit buffers that were used; how many. */
unsigned fake_guest_reap_tx(struct fake_guest *g);

/*
 * Takes the next received frame, checks header and content, and does not give the buffer back.
 * 1: *seq and *bytes say which; 0: there is none; -1: it is wrong.
 */
int fake_guest_take_frame(struct fake_guest *g, uint64_t *seq, uint32_t *bytes);

/* The byte at `i` of frame `seq`; the first eight bytes are seq itself. */
uint8_t fake_frame_byte(uint64_t seq, uint32_t i);

#endif

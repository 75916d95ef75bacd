// SPDX-License-Identifier: BSD-2-Clause
// The virtio-mmio register file, version 2 (virtio 1.2, section 4.2): configuration only, no data.
#ifndef VIRTIO_MMIO_H
#define VIRTIO_MMIO_H

#include <stdbool.h>
#include <stdint.h>

#include "virtio/net.h"
#include "virtio/virtq.h"

#define VIRTIO_MMIO_BYTES 0x200u

/* What the register file asks of whoever owns the rings. Called on the thread of mmio_write(). */
struct virtio_mmio_ops {
	/* DRIVER_OK was set: start. The layouts are in dev->queue[]. -errno: the device needs reset. */
	int (*activate)(void *ctx);
	/* The driver reset the device or stopped a queue: when this returns nobody touches the rings any more. */
	void (*reset)(void *ctx);
	/* QueueNotify was written and no ioeventfd took it. */
	void (*kick)(void *ctx, uint32_t queue);
};

struct virtio_mmio_queue {
	struct virtq_layout at;
	bool ready;
};

/* One per guest; the guest's vCPU thread owns it, but for isr and status. */
struct virtio_mmio {
	const struct virtio_mmio_ops *ops;
	void *ctx;
	struct virtio_net_config config;
	uint32_t queue_size_max;
	uint32_t device_features_sel;
	uint32_t driver_features_sel;
	uint64_t driver_features;
	uint32_t queue_sel;
	struct virtio_mmio_queue queue[NET_QUEUES];
	bool active;  /* DRIVER_OK was set; the queues' layout is fixed until a reset */
	bool running; /* activate() was called, and reset() has not been since */
	/* The backend adds bits to these while the guest runs. */
	uint32_t isr;	 /* InterruptStatus */
	uint32_t status; /* Device Status; the backend may add DEVICE_NEEDS_RESET */
};

void mmio_init(struct virtio_mmio *dev, const struct virtio_mmio_ops *ops, void *ctx,
	       const struct virtio_net_config *config, uint32_t queue_size_max);

/*
 * A driver's access of `len` bytes at `offset`. What the specification leaves undefined (other
 * widths than 32 bits below 0x100, unknown registers) reads as 0 and is ignored when written.
 */
uint64_t mmio_read(struct virtio_mmio *dev, uint64_t offset, unsigned len);
void mmio_write(struct virtio_mmio *dev, uint64_t offset, unsigned len, uint64_t value);

/* Any thread: the used-buffer bit of InterruptStatus, and "this device needs a reset". */
void mmio_raise_used(struct virtio_mmio *dev);
void mmio_needs_reset(struct virtio_mmio *dev);

#endif

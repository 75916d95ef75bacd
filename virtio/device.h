// SPDX-License-Identifier: BSD-2-Clause
// A virtio device as its driver has set it up (virtio 1.2, sections 2.1 to 2.5, 3.1), whatever the
// transport.
#ifndef VIRTIO_DEVICE_H
#define VIRTIO_DEVICE_H

#include <linux/virtio_config.h>
#include <stdbool.h>
#include <stdint.h>

#include "virtio/virtq.h"

#define DEVICE_QUEUES_MAX 2u
#define DEVICE_CONFIG_MAX 64u

/* Interrupts the driver has not acknowledged: the bits that mmio's and PCI's registers share. */
#define DEVICE_INT_USED 1u
#define DEVICE_INT_CONFIG 2u

/* What the device asks of whoever owns the rings. Called on the thread of the driver's access. */
struct virtio_device_ops {
	/*
	 * DRIVER_OK was set: start. The layouts are in dev->queue[]. -errno: the device needs
	 * reset.
	 */
	int (*activate)(void *ctx);
	/*
	 * The driver reset the device or stopped a queue: when this returns nobody touches the
	 * rings any more.
	 */
	void (*reset)(void *ctx);
	/* The driver kicked a queue and no ioeventfd took it. */
	void (*kick)(void *ctx, uint32_t queue);
};

/* What the device is: fixed for its life. */
struct virtio_device_kind {
	uint32_t id;	   /* VIRTIO_ID_* */
	uint64_t offered;  /* features */
	uint64_t required; /* of those, the ones without which it does not work */
	unsigned nqueues;
	uint32_t queue_size_max;
	uint32_t config_bytes;
	uint8_t config[DEVICE_CONFIG_MAX];
};

struct virtio_queue {
	struct virtq_layout at;
	bool ready;
};

/* One per guest; the driver's thread owns it, but for isr and status. */
struct virtio_device {
	struct virtio_device_kind kind;
	const struct virtio_device_ops *ops;
	void *ctx;
	/* All of this is the driver's doing, and gone after a reset. */
	uint64_t accepted; /* features */
	struct virtio_queue queue[DEVICE_QUEUES_MAX];
	bool active;  /* DRIVER_OK was set; the queues' layout is fixed until a reset */
	bool running; /* activate() was called, and reset() has not been since */
	/* The backend adds bits to these while the guest runs. */
	uint32_t isr;	 /* DEVICE_INT_* */
	uint32_t status; /* the backend may add DEVICE_NEEDS_RESET */
};

void device_init(struct virtio_device *dev, const struct virtio_device_kind *kind,
		 const struct virtio_device_ops *ops, void *ctx);

/*
 * Can the device work with these features: a subset of those offered (2.2), with all required
 * ones?
 */
bool device_accepts(const struct virtio_device *dev, uint64_t features);

/* The driver's thread: half (0 or 1) of the features it accepts; until FEATURES_OK. */
void device_accept(struct virtio_device *dev, unsigned half, uint32_t bits);

/* The driver's thread: a write of the status field; 0 resets the device. */
void device_set_status(struct virtio_device *dev, uint32_t status);

/* The queue's layout while it may still be changed (neither ready nor in use), or NULL. */
struct virtq_layout *device_layout(struct virtio_device *dev, uint32_t queue);

/* The driver's thread: its queue may be used, or may not be any more. */
void device_set_ready(struct virtio_device *dev, uint32_t queue, bool ready);

/* The driver's thread: a kick that no ioeventfd took. */
void device_kick(struct virtio_device *dev, uint32_t queue);

/* Up to 8 bytes of the configuration, as a number; what lies outside reads as 0. */
uint64_t device_config(const struct virtio_device *dev, uint64_t offset, unsigned len);

/* Any thread: notes a used-buffer interrupt, or "this device needs a reset". */
void device_raise_used(struct virtio_device *dev);
void device_need_reset(struct virtio_device *dev);

/* The driver's thread: it has seen these interrupts. */
void device_acknowledge(struct virtio_device *dev, uint32_t interrupts);

#endif

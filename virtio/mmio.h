// SPDX-License-Identifier: BSD-2-Clause
// The virtio-mmio register file, version 2 (virtio 1.2, section 4.2): a driver's accesses made
// into calls of the device.
#ifndef VIRTIO_MMIO_H
#define VIRTIO_MMIO_H

#include "virtio/device.h"

#define VIRTIO_MMIO_BYTES 0x200u

/* What the registers remember besides the device. The driver's thread owns it. */
struct virtio_mmio {
	struct virtio_device *dev;
	uint32_t device_features_sel;
	uint32_t driver_features_sel;
	uint32_t queue_sel;
};

void mmio_init(struct virtio_mmio *m, struct virtio_device *dev);

/*
 * A driver's access of `len` bytes at `offset`. What the specification leaves undefined (other
 * widths than 32 bits below 0x100, unknown registers) reads as 0 and is ignored when written.
 */
uint64_t mmio_read(const struct virtio_mmio *m, uint64_t offset, unsigned len);
void mmio_write(struct virtio_mmio *m, uint64_t offset, unsigned len, uint64_t value);

#endif

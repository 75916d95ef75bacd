// SPDX-License-Identifier: BSD-2-Clause
// A virtio device's state: what its driver may do in which order.
#include "virtio/device.h"

#include <assert.h>
#include <string.h>

#include "tandem/shared.h"

void device_init(struct virtio_device *dev, const struct virtio_device_kind *kind,
		 const struct virtio_device_ops *ops, void *ctx)
{
	assert(kind->nqueues <= DEVICE_QUEUES_MAX && kind->config_bytes <= DEVICE_CONFIG_MAX);
	*dev = (struct virtio_device){ .kind = *kind, .ops = ops, .ctx = ctx };
}

static void stop(struct virtio_device *dev)
{
	if (dev->running)
		dev->ops->reset(dev->ctx);
	dev->running = false;
}

static void reset(struct virtio_device *dev)
{
	struct virtio_device_kind kind = dev->kind;

	stop(dev);
	device_init(dev, &kind, dev->ops, dev->ctx);
}

bool device_accepts(const struct virtio_device *dev, uint64_t features)
{
	return !(features & ~dev->kind.offered) && !(dev->kind.required & ~features);
}

void device_accept(struct virtio_device *dev, unsigned half, uint32_t bits)
{
	unsigned shift = half * 32;

	if (half > 1 || shared_load(&dev->status) & VIRTIO_CONFIG_S_FEATURES_OK)
		return;
	dev->accepted &= ~(0xffffffffull << shift);
	dev->accepted |= (uint64_t)bits << shift;
}

static void activate(struct virtio_device *dev)
{
	dev->active = dev->running = true;
	if (dev->ops->activate(dev->ctx) < 0)
		device_need_reset(dev);
}

/* 3.1.1: the driver adds one bit after the other; bits that come too early are refused. */
void device_set_status(struct virtio_device *dev, uint32_t value)
{
	uint32_t old = shared_load(&dev->status), added = value & ~old;

	if (value == 0) {
		reset(dev);
		return;
	}
	if (added & VIRTIO_CONFIG_S_FEATURES_OK && !device_accepts(dev, dev->accepted))
		value &= ~(uint32_t)VIRTIO_CONFIG_S_FEATURES_OK;
	if (!((value | old) & VIRTIO_CONFIG_S_FEATURES_OK))
		value &= ~(uint32_t)VIRTIO_CONFIG_S_DRIVER_OK;
	value &= ~(uint32_t)VIRTIO_CONFIG_S_NEEDS_RESET;
	__atomic_fetch_or(&dev->status, value, __ATOMIC_RELAXED);
	if (value & VIRTIO_CONFIG_S_DRIVER_OK && !dev->active)
		activate(dev);
}

struct virtq_layout *device_layout(struct virtio_device *dev, uint32_t queue)
{
	if (queue >= dev->kind.nqueues || dev->active || dev->queue[queue].ready)
		return NULL;
	return &dev->queue[queue].at;
}

/*
 * Once a queue is not ready any more nobody may touch it. One queue alone moves no frames, so
 * all of the device stops; without VIRTIO_F_RING_RESET only a reset brings a queue back.
 */
void device_set_ready(struct virtio_device *dev, uint32_t queue, bool ready)
{
	if (queue >= dev->kind.nqueues || (dev->active && ready))
		return;
	dev->queue[queue].ready = ready;
	if (!ready)
		stop(dev);
}

void device_kick(struct virtio_device *dev, uint32_t queue)
{
	if (queue < dev->kind.nqueues && dev->running)
		dev->ops->kick(dev->ctx, queue);
}

uint64_t device_config(const struct virtio_device *dev, uint64_t offset, unsigned len)
{
	uint32_t bytes = dev->kind.config_bytes;
	uint64_t value = 0;

	if (len <= sizeof(value) && offset <= bytes && len <= bytes - offset)
		memcpy(&value, dev->kind.config + offset, len);
	return value;
}

/*
 * Sequentially consistent, as notify_claim() is: where a notification is merged into one that is
 * under way, the interrupt of that one must find these bits (E).
 */
void device_raise_used(struct virtio_device *dev)
{
	__atomic_fetch_or(&dev->isr, DEVICE_INT_USED, __ATOMIC_SEQ_CST);
}

void device_need_reset(struct virtio_device *dev)
{
	__atomic_fetch_or(&dev->status, VIRTIO_CONFIG_S_NEEDS_RESET, __ATOMIC_SEQ_CST);
	__atomic_fetch_or(&dev->isr, DEVICE_INT_CONFIG, __ATOMIC_SEQ_CST);
}

void device_acknowledge(struct virtio_device *dev, uint32_t interrupts)
{
	__atomic_fetch_and(&dev->isr, ~interrupts, __ATOMIC_RELAXED);
}

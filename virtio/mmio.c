// SPDX-License-Identifier: BSD-2-Clause
// The virtio-mmio register file.
#include "virtio/mmio.h"

#include <linux/virtio_ids.h>
#include <linux/virtio_mmio.h>
#include <string.h>

#include "tandem/shared.h"

#define MAGIC 0x74726976u /* "virt" */
#define VERSION 2u
#define VENDOR 0x646e6174u /* "tand" */

void mmio_init(struct virtio_mmio *dev, const struct virtio_mmio_ops *ops, void *ctx,
	       const struct virtio_net_config *config, uint32_t queue_size_max)
{
	*dev = (struct virtio_mmio){
		.ops = ops, .ctx = ctx, .config = *config, .queue_size_max = queue_size_max
	};
}

static void stop(struct virtio_mmio *dev)
{
	if (dev->running)
		dev->ops->reset(dev->ctx);
	dev->running = false;
}

static void reset(struct virtio_mmio *dev)
{
	stop(dev);
	mmio_init(dev, dev->ops, dev->ctx, &dev->config, dev->queue_size_max);
}

static struct virtio_mmio_queue *selected(struct virtio_mmio *dev)
{
	return dev->queue_sel < NET_QUEUES ? &dev->queue[dev->queue_sel] : NULL;
}

static uint32_t half(uint64_t v, uint32_t sel)
{
	return sel == 0 ? (uint32_t)v : sel == 1 ? (uint32_t)(v >> 32) : 0;
}

static uint32_t read_register(struct virtio_mmio *dev, uint64_t offset)
{
	struct virtio_mmio_queue *q = selected(dev);

	switch (offset) {
	case VIRTIO_MMIO_MAGIC_VALUE:
		return MAGIC;
	case VIRTIO_MMIO_VERSION:
		return VERSION;
	case VIRTIO_MMIO_DEVICE_ID:
		return VIRTIO_ID_NET;
	case VIRTIO_MMIO_VENDOR_ID:
		return VENDOR;
	case VIRTIO_MMIO_DEVICE_FEATURES:
		return half(net_features(), dev->device_features_sel);
	case VIRTIO_MMIO_QUEUE_NUM_MAX:
		return q ? dev->queue_size_max : 0;
	case VIRTIO_MMIO_QUEUE_READY:
		return q && q->ready;
	case VIRTIO_MMIO_INTERRUPT_STATUS:
		return shared_load(&dev->isr);
	case VIRTIO_MMIO_STATUS:
		return shared_load(&dev->status);
	case VIRTIO_MMIO_SHM_LEN_LOW:
	case VIRTIO_MMIO_SHM_LEN_HIGH:
		return ~0u; /* no such region */
	default:	    /* ConfigGeneration too: the configuration never changes */
		return 0;
	}
}

uint64_t mmio_read(struct virtio_mmio *dev, uint64_t offset, unsigned len)
{
	uint64_t value = 0;

	if (offset < VIRTIO_MMIO_CONFIG)
		return len == 4 ? read_register(dev, offset) : 0;
	offset -= VIRTIO_MMIO_CONFIG;
	if (len <= sizeof(value) && offset <= sizeof(dev->config) &&
	    len <= sizeof(dev->config) - offset)
		memcpy(&value, (const uint8_t *)&dev->config + offset, len);
	return value;
}

static void write_driver_features(struct virtio_mmio *dev, uint32_t value)
{
	unsigned shift = dev->driver_features_sel * 32;

	if (dev->driver_features_sel > 1 || shared_load(&dev->status) & VIRTIO_CONFIG_S_FEATURES_OK)
		return;
	dev->driver_features &= ~(0xffffffffull << shift);
	dev->driver_features |= (uint64_t)value << shift;
}

static void activate(struct virtio_mmio *dev)
{
	dev->active = dev->running = true;
	if (dev->ops->activate(dev->ctx) < 0)
		mmio_needs_reset(dev);
}

/* 3.1.1: the driver adds one bit after the other; bits that come too early are refused. */
static void write_status(struct virtio_mmio *dev, uint32_t value)
{
	uint32_t old = shared_load(&dev->status), added = value & ~old;

	if (value == 0) {
		reset(dev);
		return;
	}
	if (added & VIRTIO_CONFIG_S_FEATURES_OK && !net_features_ok(dev->driver_features))
		value &= ~(uint32_t)VIRTIO_CONFIG_S_FEATURES_OK;
	if (!((value | old) & VIRTIO_CONFIG_S_FEATURES_OK))
		value &= ~(uint32_t)VIRTIO_CONFIG_S_DRIVER_OK;
	value &= ~(uint32_t)VIRTIO_CONFIG_S_NEEDS_RESET;
	__atomic_fetch_or(&dev->status, value, __ATOMIC_RELAXED);
	if (value & VIRTIO_CONFIG_S_DRIVER_OK && !dev->active)
		activate(dev);
}

static void set_low(gpa_t *a, uint32_t v)
{
	a->v = (a->v & ~0xffffffffull) | v;
}

static void set_high(gpa_t *a, uint32_t v)
{
	a->v = (a->v & 0xffffffffull) | (uint64_t)v << 32;
}

/*
 * 4.2.2.2: once 0 reads back nobody touches the queue any more. One queue alone moves no frames, so all of
 * the device stops; without VIRTIO_F_RING_RESET only a reset brings a queue back.
 */
static void write_ready(struct virtio_mmio *dev, bool ready)
{
	struct virtio_mmio_queue *q = selected(dev);

	if (!q || (dev->active && ready))
		return;
	q->ready = ready;
	if (!ready)
		stop(dev);
}

/* Returns false when `offset` is not a register of a queue. */
static bool write_queue(struct virtio_mmio *dev, uint64_t offset, uint32_t value)
{
	struct virtio_mmio_queue none = { 0 }, *q = selected(dev);

	/* 4.2.2.2: no changes to a queue that is in use, and none to one that is not there. */
	if (!q || dev->active || q->ready)
		q = &none;
	switch (offset) {
	case VIRTIO_MMIO_QUEUE_NUM:
		q->at.size = value;
		return true;
	case VIRTIO_MMIO_QUEUE_READY:
		write_ready(dev, value & 1);
		return true;
	case VIRTIO_MMIO_QUEUE_DESC_LOW:
		set_low(&q->at.desc, value);
		return true;
	case VIRTIO_MMIO_QUEUE_DESC_HIGH:
		set_high(&q->at.desc, value);
		return true;
	case VIRTIO_MMIO_QUEUE_AVAIL_LOW:
		set_low(&q->at.driver, value);
		return true;
	case VIRTIO_MMIO_QUEUE_AVAIL_HIGH:
		set_high(&q->at.driver, value);
		return true;
	case VIRTIO_MMIO_QUEUE_USED_LOW:
		set_low(&q->at.device, value);
		return true;
	case VIRTIO_MMIO_QUEUE_USED_HIGH:
		set_high(&q->at.device, value);
		return true;
	default:
		return false;
	}
}

void mmio_write(struct virtio_mmio *dev, uint64_t offset, unsigned len, uint64_t value64)
{
	uint32_t value = (uint32_t)value64;

	if (len != 4 || offset >= VIRTIO_MMIO_CONFIG || write_queue(dev, offset, value))
		return;
	switch (offset) {
	case VIRTIO_MMIO_DEVICE_FEATURES_SEL:
		dev->device_features_sel = value;
		break;
	case VIRTIO_MMIO_DRIVER_FEATURES_SEL:
		dev->driver_features_sel = value;
		break;
	case VIRTIO_MMIO_DRIVER_FEATURES:
		write_driver_features(dev, value);
		break;
	case VIRTIO_MMIO_QUEUE_SEL:
		dev->queue_sel = value;
		break;
	case VIRTIO_MMIO_QUEUE_NOTIFY:
		if (value < NET_QUEUES && dev->running)
			dev->ops->kick(dev->ctx, value);
		break;
	case VIRTIO_MMIO_INTERRUPT_ACK:
		__atomic_fetch_and(&dev->isr, ~value, __ATOMIC_RELAXED);
		break;
	case VIRTIO_MMIO_STATUS:
		write_status(dev, value);
		break;
	}
}

/*
 * Sequentially consistent, as notify_claim() is: where a notification is merged into one that is under way,
 * the interrupt of that one must find these bits (E).
 */
void mmio_raise_used(struct virtio_mmio *dev)
{
	__atomic_fetch_or(&dev->isr, VIRTIO_MMIO_INT_VRING, __ATOMIC_SEQ_CST);
}

void mmio_needs_reset(struct virtio_mmio *dev)
{
	__atomic_fetch_or(&dev->status, VIRTIO_CONFIG_S_NEEDS_RESET, __ATOMIC_SEQ_CST);
	__atomic_fetch_or(&dev->isr, VIRTIO_MMIO_INT_CONFIG, __ATOMIC_SEQ_CST);
}

// SPDX-License-Identifier: BSD-2-Clause
// The virtio-mmio register file.
#include "virtio/mmio.h"

#include <linux/virtio_mmio.h>

#include "tandem/shared.h"

#define MAGIC 0x74726976u /* "virt" */
#define VERSION 2u
#define VENDOR 0x646e6174u /* "tand" */

_Static_assert(VIRTIO_MMIO_INT_VRING == DEVICE_INT_USED, "4.2.2: InterruptStatus");
_Static_assert(VIRTIO_MMIO_INT_CONFIG == DEVICE_INT_CONFIG, "4.2.2: InterruptStatus");

void mmio_init(struct virtio_mmio *m, struct virtio_device *dev)
{
	*m = (struct virtio_mmio){ .dev = dev };
}

static const struct virtio_queue *selected(const struct virtio_mmio *m)
{
	return m->queue_sel < m->dev->kind.nqueues ? &m->dev->queue[m->queue_sel] : NULL;
}

static uint32_t half(uint64_t v, uint32_t sel)
{
	return sel == 0 ? (uint32_t)v : sel == 1 ? (uint32_t)(v >> 32) : 0;
}

static uint32_t read_register(const struct virtio_mmio *m, uint64_t offset)
{
	const struct virtio_queue *q = selected(m);

	switch (offset) {
	case VIRTIO_MMIO_MAGIC_VALUE:
		return MAGIC;
	case VIRTIO_MMIO_VERSION:
		return VERSION;
	case VIRTIO_MMIO_DEVICE_ID:
		return m->dev->kind.id;
	case VIRTIO_MMIO_VENDOR_ID:
		return VENDOR;
	case VIRTIO_MMIO_DEVICE_FEATURES:
		return half(m->dev->kind.offered, m->device_features_sel);
	case VIRTIO_MMIO_QUEUE_NUM_MAX:
		return q ? m->dev->kind.queue_size_max : 0;
	case VIRTIO_MMIO_QUEUE_READY:
		return q && q->ready;
	case VIRTIO_MMIO_INTERRUPT_STATUS:
		return shared_load(&m->dev->isr);
	case VIRTIO_MMIO_STATUS:
		return shared_load(&m->dev->status);
	case VIRTIO_MMIO_SHM_LEN_LOW:
	case VIRTIO_MMIO_SHM_LEN_HIGH:
		return ~0u; /* no such region */
	default:	    /* ConfigGeneration too: the configuration never changes */
		return 0;
	}
}

uint64_t mmio_read(const struct virtio_mmio *m, uint64_t offset, unsigned len)
{
	if (offset < VIRTIO_MMIO_CONFIG)
		return len == 4 ? read_register(m, offset) : 0;
	return device_config(m->dev, offset - VIRTIO_MMIO_CONFIG, len);
}

static void set_low(gpa_t *a, uint32_t v)
{
	a->v = (a->v & ~0xffffffffull) | v;
}

static void set_high(gpa_t *a, uint32_t v)
{
	a->v = (a->v & 0xffffffffull) | (uint64_t)v << 32;
}

/* Returns false when `offset` is not a register of a queue's layout. */
static bool write_layout(struct virtio_mmio *m, uint64_t offset, uint32_t value)
{
	struct virtq_layout none = { 0 }, *at = device_layout(m->dev, m->queue_sel);

	/* 4.2.2.2: no changes to a queue that is in use, and none to one that is not there. */
	if (!at)
		at = &none;
	switch (offset) {
	case VIRTIO_MMIO_QUEUE_NUM:
		at->size = value;
		return true;
	case VIRTIO_MMIO_QUEUE_DESC_LOW:
		set_low(&at->desc, value);
		return true;
	case VIRTIO_MMIO_QUEUE_DESC_HIGH:
		set_high(&at->desc, value);
		return true;
	case VIRTIO_MMIO_QUEUE_AVAIL_LOW:
		set_low(&at->driver, value);
		return true;
	case VIRTIO_MMIO_QUEUE_AVAIL_HIGH:
		set_high(&at->driver, value);
		return true;
	case VIRTIO_MMIO_QUEUE_USED_LOW:
		set_low(&at->device, value);
		return true;
	case VIRTIO_MMIO_QUEUE_USED_HIGH:
		set_high(&at->device, value);
		return true;
	default:
		return false;
	}
}

/* A reset takes the selectors along. */
static void write_status(struct virtio_mmio *m, uint32_t value)
{
	device_set_status(m->dev, value);
	if (value == 0)
		mmio_init(m, m->dev);
}

void mmio_write(struct virtio_mmio *m, uint64_t offset, unsigned len, uint64_t value64)
{
	uint32_t value = (uint32_t)value64;

	if (len != 4 || offset >= VIRTIO_MMIO_CONFIG || write_layout(m, offset, value))
		return;
	switch (offset) {
	case VIRTIO_MMIO_DEVICE_FEATURES_SEL:
		m->device_features_sel = value;
		break;
	case VIRTIO_MMIO_DRIVER_FEATURES_SEL:
		m->driver_features_sel = value;
		break;
	case VIRTIO_MMIO_DRIVER_FEATURES:
		device_accept(m->dev, m->driver_features_sel, value);
		break;
	case VIRTIO_MMIO_QUEUE_SEL:
		m->queue_sel = value;
		break;
	case VIRTIO_MMIO_QUEUE_READY:
		device_set_ready(m->dev, m->queue_sel, value & 1);
		break;
	case VIRTIO_MMIO_QUEUE_NOTIFY:
		device_kick(m->dev, value);
		break;
	case VIRTIO_MMIO_INTERRUPT_ACK:
		device_acknowledge(m->dev, value);
		break;
	case VIRTIO_MMIO_STATUS:
		write_status(m, value);
		break;
	}
}

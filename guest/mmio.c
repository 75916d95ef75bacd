// SPDX-License-Identifier: BSD-2-Clause
// The driver's way to a virtio-mmio device (virtio 1.2, 4.2).
#include <linux/virtio_ids.h>
#include <linux/virtio_mmio.h>

#include "guest.h"
#include "report.h"
#include "transport.h"

static uint32_t get(struct guest *g, uint32_t offset)
{
	return plat_read32(g, g->boot->virtio_gpa + offset);
}

static void set(struct guest *g, uint32_t offset, uint32_t value)
{
	plat_write32(g, g->boot->virtio_gpa + offset, value);
}

static void expect(struct guest *g, uint32_t offset, uint32_t value)
{
	uint32_t found = get(g, offset);

	if (found != value)
		guest_fail(g, TANDEM_FAIL_DEVICE, offset, found, value, 0);
}

static void find(struct guest *g)
{
	expect(g, VIRTIO_MMIO_MAGIC_VALUE, 0x74726976);
	expect(g, VIRTIO_MMIO_VERSION, 2);
	expect(g, VIRTIO_MMIO_DEVICE_ID, VIRTIO_ID_NET);
}

static uint32_t status(struct guest *g)
{
	return get(g, VIRTIO_MMIO_STATUS);
}

static void set_status(struct guest *g, uint32_t value)
{
	set(g, VIRTIO_MMIO_STATUS, value);
}

static uint64_t offered(struct guest *g)
{
	uint64_t low;

	set(g, VIRTIO_MMIO_DEVICE_FEATURES_SEL, 0);
	low = get(g, VIRTIO_MMIO_DEVICE_FEATURES);
	set(g, VIRTIO_MMIO_DEVICE_FEATURES_SEL, 1);
	return low | (uint64_t)get(g, VIRTIO_MMIO_DEVICE_FEATURES) << 32;
}

static void accept(struct guest *g, uint64_t features)
{
	set(g, VIRTIO_MMIO_DRIVER_FEATURES_SEL, 0);
	set(g, VIRTIO_MMIO_DRIVER_FEATURES, (uint32_t)features);
	set(g, VIRTIO_MMIO_DRIVER_FEATURES_SEL, 1);
	set(g, VIRTIO_MMIO_DRIVER_FEATURES, (uint32_t)(features >> 32));
}

static void set_address(struct guest *g, uint32_t low_register, const void *p)
{
	uint64_t at = plat_gpa(g, p);

	set(g, low_register, (uint32_t)at);
	set(g, low_register + 4, (uint32_t)(at >> 32));
}

static void set_queue(struct guest *g, const struct ring *r)
{
	uint32_t max;

	set(g, VIRTIO_MMIO_QUEUE_SEL, r->queue);
	expect(g, VIRTIO_MMIO_QUEUE_READY, 0);
	max = get(g, VIRTIO_MMIO_QUEUE_NUM_MAX);
	if (max < r->size)
		guest_fail(g, TANDEM_FAIL_DEVICE, VIRTIO_MMIO_QUEUE_NUM_MAX, max, r->size, 0);
	set(g, VIRTIO_MMIO_QUEUE_NUM, r->size);
	set_address(g, VIRTIO_MMIO_QUEUE_DESC_LOW, r->desc);
	set_address(g, VIRTIO_MMIO_QUEUE_AVAIL_LOW, r->avail);
	set_address(g, VIRTIO_MMIO_QUEUE_USED_LOW, r->used);
	set(g, VIRTIO_MMIO_QUEUE_READY, 1);
}

const struct transport transport_mmio = { find, status, set_status, offered, accept, set_queue };

// SPDX-License-Identifier: BSD-2-Clause
// Bringing up the virtio-net device (virtio 1.2, 3.1.1), whatever its transport.
#include "net.h"

#include <linux/virtio_config.h>

#include "guest.h"
#include "over.h"
#include "report.h"
#include "transport.h"

#define BIT(n) (1ull << (n))

static void add_status(struct guest *g, const struct transport *t, uint32_t bit)
{
	t->set_status(g, t->status(g) | bit);
}

/* The host knows what the guest can do, and asks for nothing else. */
static void negotiate(struct guest *g, const struct transport *t)
{
	uint64_t offered = t->offered(g), wanted = g->boot->features;

	if ((offered & wanted) != wanted)
		guest_fail(g, TANDEM_FAIL_FEATURES, offered, wanted, 0, 0);
	t->accept(g, wanted);
	add_status(g, t, VIRTIO_CONFIG_S_FEATURES_OK);
	if (!(t->status(g) & VIRTIO_CONFIG_S_FEATURES_OK))
		guest_fail(g, TANDEM_FAIL_FEATURES, offered, wanted, 1, 0);
}

static bool has_feature(const struct guest *g, unsigned bit)
{
	return g->boot->features & BIT(bit);
}

static void choose_workloads(struct guest *g)
{
	bool told = has_feature(g, VIRTIO_RING_F_EVENT_IDX);

	g->streams = told ? &streams_split : &streams_flags;
	g->trips = told ? &trips_split : &trips_flags;
	if (has_feature(g, VIRTIO_F_RING_PACKED)) {
		g->streams = &streams_packed;
		g->trips = &trips_packed;
	}
}

/*
 * What is the same in every frame a slot will ever carry: addresses, type. The virtio-net header
 * stays all zeros: no offload was negotiated.
 */
static void prefill_frames(struct guest *g)
{
	for (uint32_t i = 0; i < g->tx.size; i++) {
		uint8_t *eth =
			g->tx.slots + (uint64_t)i * g->tx.stride + FRAME_SLOT_PAD + FRAME_VNET_HDR;

		eth[0] = eth[6] = 0x02; /* locally administered, unicast */
		eth[12] = FRAME_ETHERTYPE >> 8;
		eth[13] = FRAME_ETHERTYPE & 0xff;
	}
}

static uint8_t *page_align(uint8_t *p)
{
	return (uint8_t *)(((uintptr_t)p + 4095) & ~(uintptr_t)4095);
}

static uint64_t slot_gpa(struct guest *g, const struct ring *r, uint32_t i)
{
	return plat_gpa(g, r->slots + (uint64_t)i * r->stride + FRAME_SLOT_PAD);
}

static void describe_split(struct guest *g, struct ring *r)
{
	for (uint32_t i = 0; i < r->size; i++) {
		r->desc[i] =
			(struct vring_desc){ slot_gpa(g, r, i), r->slot_len, r->slot_flags, 0 };
		r->avail->ring[i] = (uint16_t)i;
	}
	/* No interrupt yet; with event indices the flags say nothing (2.7.7.1). */
	r->avail->flags = has_feature(g, VIRTIO_RING_F_EVENT_IDX) ? 0 : VRING_AVAIL_F_NO_INTERRUPT;
	*r->used_event = 0x8000;
	/* The memory may be that of a driver before us. */
	r->avail->idx = r->used->idx = *r->avail_event = 0;
	r->used->flags = 0;
}

/* All but what makes them available. The event structures stand in the places of split rings. */
static void describe_packed(struct guest *g, struct ring *r)
{
	struct vring_packed_desc *desc = (struct vring_packed_desc *)(void *)r->desc;
	struct vring_packed_desc_event *driver = (void *)r->avail, *device = (void *)r->used;

	for (uint32_t i = 0; i < r->size; i++)
		desc[i] =
			(struct vring_packed_desc){ .addr = slot_gpa(g, r, i), .id = (uint16_t)i };
	driver->flags = VRING_PACKED_EVENT_FLAG_DISABLE;
	device->flags = VRING_PACKED_EVENT_FLAG_ENABLE;
	r->arm_flags = has_feature(g, VIRTIO_RING_F_EVENT_IDX) ? VRING_PACKED_EVENT_FLAG_DESC
							       : VRING_PACKED_EVENT_FLAG_ENABLE;
}

/*
 * Lays the ring out at `mem` (frame_queue_bytes() of it) and describes its slots: `slot_len`
 * bytes each from FRAME_SLOT_PAD on; writable by the device or not.
 */
static void init_ring(struct guest *g, struct ring *r, uint32_t queue, uint8_t *mem, uint32_t size,
		      uint32_t slot_len, bool writable)
{
	*r = (struct ring){
		.queue = queue,
		.size = (uint16_t)size,
		.stride = (uint32_t)frame_slot_bytes(slot_len - FRAME_VNET_HDR),
		.slot_len = slot_len,
		.slot_flags = writable ? VRING_DESC_F_WRITE : 0,
	};
	r->desc = (struct vring_desc *)(void *)mem;
	r->avail = (struct vring_avail *)(void *)page_align(mem + 16ull * size);
	r->used_event = &r->avail->ring[size];
	r->used = (struct vring_used *)(void *)page_align((uint8_t *)(r->used_event + 1));
	r->avail_event = (uint16_t *)(void *)&r->used->ring[size];
	r->slots = page_align((uint8_t *)(r->avail_event + 1));
	if (has_feature(g, VIRTIO_F_RING_PACKED))
		describe_packed(g, r);
	else
		describe_split(g, r);
}

static void lay_out(struct guest *g)
{
	uint32_t frame = g->boot->frame_bytes, size = g->boot->ring_size;
	uint32_t tx_frame = g->boot->workload == TANDEM_STREAM_RECV ? FRAME_MIN : frame;
	uint64_t need = frame_queue_bytes(size, frame);
	uint64_t have = g->boot->ram_bytes - TANDEM_HEAP_OFFSET;
	uint8_t *heap = plat_ptr(g, g->boot->ram_gpa + TANDEM_HEAP_OFFSET);

	if (have < 2 * need)
		guest_fail(g, TANDEM_FAIL_MEMORY, 2 * need, have, 0, 0);
	init_ring(g, &g->rx, 0, heap, size, frame + FRAME_VNET_HDR, true);
	init_ring(g, &g->tx, 1, heap + need, size, tx_frame + FRAME_VNET_HDR, false);
	prefill_frames(g);
}

void net_start(struct guest *g)
{
	const struct transport *t = g->boot->flags & TANDEM_VIRTIO_IS_PCI ? &transport_pci
									  : &transport_mmio;

	t->find(g);
	t->set_status(g, 0);
	add_status(g, t, VIRTIO_CONFIG_S_ACKNOWLEDGE);
	add_status(g, t, VIRTIO_CONFIG_S_DRIVER);
	negotiate(g, t);
	lay_out(g);
	t->set_queue(g, &g->rx);
	t->set_queue(g, &g->tx);
	add_status(g, t, VIRTIO_CONFIG_S_DRIVER_OK);
	choose_workloads(g);
	g->streams->give_buffers(g);
}

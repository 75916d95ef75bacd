// SPDX-License-Identifier: BSD-2-Clause
// Bringing up the virtio-net device (virtio 1.2, 3.1.1), whatever its transport.
#include "net.h"

#include <linux/virtio_config.h>
#include <linux/virtio_net.h>

#include "guest.h"
#include "report.h"
#include "transport.h"

#define BIT(n) (1ull << (n))
#define WANTED                                                                             \
	(BIT(VIRTIO_F_VERSION_1) | BIT(VIRTIO_F_IN_ORDER) | BIT(VIRTIO_RING_F_EVENT_IDX) | \
	 BIT(VIRTIO_NET_F_MAC) | BIT(VIRTIO_NET_F_MTU))

static void add_status(struct guest *g, const struct transport *t, uint32_t bit)
{
	t->set_status(g, t->status(g) | bit);
}

static void negotiate(struct guest *g, const struct transport *t)
{
	uint64_t offered = t->offered(g);

	if ((offered & WANTED) != WANTED)
		guest_fail(g, TANDEM_FAIL_FEATURES, offered, WANTED, 0, 0);
	t->accept(g, WANTED);
	add_status(g, t, VIRTIO_CONFIG_S_FEATURES_OK);
	if (!(t->status(g) & VIRTIO_CONFIG_S_FEATURES_OK))
		guest_fail(g, TANDEM_FAIL_FEATURES, offered, WANTED, 1, 0);
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

static void describe_slots(struct guest *g, struct ring *r, uint32_t slot_len, bool writable)
{
	for (uint32_t i = 0; i < r->size; i++) {
		struct vring_desc *d = &r->desc[i];

		d->addr = plat_gpa(g, r->slots + (uint64_t)i * r->stride + FRAME_SLOT_PAD);
		d->len = slot_len;
		d->flags = writable ? VRING_DESC_F_WRITE : 0;
		d->next = 0;
		r->avail->ring[i] = (uint16_t)i;
	}
}

/*
 * Lays the ring out at `mem` (frame_queue_bytes() of it) and describes its slots: `slot_len`
 * bytes each from FRAME_SLOT_PAD on; writable by the device or not.
 */
static void init_ring(struct guest *g, struct ring *r, uint32_t queue, uint8_t *mem, uint32_t size,
		      uint32_t slot_len, bool writable)
{
	r->queue = queue;
	r->size = (uint16_t)size;
	r->stride = (uint32_t)frame_slot_bytes(slot_len - FRAME_VNET_HDR);
	r->avail_idx = 0;
	r->avail_asked = 0;
	r->used_seen = 0;
	r->desc = (struct vring_desc *)(void *)mem;
	r->avail = (struct vring_avail *)(void *)page_align(mem + 16ull * size);
	r->used_event = &r->avail->ring[size];
	r->used = (struct vring_used *)(void *)page_align((uint8_t *)(r->used_event + 1));
	r->avail_event = (uint16_t *)(void *)&r->used->ring[size];
	r->slots = page_align((uint8_t *)(r->avail_event + 1));
	r->avail->flags = 0;
	ring_disarm(r);
	describe_slots(g, r, slot_len, writable);
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
	ring_publish(&g->rx, g->rx.size);
	guest_kick(g, &g->rx);
}

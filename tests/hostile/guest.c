// SPDX-License-Identifier: BSD-2-Clause
// A guest whose driver breaks every rule it can, and then is good again: bundled for tests only.
#include <linux/virtio_config.h>
#include <linux/virtio_mmio.h>
#include <linux/virtio_net.h>
#include <linux/virtio_pci.h>

/* The good guest is in here too, under another name. */
#define guest_main good_guest_main
#include "guest/main.c"
#undef guest_main
void guest_main(struct guest *g, struct tandem_boot *boot);

#include "tests/hostile/acts.h"

#define FOREVER_US 8000000u /* to wait for what must come */
#define WHILE_US 500u	    /* to wait for what must not */

/* ---- registers: virtio-mmio's, or those of virtio-pci that do the same ---- */

static const struct {
	uint16_t mmio, pci;
	uint8_t len;
} registers[] = {
	{ VIRTIO_MMIO_DRIVER_FEATURES_SEL, VIRTIO_PCI_COMMON_GFSELECT, 4 },
	{ VIRTIO_MMIO_DRIVER_FEATURES, VIRTIO_PCI_COMMON_GF, 4 },
	{ VIRTIO_MMIO_STATUS, VIRTIO_PCI_COMMON_STATUS, 1 },
	{ VIRTIO_MMIO_QUEUE_SEL, VIRTIO_PCI_COMMON_Q_SELECT, 2 },
	{ VIRTIO_MMIO_QUEUE_NUM_MAX, VIRTIO_PCI_COMMON_Q_SIZE, 2 },
	{ VIRTIO_MMIO_QUEUE_NUM, VIRTIO_PCI_COMMON_Q_SIZE, 2 },
	{ VIRTIO_MMIO_QUEUE_READY, VIRTIO_PCI_COMMON_Q_ENABLE, 2 },
	{ VIRTIO_MMIO_QUEUE_DESC_LOW, VIRTIO_PCI_COMMON_Q_DESCLO, 4 },
	{ VIRTIO_MMIO_QUEUE_DESC_HIGH, VIRTIO_PCI_COMMON_Q_DESCHI, 4 },
	{ VIRTIO_MMIO_QUEUE_AVAIL_LOW, VIRTIO_PCI_COMMON_Q_AVAILLO, 4 },
	{ VIRTIO_MMIO_QUEUE_AVAIL_HIGH, VIRTIO_PCI_COMMON_Q_AVAILHI, 4 },
	{ VIRTIO_MMIO_QUEUE_USED_LOW, VIRTIO_PCI_COMMON_Q_USEDLO, 4 },
	{ VIRTIO_MMIO_QUEUE_USED_HIGH, VIRTIO_PCI_COMMON_Q_USEDHI, 4 },
};

static bool is_pci(const struct guest *g)
{
	return g->boot->flags & TANDEM_VIRTIO_IS_PCI;
}

static uint64_t device_at(const struct guest *g)
{
	return is_pci(g) ? g->registers : g->boot->virtio_gpa;
}

/* Where a register is, and how wide; one that PCI does not have is where it would be. */
static uint64_t place_of(const struct guest *g, uint32_t offset, unsigned *len)
{
	*len = 4;
	for (uint32_t i = 0; is_pci(g) && i < sizeof(registers) / sizeof(registers[0]); i++)
		if (registers[i].mmio == offset) {
			*len = registers[i].len;
			return g->registers + registers[i].pci;
		}
	return device_at(g) + offset;
}

static uint32_t get(struct guest *g, uint32_t offset)
{
	unsigned len;
	uint64_t at = place_of(g, offset, &len);

	return plat_read(g, at, len);
}

/* PCI's queues stop by a reset only, and have a doorbell each. */
static void set(struct guest *g, uint32_t offset, uint32_t value)
{
	unsigned len;
	uint64_t at = place_of(g, offset, &len);

	if (is_pci(g) && offset == VIRTIO_MMIO_QUEUE_READY && !(value & 1)) {
		if (get(g, offset))
			set(g, VIRTIO_MMIO_STATUS, 0);
	} else if (is_pci(g) && offset == VIRTIO_MMIO_QUEUE_NOTIFY) {
		plat_write(g, g->doorbell[0] + 4ull * (value & 0x3ff), 2, value);
	} else {
		plat_write(g, at, len, value);
	}
}

static bool broken(struct guest *g)
{
	return get(g, VIRTIO_MMIO_STATUS) & VIRTIO_CONFIG_S_NEEDS_RESET;
}

/* Does the device ask for a reset within so long? */
static bool breaks_within(struct guest *g, uint32_t us)
{
	uint64_t end = plat_clock() + g->boot->clock_hz / 1000000 * us;

	do {
		if (broken(g))
			return true;
	} while (plat_clock() < end && !guest_stopping(g));
	return false;
}

/* ---- coming up: what a driver does, with anything in it wrong ---- */

struct layout {
	uint32_t size;
	uint64_t desc, avail, used;
	bool ready;
};

static void forget_ring(struct ring *r)
{
	shared_store(&r->avail->idx, 0);
	shared_store(&r->avail->flags, 0);
	shared_store(&r->used->idx, 0);
	shared_store(r->avail_event, 0);
}

/* Resets the device and lays both rings out afresh, without telling it where. */
static void begin(struct guest *g)
{
	set(g, VIRTIO_MMIO_STATUS, 0);
	if (g->rx.avail) {
		forget_ring(&g->rx);
		forget_ring(&g->tx);
	}
}

static void bring_up(struct guest *g)
{
	begin(g);
	net_start(g);
}

static void set_address(struct guest *g, uint32_t low, uint64_t at)
{
	set(g, low, (uint32_t)at);
	set(g, low + 4, (uint32_t)(at >> 32));
}

static void negotiate(struct guest *g)
{
	uint32_t s = VIRTIO_CONFIG_S_ACKNOWLEDGE | VIRTIO_CONFIG_S_DRIVER;

	set(g, VIRTIO_MMIO_STATUS, s);
	set(g, VIRTIO_MMIO_DRIVER_FEATURES_SEL, 0);
	set(g, VIRTIO_MMIO_DRIVER_FEATURES, 0);
	set(g, VIRTIO_MMIO_DRIVER_FEATURES_SEL, 1);
	set(g, VIRTIO_MMIO_DRIVER_FEATURES, 1u << (VIRTIO_F_VERSION_1 - 32));
	set(g, VIRTIO_MMIO_STATUS, s | VIRTIO_CONFIG_S_FEATURES_OK);
}

static void set_queue(struct guest *g, uint32_t q, const struct layout *at)
{
	set(g, VIRTIO_MMIO_QUEUE_SEL, q);
	set(g, VIRTIO_MMIO_QUEUE_NUM, at->size);
	set_address(g, VIRTIO_MMIO_QUEUE_DESC_LOW, at->desc);
	set_address(g, VIRTIO_MMIO_QUEUE_AVAIL_LOW, at->avail);
	set_address(g, VIRTIO_MMIO_QUEUE_USED_LOW, at->used);
	set(g, VIRTIO_MMIO_QUEUE_READY, at->ready);
}

static struct layout layout_of(struct guest *g, const struct ring *r)
{
	return (struct layout){ r->size, plat_gpa(g, r->desc), plat_gpa(g, r->avail),
				plat_gpa(g, r->used), true };
}

static void driver_ok(struct guest *g)
{
	set(g, VIRTIO_MMIO_STATUS,
	    VIRTIO_CONFIG_S_ACKNOWLEDGE | VIRTIO_CONFIG_S_DRIVER | VIRTIO_CONFIG_S_FEATURES_OK |
		    VIRTIO_CONFIG_S_DRIVER_OK);
}

/* Up again with this layout of the transmit queue. */
static void up_with(struct guest *g, const struct layout *tx)
{
	struct layout rx = layout_of(g, &g->rx);

	begin(g);
	negotiate(g);
	set_queue(g, 0, &rx);
	set_queue(g, 1, tx);
	driver_ok(g);
}

/* ---- rings ---- */

static uint64_t slot(struct guest *g, const struct ring *r, uint32_t i)
{
	return plat_gpa(g, r->slots + (uint64_t)i * r->stride);
}

static void put_desc(struct ring *r, uint32_t i, uint64_t addr, uint32_t len, uint16_t flags,
		     uint16_t next)
{
	uint64_t *w = (uint64_t *)(void *)&r->desc[i];

	shared_store(&w[0], addr);
	shared_store(&w[1], len | (uint64_t)flags << 32 | (uint64_t)next << 48);
}

static void offer(struct ring *r, uint16_t head)
{
	shared_store(&r->avail->ring[r->avail_idx & (r->size - 1)], head);
	r->avail_idx++;
}

static void show(struct guest *g, struct ring *r)
{
	shared_store_release(&r->avail->idx, r->avail_idx);
	shared_fence();
	plat_kick(g, r->queue);
}

/* One descriptor, offered to the device to send. */
static void send_desc(struct guest *g, uint64_t addr, uint32_t len, uint16_t flags, uint16_t next)
{
	put_desc(&g->tx, 0, addr, len, flags, next);
	offer(&g->tx, 0);
	show(g, &g->tx);
}

/*
 * The receive buffers, all of them and whatever they are. bring_up() has published good ones, and
 * frames that have waited for it may have taken all of these: what was used is offered again.
 */
static void receive_into(struct guest *g, uint64_t addr, uint32_t len, uint16_t flags)
{
	uint16_t used;

	for (uint32_t i = 0; i < g->rx.size; i++)
		put_desc(&g->rx, i, addr, len, flags, 0);
	used = shared_load(&g->rx.used->idx);
	ring_publish(&g->rx, used < g->rx.size ? used : g->rx.size);
	plat_kick(g, 0);
}

static void link_ring(struct guest *g, uint32_t n, uint16_t last_flags)
{
	for (uint32_t i = 0; i < n; i++)
		put_desc(&g->tx, i, slot(g, &g->tx, 0), 16,
			 i + 1 < n ? VRING_DESC_F_NEXT : last_flags,
			 (uint16_t)(i + 1 < n ? i + 1 : 0));
	offer(&g->tx, 0);
	show(g, &g->tx);
}

static uint64_t ram_end(const struct guest *g)
{
	return g->boot->ram_gpa + g->boot->ram_bytes;
}

/* ---- acts: the device is up, with receive buffers ---- */

static void head_is_the_ring_size(struct guest *g)
{
	offer(&g->tx, g->tx.size);
	show(g, &g->tx);
}

static void head_is_65535(struct guest *g)
{
	offer(&g->tx, 65535);
	show(g, &g->tx);
}

static void head_twice_in_one_batch(struct guest *g)
{
	offer(&g->tx, 1);
	offer(&g->tx, 1);
	show(g, &g->tx);
}

static void heads_again_while_they_are_copied(struct guest *g)
{
	ring_publish(&g->tx, g->tx.size / 2);
	show(g, &g->tx);
	for (uint32_t i = 0; i < g->tx.size / 2u; i++)
		offer(&g->tx, (uint16_t)i);
	show(g, &g->tx);
}

static void chain_of_the_whole_ring(struct guest *g)
{
	link_ring(g, g->tx.size, 0);
}

static void chain_to_itself(struct guest *g)
{
	send_desc(g, slot(g, &g->tx, 0), 64, VRING_DESC_F_NEXT, 0);
}

static void chain_of_two_in_a_circle(struct guest *g)
{
	put_desc(&g->tx, 1, slot(g, &g->tx, 1), 64, VRING_DESC_F_NEXT, 0);
	send_desc(g, slot(g, &g->tx, 0), 64, VRING_DESC_F_NEXT, 1);
}

static void chain_of_the_ring_in_a_circle(struct guest *g)
{
	link_ring(g, g->tx.size, VRING_DESC_F_NEXT);
}

static void next_is_the_ring_size(struct guest *g)
{
	send_desc(g, slot(g, &g->tx, 0), 64, VRING_DESC_F_NEXT, g->tx.size);
}

static void length_zero_alone(struct guest *g)
{
	send_desc(g, slot(g, &g->tx, 0), 0, 0, 0);
}

static void length_zero_behind_a_good_one(struct guest *g)
{
	put_desc(&g->tx, 1, slot(g, &g->tx, 1), 0, 0, 0);
	send_desc(g, slot(g, &g->tx, 0), 64, VRING_DESC_F_NEXT, 1);
}

static void length_zero_at_a_bad_address(struct guest *g)
{
	put_desc(&g->tx, 1, ram_end(g) + 4096, 0, 0, 0);
	send_desc(g, slot(g, &g->tx, 0), 64, VRING_DESC_F_NEXT, 1);
}

static void lengths_that_add_up_beyond_2_32(struct guest *g)
{
	put_desc(&g->tx, 1, slot(g, &g->tx, 1), 64, 0, 0);
	send_desc(g, slot(g, &g->tx, 0), UINT32_MAX, VRING_DESC_F_NEXT, 1);
}

static void writable_before_readable(struct guest *g)
{
	put_desc(&g->tx, 1, slot(g, &g->tx, 1), 64, 0, 0);
	send_desc(g, slot(g, &g->tx, 0), 64, VRING_DESC_F_NEXT | VRING_DESC_F_WRITE, 1);
}

static void writable_to_transmit(struct guest *g)
{
	send_desc(g, slot(g, &g->tx, 0), 64, VRING_DESC_F_WRITE, 0);
}

static void readable_to_receive(struct guest *g)
{
	receive_into(g, slot(g, &g->rx, 0), 64, 0);
}

static void transmit_shorter_than_its_header(struct guest *g)
{
	send_desc(g, slot(g, &g->tx, 0), FRAME_VNET_HDR - 1, 0, 0);
}

static void transmit_nothing_but_its_header(struct guest *g)
{
	send_desc(g, slot(g, &g->tx, 0), FRAME_VNET_HDR, 0, 0);
}

/* In one piece with their frames, and apart. The trial looks at what has reached the peer. */
static void transmit_headers_full_of_offloads(struct guest *g)
{
	struct ring *tx = &g->tx;

	for (uint32_t i = 0; i < tx->size; i++)
		for (uint32_t k = 0; k < FRAME_VNET_HDR; k++)
			tx->slots[(uint64_t)i * tx->stride + FRAME_SLOT_PAD + k] = 0xff;
	for (uint32_t i = 0; i + 1 < tx->size; i += 2) {
		uint64_t at = slot(g, tx, i) + FRAME_SLOT_PAD;

		put_desc(tx, i, at, FRAME_VNET_HDR, VRING_DESC_F_NEXT, (uint16_t)(i + 1));
		put_desc(tx, i + 1, at + FRAME_VNET_HDR, FRAME_MIN, 0, 0);
		offer(tx, (uint16_t)i);
	}
	show(g, tx);
	breaks_within(g, WHILE_US);
	put_desc(tx, 0, slot(g, tx, 0) + FRAME_SLOT_PAD, FRAME_VNET_HDR + FRAME_MIN, 0, 0);
	offer(tx, 0);
	show(g, tx);
}

/* The device reads what it writes. */
static void transmit_its_own_rings(struct guest *g)
{
	uint64_t at = plat_gpa(g, g->tx.desc);

	put_desc(&g->tx, 1, at, 300, 0, 0);
	put_desc(&g->tx, 2, plat_gpa(g, g->tx.used), 100, 0, 0);
	offer(&g->tx, 1);
	offer(&g->tx, 2);
	show(g, &g->tx);
}

static void transmit_more_than_the_peer_can_take(struct guest *g)
{
	send_desc(g, g->boot->ram_gpa, (uint32_t)g->boot->ram_bytes, 0, 0);
}

static void receive_buffers_too_small_for_ever(struct guest *g)
{
	receive_into(g, slot(g, &g->rx, 0), 1, VRING_DESC_F_WRITE);
}

static void buffer_one_byte_past_memory(struct guest *g)
{
	send_desc(g, ram_end(g) - 63, 64, 0, 0);
}

static void buffer_past_memory(struct guest *g)
{
	send_desc(g, ram_end(g), 64, 0, 0);
}

static void buffer_that_wraps(struct guest *g)
{
	send_desc(g, UINT64_MAX - 31, 64, 0, 0);
}

static void buffer_in_a_hole(struct guest *g)
{
	send_desc(g, 1ull << 40, 64, 0, 0);
}

static void buffer_in_its_own_device(struct guest *g)
{
	send_desc(g, device_at(g), 64, 0, 0);
}

static void receive_buffer_past_memory(struct guest *g)
{
	receive_into(g, ram_end(g) - 63, 2048, VRING_DESC_F_WRITE);
}

static void receive_buffer_in_its_own_device(struct guest *g)
{
	receive_into(g, device_at(g), 2048, VRING_DESC_F_WRITE);
}

static void receive_buffers_over_their_own_rings(struct guest *g)
{
	receive_into(g, plat_gpa(g, g->rx.desc), 4096, VRING_DESC_F_WRITE);
	breaks_within(g, 20 * WHILE_US);
}

static void receive_buffers_over_the_other_queue(struct guest *g)
{
	receive_into(g, plat_gpa(g, g->tx.desc), 4096, VRING_DESC_F_WRITE);
	ring_publish(&g->tx, 4);
	show(g, &g->tx);
	breaks_within(g, 20 * WHILE_US);
}

static void receive_buffers_all_in_one_place(struct guest *g)
{
	receive_into(g, slot(g, &g->rx, 0), 2048, VRING_DESC_F_WRITE);
	breaks_within(g, 4 * WHILE_US);
}

static void indirect(struct guest *g, uint32_t bytes, uint16_t flags)
{
	struct vring_desc *table = (struct vring_desc *)(void *)(g->tx.slots + g->tx.stride);

	table->addr = slot(g, &g->tx, 2);
	table->len = 64;
	table->flags = flags & VRING_DESC_F_INDIRECT;
	table->next = 0;
	send_desc(g, plat_gpa(g, table), bytes, VRING_DESC_F_INDIRECT | (flags & VRING_DESC_F_NEXT),
		  1);
}

static void indirect_of_0_bytes(struct guest *g)
{
	indirect(g, 0, 0);
}

static void indirect_of_1_byte(struct guest *g)
{
	indirect(g, 1, 0);
}

static void indirect_of_15_bytes(struct guest *g)
{
	indirect(g, 15, 0);
}

static void indirect_of_16_bytes(struct guest *g)
{
	indirect(g, 16, 0);
}

static void indirect_of_17_bytes(struct guest *g)
{
	indirect(g, 17, 0);
}

static void indirect_longer_than_the_ring(struct guest *g)
{
	indirect(g, 16u * g->tx.size + 16, 0);
}

static void indirect_nested(struct guest *g)
{
	indirect(g, 16, VRING_DESC_F_INDIRECT);
}

static void indirect_with_next(struct guest *g)
{
	indirect(g, 16, VRING_DESC_F_NEXT);
}

static void indirect_behind_a_direct_chain(struct guest *g)
{
	for (uint32_t i = 1; i < 4; i++)
		put_desc(&g->tx, i, slot(g, &g->tx, i), 64, VRING_DESC_F_NEXT, (uint16_t)(i + 1));
	put_desc(&g->tx, 4, slot(g, &g->tx, 5), 16, VRING_DESC_F_INDIRECT, 0);
	send_desc(g, slot(g, &g->tx, 0), 64, VRING_DESC_F_NEXT, 1);
}

static void index_to(struct guest *g, struct ring *r, uint16_t idx)
{
	r->avail_idx = idx;
	show(g, r);
}

static void index_ahead_by_the_ring_plus_one(struct guest *g)
{
	index_to(g, &g->tx, g->tx.size + 1);
}

static void index_ahead_by_half_its_range(struct guest *g)
{
	index_to(g, &g->tx, 32768);
}

static void index_backwards(struct guest *g)
{
	index_to(g, &g->tx, 65535);
}

/* All buffers are given, so one entry more is one too many, once they are used up. */
static void receive_index_ahead(struct guest *g)
{
	index_to(g, &g->rx, (uint16_t)(g->rx.avail_idx + 2 * g->rx.size));
}

/* ---- acts: event indices ---- */

/* Frames too long for the peer, until both indices are past 65,535, an interrupt asked for each ring of them. */
static void interrupts_until_the_event_index_wraps(struct guest *g)
{
	struct ring *tx = &g->tx;
	uint32_t patience_us = g->boot->flags & HOSTILE_PEER ? 20 * WHILE_US : FOREVER_US;
	uint64_t end = plat_clock() + g->boot->clock_hz / 1000000 * patience_us;
	uint64_t t3;

	for (uint32_t i = 0; i < tx->size; i++)
		put_desc(tx, i, g->boot->ram_gpa, (uint32_t)g->boot->ram_bytes, 0, 0);
	for (uint32_t sent = 0; sent < 65536u + 2u * tx->size && plat_clock() < end;) {
		uint16_t n = (uint16_t)(tx->size - ring_outstanding(tx));

		ring_publish(tx, n);
		sent += n;
		ring_arm(tx, 1);
		shared_fence();
		plat_kick(g, tx->queue);
		while (!ring_used(tx) && plat_clock() < end && !guest_stopping(g))
			plat_idle(g, &t3);
		tx->used_seen = (uint16_t)(tx->used_seen + ring_used(tx));
	}
}

/* Behind, ahead, half its range away: while frames are sent and used. */
static void event_index_anywhere(struct guest *g)
{
	static const uint16_t places[] = { 0, 1, 0x7fff, 0x8000, 0x8001, 0xfffe, 0xffff };

	for (uint32_t i = 0; i < 70; i++) {
		uint16_t base = shared_load(&g->tx.used->idx), n = g->tx.size - 1;

		shared_store(g->tx.used_event, (uint16_t)(base + places[i % 7]));
		shared_store(g->rx.used_event, (uint16_t)(g->rx.used_seen + places[i / 7 % 7]));
		g->tx.used_seen = base;
		if (ring_outstanding(&g->tx) <= 1)
			ring_publish(&g->tx, n);
		show(g, &g->tx);
	}
}

/* ---- acts: layouts ---- */

static void descriptors_unaligned(struct guest *g)
{
	struct layout tx = layout_of(g, &g->tx);

	tx.desc += 8;
	up_with(g, &tx);
}

static void available_ring_unaligned(struct guest *g)
{
	struct layout tx = layout_of(g, &g->tx);

	tx.avail += 1;
	up_with(g, &tx);
}

static void used_ring_unaligned(struct guest *g)
{
	struct layout tx = layout_of(g, &g->tx);

	tx.used += 2;
	up_with(g, &tx);
}

static void descriptors_past_memory(struct guest *g)
{
	struct layout tx = layout_of(g, &g->tx);

	tx.desc = ram_end(g) - 16;
	up_with(g, &tx);
}

static void used_ring_in_its_own_device(struct guest *g)
{
	struct layout tx = layout_of(g, &g->tx);

	tx.used = device_at(g);
	up_with(g, &tx);
}

static void available_ring_near_2_64(struct guest *g)
{
	struct layout tx = layout_of(g, &g->tx);

	tx.avail = UINT64_MAX - 3;
	up_with(g, &tx);
}

static void all_rings_in_one_place(struct guest *g)
{
	struct layout tx = layout_of(g, &g->tx);

	tx.avail = tx.used = tx.desc;
	up_with(g, &tx);
	plat_kick(g, 1);
}

static void used_ring_over_the_descriptors(struct guest *g)
{
	struct layout tx = layout_of(g, &g->tx);

	tx.used = tx.desc;
	up_with(g, &tx);
	ring_publish(&g->tx, 4);
	show(g, &g->tx);
}

static void both_queues_in_one_place(struct guest *g)
{
	struct layout rx = layout_of(g, &g->rx);

	up_with(g, &rx);
	plat_kick(g, 0);
	plat_kick(g, 1);
	breaks_within(g, 4 * WHILE_US);
}

static void size_of(struct guest *g, uint32_t size)
{
	struct layout tx = layout_of(g, &g->tx);

	tx.size = size;
	up_with(g, &tx);
}

static void ring_size_0(struct guest *g)
{
	size_of(g, 0);
}

static void ring_size_1(struct guest *g)
{
	size_of(g, 1);
}

static void ring_size_3(struct guest *g)
{
	size_of(g, 3);
}

static void ring_size_32768(struct guest *g)
{
	size_of(g, 32768);
}

static void ring_size_65535(struct guest *g)
{
	size_of(g, 65535);
}

static void queue_not_ready(struct guest *g)
{
	struct layout tx = layout_of(g, &g->tx);

	tx.ready = false;
	up_with(g, &tx);
}

static void ring_changed_while_in_use(struct guest *g)
{
	const struct layout wrong = { 3, 1, 1, 1, false };

	for (uint32_t q = 0; q < 2; q++)
		set_queue(g, q, &wrong);
	ring_publish(&g->tx, 4);
	show(g, &g->tx);
}

/* ---- acts: memory that is the guest's again ---- */

#define CANARY 0xa5c35ca53c5aa5c3ull

static uint64_t *heap(struct guest *g)
{
	return plat_ptr(g, g->boot->ram_gpa + TANDEM_HEAP_OFFSET);
}

static uint64_t heap_words(const struct guest *g)
{
	return 2 * frame_queue_bytes(g->boot->ring_size, g->boot->frame_bytes) / 8;
}

#if defined(__x86_64__)
/* One instruction each: where guest code is interpreted, a loop takes a hundred times as long. */
static void fill_words(uint64_t *at, uint64_t n)
{
	__asm__ volatile("rep stosq" : "+D"(at), "+c"(n) : "a"(CANARY) : "memory");
}

/* Words from the first that is no canary on; 0: all are. */
static uint64_t first_other(const uint64_t *at, uint64_t n)
{
	bool same;

	__asm__ volatile("repe scasq" : "+D"(at), "+c"(n), "=@ccz"(same) : "a"(CANARY) : "memory");
	return same ? 0 : n + 1;
}
#else
static void fill_words(uint64_t *at, uint64_t n)
{
	for (uint64_t i = 0; i < n; i++)
		shared_store(&at[i], CANARY);
}

static uint64_t first_other(const uint64_t *at, uint64_t n)
{
	while (n && shared_load(at) == CANARY)
		at++, n--;
	return n;
}
#endif

/*
 * Rings and buffers are the device's no more: what it writes now, however late, is seen. What is in use for nothing
 * the trial looks after.
 */
static void expect_silence(struct guest *g)
{
	uint64_t words = heap_words(g), *at = heap(g);

	fill_words(at, words);
	breaks_within(g, WHILE_US);
	if (!first_other(at, words))
		return;
	bring_up(g);
	offer(&g->tx, 65535); /* broken: that is how the trial hears of it */
	show(g, &g->tx);
}

static void memory_is_the_guests_after_a_reset(struct guest *g)
{
	ring_publish(&g->tx, g->tx.size);
	show(g, &g->tx);
	set(g, VIRTIO_MMIO_STATUS, 0);
	expect_silence(g);
}

static void no_queue_ready(struct guest *g)
{
	for (uint32_t q = 0; q < 2; q++) {
		set(g, VIRTIO_MMIO_QUEUE_SEL, q);
		set(g, VIRTIO_MMIO_QUEUE_READY, 0);
		while (get(g, VIRTIO_MMIO_QUEUE_READY) && !guest_stopping(g))
			;
	}
}

static void memory_is_the_guests_once_no_queue_is_ready(struct guest *g)
{
	ring_publish(&g->tx, g->tx.size);
	show(g, &g->tx);
	no_queue_ready(g);
	expect_silence(g);
}

/* Stopped, laid out elsewhere, called ready, kicked: without a reset all that is for nothing. */
static void rings_that_move_without_a_reset(struct guest *g)
{
	struct layout rx = layout_of(g, &g->rx), tx = layout_of(g, &g->tx);

	ring_publish(&g->tx, g->tx.size);
	show(g, &g->tx);
	no_queue_ready(g);
	rx.used += 64;
	tx.desc = rx.desc;
	tx.used += 64;
	set_queue(g, 0, &rx);
	set_queue(g, 1, &tx);
	plat_kick(g, 0);
	plat_kick(g, 1);
	set(g, VIRTIO_MMIO_QUEUE_NOTIFY, 1);
	expect_silence(g);
}

/* ---- acts: registers ---- */

static void status_out_of_order(struct guest *g)
{
	begin(g);
	driver_ok(g); /* all at once, and no features written */
	for (uint32_t bit = 1; bit < 0x100; bit *= 2)
		set(g, VIRTIO_MMIO_STATUS, bit);
	set(g, VIRTIO_MMIO_STATUS, 0xffffffff & ~(uint32_t)VIRTIO_CONFIG_S_NEEDS_RESET);
}

static void features_after_features_ok(struct guest *g)
{
	set(g, VIRTIO_MMIO_DRIVER_FEATURES_SEL, 0);
	set(g, VIRTIO_MMIO_DRIVER_FEATURES, 0xffffffff);
	set(g, VIRTIO_MMIO_DRIVER_FEATURES_SEL, 0xffffffff);
	set(g, VIRTIO_MMIO_DRIVER_FEATURES, 0xffffffff);
	ring_publish(&g->tx, 4);
	show(g, &g->tx);
}

static void features_that_were_not_offered(struct guest *g)
{
	begin(g);
	set(g, VIRTIO_MMIO_STATUS, VIRTIO_CONFIG_S_ACKNOWLEDGE | VIRTIO_CONFIG_S_DRIVER);
	for (uint32_t sel = 0; sel < 4; sel++) {
		set(g, VIRTIO_MMIO_DRIVER_FEATURES_SEL, sel);
		set(g, VIRTIO_MMIO_DRIVER_FEATURES, 0xffffffff);
	}
	driver_ok(g);
	plat_kick(g, 1);
}

static void queue_select_out_of_range(struct guest *g)
{
	const struct layout wrong = { 8, 1, 1, 1, true };
	static const uint32_t sel[] = { 2, 3, 255, 65536, 0x80000000, 0xffffffff };

	for (uint32_t i = 0; i < sizeof(sel) / sizeof(sel[0]); i++) {
		set_queue(g, sel[i], &wrong);
		get(g, VIRTIO_MMIO_QUEUE_NUM_MAX);
		get(g, VIRTIO_MMIO_QUEUE_READY);
	}
}

static void notify_out_of_range(struct guest *g)
{
	static const uint32_t queue[] = { 2, 3, 65536, 0x10001, 0xffffffff };

	for (uint32_t i = 0; i < sizeof(queue) / sizeof(queue[0]); i++)
		set(g, VIRTIO_MMIO_QUEUE_NOTIFY, queue[i]);
}

#ifdef GUEST_HOSTED_PLATFORM_H
/* A host thread has no other way in than 32 bits at a time. */
static void touch(struct guest *g, uint32_t offset)
{
	if (offset % 4 == 0)
		get(g, offset);
	set(g, offset, 0xffffffff);
}
#else
static void touch(struct guest *g, uint32_t offset)
{
	volatile uint8_t *at = plat_ptr(g, device_at(g) + offset);

	*at = (uint8_t)(*at + 1);
	if (offset % 2 == 0)
		*(volatile uint16_t *)(volatile void *)at =
			*(volatile uint16_t *)(volatile void *)at;
	if (offset % 8 == 0)
		*(volatile uint64_t *)(volatile void *)at =
			*(volatile uint64_t *)(volatile void *)at;
}
#endif

#if defined(__x86_64__) && !defined(GUEST_HOSTED_PLATFORM_H)
static void straddle(struct guest *g, uint32_t offset)
{
	volatile uint8_t *at = plat_ptr(g, device_at(g) + offset);

	*(volatile uint64_t *)(volatile void *)at = 0;
	*(volatile uint32_t *)(volatile void *)at = 0;
	*(volatile uint16_t *)(volatile void *)at = 0;
}
#else
/* Device memory takes no unaligned access here, and a host thread none of another width. */
static void straddle(struct guest *g, uint32_t offset)
{
	if (offset % 4 == 0)
		get(g, offset);
}
#endif

/* Zeros: whole they would be a reset, and a kick. Then the device must be up as before, and send. */
static void writes_that_straddle_status_and_notify(struct guest *g)
{
	static const uint32_t named[] = { VIRTIO_MMIO_QUEUE_NOTIFY, VIRTIO_MMIO_STATUS };
	uint32_t status = get(g, VIRTIO_MMIO_STATUS);

	for (uint32_t r = 0; r < 2; r++)
		for (uint32_t back = 1; back < 8; back++) {
			straddle(g, named[r] - back);
			straddle(g, named[r] + (back & 3 ? back & 3 : 1));
		}
	if (get(g, VIRTIO_MMIO_STATUS) != status)
		offer(&g->tx, 65535);
	show(g, &g->tx);
}

/* All but QueueNotify and Status, which have acts of their own; configuration space and what is behind it. */
static void registers_of_every_width(struct guest *g)
{
	for (uint32_t offset = 0; offset < 0x140; offset++)
		if (offset / 4 * 4 != VIRTIO_MMIO_QUEUE_NOTIFY &&
		    offset / 4 * 4 != VIRTIO_MMIO_STATUS)
			touch(g, offset);
}

static void kick_before_driver_ok(struct guest *g)
{
	struct layout rx = layout_of(g, &g->rx), tx = layout_of(g, &g->tx);

	begin(g);
	plat_kick(g, 0);
	plat_kick(g, 1);
	negotiate(g);
	set_queue(g, 0, &rx);
	set_queue(g, 1, &tx);
	ring_publish(&g->tx, 4);
	for (uint32_t i = 0; i < 20; i++)
		plat_kick(g, i & 1);
	driver_ok(g);
}

static void kicks_with_nothing_to_do(struct guest *g)
{
	for (uint32_t i = 0; i < 1000; i++)
		plat_kick(g, i & 1);
}

/* ---- acts: the PCI bus; without one these touch what is not there ---- */

#define PCI_SLOT 4u
#define PCI_ID 0x00u
#define PCI_COMMAND 0x04u
#define PCI_BAR0 0x10u
#define PCI_BAR1 0x14u
#define PCI_MSIX 0x40u
#define PCI_WINDOW 0x98u /* virtio's, of its registers: bar, offset, length, data */

static uint32_t config(struct guest *g, uint32_t offset)
{
	return plat_pci_read(g, 0x80000000u | PCI_SLOT << 11 | offset);
}

static void set_config(struct guest *g, uint32_t offset, uint32_t value)
{
	plat_pci_write(g, 0x80000000u | PCI_SLOT << 11 | offset, value);
}

/* Up again it has them all: the driver sets them. */
static void pci_command_bits_in_turn(struct guest *g)
{
	for (uint32_t i = 0; i < 64; i++) {
		ring_publish(&g->tx, i < 8);
		plat_kick(g, 1);
		set_config(g, PCI_COMMAND, i * 0x2f1 & 0x406);
	}
	set_config(g, PCI_COMMAND, 2);
}

static void pci_bars_moved_anywhere(struct guest *g)
{
	static const uint32_t to[] = { 0x0,	   0x1000,     0x200000,   0xbffff000, 0xc0000000,
				       0xd0000000, 0xd0001000, 0xfec00000, 0xfee00000, 0xfffff000 };
	uint32_t bar[2] = { config(g, PCI_BAR0), config(g, PCI_BAR1) };

	for (uint32_t i = 0; i < 2 * sizeof(to) / sizeof(to[0]); i++) {
		set_config(g, i & 1 ? PCI_BAR1 : PCI_BAR0, to[i / 2]);
		plat_kick(g, 1);
	}
	set_config(g, PCI_BAR0, bar[1]); /* one in the other's place */
	plat_kick(g, 0);
	set_config(g, PCI_BAR0, bar[0]);
	set_config(g, PCI_BAR1, bar[1]);
	ring_publish(&g->tx, 4);
	show(g, &g->tx);
}

/* Messages to a processor that is not there; masks that come and go. */
static void pci_vectors_anywhere(struct guest *g)
{
	uint64_t table = config(g, PCI_BAR1) & ~15u;

	for (uint32_t i = 0; i < 60; i++) {
		set_config(g, PCI_MSIX, (i * 7 & 3) << 30);
		if (is_pci(g)) {
			plat_write32(g, table + i % 4 * 16, 0xfee7f000);
			plat_write32(g, table + i % 4 * 16 + 8, i * 0x01010101);
			plat_write32(g, table + i % 4 * 16 + 12, i >> 1);
			plat_write(g, g->registers + VIRTIO_PCI_COMMON_Q_SELECT, 2, i % 3);
			plat_write(g, g->registers + VIRTIO_PCI_COMMON_Q_MSIX, 2, i * 0x1001);
			plat_write(g, g->registers + VIRTIO_PCI_COMMON_MSIX, 2, i);
			plat_read32(g, table + 0x800);
		}
		ring_publish(&g->tx, i < 8);
		plat_kick(g, 1);
	}
}

static void pci_configuration_of_all_slots(struct guest *g)
{
	static const uint32_t values[] = { 0xffffffff, 0, 0xa5a5a5a5 };

	/* Of each empty slot every eighth register: each register has its turn in four slots. */
	for (uint32_t empty = 0; empty < 32; empty++)
		for (uint32_t offset = empty % 8 * 4; offset < 0x100; offset += 32)
			if (empty != PCI_SLOT)
				plat_pci_write(g, 0x80000000u | empty << 11 | offset, 0xffffffff);
	for (uint32_t offset = 0; offset < 0x100; offset += 4)
		for (uint32_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
			uint32_t was = config(g, offset);

			if (offset == PCI_COMMAND || offset == PCI_WINDOW + 16)
				continue;
			set_config(g, offset, values[i]);
			set_config(g, offset, was);
		}
	ring_publish(&g->tx, 4);
	show(g, &g->tx);
}

/* But for a reset and features: the registers, and what is behind them. */
static void pci_window_at_everything(struct guest *g)
{
	for (uint32_t i = 0; i < 300; i++) {
		set_config(g, PCI_WINDOW + 4, i % 5 == 4 ? i : 0);
		set_config(g, PCI_WINDOW + 8,
			   i % 7 == 6 ? i << 24 | i : 0x20 + (i * 0x10c4 & 0x7ffc));
		set_config(g, PCI_WINDOW + 12, i % 3 == 2 ? i : 4);
		config(g, PCI_WINDOW + 16);
		set_config(g, PCI_WINDOW + 16, i);
	}
	ring_publish(&g->tx, 4);
	show(g, &g->tx);
}

/* ---- acts: races ---- */

static void descriptors_flip_while_they_are_read(struct guest *g)
{
	uint64_t good = slot(g, &g->tx, 0);

	ring_publish(&g->tx, g->tx.size);
	show(g, &g->tx);
	for (uint32_t i = 0; i < 300; i++) {
		uint32_t k = i % g->tx.size;

		put_desc(&g->tx, k, ram_end(g) - 1, UINT32_MAX, VRING_DESC_F_NEXT, (uint16_t)k);
		put_desc(&g->tx, k, good, 64, 0, 0);
		if (i % 32 == 0)
			index_to(g, &g->tx, (uint16_t)(g->tx.avail_idx + 1));
	}
}

static void index_flips_while_it_is_read(struct guest *g)
{
	for (uint32_t i = 0; i < 200; i++) {
		shared_store(&g->tx.avail->idx, 40000);
		shared_store(&g->tx.avail->idx, 1);
		if (i % 50 == 0)
			plat_kick(g, 1);
	}
}

static void console_without_end(struct guest *g)
{
	for (uint32_t i = 0; i < 300; i++) {
		plat_write32(g, g->boot->ctl_gpa + TANDEM_CTL_CONSOLE, 'x');
		plat_write32(g, g->boot->ctl_gpa + TANDEM_CTL_CONSOLE, '\n');
	}
}

static void reset_while_frames_are_copied(struct guest *g)
{
	ring_publish(&g->tx, g->tx.size);
	show(g, &g->tx);
	set(g, VIRTIO_MMIO_STATUS, 0);
}

static void break_and_reset(struct guest *g)
{
	head_is_65535(g);
}

/* ---- all of them ---- */

static const struct act {
	void (*run)(struct guest *g);
	uint32_t times;
	int want;
} acts[] = {
#define ACT(name, times, want) { name, times, want },
	HOSTILE_ACT_LIST(ACT)
#undef ACT
};

/* Its record, where the host finds it: how often it was done, and how often the device broke. */
static void run_act(struct guest *g, uint32_t i)
{
	const struct act *act = &acts[i];
	struct tandem_stamp *record = &g->report->stamps[HOSTILE_RECORDS + i];

	for (uint32_t n = 0; n < act->times && !guest_stopping(g); n++) {
		bool wanted = act->want > 0 && !(g->boot->flags & HOSTILE_PEER);

		bring_up(g);
		act->run(g);
		if (breaks_within(g, wanted ? FOREVER_US : WHILE_US))
			shared_store(&record->t4, n + 1);
		shared_store(&record->t3, n + 1);
	}
}

static void run_acts(struct guest *g)
{
	for (uint32_t i = 0; i < HOSTILE_ACTS_N; i++) {
		run_act(g, i);
		shared_store_release(&g->report->retransmits, i + 1);
	}
}

#ifndef GUEST_HOSTED_PLATFORM_H
static void go_down(struct guest *g)
{
#if defined(__x86_64__)
	volatile uint64_t *idt = (volatile uint64_t *)(uint64_t)TANDEM_X86_IDT_OFFSET;

	for (unsigned i = 0; i < 2 * 32; i++)
		idt[i] = 0;
	__asm__ volatile("ud2");
#else
	register uint64_t function __asm__("x0") = 0x84000008; /* PSCI SYSTEM_OFF */

	__asm__ volatile("hvc #0" : "+r"(function)::"memory");
#endif
	plat_exit(g);
}

/* Interrupts find nobody home: their handler is a loop, and nothing comes through it. */
#if defined(__x86_64__)
__asm__(".text\nstuck: jmp stuck\n");

static void get_stuck(struct guest *g)
{
	uint32_t *gate = (uint32_t *)(uint64_t)(TANDEM_X86_IDT_OFFSET + 16 * g->boot->irq);
	uint64_t at, t3;

	__asm__("lea stuck(%%rip), %0" : "=r"(at));
	gate[0] = (gate[0] & 0xffff0000) | (at & 0xffff);
	gate[1] = (at & 0xffff0000) | (gate[1] & 0xffff);
	gate[2] = at >> 32;
	ring_arm(&g->rx, 1);
	for (;;)
		plat_idle(g, &t3);
}
#else
__asm__(".text\n.balign 2048\nstuck: .rept 16\nb .\n.balign 128\n.endr\n");

static void get_stuck(struct guest *g)
{
	uint64_t at, t3;

	__asm__ volatile("adrp %0, stuck\n add %0, %0, :lo12:stuck\n msr vbar_el1, %0\n isb"
			 : "=r"(at));
	ring_arm(&g->rx, 1);
	for (;;)
		plat_idle(g, &t3);
}
#endif

static void die(struct guest *g)
{
	if (g->boot->flags & HOSTILE_STUCK)
		get_stuck(g);
	if (g->boot->flags & HOSTILE_SPIN)
		for (;;)
			__asm__ volatile("");
	if (g->boot->flags & HOSTILE_HALT)
		plat_exit(g);
	if (g->boot->flags & HOSTILE_OFF)
		go_down(g);
}
#else
static void die(struct guest *g)
{
	(void)g;
}
#endif

void guest_main(struct guest *g, struct tandem_boot *boot)
{
	if (!(boot->flags &
	      (HOSTILE_ACTS | HOSTILE_SPIN | HOSTILE_HALT | HOSTILE_OFF | HOSTILE_STUCK))) {
		good_guest_main(g, boot);
		return;
	}
	g->boot = boot;
	g->report = plat_ptr(g, boot->ram_gpa + TANDEM_REPORT_OFFSET);
	g->stamp = g->report->stamps;
	g->stamps_end = g->report->stamps + HOSTILE_RECORDS; /* never into the acts' records */
	g->rx.avail = NULL;
	plat_init(g);
	net_start(g);
	guest_set_state(g, TANDEM_RUNNING);
	die(g);
	run_acts(g);
	bring_up(g);
	if (boot->workload == TANDEM_RR_PING)
		g->trips->ping(g);
	else
		g->trips->pong(g);
	guest_set_state(g, TANDEM_DONE);
	plat_exit(g);
}

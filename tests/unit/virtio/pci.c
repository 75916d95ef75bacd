// SPDX-License-Identifier: BSD-2-Clause
// The virtio-pci device: what a driver may do, and what happens when it does anything else.
#include "tests/common/suite.h"

#include <errno.h>
#include <linux/pci_regs.h>
#include <linux/virtio_ids.h>
#include <linux/virtio_pci.h>
#include <stdlib.h>
#include <string.h>

#include "virtio/net.h"
#include "virtio/pci.h"

#define QUEUE_MAX 256u
#define SOURCES (NET_QUEUES + 1u)
#define CONFIG_SOURCE NET_QUEUES
#define NO_VECTOR VIRTIO_MSI_NO_VECTOR
#define LINE 20

#define BAR0 0xe0400000u
#define BAR1 0xe0404000u
#define COMMON 0x0000u
#define ISR 0x1000u
#define DEVICE 0x2000u
#define PENDING 0x800u

#define ACK VIRTIO_CONFIG_S_ACKNOWLEDGE
#define DRIVER VIRTIO_CONFIG_S_DRIVER
#define FEATURES_OK VIRTIO_CONFIG_S_FEATURES_OK
#define DRIVER_OK VIRTIO_CONFIG_S_DRIVER_OK
#define NEEDS_RESET VIRTIO_CONFIG_S_NEEDS_RESET
#define FAILED VIRTIO_CONFIG_S_FAILED
#define UP (ACK | DRIVER | FEATURES_OK | DRIVER_OK)

#define VERSION_1 (1ull << VIRTIO_F_VERSION_1)
#define EVENT_IDX (1ull << VIRTIO_RING_F_EVENT_IDX)

#define ON (PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER)

/* The device under test and what it asked of its owners: of the rings, and of the wires. */
struct fixture {
	struct virtio_device dev;
	struct virtio_pci pci;
	unsigned activated, resets, kicks;
	uint32_t last_kick;
	int activate_answer;
	bool active_at_reset;
	struct pci_irq irq[SOURCES];
	unsigned irqs_set;
	bool kept[SOURCES];
	uint64_t doorbells;
	unsigned doorbells_set;
};

static struct fixture fx;

static int on_activate(void *ctx)
{
	struct fixture *f = ctx;

	f->activated++;
	return f->activate_answer;
}

static void on_reset(void *ctx)
{
	struct fixture *f = ctx;

	f->resets++;
	f->active_at_reset = f->dev.active;
}

static void on_kick(void *ctx, uint32_t queue)
{
	struct fixture *f = ctx;

	f->kicks++;
	f->last_kick = queue;
}

static void on_set_irq(void *ctx, unsigned source, const struct pci_irq *irq)
{
	struct fixture *f = ctx;

	assert_true(source < SOURCES);
	f->irq[source] = *irq;
	f->irqs_set++;
}

static bool on_is_kept(void *ctx, unsigned source)
{
	assert_true(source < SOURCES);
	return ((struct fixture *)ctx)->kept[source];
}

static void on_set_doorbells(void *ctx, uint64_t at)
{
	struct fixture *f = ctx;

	f->doorbells = at;
	f->doorbells_set++;
}

static const struct virtio_device_ops device_ops = { on_activate, on_reset, on_kick };
static const struct virtio_pci_ops pci_ops = { on_set_irq, on_is_kept, on_set_doorbells };

/* ---- accesses ---- */

static uint32_t cfg(uint32_t offset, unsigned len)
{
	return pci_config_read(&fx.pci, offset, len);
}

static void set_cfg(uint32_t offset, unsigned len, uint32_t value)
{
	pci_config_write(&fx.pci, offset, len, value);
}

static uint32_t rd(uint64_t offset, unsigned len)
{
	return (uint32_t)pci_bar_read(&fx.pci, PCI_BAR_REGISTERS, offset, len);
}

static void wr(uint64_t offset, unsigned len, uint32_t value)
{
	pci_bar_write(&fx.pci, PCI_BAR_REGISTERS, offset, len, value);
}

static uint32_t entry(unsigned vector, unsigned word)
{
	return (uint32_t)pci_bar_read(&fx.pci, PCI_BAR_MSIX, 16ull * vector + 4ull * word, 4);
}

static void set_entry(unsigned vector, unsigned word, uint32_t value)
{
	pci_bar_write(&fx.pci, PCI_BAR_MSIX, 16ull * vector + 4ull * word, 4, value);
}

static uint32_t pending(void)
{
	return (uint32_t)pci_bar_read(&fx.pci, PCI_BAR_MSIX, PENDING, 4);
}

static int set_up(void **state)
{
	struct virtio_device_kind net = net_device(1, 1514, QUEUE_MAX);

	(void)state;
	memset(&fx, 0, sizeof(fx));
	device_init(&fx.dev, &net, &device_ops, &fx);
	pci_init(&fx.pci, &fx.dev, &pci_ops, &fx, LINE);
	for (unsigned i = 0; i < SOURCES; i++)
		fx.irq[i].way = PCI_IRQ_INTX;
	set_cfg(PCI_BASE_ADDRESS_0, 4, BAR0);
	set_cfg(PCI_BASE_ADDRESS_1, 4, BAR1);
	set_cfg(PCI_COMMAND, 2, ON);
	fx.doorbells_set = 0;
	return 0;
}

static uint32_t set_status(uint32_t value)
{
	wr(VIRTIO_PCI_COMMON_STATUS, 1, value);
	return rd(VIRTIO_PCI_COMMON_STATUS, 1);
}

static void set_features(uint64_t features)
{
	wr(VIRTIO_PCI_COMMON_GFSELECT, 4, 0);
	wr(VIRTIO_PCI_COMMON_GF, 4, (uint32_t)features);
	wr(VIRTIO_PCI_COMMON_GFSELECT, 4, 1);
	wr(VIRTIO_PCI_COMMON_GF, 4, (uint32_t)(features >> 32));
}

static void select_queue(uint32_t queue)
{
	wr(VIRTIO_PCI_COMMON_Q_SELECT, 2, queue);
}

static void set_queue(uint32_t queue, uint32_t size)
{
	select_queue(queue);
	wr(VIRTIO_PCI_COMMON_Q_SIZE, 2, size);
	wr(VIRTIO_PCI_COMMON_Q_DESCLO, 4, 0x11110000u + queue);
	wr(VIRTIO_PCI_COMMON_Q_DESCHI, 4, 0x1u + queue);
	wr(VIRTIO_PCI_COMMON_Q_AVAILLO, 4, 0x22220000u + queue);
	wr(VIRTIO_PCI_COMMON_Q_AVAILHI, 4, 0x20u + queue);
	wr(VIRTIO_PCI_COMMON_Q_USEDLO, 4, 0x33330000u + queue);
	wr(VIRTIO_PCI_COMMON_Q_USEDHI, 4, 0x300u + queue);
	wr(VIRTIO_PCI_COMMON_Q_ENABLE, 2, 1);
}

/* 3.1.1 up to and including FEATURES_OK. */
static uint32_t negotiate(uint64_t features)
{
	set_status(ACK);
	set_status(ACK | DRIVER);
	set_features(features);
	return set_status(ACK | DRIVER | FEATURES_OK);
}

static void bring_up(void)
{
	assert_int_equal(negotiate(VERSION_1 | EVENT_IDX), ACK | DRIVER | FEATURES_OK);
	set_queue(NET_RX, 64);
	set_queue(NET_TX, 128);
	assert_int_equal(set_status(UP), UP);
}

/* ------------------------------------------------------------------ configuration space */

static void test_identity(void **state)
{
	(void)state;
	assert_int_equal(cfg(PCI_VENDOR_ID, 4), (0x1040 + VIRTIO_ID_NET) << 16 | 0x1af4);
	assert_true(cfg(PCI_REVISION_ID, 1) >= 1);
	assert_int_equal(cfg(PCI_CLASS_DEVICE, 2), 0x0200);
	assert_int_equal(cfg(PCI_HEADER_TYPE, 1), 0);
	assert_true(cfg(PCI_SUBSYSTEM_ID, 2) >= 0x40);
	assert_int_equal(cfg(PCI_INTERRUPT_PIN, 1), 1);
	assert_int_equal(cfg(PCI_INTERRUPT_LINE, 1), LINE);
	assert_true(cfg(PCI_STATUS, 2) & PCI_STATUS_CAP_LIST);
}

struct found {
	unsigned seen[16];
	struct virtio_pci_cap cap[16];
	uint8_t at[16];
	unsigned msix;
};

/* Walks the list as a driver does. */
static struct found find_capabilities(void)
{
	struct found f = { 0 };
	unsigned steps = 0;

	for (uint32_t at = cfg(PCI_CAPABILITY_LIST, 1); at; at = cfg(at + 1, 1)) {
		uint32_t type = cfg(at + VIRTIO_PCI_CAP_CFG_TYPE, 1);

		assert_true(++steps < 32 && at >= 0x40 && at % 4 == 0);
		if (cfg(at, 1) == PCI_CAP_ID_MSIX) {
			f.msix = at;
			continue;
		}
		assert_int_equal(cfg(at, 1), PCI_CAP_ID_VNDR);
		assert_true(type < 16 && at + cfg(at + VIRTIO_PCI_CAP_LEN, 1) <= 256);
		f.seen[type]++;
		f.at[type] = (uint8_t)at;
		for (uint32_t i = 0; i < sizeof(f.cap[0]); i++)
			((uint8_t *)&f.cap[type])[i] = (uint8_t)cfg(at + i, 1);
	}
	return f;
}

static void test_capabilities(void **state)
{
	struct found f = find_capabilities();
	uint32_t end[] = { 0, 0x1000, 0x2000, 0x3000, 0x4000 };

	(void)state;
	for (unsigned type = VIRTIO_PCI_CAP_COMMON_CFG; type <= VIRTIO_PCI_CAP_PCI_CFG; type++)
		assert_int_equal(f.seen[type], 1);
	for (unsigned type = VIRTIO_PCI_CAP_COMMON_CFG; type <= VIRTIO_PCI_CAP_DEVICE_CFG; type++) {
		assert_int_equal(f.cap[type].bar, PCI_BAR_REGISTERS);
		assert_int_equal(f.cap[type].offset % 4, 0);
		assert_true(f.cap[type].offset + f.cap[type].length <= PCI_REGISTERS_BYTES);
	}
	assert_int_equal(f.cap[VIRTIO_PCI_CAP_COMMON_CFG].length, 56);
	assert_int_equal(f.cap[VIRTIO_PCI_CAP_DEVICE_CFG].length, fx.dev.kind.config_bytes);
	assert_int_equal(f.cap[VIRTIO_PCI_CAP_NOTIFY_CFG].offset, PCI_DOORBELLS);
	assert_int_equal(cfg(f.at[VIRTIO_PCI_CAP_NOTIFY_CFG] + VIRTIO_PCI_NOTIFY_CAP_MULT, 4),
			 PCI_DOORBELL_STRIDE);
	assert_int_equal(f.cap[VIRTIO_PCI_CAP_NOTIFY_CFG].length, NET_QUEUES * 4);
	assert_int_equal(f.cap[VIRTIO_PCI_CAP_NOTIFY_CFG].cap_len, 20);
	assert_int_equal(f.cap[VIRTIO_PCI_CAP_PCI_CFG].cap_len, 20);
	for (size_t i = 0; i + 1 < ARRAY_SIZE(end); i++) { /* no two structures share a page */
		unsigned inside = 0;

		for (unsigned type = 1; type <= VIRTIO_PCI_CAP_DEVICE_CFG; type++)
			inside += f.cap[type].offset >= end[i] && f.cap[type].offset < end[i + 1];
		assert_int_equal(inside, 1);
	}
}

static void test_msix_capability(void **state)
{
	struct found f = find_capabilities();

	(void)state;
	assert_int_not_equal(f.msix, 0);
	assert_int_equal(cfg(f.msix + PCI_MSIX_FLAGS, 2), SOURCES - 1);
	assert_int_equal(cfg(f.msix + PCI_MSIX_TABLE, 4), PCI_BAR_MSIX);
	assert_int_equal(cfg(f.msix + PCI_MSIX_PBA, 4), PENDING | PCI_BAR_MSIX);
}

/* A write of all ones finds out what may be written, in any width. */
static void test_config_is_read_only(void **state)
{
	struct found f = find_capabilities();
	uint32_t window = f.at[VIRTIO_PCI_CAP_PCI_CFG];

	(void)state;
	for (uint32_t at = 0; at < 256; at += 4) {
		uint32_t before = cfg(at, 4), may = 0;

		if (at == PCI_COMMAND)
			may = ON | PCI_COMMAND_INTX_DISABLE;
		else if (at == PCI_BASE_ADDRESS_0)
			may = ~(PCI_REGISTERS_BYTES - 1);
		else if (at == PCI_BASE_ADDRESS_1)
			may = ~(PCI_MSIX_BYTES - 1);
		else if (at == PCI_INTERRUPT_LINE)
			may = 0xff;
		else if (at == f.msix)
			may = (uint32_t)(PCI_MSIX_FLAGS_ENABLE | PCI_MSIX_FLAGS_MASKALL) << 16;
		else if (at == window + 4)
			may = 0xff;
		else if (at == window + 8 || at == window + 12)
			may = ~0u;
		set_cfg(at, 4, ~0u);
		assert_int_equal(cfg(at, 4), before | may);
		set_cfg(at, 4, 0);
		assert_int_equal(cfg(at, 4), before & ~may);
		for (unsigned i = 0; i < 4; i++)
			set_cfg(at + i, 1, before >> 8 * i & 0xff);
		assert_int_equal(cfg(at, 4), before);
	}
}

/* What is no access of this space: not inside a word, of no bytes, past its end. */
static void test_config_odd_accesses(void **state)
{
	struct fixture before;

	(void)state;
	before = fx;
	for (uint32_t at = 0; at < 300; at++)
		for (unsigned len = 0; len <= 9; len++) {
			bool good = at < 256 && len >= 1 && at % 4 + len <= 4;

			if (good)
				continue;
			assert_int_equal(cfg(at, len), pci_all_ones(len < 4 ? len : 4));
			set_cfg(at, len, 0);
		}
	assert_int_equal(cfg(0xfffffffc, 4), ~0u);
	assert_int_equal(cfg(0x100, 4), ~0u);
	set_cfg(0xfffffffc, 4, 0);
	assert_memory_equal(&before, &fx, sizeof(before));
}

/* Three bytes of a word are one access, too: BARs keep their low bits whatever is written. */
static void test_config_part_of_a_bar(void **state)
{
	(void)state;
	set_cfg(PCI_BASE_ADDRESS_0 + 1, 3, 0xffffff);
	assert_int_equal(cfg(PCI_BASE_ADDRESS_0, 4), 0xffffc000);
	set_cfg(PCI_BASE_ADDRESS_0 + 3, 1, 0xd0);
	assert_int_equal(cfg(PCI_BASE_ADDRESS_0, 4), 0xd0ffc000);
	set_cfg(PCI_BASE_ADDRESS_0, 1, 0xff);
	assert_int_equal(cfg(PCI_BASE_ADDRESS_0, 4), 0xd0ffc000);
}

/* ------------------------------------------------------------------ BARs */

static bool decodes(uint64_t at, unsigned len)
{
	uint64_t offset;
	unsigned bar;

	return pci_decode(&fx.pci, at, len, &bar, &offset);
}

static void test_decode(void **state)
{
	uint64_t offset;
	unsigned bar;

	(void)state;
	assert_true(pci_decode(&fx.pci, BAR0 + 0x1000, 1, &bar, &offset));
	assert_int_equal(bar, PCI_BAR_REGISTERS);
	assert_int_equal(offset, 0x1000);
	assert_true(pci_decode(&fx.pci, BAR1 + PENDING, 8, &bar, &offset));
	assert_int_equal(bar, PCI_BAR_MSIX);
	assert_int_equal(offset, PENDING);
	assert_true(decodes(BAR0 + PCI_REGISTERS_BYTES - 4, 4));
	assert_false(decodes(BAR0 + PCI_REGISTERS_BYTES - 4, 8)); /* it goes on in the other */
	assert_false(decodes(BAR0 - 1, 1));
	assert_false(decodes(BAR0 - 4, 8));
	assert_false(decodes(BAR1 + PCI_MSIX_BYTES, 1));
	assert_false(decodes(0, 4));
	assert_false(decodes(UINT64_MAX, 1));
	assert_false(decodes(UINT64_MAX - 3, 8));
	assert_false(decodes((1ull << 32) + BAR0, 4));
	assert_false(decodes(BAR0, 0xffffffff));
}

static void test_decode_wants_memory(void **state)
{
	(void)state;
	set_cfg(PCI_COMMAND, 2, PCI_COMMAND_MASTER);
	assert_false(decodes(BAR0, 4));
	assert_false(decodes(BAR1, 4));
	assert_int_equal(fx.doorbells, 0);
	set_cfg(PCI_COMMAND, 2, ON);
	assert_true(decodes(BAR0, 4));
	assert_int_equal(fx.doorbells, BAR0 + PCI_DOORBELLS);
	set_cfg(PCI_BASE_ADDRESS_0, 4, 0); /* no address at all */
	assert_false(decodes(0, 4));
	assert_int_equal(fx.doorbells, 0);
}

static void test_bars_move(void **state)
{
	(void)state;
	bring_up();
	for (uint32_t to = 0xc0000000u; to < 0xc0100000u; to += 0x10000) {
		unsigned before = fx.doorbells_set;

		set_cfg(PCI_BASE_ADDRESS_0, 4, to);
		assert_int_equal(fx.doorbells, to + PCI_DOORBELLS);
		assert_int_equal(fx.doorbells_set, before + 1);
		set_cfg(PCI_BASE_ADDRESS_0, 4, to); /* to where it is */
		assert_int_equal(fx.doorbells_set, before + 1);
		assert_true(decodes(to, 4));
		assert_false(decodes(BAR0, 4));
	}
	set_cfg(PCI_BASE_ADDRESS_1, 4, 0xc00f0000u); /* both in one place: the first answers */
	assert_true(decodes(0xc00f0000u, 4));
	set_cfg(PCI_BASE_ADDRESS_0, 4, ~0u); /* a driver that asks for the size */
	assert_int_equal(cfg(PCI_BASE_ADDRESS_0, 4), ~(PCI_REGISTERS_BYTES - 1));
	assert_false(decodes(0x100000000ull, 4));
	assert_int_equal(fx.resets, 0);
	assert_int_equal(rd(VIRTIO_PCI_COMMON_STATUS, 1), UP);
}

/* ------------------------------------------------------------------ features */

static uint64_t offered(void)
{
	uint64_t low, high;

	wr(VIRTIO_PCI_COMMON_DFSELECT, 4, 0);
	low = rd(VIRTIO_PCI_COMMON_DF, 4);
	wr(VIRTIO_PCI_COMMON_DFSELECT, 4, 1);
	high = rd(VIRTIO_PCI_COMMON_DF, 4);
	return high << 32 | low;
}

static void test_features_offered(void **state)
{
	(void)state;
	assert_true(offered() == net_features());
	for (uint32_t sel = 2; sel; sel <<= 1) {
		wr(VIRTIO_PCI_COMMON_DFSELECT, 4, sel);
		assert_int_equal(rd(VIRTIO_PCI_COMMON_DFSELECT, 4), sel);
		assert_int_equal(rd(VIRTIO_PCI_COMMON_DF, 4), 0);
	}
}

static void test_features_read_back(void **state)
{
	(void)state;
	set_features(VERSION_1 | EVENT_IDX);
	for (uint32_t sel = 0; sel < 3; sel++) {
		wr(VIRTIO_PCI_COMMON_GFSELECT, 4, sel);
		assert_int_equal(rd(VIRTIO_PCI_COMMON_GFSELECT, 4), sel);
		assert_int_equal(rd(VIRTIO_PCI_COMMON_GF, 4), sel == 0 ? (uint32_t)EVENT_IDX
							      : sel == 1
								      ? (uint32_t)(VERSION_1 >> 32)
								      : 0);
	}
}

static void test_every_subset_bit(void **state)
{
	(void)state;
	for (unsigned bit = 0; bit < 64; bit++) {
		uint64_t features = VERSION_1 | 1ull << bit;
		bool ok = net_features() & 1ull << bit;

		set_status(0);
		assert_int_equal(negotiate(features) & FEATURES_OK, ok ? FEATURES_OK : 0);
	}
}

static void test_missing_version_1(void **state)
{
	(void)state;
	assert_int_equal(negotiate(EVENT_IDX), ACK | DRIVER);
	assert_int_equal(negotiate(0), ACK | DRIVER);
	assert_int_equal(negotiate(VERSION_1), ACK | DRIVER | FEATURES_OK);
}

static void test_features_after_ok(void **state)
{
	(void)state;
	negotiate(VERSION_1);
	set_features(~0ull);
	assert_true(fx.dev.accepted == VERSION_1);
	for (uint32_t sel = 2; sel; sel <<= 1) {
		set_status(0);
		set_features(VERSION_1);
		wr(VIRTIO_PCI_COMMON_GFSELECT, 4, sel);
		wr(VIRTIO_PCI_COMMON_GF, 4, ~0u);
		assert_true(fx.dev.accepted == VERSION_1);
	}
}

/* ------------------------------------------------------------------ status */

static void test_driver_ok_too_early(void **state)
{
	(void)state;
	assert_int_equal(set_status(DRIVER_OK) & DRIVER_OK, 0);
	assert_int_equal(set_status(ACK | DRIVER | DRIVER_OK) & DRIVER_OK, 0);
	set_features(VERSION_1 | 1ull << 60);
	assert_int_equal(set_status(UP), ACK | DRIVER);
	assert_int_equal(fx.activated, 0);
}

static void test_driver_ok_once(void **state)
{
	(void)state;
	bring_up();
	for (int i = 0; i < 5; i++)
		set_status(UP);
	set_status(DRIVER_OK);
	assert_int_equal(set_status(FAILED), UP | FAILED);
	assert_int_equal(set_status(0xff) & NEEDS_RESET, 0);
	assert_int_equal(fx.activated, 1);
	assert_int_equal(fx.resets, 0);
}

static void test_activate_sees_layout(void **state)
{
	(void)state;
	bring_up();
	for (uint32_t q = 0; q < NET_QUEUES; q++) {
		const struct virtq_layout *at = &fx.dev.queue[q].at;

		assert_true(fx.dev.queue[q].ready);
		assert_int_equal(at->size, q == NET_RX ? 64 : 128);
		assert_true(at->desc.v == (((1ull + q) << 32) | (0x11110000u + q)));
		assert_true(at->driver.v == (((0x20ull + q) << 32) | (0x22220000u + q)));
		assert_true(at->device.v == (((0x300ull + q) << 32) | (0x33330000u + q)));
		select_queue(q);
		assert_int_equal(rd(VIRTIO_PCI_COMMON_Q_DESCLO, 4), 0x11110000u + q);
		assert_int_equal(rd(VIRTIO_PCI_COMMON_Q_DESCHI, 4), 1 + q);
		assert_int_equal(rd(VIRTIO_PCI_COMMON_Q_AVAILLO, 4), 0x22220000u + q);
		assert_int_equal(rd(VIRTIO_PCI_COMMON_Q_AVAILHI, 4), 0x20 + q);
		assert_int_equal(rd(VIRTIO_PCI_COMMON_Q_USEDLO, 4), 0x33330000u + q);
		assert_int_equal(rd(VIRTIO_PCI_COMMON_Q_USEDHI, 4), 0x300 + q);
	}
}

static void test_activate_fails(void **state)
{
	(void)state;
	fx.activate_answer = -EINVAL;
	negotiate(VERSION_1);
	assert_true(set_status(UP) & NEEDS_RESET);
	assert_int_equal(rd(ISR, 1), VIRTIO_PCI_ISR_CONFIG);
	set_status(UP);
	assert_int_equal(fx.activated, 1);
	assert_int_equal(set_status(0), 0);
	fx.activate_answer = 0;
	bring_up();
	assert_int_equal(fx.activated, 2);
}

/* ------------------------------------------------------------------ bus mastering */

static void test_no_master_no_rings(void **state)
{
	(void)state;
	set_cfg(PCI_COMMAND, 2, PCI_COMMAND_MEMORY);
	negotiate(VERSION_1);
	set_queue(NET_RX, 64);
	set_queue(NET_TX, 64);
	assert_int_equal(set_status(UP), ACK | DRIVER | FEATURES_OK);
	assert_int_equal(set_status(DRIVER_OK), ACK | DRIVER | FEATURES_OK); /* and no reset */
	assert_int_equal(fx.activated, 0);
	set_cfg(PCI_COMMAND, 2, ON);
	assert_int_equal(set_status(UP), UP);
	assert_int_equal(fx.activated, 1);
}

static void test_master_taken_away(void **state)
{
	(void)state;
	bring_up();
	set_cfg(PCI_COMMAND, 2, PCI_COMMAND_MEMORY);
	assert_int_equal(fx.resets, 1);
	assert_int_equal(rd(VIRTIO_PCI_COMMON_STATUS, 1), UP | NEEDS_RESET);
	wr(PCI_DOORBELLS, 2, 0);
	assert_int_equal(fx.kicks, 0);
	set_cfg(PCI_COMMAND, 2, ON); /* only a reset brings it back */
	set_status(UP);
	assert_int_equal(fx.activated, 1);
	set_cfg(PCI_COMMAND, 2, 0);
	assert_int_equal(fx.resets, 1);
	set_cfg(PCI_COMMAND, 2, ON);
	set_status(0);
	bring_up();
	assert_int_equal(fx.activated, 2);
	assert_int_equal(fx.resets, 1);
}

/* ------------------------------------------------------------------ reset */

static void assert_fresh(void)
{
	struct virtio_device_kind net = net_device(1, 1514, QUEUE_MAX);

	assert_memory_equal(&fx.dev.kind, &net, sizeof(net));
	assert_int_equal(rd(VIRTIO_PCI_COMMON_DFSELECT, 4), 0);
	assert_int_equal(rd(VIRTIO_PCI_COMMON_GFSELECT, 4), 0);
	assert_int_equal(rd(VIRTIO_PCI_COMMON_Q_SELECT, 2), 0);
	assert_int_equal(rd(VIRTIO_PCI_COMMON_MSIX, 2), NO_VECTOR);
	assert_true(fx.dev.accepted == 0);
	assert_false(fx.dev.active);
	assert_int_equal(rd(VIRTIO_PCI_COMMON_STATUS, 1), 0);
	assert_int_equal(rd(ISR, 1), 0);
	for (unsigned q = 0; q < NET_QUEUES; q++) {
		select_queue(q);
		assert_int_equal(rd(VIRTIO_PCI_COMMON_Q_SIZE, 2), QUEUE_MAX);
		assert_int_equal(rd(VIRTIO_PCI_COMMON_Q_MSIX, 2), NO_VECTOR);
		assert_int_equal(rd(VIRTIO_PCI_COMMON_Q_ENABLE, 2), 0);
		assert_int_equal(rd(VIRTIO_PCI_COMMON_Q_NOFF, 2), q);
		for (uint64_t at = VIRTIO_PCI_COMMON_Q_DESCLO; at < 56; at += 4)
			assert_int_equal(rd(at, 4), 0);
	}
	select_queue(0);
}

static void test_reset_clears_all(void **state)
{
	(void)state;
	assert_fresh();
	bring_up();
	wr(VIRTIO_PCI_COMMON_MSIX, 2, 2);
	wr(VIRTIO_PCI_COMMON_Q_MSIX, 2, 1);
	wr(VIRTIO_PCI_COMMON_DFSELECT, 4, 1);
	device_raise_used(&fx.dev);
	device_need_reset(&fx.dev);
	set_status(0);
	assert_int_equal(fx.resets, 1);
	assert_true(fx.active_at_reset); /* nothing was forgotten before the rings were let go */
	assert_fresh();
	set_status(0);
	assert_int_equal(fx.resets, 1);
	/* What is the bus's stays. */
	assert_int_equal(cfg(PCI_COMMAND, 2), ON);
	assert_int_equal(cfg(PCI_BASE_ADDRESS_0, 4), BAR0);
}

static void test_reset_loop(void **state)
{
	(void)state;
	for (unsigned i = 1; i <= 1000; i++) {
		bring_up();
		set_status(0);
		assert_int_equal(fx.activated, i);
		assert_int_equal(fx.resets, i);
	}
	assert_fresh();
}

/* ------------------------------------------------------------------ queues */

static const uint64_t queue_registers[] = {
	VIRTIO_PCI_COMMON_Q_DESCLO,  VIRTIO_PCI_COMMON_Q_DESCHI, VIRTIO_PCI_COMMON_Q_AVAILLO,
	VIRTIO_PCI_COMMON_Q_AVAILHI, VIRTIO_PCI_COMMON_Q_USEDLO, VIRTIO_PCI_COMMON_Q_USEDHI,
};

static void scribble(void)
{
	wr(VIRTIO_PCI_COMMON_Q_SIZE, 2, 0xdead);
	for (size_t i = 0; i < ARRAY_SIZE(queue_registers); i++)
		wr(queue_registers[i], 4, 0xdeadbeefu + (uint32_t)i);
}

static void test_queue_default(void **state)
{
	(void)state;
	assert_int_equal(rd(VIRTIO_PCI_COMMON_NUMQ, 2), NET_QUEUES);
	assert_fresh();
	negotiate(VERSION_1);
	select_queue(NET_TX); /* a driver that is content with the size there is */
	wr(VIRTIO_PCI_COMMON_Q_ENABLE, 2, 1);
	set_status(UP);
	assert_int_equal(fx.dev.queue[NET_TX].at.size, QUEUE_MAX);
}

static void test_queue_sel_out_of_range(void **state)
{
	static const uint32_t wild[] = { 2, 3, 255, 256, 0x7fff, 0xffff };
	struct fixture before;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(wild); i++) {
		select_queue(wild[i]);
		before = fx;
		assert_int_equal(rd(VIRTIO_PCI_COMMON_Q_SIZE, 2), 0);
		assert_int_equal(rd(VIRTIO_PCI_COMMON_Q_ENABLE, 2), 0);
		assert_int_equal(rd(VIRTIO_PCI_COMMON_Q_NOFF, 2), 0);
		assert_int_equal(rd(VIRTIO_PCI_COMMON_Q_MSIX, 2), NO_VECTOR);
		scribble();
		wr(VIRTIO_PCI_COMMON_Q_MSIX, 2, 0);
		wr(VIRTIO_PCI_COMMON_Q_ENABLE, 2, 1);
		assert_int_equal(rd(VIRTIO_PCI_COMMON_Q_ENABLE, 2), 0);
		assert_memory_equal(&before, &fx, sizeof(before));
	}
}

static void test_queue_enabled_freezes(void **state)
{
	struct virtio_queue before;

	(void)state;
	set_queue(NET_TX, 16);
	before = fx.dev.queue[NET_TX];
	scribble();
	assert_memory_equal(&before.at, &fx.dev.queue[NET_TX].at, sizeof(before.at));
	assert_int_equal(fx.dev.queue[NET_RX].at.size, QUEUE_MAX); /* the other is not touched */
	set_status(0);
	bring_up();
	before = fx.dev.queue[NET_TX];
	scribble();
	assert_memory_equal(&before.at, &fx.dev.queue[NET_TX].at, sizeof(before.at));
}

/* Only a reset disables a queue. */
static void test_queue_enable_is_one(void **state)
{
	static const uint32_t wrong[] = { 0, 2, 3, 0x101, 0x8001, 0xffff };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		wr(VIRTIO_PCI_COMMON_Q_ENABLE, 2, wrong[i]);
		assert_int_equal(rd(VIRTIO_PCI_COMMON_Q_ENABLE, 2), 0);
	}
	bring_up();
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++)
		wr(VIRTIO_PCI_COMMON_Q_ENABLE, 2, wrong[i]);
	assert_int_equal(rd(VIRTIO_PCI_COMMON_Q_ENABLE, 2), 1);
	assert_int_equal(fx.resets, 0);
}

static void test_queue_after_driver_ok(void **state)
{
	(void)state;
	negotiate(VERSION_1);
	set_queue(NET_RX, 8);
	set_status(UP);
	set_queue(NET_TX, 8);
	assert_int_equal(rd(VIRTIO_PCI_COMMON_Q_ENABLE, 2), 0);
	assert_false(fx.dev.queue[NET_TX].ready);
}

static void test_notify(void **state)
{
	(void)state;
	wr(PCI_DOORBELLS + 4, 2, NET_TX);
	negotiate(VERSION_1);
	wr(PCI_DOORBELLS + 4, 2, NET_TX);
	assert_int_equal(fx.kicks, 0); /* before DRIVER_OK */
	set_status(0);
	bring_up();
	wr(PCI_DOORBELLS + 4, 2, NET_TX);
	assert_int_equal(fx.kicks, 1);
	assert_int_equal(fx.last_kick, NET_TX);
	wr(PCI_DOORBELLS, 4, 0xffffffff); /* the address says which, not the value */
	assert_int_equal(fx.kicks, 2);
	assert_int_equal(fx.last_kick, NET_RX);
	wr(PCI_DOORBELLS + 8, 2, 0);
	wr(PCI_DOORBELLS + 0xffc, 2, 0);
	wr(PCI_DOORBELLS + 2, 2, 0);
	wr(PCI_DOORBELLS + 1, 1, 0);
	wr(PCI_DOORBELLS, 1, 0);
	wr(PCI_DOORBELLS, 8, 0);
	assert_int_equal(fx.kicks, 2);
	assert_int_equal(rd(PCI_DOORBELLS, 2), 0);
	set_status(0);
	wr(PCI_DOORBELLS, 2, 0);
	assert_int_equal(fx.kicks, 2);
}

/* ------------------------------------------------------------------ INTx and ISR */

static void test_isr(void **state)
{
	(void)state;
	bring_up();
	device_raise_used(&fx.dev);
	assert_true(pci_intx_level(&fx.pci));
	assert_true(cfg(PCI_STATUS, 2) & PCI_STATUS_INTERRUPT);
	assert_true(cfg(PCI_COMMAND, 4) & (uint32_t)PCI_STATUS_INTERRUPT << 16);
	assert_int_equal(rd(ISR, 2), 0); /* of another width: nothing is acknowledged */
	assert_int_equal(rd(ISR, 4), 0);
	assert_int_equal(rd(ISR + 1, 1), 0);
	wr(ISR, 1, 0xff);
	assert_int_equal(rd(ISR, 1), DEVICE_INT_USED);
	assert_int_equal(rd(ISR, 1), 0); /* by reading it */
	assert_false(pci_intx_level(&fx.pci));
	assert_false(cfg(PCI_STATUS, 2) & PCI_STATUS_INTERRUPT);
	device_raise_used(&fx.dev);
	device_need_reset(&fx.dev);
	assert_int_equal(rd(ISR, 1), DEVICE_INT_USED | DEVICE_INT_CONFIG);
	assert_int_equal(cfg(PCI_STATUS + 1, 1), 0); /* the bit is in the other byte */
}

static void assert_ways(enum pci_irq_way way)
{
	for (unsigned i = 0; i < SOURCES; i++)
		assert_int_equal(fx.irq[i].way, way);
}

static void test_intx_disable(void **state)
{
	(void)state;
	bring_up();
	device_raise_used(&fx.dev);
	assert_ways(PCI_IRQ_INTX);
	set_cfg(PCI_COMMAND, 2, ON | PCI_COMMAND_INTX_DISABLE);
	assert_false(pci_intx_level(&fx.pci));
	assert_ways(PCI_IRQ_KEPT);
	assert_int_equal(fx.irqs_set, SOURCES);
	set_cfg(PCI_COMMAND, 2, ON);
	assert_true(pci_intx_level(&fx.pci));
	assert_ways(PCI_IRQ_INTX);
}

/* ------------------------------------------------------------------ MSI-X */

static void set_msix(uint32_t control)
{
	struct found f = find_capabilities();

	set_cfg(f.msix + PCI_MSIX_FLAGS, 2, control);
}

/* Each source its vector, unmasked, with an address and data of its own. */
static void set_vectors(void)
{
	for (unsigned i = 0; i < SOURCES; i++) {
		set_entry(i, 0, 0xfee00000u + (i << 12));
		set_entry(i, 1, i);
		set_entry(i, 2, 0x40 + i);
		set_entry(i, 3, 0);
	}
	for (unsigned q = 0; q < NET_QUEUES; q++) {
		select_queue(q);
		wr(VIRTIO_PCI_COMMON_Q_MSIX, 2, q);
		assert_int_equal(rd(VIRTIO_PCI_COMMON_Q_MSIX, 2), q);
	}
	wr(VIRTIO_PCI_COMMON_MSIX, 2, CONFIG_SOURCE);
	assert_int_equal(rd(VIRTIO_PCI_COMMON_MSIX, 2), CONFIG_SOURCE);
}

static void assert_message(unsigned source, unsigned vector)
{
	assert_int_equal(fx.irq[source].way, PCI_IRQ_MSI);
	assert_true(fx.irq[source].address ==
		    ((uint64_t)vector << 32 | (0xfee00000u + (vector << 12))));
	assert_int_equal(fx.irq[source].data, 0x40 + vector);
}

static void test_msix_table_at_reset(void **state)
{
	(void)state;
	for (unsigned i = 0; i < SOURCES; i++) {
		for (unsigned w = 0; w < 3; w++)
			assert_int_equal(entry(i, w), 0);
		assert_int_equal(entry(i, 3), PCI_MSIX_ENTRY_CTRL_MASKBIT);
	}
	set_msix(PCI_MSIX_FLAGS_ENABLE);
	assert_ways(PCI_IRQ_NONE); /* no source has a vector */
}

static void test_msix_messages(void **state)
{
	(void)state;
	set_vectors();
	assert_ways(PCI_IRQ_INTX); /* until it is enabled */
	set_msix(PCI_MSIX_FLAGS_ENABLE);
	for (unsigned i = 0; i < SOURCES; i++)
		assert_message(i, i);
	fx.irqs_set = 0;
	set_entry(1, 2, 0x77); /* another vector of the processor's: only this source moves */
	assert_int_equal(fx.irqs_set, 1);
	assert_int_equal(fx.irq[1].data, 0x77);
	set_entry(1, 2, 0x77);
	assert_int_equal(fx.irqs_set, 1);
	set_msix(0);
	assert_ways(PCI_IRQ_INTX);
}

static void test_msix_shared_vector(void **state)
{
	(void)state;
	set_vectors();
	set_msix(PCI_MSIX_FLAGS_ENABLE);
	for (unsigned q = 0; q < NET_QUEUES; q++) {
		select_queue(q);
		wr(VIRTIO_PCI_COMMON_Q_MSIX, 2, 1);
		assert_message(q, 1);
	}
	set_entry(1, 3, 1);
	assert_int_equal(fx.irq[0].way, PCI_IRQ_KEPT);
	assert_int_equal(fx.irq[1].way, PCI_IRQ_KEPT);
	assert_message(CONFIG_SOURCE, CONFIG_SOURCE);
}

static void test_msix_masks(void **state)
{
	(void)state;
	set_vectors();
	set_msix(PCI_MSIX_FLAGS_ENABLE | PCI_MSIX_FLAGS_MASKALL);
	assert_ways(PCI_IRQ_KEPT);
	set_msix(PCI_MSIX_FLAGS_ENABLE);
	for (unsigned i = 0; i < SOURCES; i++) {
		set_entry(i, 3, ~0u);
		assert_int_equal(entry(i, 3), PCI_MSIX_ENTRY_CTRL_MASKBIT);
		assert_int_equal(fx.irq[i].way, PCI_IRQ_KEPT);
		set_entry(i, 0, 0xfee0dead); /* changed while it is masked: bits 0 and 1 are none */
		set_entry(i, 3, 0xfffffffe);
		assert_int_equal(fx.irq[i].way, PCI_IRQ_MSI);
		assert_true(fx.irq[i].address == ((uint64_t)i << 32 | 0xfee0deac));
	}
}

static void test_msix_pending(void **state)
{
	(void)state;
	set_vectors();
	set_msix(PCI_MSIX_FLAGS_ENABLE);
	fx.kept[0] = fx.kept[CONFIG_SOURCE] = true;
	assert_int_equal(pending(), 0); /* not masked: none is kept */
	set_msix(PCI_MSIX_FLAGS_ENABLE | PCI_MSIX_FLAGS_MASKALL);
	assert_int_equal(pending(), 1u << 0 | 1u << CONFIG_SOURCE);
	assert_true(pci_bar_read(&fx.pci, PCI_BAR_MSIX, PENDING, 8) == pending());
	assert_int_equal(pci_bar_read(&fx.pci, PCI_BAR_MSIX, PENDING + 4, 4), 0);
	pci_bar_write(&fx.pci, PCI_BAR_MSIX, PENDING, 4, 0); /* read-only */
	assert_int_equal(pending(), 1u << 0 | 1u << CONFIG_SOURCE);
	select_queue(0); /* with its source a vector's pending bit moves */
	wr(VIRTIO_PCI_COMMON_Q_MSIX, 2, 1);
	assert_int_equal(pending(), 1u << 1 | 1u << CONFIG_SOURCE);
	set_msix(PCI_MSIX_FLAGS_MASKALL); /* not enabled */
	assert_int_equal(pending(), 0);
	set_cfg(PCI_COMMAND, 2, ON | PCI_COMMAND_INTX_DISABLE);
	assert_int_equal(pending(), 0);
}

/* A message is a write to memory. */
static void test_msix_without_master(void **state)
{
	(void)state;
	set_vectors();
	set_msix(PCI_MSIX_FLAGS_ENABLE);
	set_cfg(PCI_COMMAND, 2, PCI_COMMAND_MEMORY);
	assert_ways(PCI_IRQ_KEPT);
	set_cfg(PCI_COMMAND, 2, ON);
	for (unsigned i = 0; i < SOURCES; i++)
		assert_message(i, i);
}

static void test_msix_wild_vectors(void **state)
{
	(void)state;
	set_vectors();
	set_msix(PCI_MSIX_FLAGS_ENABLE);
	for (uint32_t wild = SOURCES; wild <= 0xffff; wild = wild * 2 + 1) {
		select_queue(0);
		wr(VIRTIO_PCI_COMMON_Q_MSIX, 2, 0);
		wr(VIRTIO_PCI_COMMON_Q_MSIX, 2, wild);
		assert_int_equal(rd(VIRTIO_PCI_COMMON_Q_MSIX, 2), NO_VECTOR);
		assert_int_equal(fx.irq[0].way, PCI_IRQ_NONE);
		wr(VIRTIO_PCI_COMMON_MSIX, 2, 1);
		wr(VIRTIO_PCI_COMMON_MSIX, 2, wild);
		assert_int_equal(rd(VIRTIO_PCI_COMMON_MSIX, 2), NO_VECTOR);
		assert_int_equal(fx.irq[CONFIG_SOURCE].way, PCI_IRQ_NONE);
	}
	assert_message(1, 1);
	set_status(0);
	assert_ways(PCI_IRQ_NONE);
	assert_int_equal(entry(1, 2), 0x41); /* the table is not virtio's, and stays */
}

static void test_msix_table_accesses(void **state)
{
	struct fixture before;

	(void)state;
	set_vectors();
	assert_true(pci_bar_read(&fx.pci, PCI_BAR_MSIX, 16, 8) == (1ull << 32 | 0xfee01000));
	pci_bar_write(&fx.pci, PCI_BAR_MSIX, 24, 8, 1ull << 32 | 0x99);
	assert_int_equal(entry(1, 2), 0x99);
	assert_int_equal(entry(1, 3), 1);
	before = fx;
	for (uint64_t at = 0; at < PCI_MSIX_BYTES; at++)
		for (unsigned len = 0; len <= 8; len++) {
			bool good = (len == 4 || len == 8) && at % len == 0;

			if (good && at < 16ull * SOURCES)
				continue;
			if (at + len <= PCI_MSIX_BYTES)
				assert_true(pci_bar_read(&fx.pci, PCI_BAR_MSIX, at, len) == 0);
			else
				assert_true(pci_bar_read(&fx.pci, PCI_BAR_MSIX, at, len) ==
					    pci_all_ones(len));
			pci_bar_write(&fx.pci, PCI_BAR_MSIX, at, len, ~0ull);
		}
	assert_memory_equal(&before, &fx, sizeof(before));
}

/* ------------------------------------------------------------------ through the window */

static uint32_t window(void)
{
	return find_capabilities().at[VIRTIO_PCI_CAP_PCI_CFG];
}

static void point_window(uint32_t bar, uint32_t offset, uint32_t length)
{
	set_cfg(window() + VIRTIO_PCI_CAP_BAR, 1, bar);
	set_cfg(window() + VIRTIO_PCI_CAP_OFFSET, 4, offset);
	set_cfg(window() + VIRTIO_PCI_CAP_LENGTH, 4, length);
}

static uint32_t window_read(uint32_t offset, unsigned len)
{
	point_window(PCI_BAR_REGISTERS, offset, len);
	return cfg(window() + 16, len);
}

static void window_write(uint32_t offset, unsigned len, uint32_t value)
{
	point_window(PCI_BAR_REGISTERS, offset, len);
	set_cfg(window() + 16, len, value);
}

/* A driver that never touches a BAR, with memory accesses disabled. */
static void test_window_brings_up(void **state)
{
	(void)state;
	set_cfg(PCI_COMMAND, 2, PCI_COMMAND_MASTER);
	window_write(VIRTIO_PCI_COMMON_STATUS, 1, ACK | DRIVER);
	window_write(VIRTIO_PCI_COMMON_GFSELECT, 4, 1);
	window_write(VIRTIO_PCI_COMMON_GF, 4, 1);
	window_write(VIRTIO_PCI_COMMON_STATUS, 1, ACK | DRIVER | FEATURES_OK);
	window_write(VIRTIO_PCI_COMMON_Q_SELECT, 2, NET_TX);
	window_write(VIRTIO_PCI_COMMON_Q_SIZE, 2, 32);
	window_write(VIRTIO_PCI_COMMON_Q_DESCLO, 4, 0x1000);
	window_write(VIRTIO_PCI_COMMON_Q_ENABLE, 2, 1);
	window_write(VIRTIO_PCI_COMMON_STATUS, 1, UP);
	assert_int_equal(window_read(VIRTIO_PCI_COMMON_STATUS, 1), UP);
	assert_int_equal(window_read(VIRTIO_PCI_COMMON_Q_SIZE, 2), 32);
	assert_int_equal(window_read(DEVICE, 1), net_config(&fx.dev).mac[0]);
	assert_int_equal(fx.activated, 1);
	window_write(PCI_DOORBELLS + 4, 2, 1);
	assert_int_equal(fx.kicks, 1);
	device_raise_used(&fx.dev);
	assert_int_equal(window_read(ISR, 1), DEVICE_INT_USED);
	assert_int_equal(fx.dev.isr, 0);
}

static void test_window_refuses(void **state)
{
	static const struct {
		uint32_t bar, offset, length;
		unsigned len;
	} rows[] = {
		{ 0, 0, 0, 4 },	  { 0, 0, 3, 1 },  { 0, 0, 8, 4 },  { 0, 0, 0xffffffff, 4 },
		{ 0, 2, 4, 4 },	  { 0, 23, 2, 2 }, { 1, 0, 4, 4 },  { 5, 0, 4, 4 },
		{ 255, 0, 4, 4 }, { 0, 20, 1, 2 }, { 0, 20, 1, 4 }, { 0, 20, 2, 1 },
	};

	(void)state;
	set_cfg(PCI_COMMAND, 2, ON);
	set_vectors();
	bring_up();
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct fixture before;

		point_window(rows[i].bar, rows[i].offset, rows[i].length);
		before = fx;
		assert_int_equal(cfg(window() + 16, rows[i].len), 0);
		set_cfg(window() + 16, rows[i].len, 0);
		assert_memory_equal(&before, &fx, sizeof(before));
	}
	assert_int_equal(window_read(PCI_REGISTERS_BYTES, 4), ~0u); /* beyond the end */
	assert_int_equal(window_read(0xfffffffc, 4), ~0u);
	window_write(0xfffffffc, 4, 0);
	window_write(VIRTIO_PCI_COMMON_STATUS, 4, 0);
	set_cfg(window() + 17, 1, 0); /* not where its data begins */
	assert_int_equal(rd(VIRTIO_PCI_COMMON_STATUS, 1), UP);
	assert_int_equal(fx.resets, 0);
}

/* ------------------------------------------------------------------ every width at every offset */

static const unsigned widths[] = { 1, 2, 4, 8 };

static const uint64_t far_offsets[] = {
	PCI_REGISTERS_BYTES, PCI_REGISTERS_BYTES + 1, 0x10000,	      0x7fffffff,
	0x80000000ull,	     0xffffffffull,	      0x100000000ull, UINT64_MAX,
	UINT64_MAX - 1,	     UINT64_MAX - 7,	      1ull << 63,
};

static unsigned width_at(uint64_t offset)
{
	static const struct {
		uint64_t end;
		unsigned width;
	} rows[] = { { 16, 4 }, { 20, 2 }, { 22, 1 }, { 32, 2 }, { 56, 4 } };

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (offset < rows[i].end)
			return offset % rows[i].width ? 0 : rows[i].width;
	return 0;
}

static uint64_t config_bytes(uint64_t offset, unsigned len)
{
	const uint8_t *config = fx.dev.kind.config;
	uint64_t value = 0;

	if (offset + len > fx.dev.kind.config_bytes)
		return 0;
	for (unsigned i = 0; i < len; i++)
		value |= (uint64_t)config[offset + i] << 8 * i;
	return value;
}

static uint64_t read_at(uint64_t offset, unsigned len)
{
	return pci_bar_read(&fx.pci, PCI_BAR_REGISTERS, offset, len);
}

static void test_config_structure(void **state)
{
	(void)state;
	assert_int_equal(rd(VIRTIO_PCI_COMMON_CFGGENERATION, 1), 0);
	for (uint64_t offset = 0; offset < 0x1000; offset++)
		for (size_t w = 0; w < ARRAY_SIZE(widths); w++)
			assert_true(read_at(DEVICE + offset, widths[w]) ==
				    config_bytes(offset, widths[w]));
}

/* But for the ISR reading changes nothing; what is not defined reads as 0, beyond it as ones. */
static void test_reads_everywhere(void **state)
{
	struct fixture before;

	(void)state;
	bring_up();
	before = fx;
	for (uint64_t at = 0; at < PCI_REGISTERS_BYTES; at++)
		for (size_t w = 0; w < ARRAY_SIZE(widths); w++) {
			uint64_t v = read_at(at, widths[w]);

			if (at + widths[w] > PCI_REGISTERS_BYTES)
				assert_true(v == pci_all_ones(widths[w]));
			else if (v)
				assert_true(widths[w] == width_at(at) ||
					    (at >= DEVICE && at < DEVICE + 64));
		}
	for (size_t i = 0; i < ARRAY_SIZE(far_offsets); i++)
		for (size_t w = 0; w < ARRAY_SIZE(widths); w++)
			assert_true(read_at(far_offsets[i], widths[w]) == pci_all_ones(widths[w]));
	for (unsigned bar = PCI_BARS; bar < 300; bar++)
		assert_true(pci_bar_read(&fx.pci, bar, 0, 4) == 0xffffffff);
	assert_memory_equal(&before, &fx, sizeof(before));
}

static void writes_change_nothing(void)
{
	struct fixture before = fx;

	for (uint64_t at = 0; at < PCI_REGISTERS_BYTES; at++)
		for (unsigned len = 0; len <= 9; len++)
			if ((at >= COMMON + 56 || len != width_at(at)) &&
			    !(at >= PCI_DOORBELLS && at % 4 == 0 && (len == 2 || len == 4)))
				pci_bar_write(&fx.pci, PCI_BAR_REGISTERS, at, len,
					      0x0101010101010101ull);
	for (size_t i = 0; i < ARRAY_SIZE(far_offsets); i++)
		for (size_t w = 0; w < ARRAY_SIZE(widths); w++)
			pci_bar_write(&fx.pci, PCI_BAR_REGISTERS, far_offsets[i], widths[w], 0);
	for (unsigned bar = PCI_BARS; bar < 300; bar++)
		pci_bar_write(&fx.pci, bar, VIRTIO_PCI_COMMON_STATUS, 1, 0);
	assert_memory_equal(&before, &fx, sizeof(before));
}

static void test_writes_everywhere(void **state)
{
	(void)state;
	writes_change_nothing();
	negotiate(VERSION_1);
	writes_change_nothing();
	set_status(0);
	bring_up();
	device_raise_used(&fx.dev);
	writes_change_nothing();
}

/* Of a value only as many bytes count as the access has. */
static void test_values_too_wide(void **state)
{
	(void)state;
	wr(VIRTIO_PCI_COMMON_STATUS, 1, 0xffffff00u | ACK);
	assert_int_equal(fx.dev.status, ACK);
	wr(VIRTIO_PCI_COMMON_STATUS, 1, 0x100);
	assert_int_equal(fx.dev.status, 0); /* a reset */
	wr(VIRTIO_PCI_COMMON_Q_SIZE, 2, 0x10020);
	assert_int_equal(fx.dev.queue[0].at.size, 0x20);
	wr(VIRTIO_PCI_COMMON_Q_ENABLE, 2, 0x10001);
	assert_true(fx.dev.queue[0].ready);
	window_write(VIRTIO_PCI_COMMON_STATUS, 1, 0x1200u | ACK);
	assert_int_equal(fx.dev.status, ACK);
	assert_int_equal(window_read(VIRTIO_PCI_COMMON_STATUS, 1), ACK);
}

static void test_common_is_read_only(void **state)
{
	static const uint64_t at[] = { VIRTIO_PCI_COMMON_DF, VIRTIO_PCI_COMMON_NUMQ,
				       VIRTIO_PCI_COMMON_CFGGENERATION, VIRTIO_PCI_COMMON_Q_NOFF };
	struct fixture before = fx;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(at); i++)
		wr(at[i], width_at(at[i]), ~0u);
	assert_memory_equal(&before, &fx, sizeof(before));
}

static void access_anything(uint64_t *seed)
{
	uint32_t r = suite_random(seed), value = suite_random(seed);
	uint64_t at = (r & 0x700 ? 0 : r >> 28 & 3) << 12 | (r & 0x3f);
	unsigned len = width_at(r & 0x3f);

	if (r & 0x3000)
		value &= 0xff >> (value >> 28 & 7);
	switch (r >> 16 & 7) {
	case 0:
		set_cfg(r & 0xfc, 4, value);
		break;
	case 1:
		set_cfg(r & 0xff, 1u << (r >> 20 & 1), value);
		break;
	case 2:
		pci_bar_write(&fx.pci, PCI_BAR_MSIX, r & 0xffc, 4, value);
		break;
	case 3:
		set_cfg(PCI_COMMAND, 2, ON);
		break;
	case 4:
		device_raise_used(&fx.dev);
		pci_bar_read(&fx.pci, r & 1, at, r >> 24 & 15);
		break;
	default:
		wr(at, len ? len : r >> 24 & 15, value);
	}
}

static void assert_told(unsigned source)
{
	const struct pci_irq *told = &fx.irq[source], *is = &fx.pci.irq[source];

	assert_int_equal(told->way, is->way);
	assert_true(told->address == is->address);
	assert_int_equal(told->data, is->data);
}

/* Anything at all, for a while: ops stay paired and the state within its bounds. */
static void test_random_accesses(void **state)
{
	uint64_t seed = 42;

	(void)state;
	for (int i = 0; i < 100000; i++) {
		if (suite_random(&seed) % 64 == 0)
			negotiate(VERSION_1);
		if (suite_random(&seed) % 64 == 0)
			set_status(DRIVER_OK);
		access_anything(&seed);
		assert_int_equal(fx.activated - fx.resets, fx.dev.running);
		assert_true(!fx.dev.running || cfg(PCI_COMMAND, 2) & PCI_COMMAND_MASTER);
		assert_true(!fx.dev.active || fx.dev.status & DRIVER_OK);
		for (unsigned s = 0; s < SOURCES; s++)
			assert_told(s);
		assert_true(fx.doorbells == fx.pci.doorbells);
	}
	assert_true(fx.activated > 20);
}

int main(void)
{
	static struct suite s = { .setup = set_up };

	suite_add(&s, "4.1.2 vendor, device id, class, revision", test_identity, NULL);
	suite_add(&s, "4.1.4 a capability for each structure", test_capabilities, NULL);
	suite_add(&s, "4.1.5.1.2 MSI-X: a vector for each queue and the configuration",
		  test_msix_capability, NULL);
	suite_add(&s, "what of the configuration space may be written", test_config_is_read_only,
		  NULL);
	suite_add(&s, "what is no access of the configuration space", test_config_odd_accesses,
		  NULL);
	suite_add(&s, "parts of a BAR written", test_config_part_of_a_bar, NULL);
	suite_add(&s, "which addresses are decoded", test_decode, NULL);
	suite_add(&s, "none with memory accesses disabled, or without an address",
		  test_decode_wants_memory, NULL);
	suite_add(&s, "BARs that move take the doorbells along", test_bars_move, NULL);
	suite_add(&s, "4.1.4.3 features are offered in two halves", test_features_offered, NULL);
	suite_add(&s, "4.1.4.3 accepted features read back", test_features_read_back, NULL);
	suite_add(&s, "2.2.2 each feature bit: FEATURES_OK only for what was offered",
		  test_every_subset_bit, NULL);
	suite_add(&s, "6.1 without VERSION_1 FEATURES_OK does not stay", test_missing_version_1,
		  NULL);
	suite_add(&s, "3.1.1 features after FEATURES_OK, or beyond two words, are ignored",
		  test_features_after_ok, NULL);
	suite_add(&s, "3.1.1 DRIVER_OK before FEATURES_OK is refused", test_driver_ok_too_early,
		  NULL);
	suite_add(&s, "2.1.1 DRIVER_OK activates once, bits stay", test_driver_ok_once, NULL);
	suite_add(&s, "4.1.4.3 the queues' addresses arrive whole", test_activate_sees_layout,
		  NULL);
	suite_add(&s, "2.1.2 a refused layout needs a reset", test_activate_fails, NULL);
	suite_add(&s, "without bus mastering DRIVER_OK is refused", test_no_master_no_rings, NULL);
	suite_add(&s, "bus mastering taken away: the rings are let go", test_master_taken_away,
		  NULL);
	suite_add(&s, "2.4.1 reset calls the owner once and clears all", test_reset_clears_all,
		  NULL);
	suite_add(&s, "2.4.1 a thousand resets", test_reset_loop, NULL);
	suite_add(&s, "4.1.4.3 queues begin as large as they may be", test_queue_default, NULL);
	suite_add(&s, "4.1.4.3 a queue selected out of range is not there",
		  test_queue_sel_out_of_range, NULL);
	suite_add(&s, "4.1.4.3.2 an enabled queue ignores changes", test_queue_enabled_freezes,
		  NULL);
	suite_add(&s, "4.1.4.3.2 queue_enable takes 1 and nothing else", test_queue_enable_is_one,
		  NULL);
	suite_add(&s, "3.1.1 a queue can't be added after DRIVER_OK", test_queue_after_driver_ok,
		  NULL);
	suite_add(&s, "4.1.5.2 a doorbell kicks its queue, after DRIVER_OK", test_notify, NULL);
	suite_add(&s, "4.1.4.5 reading the ISR acknowledges, and INTA goes down", test_isr, NULL);
	suite_add(&s, "INTx disabled: interrupts are kept", test_intx_disable, NULL);
	suite_add(&s, "MSI-X: the table begins masked", test_msix_table_at_reset, NULL);
	suite_add(&s, "MSI-X: each source its message", test_msix_messages, NULL);
	suite_add(&s, "MSI-X: queues that share a vector", test_msix_shared_vector, NULL);
	suite_add(&s, "MSI-X: masks of vectors and of the function", test_msix_masks, NULL);
	suite_add(&s, "MSI-X: what is kept while masked is pending", test_msix_pending, NULL);
	suite_add(&s, "MSI-X: no messages without bus mastering", test_msix_without_master, NULL);
	suite_add(&s, "4.1.5.1.2 a vector that is not there is none", test_msix_wild_vectors, NULL);
	suite_add(&s, "MSI-X: every width at every offset of its BAR", test_msix_table_accesses,
		  NULL);
	suite_add(&s, "4.1.4.9 a device brought up through its configuration space",
		  test_window_brings_up, NULL);
	suite_add(&s, "4.1.4.9 accesses that the window refuses", test_window_refuses, NULL);
	suite_add(&s, "5.1.4 device configuration, every width at every offset",
		  test_config_structure, NULL);
	suite_add(&s, "reads of every width at every offset", test_reads_everywhere, NULL);
	suite_add(&s, "writes of every width at every offset", test_writes_everywhere, NULL);
	suite_add(&s, "values wider than their access are cut", test_values_too_wide, NULL);
	suite_add(&s, "4.1.4.3 read-only fields ignore writes", test_common_is_read_only, NULL);
	suite_add(&s, "random accesses keep the device consistent", test_random_accesses, NULL);
	return suite_run(&s, "pci");
}

// SPDX-License-Identifier: BSD-2-Clause
// The PCI bus: ports 0xcf8 and 0xcfc, which device an access reaches, and what nobody answers.
#include "tests/common/suite.h"

#include <linux/pci_regs.h>
#include <linux/virtio_ids.h>
#include <linux/virtio_pci.h>
#include <string.h>

#include "virtio/net.h"
#include "vmm/pci.h"

#define DEVICES 3u
#define SLOT_OF(i) ((i)*5 + 4) /* 4, 9, 14 */
#define ENABLE 0x80000000u
#define ID ((0x1040u + VIRTIO_ID_NET) << 16 | 0x1af4)

struct wired {
	struct virtio_device dev;
	struct virtio_pci pci;
	unsigned kicks;
	uint64_t doorbells;
};

static struct {
	struct pci_bus bus;
	struct wired device[DEVICES];
	struct vm_mmio window;
	struct vm_ports ports;
} fx;

static int on_activate(void *ctx)
{
	(void)ctx;
	return 0;
}

static void on_reset(void *ctx)
{
	(void)ctx;
}

static void on_kick(void *ctx, uint32_t queue)
{
	((struct wired *)ctx)->kicks += queue + 1;
}

static void on_set_irq(void *ctx, unsigned source, const struct pci_irq *irq)
{
	(void)ctx;
	(void)source;
	(void)irq;
}

static bool on_is_kept(void *ctx, unsigned source)
{
	(void)ctx;
	(void)source;
	return false;
}

static void on_set_doorbells(void *ctx, uint64_t at)
{
	((struct wired *)ctx)->doorbells = at;
}

static const struct virtio_device_ops device_ops = { on_activate, on_reset, on_kick };
static const struct virtio_pci_ops pci_ops = { on_set_irq, on_is_kept, on_set_doorbells };

static int set_up(void **state)
{
	struct virtio_device_kind net = net_device(0, 1514, 64);

	(void)state;
	memset(&fx, 0, sizeof(fx));
	pci_bus_init(&fx.bus);
	for (unsigned i = 0; i < DEVICES; i++) {
		struct wired *w = &fx.device[i];

		device_init(&w->dev, &net, &device_ops, w);
		pci_init(&w->pci, &w->dev, &pci_ops, w, pci_bus_pin(SLOT_OF(i)));
		pci_bus_add(&fx.bus, SLOT_OF(i), &w->pci);
	}
	fx.window = pci_bus_window(&fx.bus);
	fx.ports = pci_bus_ports(&fx.bus);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	pci_bus_fini(&fx.bus);
	return 0;
}

/* As a guest's in and out instructions. */
static uint32_t in(unsigned port, unsigned len)
{
	assert_true(port >= fx.ports.base &&
		    port + len <= (unsigned)fx.ports.base + fx.ports.ports);
	return fx.ports.read(fx.ports.ctx, port - fx.ports.base, len);
}

static void out(unsigned port, unsigned len, uint32_t value)
{
	assert_true(port >= fx.ports.base &&
		    port + len <= (unsigned)fx.ports.base + fx.ports.ports);
	fx.ports.write(fx.ports.ctx, port - fx.ports.base, len, value);
}

static uint32_t cfg(unsigned slot, uint32_t offset)
{
	out(0xcf8, 4, ENABLE | slot << 11 | offset);
	return in(0xcfc, 4);
}

static void set_cfg(unsigned slot, uint32_t offset, uint32_t value)
{
	out(0xcf8, 4, ENABLE | slot << 11 | offset);
	out(0xcfc, 4, value);
}

static uint64_t rd(uint64_t at, unsigned len)
{
	return fx.window.read(fx.window.ctx, at - fx.window.base.v, len);
}

static void wr(uint64_t at, unsigned len, uint64_t value)
{
	fx.window.write(fx.window.ctx, at - fx.window.base.v, len, value);
}

static bool is_slot(unsigned slot)
{
	for (unsigned i = 0; i < DEVICES; i++)
		if (slot == SLOT_OF(i))
			return true;
	return false;
}

static void test_enumeration(void **state)
{
	(void)state;
	for (unsigned slot = 0; slot < 32; slot++) {
		uint32_t id = cfg(slot, 0);

		assert_true(slot == 0 ? id != 0 && id != ~0u : id == (is_slot(slot) ? ID : ~0u));
		if (is_slot(slot))
			assert_int_equal(cfg(slot, 0x3c) & 0xffff, 0x100 | pci_bus_pin(slot));
	}
	assert_int_equal(pci_bus_pin(4), 20);
	assert_true(pci_bus_pin(31) == 23 && pci_bus_pin(8) == 16);
}

static void test_bridge(void **state)
{
	uint32_t id = cfg(0, 0);

	(void)state;
	assert_int_equal(cfg(0, PCI_CLASS_REVISION) >> 16, 0x0600);
	out(0xcf8, 4, ENABLE | PCI_CLASS_REVISION);
	assert_int_equal(in(0xcfe, 2), 0x0600);
	assert_int_equal(in(0xcff, 1), 0x06);
	for (uint32_t at = 0; at < 256; at += 4) {
		uint32_t before = cfg(0, at);

		assert_true(at == 0 || at == PCI_CLASS_REVISION || before == 0);
		set_cfg(0, at, ~0u);
		assert_int_equal(cfg(0, at), before);
	}
	assert_int_equal(cfg(0, 0), id);
}

/* Another bus, another function, or the mechanism not enabled: as where there is nothing. */
static void test_nobody_there(void **state)
{
	uint32_t address = ENABLE | SLOT_OF(0) << 11;

	(void)state;
	out(0xcf8, 4, address);
	assert_int_equal(in(0xcfc, 4), ID);
	for (unsigned bit = 8; bit < 32; bit++) {
		if ((bit >= 11 && bit < 16) || (bit >= 24 && bit < 31))
			continue; /* another slot; reserved */
		out(0xcf8, 4, address ^ 1u << bit);
		assert_int_equal(in(0xcfc, 4), ~0u);
		assert_int_equal(in(0xcfe, 2), 0xffff);
		assert_int_equal(in(0xcff, 1), 0xff);
		out(0xcfc, 4, 0);
	}
	out(0xcf8, 4, address);
	assert_int_equal(in(0xcfc, 4), ID);
}

static void test_address_port(void **state)
{
	(void)state;
	out(0xcf8, 4, ~0u);
	assert_int_equal(in(0xcf8, 4), 0x80fffffc); /* reserved bits read as 0 */
	out(0xcfb, 1, 1);			    /* not a whole word: not this port */
	out(0xcf8, 2, 0);
	out(0xcf9, 1, 6);
	out(0xcfa, 4, 0); /* across both */
	assert_int_equal(in(0xcf8, 4), 0x80fffffc);
	assert_int_equal(in(0xcf9, 1), 0xff);
	assert_int_equal(in(0xcf8, 2), 0xffff);
	assert_int_equal(in(0xcfa, 4), ~0u);
	out(0xcf8, 4, ENABLE);
	assert_int_equal(in(0xcf8, 4), ENABLE);
}

static void test_data_port_widths(void **state)
{
	(void)state;
	out(0xcf8, 4, ENABLE | SLOT_OF(1) << 11);
	assert_int_equal(in(0xcfc, 2), 0x1af4);
	assert_int_equal(in(0xcfe, 2), ID >> 16);
	assert_int_equal(in(0xcfd, 1), 0x1a);
	assert_int_equal(in(0xcfd, 2), (ID >> 8) & 0xffff);
	out(0xcf8, 4, ENABLE | SLOT_OF(1) << 11 | PCI_COMMAND);
	out(0xcfc, 2, PCI_COMMAND_MASTER);
	assert_int_equal(in(0xcfc, 2), PCI_COMMAND_MASTER);
	out(0xcfd, 1, 0xff);
	assert_int_equal(in(0xcfc, 2), PCI_COMMAND_MASTER | PCI_COMMAND_INTX_DISABLE);
}

static uint32_t base_of(unsigned i)
{
	return cfg(SLOT_OF(i), PCI_BASE_ADDRESS_0);
}

/* As firmware leaves them: apart, inside the window, decoded. */
static void test_placement(void **state)
{
	(void)state;
	assert_true(PCI_BUS_WINDOW_END <= 0xfec00000u); /* the IOAPIC */
	assert_true(fx.window.base.v + fx.window.bytes == PCI_BUS_WINDOW_END);
	for (unsigned i = 0; i < DEVICES; i++) {
		uint32_t other = cfg(SLOT_OF(i), PCI_BASE_ADDRESS_1);

		assert_true(base_of(i) >= PCI_BUS_BARS && base_of(i) < PCI_BUS_WINDOW_END);
		assert_true(other >= base_of(i) + PCI_REGISTERS_BYTES);
		assert_true(i == 0 || base_of(i) >= base_of(i - 1) + 0x100000);
		assert_true(fx.device[i].doorbells == base_of(i) + PCI_DOORBELLS);
		wr(base_of(i) + VIRTIO_PCI_COMMON_STATUS, 1, 1 + i);
		assert_int_equal(rd(base_of(i) + VIRTIO_PCI_COMMON_STATUS, 1), 1 + i);
		assert_int_equal(fx.device[i].dev.status, 1 + i);
	}
}

static void test_window_holes(void **state)
{
	static const unsigned widths[] = { 1, 2, 4, 8 };
	uint64_t end = base_of(0) + PCI_REGISTERS_BYTES + PCI_MSIX_BYTES;
	const uint64_t holes[] = { PCI_BUS_WINDOW, PCI_BUS_WINDOW_END - 8, base_of(0) - 8, end,
				   end - 1 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(holes); i++)
		for (size_t w = 0; w < ARRAY_SIZE(widths); w++) {
			if (holes[i] == end - 1 && widths[w] == 1)
				continue; /* the last byte */
			assert_true(rd(holes[i], widths[w]) == pci_all_ones(widths[w]));
			wr(holes[i], widths[w], 0);
		}
	set_cfg(SLOT_OF(0), PCI_COMMAND, 0);
	assert_true(rd(base_of(0), 4) == 0xffffffff);
	assert_true(rd(base_of(0), 8) == ~0ull);
}

/* Two that swap places, one over the other for a while; and one that is moved over the rest. */
static void test_bars_swap(void **state)
{
	uint32_t a = base_of(0), b = base_of(1);

	(void)state;
	fx.device[0].dev.status = 1;
	fx.device[1].dev.status = 2;
	set_cfg(SLOT_OF(0), PCI_BASE_ADDRESS_0, b);
	assert_int_equal(rd(b + VIRTIO_PCI_COMMON_STATUS, 1), 1);
	assert_int_equal(rd(a + VIRTIO_PCI_COMMON_STATUS, 1), 0xff);
	set_cfg(SLOT_OF(1), PCI_BASE_ADDRESS_0, a);
	assert_int_equal(rd(a + VIRTIO_PCI_COMMON_STATUS, 1), 2);
	assert_int_equal(rd(b + VIRTIO_PCI_COMMON_STATUS, 1), 1);
	assert_true(fx.device[0].doorbells == b + PCI_DOORBELLS);
	assert_true(fx.device[1].doorbells == a + PCI_DOORBELLS);
	set_cfg(SLOT_OF(0), PCI_BASE_ADDRESS_0, 0x1000); /* into what is RAM: no longer here */
	assert_int_equal(rd(b + VIRTIO_PCI_COMMON_STATUS, 1), 0xff);
}

static void test_kick(void **state)
{
	(void)state;
	for (unsigned i = 0; i < DEVICES; i++) {
		struct virtio_device *dev = &fx.device[i].dev;

		set_cfg(SLOT_OF(i), PCI_COMMAND, PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER);
		wr(base_of(i) + VIRTIO_PCI_COMMON_GFSELECT, 4, 1);
		wr(base_of(i) + VIRTIO_PCI_COMMON_GF, 4, 1);
		wr(base_of(i) + VIRTIO_PCI_COMMON_STATUS, 1, 15);
		assert_true(dev->running);
		wr(base_of(i) + PCI_DOORBELLS + PCI_DOORBELL_STRIDE, 2, 1);
		for (unsigned k = 0; k < DEVICES; k++)
			assert_int_equal(fx.device[k].kicks, k <= i ? 2 : 0);
	}
}

int main(void)
{
	static struct suite s = { .setup = set_up, .teardown = tear_down };

	suite_add(&s, "a driver finds each device in its slot", test_enumeration, NULL);
	suite_add(&s, "slot 0 is a host bridge that nothing changes", test_bridge, NULL);
	suite_add(&s, "another bus or function, or not enabled: all ones", test_nobody_there, NULL);
	suite_add(&s, "port 0xcf8 takes whole words only", test_address_port, NULL);
	suite_add(&s, "port 0xcfc takes any part of a word", test_data_port_widths, NULL);
	suite_add(&s, "BARs lie apart, below the IOAPIC", test_placement, NULL);
	suite_add(&s, "where no BAR is: all ones", test_window_holes, NULL);
	suite_add(&s, "BARs that swap places", test_bars_swap, NULL);
	suite_add(&s, "a doorbell reaches its own device", test_kick, NULL);
	return suite_run(&s, "pci_bus");
}

// SPDX-License-Identifier: BSD-2-Clause
// Fuzz target: the virtio-pci device. Input: a driver's accesses of the configuration space and of
// both BARs, of every width.
#include <linux/pci_regs.h>
#include <linux/virtio_pci.h>

#include "tests/fuzz/fuzz.h"
#include "virtio/net.h"
#include "virtio/pci.h"

#define QUEUE_MAX 256u
#define SOURCES (NET_QUEUES + 1u)
#define OK_BITS (VIRTIO_CONFIG_S_FEATURES_OK | VIRTIO_CONFIG_S_DRIVER_OK)
#define ON (PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER)
#define CAP_MSIX 0x40u
#define CAP_WINDOW 0x98u

/* The owner of rings and wires, who trusts the device to keep the order of events. */
struct owner {
	struct virtio_device dev;
	struct virtio_pci pci;
	bool active;
	bool refuses; /* the next activation fails */
	struct virtio_queue taken[NET_QUEUES];
	uint64_t features;
	struct pci_irq irq[SOURCES];
	uint64_t doorbells;
	uint8_t kept; /* a bit for each source */
};

static int on_activate(void *ctx)
{
	struct owner *o = ctx;

	CHECK(!o->active);
	CHECK(device_accepts(&o->dev, o->dev.accepted));
	CHECK((o->dev.status & OK_BITS) == OK_BITS);
	CHECK(o->pci.config[PCI_COMMAND] & PCI_COMMAND_MASTER);
	o->active = true;
	memcpy(o->taken, o->dev.queue, sizeof(o->taken));
	o->features = o->dev.accepted;
	return o->refuses ? -1 : 0;
}

static void on_reset(void *ctx)
{
	struct owner *o = ctx;

	CHECK(o->active);
	o->active = false;
}

static void on_kick(void *ctx, uint32_t queue)
{
	struct owner *o = ctx;

	CHECK(o->active && queue < NET_QUEUES);
}

static bool is_same(const struct pci_irq *a, const struct pci_irq *b)
{
	return a->way == b->way && a->address == b->address && a->data == b->data;
}

static void on_set_irq(void *ctx, unsigned source, const struct pci_irq *irq)
{
	struct owner *o = ctx;

	CHECK(source < SOURCES && !is_same(irq, &o->irq[source]));
	CHECK(irq->way == PCI_IRQ_MSI || (!irq->address && !irq->data));
	CHECK(!(irq->address & 3));
	CHECK(irq->way != PCI_IRQ_MSI || o->pci.config[PCI_COMMAND] & PCI_COMMAND_MASTER);
	o->irq[source] = *irq;
}

static bool on_is_kept(void *ctx, unsigned source)
{
	struct owner *o = ctx;

	CHECK(source < SOURCES && o->irq[source].way == PCI_IRQ_KEPT);
	return o->kept >> source & 1;
}

static void on_set_doorbells(void *ctx, uint64_t at)
{
	struct owner *o = ctx;

	CHECK(at != o->doorbells && at < 1ull << 32 && (!at || at % 0x1000 == 0));
	o->doorbells = at;
}

static const struct virtio_device_ops device_ops = { on_activate, on_reset, on_kick };
static const struct virtio_pci_ops pci_ops = { on_set_irq, on_is_kept, on_set_doorbells };

static void check(const struct owner *o)
{
	const struct virtio_device *d = &o->dev;
	uint64_t offset;
	unsigned bar;

	CHECK(d->running == o->active);
	CHECK(!d->running || o->pci.config[PCI_COMMAND] & PCI_COMMAND_MASTER);
	CHECK(!(d->status & VIRTIO_CONFIG_S_FEATURES_OK) || device_accepts(d, d->accepted));
	CHECK(!(d->status & VIRTIO_CONFIG_S_DRIVER_OK) || d->active);
	CHECK(!o->active || !memcmp(o->taken, d->queue, sizeof(o->taken)));
	CHECK(!o->active || o->features == d->accepted);
	CHECK(!o->doorbells || (pci_decode(&o->pci, o->doorbells, 2, &bar, &offset) &&
				bar == PCI_BAR_REGISTERS && offset == PCI_DOORBELLS));
	for (unsigned i = 0; i < SOURCES; i++) {
		CHECK(is_same(&o->irq[i], &o->pci.irq[i]));
		CHECK(o->pci.vector[i] < SOURCES || o->pci.vector[i] == VIRTIO_MSI_NO_VECTOR);
	}
}

/* No register but the ISR changes by being read. */
static void read_somewhere(struct owner *o, unsigned bar, uint64_t offset, unsigned len)
{
	struct owner before = *o;
	uint64_t v = pci_bar_read(&o->pci, bar, offset, len);

	CHECK(len >= 8 || !(v >> 8 * len));
	if (bar >= PCI_BARS || offset >= PCI_REGISTERS_BYTES)
		CHECK(v == pci_all_ones(len));
	o->dev.isr = before.dev.isr;
	CHECK(memcmp(&before, o, sizeof(before)) == 0);
}

static void read_config(struct owner *o, uint32_t offset, unsigned len)
{
	struct owner before = *o;
	uint32_t v = pci_config_read(&o->pci, offset, len);

	CHECK(len >= 4 || !(v >> 8 * len));
	CHECK(offset < PCI_CONFIG_BYTES || v == (uint32_t)pci_all_ones(len < 4 ? len : 4));
	CHECK(offset != PCI_VENDOR_ID || len != 2 || v == 0x1af4);
	o->dev.isr = before.dev.isr;
	CHECK(memcmp(&before, o, sizeof(before)) == 0);
}

static void set(struct owner *o, uint64_t offset, unsigned len, uint32_t value)
{
	pci_bar_write(&o->pci, PCI_BAR_REGISTERS, offset, len, value);
}

static void reset_leaves_nothing(struct owner *o)
{
	const struct virtio_device *d = &o->dev;

	set(o, VIRTIO_PCI_COMMON_STATUS, 1, 0);
	CHECK(!d->status && !d->isr && !d->active && !d->accepted && !o->active);
	CHECK(!o->pci.queue_sel && !o->pci.device_features_sel && !o->pci.driver_features_sel);
	for (unsigned i = 0; i < SOURCES; i++)
		CHECK(o->pci.vector[i] == VIRTIO_MSI_NO_VECTOR);
	for (unsigned i = 0; i < NET_QUEUES; i++) {
		const struct virtq_layout *at = &d->queue[i].at;

		CHECK(!d->queue[i].ready && at->size == QUEUE_MAX);
		CHECK(!at->desc.v && !at->driver.v && !at->device.v);
	}
}

/* What a driver does right, up to the n-th step: else few inputs would come far. */
static void go_ahead(struct owner *o, unsigned n)
{
	static const uint16_t row[][3] = {
		{ VIRTIO_PCI_COMMON_STATUS, 1, 3 },   { VIRTIO_PCI_COMMON_GFSELECT, 4, 1 },
		{ VIRTIO_PCI_COMMON_GF, 4, 1 },	      { VIRTIO_PCI_COMMON_STATUS, 1, 11 },
		{ VIRTIO_PCI_COMMON_Q_SIZE, 2, 16 },  { VIRTIO_PCI_COMMON_Q_MSIX, 2, 1 },
		{ VIRTIO_PCI_COMMON_Q_ENABLE, 2, 1 }, { VIRTIO_PCI_COMMON_STATUS, 1, 15 },
	};

	for (unsigned i = 0; i < n && i < sizeof(row) / sizeof(row[0]); i++)
		set(o, row[i][0], row[i][1], row[i][2]);
}

static void write_config(struct owner *o, uint8_t what, uint8_t reg, struct input *in)
{
	static const uint8_t places[] = { PCI_COMMAND,	   PCI_BASE_ADDRESS_0, PCI_BASE_ADDRESS_1,
					  CAP_MSIX + 2,	   CAP_WINDOW + 4,     CAP_WINDOW + 8,
					  CAP_WINDOW + 12, CAP_WINDOW + 16 };

	if (reg & 0x80)
		pci_config_write(&o->pci, places[reg & 7], 1u << (what >> 4 & 1), take16(in));
	else
		pci_config_write(&o->pci, (uint32_t)reg << 1, what >> 4 & 7, take32(in));
}

static void step(struct owner *o, struct input *in)
{
	uint8_t what = take8(in), reg = take8(in);
	uint64_t offset = (uint64_t)(what >> 6) << 12 | (reg & 0x3f), value;
	unsigned width = 1u << (what >> 4 & 3);

	switch (what & 15) {
	case 0:
		read_somewhere(o, reg >> 6, offset, width);
		return;
	case 1:
		read_somewhere(o, reg & 1, (uint64_t)take32(in) << 32 | take16(in), take8(in) % 10);
		return;
	case 2:
		o->refuses = what & 16;
		o->kept = reg & 7;
		return;
	case 3: /* the backend */
		device_raise_used(&o->dev);
		CHECK(o->dev.isr & DEVICE_INT_USED);
		return;
	case 4:
		device_need_reset(&o->dev);
		CHECK(o->dev.status & VIRTIO_CONFIG_S_NEEDS_RESET);
		return;
	case 5:
		go_ahead(o, reg % 9);
		return;
	case 6:
		reset_leaves_nothing(o);
		return;
	case 7: /* any width, any bar */
		value = take32(in);
		pci_bar_write(&o->pci, reg >> 6, offset, what >> 4, value << 32 | take32(in));
		return;
	case 8:
	case 9:
		write_config(o, what, reg, in);
		return;
	case 10:
		read_config(o, (uint32_t)take16(in), reg & 7);
		return;
	case 11: /* MSI-X's table */
		pci_bar_write(&o->pci, PCI_BAR_MSIX, reg & 0x3cu, 4, take32(in));
		return;
	case 12: /* a small value */
		set(o, offset, width & 7, what >> 4);
		return;
	default:
		set(o, offset, width & 7, take32(in));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct virtio_device_kind net = net_device(0, 1514, QUEUE_MAX);
	struct input in = { data, size };
	struct owner o;

	memset(&o, 0, sizeof(o));
	device_init(&o.dev, &net, &device_ops, &o);
	pci_init(&o.pci, &o.dev, &pci_ops, &o, 20);
	for (unsigned i = 0; i < SOURCES; i++)
		o.irq[i].way = PCI_IRQ_INTX;
	pci_config_write(&o.pci, PCI_BASE_ADDRESS_0, 4, 0xe0000000);
	pci_config_write(&o.pci, PCI_BASE_ADDRESS_1, 4, 0xe0004000);
	pci_config_write(&o.pci, PCI_COMMAND, 2, ON);
	while (more(&in)) {
		step(&o, &in);
		check(&o);
	}
	reset_leaves_nothing(&o);
	check(&o);
	CHECK(memcmp(&o.dev.kind, &net, sizeof(net)) == 0);
	return 0;
}

// SPDX-License-Identifier: BSD-2-Clause
// A modern virtio-pci device.
#include "virtio/pci.h"

#include <linux/pci_regs.h>
#include <linux/virtio_pci.h>
#include <stddef.h>
#include <string.h>

#include "tandem/shared.h"

/* 4.1.2: of modern devices. */
#define VENDOR 0x1af4u
#define DEVICE_BASE 0x1040u
#define REVISION 1u
#define CLASS_ETHERNET 0x020000u

/* The first BAR's pages. */
#define COMMON 0x0000u
#define ISR 0x1000u
#define DEVICE 0x2000u
#define PAGE_MASK 0xfffu

/* In the second: the vectors' table, and their pending bits. */
#define PENDING 0x800u

_Static_assert(PCI_SOURCES_MAX *PCI_MSIX_ENTRY_SIZE <= PENDING, "the table overlaps");
_Static_assert(DEVICE_INT_CONFIG == VIRTIO_PCI_ISR_CONFIG, "4.1.4.5: ISR status");
_Static_assert(VIRTIO_PCI_COMMON_Q_NDATA == sizeof(struct virtio_pci_common_cfg), "all of it");

/* Where in the configuration space the capabilities lie. */
enum {
	CAP_MSIX = 0x40,
	CAP_COMMON = 0x50,
	CAP_ISR = 0x60,
	CAP_DEVICE = 0x70,
	CAP_NOTIFY = 0x80,
	CAP_WINDOW = 0x98, /* 4.1.4.9: a BAR's registers through the configuration space */
	WINDOW_DATA = CAP_WINDOW + offsetof(struct virtio_pci_cfg_cap, pci_cfg_data),
};

static unsigned sources(const struct virtio_pci *p)
{
	return p->dev->kind.nqueues + 1;
}

/* ---- the configuration space ---- */

static void put(uint8_t *bytes, uint32_t offset, uint32_t value, unsigned len)
{
	memcpy(bytes + offset, &value, len);
}

static uint32_t get(const struct virtio_pci *p, uint32_t offset, unsigned len)
{
	uint32_t value = 0;

	memcpy(&value, p->config + offset, len);
	return value;
}

static bool command_has(const struct virtio_pci *p, uint32_t bit)
{
	return get(p, PCI_COMMAND, 2) & bit;
}

static uint32_t msix_control(const struct virtio_pci *p)
{
	return get(p, CAP_MSIX + PCI_MSIX_FLAGS, 2);
}

static void make_header(struct virtio_pci *p, uint8_t line)
{
	put(p->config, PCI_VENDOR_ID, VENDOR, 2);
	put(p->config, PCI_DEVICE_ID, DEVICE_BASE + p->dev->kind.id, 2);
	put(p->config, PCI_CLASS_REVISION, CLASS_ETHERNET << 8 | REVISION, 4);
	put(p->config, PCI_STATUS, PCI_STATUS_CAP_LIST, 2);
	put(p->config, PCI_SUBSYSTEM_VENDOR_ID, VENDOR, 2);
	put(p->config, PCI_SUBSYSTEM_ID, DEVICE_BASE + p->dev->kind.id, 2);
	put(p->config, PCI_CAPABILITY_LIST, CAP_MSIX, 1);
	put(p->config, PCI_INTERRUPT_LINE, line, 1);
	put(p->config, PCI_INTERRUPT_PIN, 1, 1); /* INTA */
	put(p->writable, PCI_COMMAND,
	    PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER | PCI_COMMAND_INTX_DISABLE, 2);
	put(p->writable, PCI_INTERRUPT_LINE, 0xff, 1);
	put(p->writable, PCI_BASE_ADDRESS_0, ~(PCI_REGISTERS_BYTES - 1), 4);
	put(p->writable, PCI_BASE_ADDRESS_1, ~(PCI_MSIX_BYTES - 1), 4);
}

/* Table and pending bits in the second BAR. */
static void make_msix(struct virtio_pci *p)
{
	put(p->config, CAP_MSIX, PCI_CAP_ID_MSIX | CAP_COMMON << 8, 2);
	put(p->config, CAP_MSIX + PCI_MSIX_FLAGS, sources(p) - 1, 2);
	put(p->config, CAP_MSIX + PCI_MSIX_TABLE, PCI_BAR_MSIX, 4);
	put(p->config, CAP_MSIX + PCI_MSIX_PBA, PENDING | PCI_BAR_MSIX, 4);
	put(p->writable, CAP_MSIX + PCI_MSIX_FLAGS, PCI_MSIX_FLAGS_ENABLE | PCI_MSIX_FLAGS_MASKALL,
	    2);
}

/* 4.1.4: where one of virtio's structures lies in the first BAR. */
static void make_capability(struct virtio_pci *p, uint8_t at, uint8_t next, uint8_t type,
			    uint32_t offset, uint32_t length)
{
	struct virtio_pci_cap cap = {
		.cap_vndr = PCI_CAP_ID_VNDR,
		.cap_next = next,
		.cap_len = sizeof(cap),
		.cfg_type = type,
		.bar = PCI_BAR_REGISTERS,
		.offset = offset,
		.length = length,
	};

	memcpy(p->config + at, &cap, sizeof(cap));
}

static void make_capabilities(struct virtio_pci *p)
{
	const struct virtio_device_kind *kind = &p->dev->kind;

	make_capability(p, CAP_COMMON, CAP_ISR, VIRTIO_PCI_CAP_COMMON_CFG, COMMON,
			sizeof(struct virtio_pci_common_cfg));
	make_capability(p, CAP_ISR, CAP_DEVICE, VIRTIO_PCI_CAP_ISR_CFG, ISR, 1);
	make_capability(p, CAP_DEVICE, CAP_NOTIFY, VIRTIO_PCI_CAP_DEVICE_CFG, DEVICE,
			kind->config_bytes);
	make_capability(p, CAP_NOTIFY, CAP_WINDOW, VIRTIO_PCI_CAP_NOTIFY_CFG, PCI_DOORBELLS,
			kind->nqueues * PCI_DOORBELL_STRIDE);
	put(p->config, CAP_NOTIFY + VIRTIO_PCI_CAP_LEN, sizeof(struct virtio_pci_notify_cap), 1);
	put(p->config, CAP_NOTIFY + VIRTIO_PCI_NOTIFY_CAP_MULT, PCI_DOORBELL_STRIDE, 4);
	make_capability(p, CAP_WINDOW, 0, VIRTIO_PCI_CAP_PCI_CFG, 0, 0);
	put(p->config, CAP_WINDOW + VIRTIO_PCI_CAP_LEN, sizeof(struct virtio_pci_cfg_cap), 1);
	put(p->writable, CAP_WINDOW + VIRTIO_PCI_CAP_BAR, 0xff, 1);
	put(p->writable, CAP_WINDOW + VIRTIO_PCI_CAP_OFFSET, ~0u, 4);
	put(p->writable, CAP_WINDOW + VIRTIO_PCI_CAP_LENGTH, ~0u, 4);
}

/* ---- what the owner is told ---- */

static bool is_masked(const struct virtio_pci *p, unsigned vector)
{
	return msix_control(p) & PCI_MSIX_FLAGS_MASKALL ||
	       p->table[vector].word[3] & PCI_MSIX_ENTRY_CTRL_MASKBIT ||
	       !command_has(p, PCI_COMMAND_MASTER); /* a message is a write to memory */
}

static enum pci_irq_way way_of(const struct virtio_pci *p, unsigned source)
{
	unsigned vector = p->vector[source];

	if (!(msix_control(p) & PCI_MSIX_FLAGS_ENABLE))
		return command_has(p, PCI_COMMAND_INTX_DISABLE) ? PCI_IRQ_KEPT : PCI_IRQ_INTX;
	if (vector >= sources(p))
		return PCI_IRQ_NONE;
	return is_masked(p, vector) ? PCI_IRQ_KEPT : PCI_IRQ_MSI;
}

static struct pci_irq irq_of(const struct virtio_pci *p, unsigned source)
{
	struct pci_irq irq = { .way = way_of(p, source) };
	const uint32_t *word;

	if (irq.way != PCI_IRQ_MSI)
		return irq;
	word = p->table[p->vector[source]].word;
	irq.address = (uint64_t)word[1] << 32 | word[0];
	irq.data = word[2];
	return irq;
}

static bool is_same(const struct pci_irq *a, const struct pci_irq *b)
{
	return a->way == b->way && a->address == b->address && a->data == b->data;
}

static void tell_irqs(struct virtio_pci *p)
{
	for (unsigned i = 0; i < sources(p); i++) {
		struct pci_irq irq = irq_of(p, i);

		if (is_same(&irq, &p->irq[i]))
			continue;
		p->irq[i] = irq;
		p->ops->set_irq(p->ctx, i, &irq);
	}
}

/* A BAR's address; 0: it is not decoded. */
static uint32_t bar_base(const struct virtio_pci *p, unsigned bar)
{
	if (!command_has(p, PCI_COMMAND_MEMORY))
		return 0;
	return get(p, PCI_BASE_ADDRESS_0 + 4 * bar, 4);
}

static void tell_doorbells(struct virtio_pci *p)
{
	uint64_t base = bar_base(p, PCI_BAR_REGISTERS), at = base ? base + PCI_DOORBELLS : 0;

	if (at == p->doorbells)
		return;
	p->doorbells = at;
	p->ops->set_doorbells(p->ctx, at);
}

/* It may not touch the rings any more; its driver finds out why, and has to reset it. */
static void stop_if_no_master(struct virtio_pci *p)
{
	if (command_has(p, PCI_COMMAND_MASTER) || !p->dev->running)
		return;
	for (unsigned q = 0; q < p->dev->kind.nqueues; q++)
		device_set_ready(p->dev, q, false);
	device_need_reset(p->dev);
}

/* ---- registers ---- */

/* 4.1.4.3.1: queues begin as large as they may be, without vectors. */
static void reset_registers(struct virtio_pci *p)
{
	p->device_features_sel = p->driver_features_sel = 0;
	p->queue_sel = 0;
	for (unsigned q = 0; q < p->dev->kind.nqueues; q++)
		device_layout(p->dev, q)->size = p->dev->kind.queue_size_max;
	for (unsigned i = 0; i < PCI_SOURCES_MAX; i++)
		p->vector[i] = VIRTIO_MSI_NO_VECTOR;
}

void pci_init(struct virtio_pci *p, struct virtio_device *dev, const struct virtio_pci_ops *ops,
	      void *ctx, uint8_t line)
{
	*p = (struct virtio_pci){ .dev = dev, .ops = ops, .ctx = ctx };
	make_header(p, line);
	make_msix(p);
	make_capabilities(p);
	for (unsigned i = 0; i < PCI_SOURCES_MAX; i++) {
		p->table[i].word[3] = PCI_MSIX_ENTRY_CTRL_MASKBIT;
		p->irq[i].way = PCI_IRQ_INTX;
	}
	reset_registers(p);
}

/* 4.1.3.1: the width of a field of the common structure; 0: there is none. */
static unsigned common_width(uint64_t offset)
{
	switch (offset) {
	case VIRTIO_PCI_COMMON_DFSELECT:
	case VIRTIO_PCI_COMMON_DF:
	case VIRTIO_PCI_COMMON_GFSELECT:
	case VIRTIO_PCI_COMMON_GF:
	case VIRTIO_PCI_COMMON_Q_DESCLO:
	case VIRTIO_PCI_COMMON_Q_DESCHI:
	case VIRTIO_PCI_COMMON_Q_AVAILLO:
	case VIRTIO_PCI_COMMON_Q_AVAILHI:
	case VIRTIO_PCI_COMMON_Q_USEDLO:
	case VIRTIO_PCI_COMMON_Q_USEDHI:
		return 4;
	case VIRTIO_PCI_COMMON_MSIX:
	case VIRTIO_PCI_COMMON_NUMQ:
	case VIRTIO_PCI_COMMON_Q_SELECT:
	case VIRTIO_PCI_COMMON_Q_SIZE:
	case VIRTIO_PCI_COMMON_Q_MSIX:
	case VIRTIO_PCI_COMMON_Q_ENABLE:
	case VIRTIO_PCI_COMMON_Q_NOFF:
		return 2;
	case VIRTIO_PCI_COMMON_STATUS:
	case VIRTIO_PCI_COMMON_CFGGENERATION:
		return 1;
	default:
		return 0;
	}
}

static uint32_t half(uint64_t v, uint32_t sel)
{
	return sel == 0 ? (uint32_t)v : sel == 1 ? (uint32_t)(v >> 32) : 0;
}

/* The selected queue's fields; those of a queue that is not there are 0, its vector is none. */
static uint32_t read_queue(const struct virtio_pci *p, uint64_t offset)
{
	bool there = p->queue_sel < p->dev->kind.nqueues;
	const struct virtio_queue none = { 0 }, *q = there ? &p->dev->queue[p->queue_sel] : &none;

	switch (offset) {
	case VIRTIO_PCI_COMMON_Q_SIZE:
		return q->at.size;
	case VIRTIO_PCI_COMMON_Q_MSIX:
		return there ? p->vector[p->queue_sel] : VIRTIO_MSI_NO_VECTOR;
	case VIRTIO_PCI_COMMON_Q_ENABLE:
		return q->ready;
	case VIRTIO_PCI_COMMON_Q_NOFF:
		return there ? p->queue_sel : 0;
	case VIRTIO_PCI_COMMON_Q_DESCLO:
	case VIRTIO_PCI_COMMON_Q_DESCHI:
		return half(q->at.desc.v, offset == VIRTIO_PCI_COMMON_Q_DESCHI);
	case VIRTIO_PCI_COMMON_Q_AVAILLO:
	case VIRTIO_PCI_COMMON_Q_AVAILHI:
		return half(q->at.driver.v, offset == VIRTIO_PCI_COMMON_Q_AVAILHI);
	default:
		return half(q->at.device.v, offset == VIRTIO_PCI_COMMON_Q_USEDHI);
	}
}

static uint32_t read_common(const struct virtio_pci *p, uint64_t offset)
{
	switch (offset) {
	case VIRTIO_PCI_COMMON_DFSELECT:
		return p->device_features_sel;
	case VIRTIO_PCI_COMMON_DF:
		return half(p->dev->kind.offered, p->device_features_sel);
	case VIRTIO_PCI_COMMON_GFSELECT:
		return p->driver_features_sel;
	case VIRTIO_PCI_COMMON_GF:
		return half(p->dev->accepted, p->driver_features_sel);
	case VIRTIO_PCI_COMMON_MSIX:
		return p->vector[sources(p) - 1];
	case VIRTIO_PCI_COMMON_NUMQ:
		return p->dev->kind.nqueues;
	case VIRTIO_PCI_COMMON_STATUS:
		return shared_load(&p->dev->status);
	case VIRTIO_PCI_COMMON_CFGGENERATION:
		return 0; /* the configuration never changes */
	case VIRTIO_PCI_COMMON_Q_SELECT:
		return p->queue_sel;
	default:
		return read_queue(p, offset);
	}
}

/* 4.1.4.5: reading acknowledges what was read. */
static uint32_t read_isr(struct virtio_pci *p)
{
	uint32_t isr = shared_load(&p->dev->isr);

	device_acknowledge(p->dev, isr);
	return isr;
}

static uint64_t read_registers(struct virtio_pci *p, uint64_t offset, unsigned len)
{
	uint64_t at = offset & PAGE_MASK;

	switch (offset - at) {
	case COMMON:
		return len && len == common_width(at) ? read_common(p, at) : 0;
	case ISR:
		return at == 0 && len == 1 ? read_isr(p) : 0;
	case DEVICE:
		return device_config(p->dev, at, len);
	default:
		return 0;
	}
}

/* 4.1.5.1.2: a vector that is not there is none. */
static void set_vector(struct virtio_pci *p, unsigned source, uint32_t vector)
{
	p->vector[source] = (uint16_t)(vector < sources(p) ? vector : VIRTIO_MSI_NO_VECTOR);
	tell_irqs(p);
}

static void set_half(gpa_t *a, bool high, uint32_t v)
{
	a->v = high ? (a->v & 0xffffffffull) | (uint64_t)v << 32 : (a->v & ~0xffffffffull) | v;
}

/* No changes to a queue that is in use, and none to one that is not there. */
static void write_layout(struct virtio_pci *p, uint64_t offset, uint32_t value)
{
	struct virtq_layout *at = device_layout(p->dev, p->queue_sel);

	if (!at)
		return;
	switch (offset) {
	case VIRTIO_PCI_COMMON_Q_SIZE:
		at->size = value;
		break;
	case VIRTIO_PCI_COMMON_Q_DESCLO:
	case VIRTIO_PCI_COMMON_Q_DESCHI:
		set_half(&at->desc, offset == VIRTIO_PCI_COMMON_Q_DESCHI, value);
		break;
	case VIRTIO_PCI_COMMON_Q_AVAILLO:
	case VIRTIO_PCI_COMMON_Q_AVAILHI:
		set_half(&at->driver, offset == VIRTIO_PCI_COMMON_Q_AVAILHI, value);
		break;
	case VIRTIO_PCI_COMMON_Q_USEDLO:
	case VIRTIO_PCI_COMMON_Q_USEDHI:
		set_half(&at->device, offset == VIRTIO_PCI_COMMON_Q_USEDHI, value);
		break;
	}
}

/* A reset takes selectors and vectors along. Without bus mastering nobody may touch the rings. */
static void write_status(struct virtio_pci *p, uint32_t value)
{
	if (value == 0) {
		device_set_status(p->dev, 0);
		reset_registers(p);
		tell_irqs(p);
		return;
	}
	if (!command_has(p, PCI_COMMAND_MASTER))
		value &= ~(uint32_t)VIRTIO_CONFIG_S_DRIVER_OK;
	if (value)
		device_set_status(p->dev, value);
}

static void write_common(struct virtio_pci *p, uint64_t offset, uint32_t value)
{
	switch (offset) {
	case VIRTIO_PCI_COMMON_DFSELECT:
		p->device_features_sel = value;
		break;
	case VIRTIO_PCI_COMMON_GFSELECT:
		p->driver_features_sel = value;
		break;
	case VIRTIO_PCI_COMMON_GF:
		device_accept(p->dev, p->driver_features_sel, value);
		break;
	case VIRTIO_PCI_COMMON_MSIX:
		set_vector(p, sources(p) - 1, value);
		break;
	case VIRTIO_PCI_COMMON_STATUS:
		write_status(p, value);
		break;
	case VIRTIO_PCI_COMMON_Q_SELECT:
		p->queue_sel = (uint16_t)value;
		break;
	case VIRTIO_PCI_COMMON_Q_MSIX:
		if (p->queue_sel < p->dev->kind.nqueues)
			set_vector(p, p->queue_sel, value);
		break;
	case VIRTIO_PCI_COMMON_Q_ENABLE:
		if (value == 1) /* 4.1.4.3.2: a driver may write nothing else */
			device_set_ready(p->dev, p->queue_sel, true);
		break;
	default:
		write_layout(p, offset, value);
	}
}

static void write_registers(struct virtio_pci *p, uint64_t offset, unsigned len, uint32_t value)
{
	uint64_t at = offset & PAGE_MASK;

	switch (offset - at) {
	case COMMON:
		if (len && len == common_width(at))
			write_common(p, at, value);
		break;
	case PCI_DOORBELLS: /* 4.1.5.2: which queue it is the address says */
		if (at % PCI_DOORBELL_STRIDE == 0 && (len == 2 || len == 4))
			device_kick(p->dev, (uint32_t)(at / PCI_DOORBELL_STRIDE));
		break;
	}
}

/* ---- MSI-X ---- */

static bool is_pending(const struct virtio_pci *p, unsigned vector)
{
	for (unsigned i = 0; i < sources(p); i++)
		if (p->vector[i] == vector && p->irq[i].way == PCI_IRQ_KEPT &&
		    p->ops->is_kept(p->ctx, i))
			return true;
	return false;
}

static uint32_t pending_word(const struct virtio_pci *p, uint64_t word)
{
	uint32_t bits = 0;

	for (unsigned i = 0; i < 32; i++)
		if (word * 32 + i < sources(p) && is_pending(p, (unsigned)word * 32 + i))
			bits |= 1u << i;
	return bits;
}

/* Aligned words, single or two at once; with MSI-X off nothing is pending. */
static uint32_t read_msix_word(const struct virtio_pci *p, uint64_t offset)
{
	uint64_t vector = offset / PCI_MSIX_ENTRY_SIZE;

	if (vector < sources(p))
		return p->table[vector].word[offset % PCI_MSIX_ENTRY_SIZE / 4];
	if (offset < PENDING || !(msix_control(p) & PCI_MSIX_FLAGS_ENABLE))
		return 0;
	return pending_word(p, (offset - PENDING) / 4);
}

static bool is_msix_access(uint64_t offset, unsigned len)
{
	return (len == 4 || len == 8) && offset % len == 0;
}

static uint64_t read_msix(const struct virtio_pci *p, uint64_t offset, unsigned len)
{
	uint64_t low;

	if (!is_msix_access(offset, len))
		return 0;
	low = read_msix_word(p, offset);
	return len == 4 ? low : (uint64_t)read_msix_word(p, offset + 4) << 32 | low;
}

static void write_msix_word(struct virtio_pci *p, uint64_t offset, uint32_t value)
{
	static const uint32_t writable[4] = { ~3u, ~0u, ~0u, PCI_MSIX_ENTRY_CTRL_MASKBIT };
	uint64_t vector = offset / PCI_MSIX_ENTRY_SIZE;
	unsigned word = offset % PCI_MSIX_ENTRY_SIZE / 4;

	if (vector < sources(p))
		p->table[vector].word[word] = value & writable[word];
}

static void write_msix(struct virtio_pci *p, uint64_t offset, unsigned len, uint64_t value)
{
	if (!is_msix_access(offset, len))
		return;
	write_msix_word(p, offset, (uint32_t)value);
	if (len == 8)
		write_msix_word(p, offset + 4, (uint32_t)(value >> 32));
	tell_irqs(p);
}

/* ---- accesses ---- */

static uint32_t bar_bytes(unsigned bar)
{
	return bar == PCI_BAR_REGISTERS ? PCI_REGISTERS_BYTES
	       : bar == PCI_BAR_MSIX	? PCI_MSIX_BYTES
					: 0;
}

static bool is_inside(unsigned bar, uint64_t offset, unsigned len)
{
	uint32_t bytes = bar_bytes(bar);

	return len <= 8 && offset < bytes && len <= bytes - offset;
}

bool pci_decode(const struct virtio_pci *p, uint64_t at, unsigned len, unsigned *bar,
		uint64_t *offset)
{
	for (*bar = 0; *bar < PCI_BARS; (*bar)++) {
		*offset = at - bar_base(p, *bar);
		if (bar_base(p, *bar) && is_inside(*bar, *offset, len))
			return true;
	}
	return false;
}

uint64_t pci_bar_read(struct virtio_pci *p, unsigned bar, uint64_t offset, unsigned len)
{
	if (!is_inside(bar, offset, len))
		return pci_all_ones(len);
	return bar == PCI_BAR_MSIX ? read_msix(p, offset, len) : read_registers(p, offset, len);
}

void pci_bar_write(struct virtio_pci *p, unsigned bar, uint64_t offset, unsigned len,
		   uint64_t value)
{
	if (!is_inside(bar, offset, len))
		return;
	value &= pci_all_ones(len);
	if (bar == PCI_BAR_MSIX)
		write_msix(p, offset, len, value);
	else
		write_registers(p, offset, len, (uint32_t)value);
}

static bool is_config_access(uint32_t offset, unsigned len)
{
	return offset < PCI_CONFIG_BYTES && len >= 1 && len <= 4 && offset % 4 + len <= 4;
}

/*
 * 4.1.4.9: an access of the window's data is one of the register that the window names. Any other
 * than virtio's own structures is not to be had that way.
 */
static bool is_window(const struct virtio_pci *p, uint32_t offset, unsigned len)
{
	return offset == WINDOW_DATA && (len == 1 || len == 2 || len == 4) &&
	       get(p, CAP_WINDOW + VIRTIO_PCI_CAP_LENGTH, 4) == len &&
	       get(p, CAP_WINDOW + VIRTIO_PCI_CAP_OFFSET, 4) % len == 0 &&
	       get(p, CAP_WINDOW + VIRTIO_PCI_CAP_BAR, 1) == PCI_BAR_REGISTERS;
}

uint32_t pci_config_read(struct virtio_pci *p, uint32_t offset, unsigned len)
{
	uint32_t value;

	if (!is_config_access(offset, len))
		return (uint32_t)pci_all_ones(len < 4 ? len : 4);
	if (is_window(p, offset, len))
		return (uint32_t)pci_bar_read(p, PCI_BAR_REGISTERS,
					      get(p, CAP_WINDOW + VIRTIO_PCI_CAP_OFFSET, 4), len);
	value = get(p, offset, len);
	if (offset <= PCI_STATUS && PCI_STATUS < offset + len && pci_intx_level(p))
		value |= PCI_STATUS_INTERRUPT << 8 * (PCI_STATUS - offset);
	return value;
}

void pci_config_write(struct virtio_pci *p, uint32_t offset, unsigned len, uint32_t value)
{
	if (!is_config_access(offset, len))
		return;
	if (is_window(p, offset, len)) {
		pci_bar_write(p, PCI_BAR_REGISTERS, get(p, CAP_WINDOW + VIRTIO_PCI_CAP_OFFSET, 4),
			      len, value);
		return;
	}
	for (unsigned i = 0; i < len; i++) {
		uint8_t may = p->writable[offset + i], byte = (uint8_t)(value >> 8 * i);

		p->config[offset + i] = (uint8_t)((p->config[offset + i] & ~may) | (byte & may));
	}
	stop_if_no_master(p);
	tell_doorbells(p);
	tell_irqs(p);
}

bool pci_intx_level(const struct virtio_pci *p)
{
	return shared_load(&p->dev->isr) && !command_has(p, PCI_COMMAND_INTX_DISABLE) &&
	       !(msix_control(p) & PCI_MSIX_FLAGS_ENABLE);
}

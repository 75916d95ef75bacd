// SPDX-License-Identifier: BSD-2-Clause
// The driver's way to a virtio-pci device (virtio 1.2, 4.1): found by configuration space, its
// registers in its BARs, MSI-X if the host wants it.
#include <linux/virtio_ids.h>
#include <linux/virtio_pci.h>

#include "guest.h"
#include "report.h"
#include "transport.h"

/* Configuration space (PCI Local Bus 3.0, chapter 6). */
#define ENABLE 0x80000000u
#define SLOTS 32u
#define ID 0x00
#define COMMAND 0x04
#define COMMAND_MEMORY_AND_MASTER 0x6u
#define BARS 0x10
#define CAPABILITIES 0x34
#define CAPABILITIES_MAX 48 /* as many as there is room for */
#define VENDOR_SPECIFIC 0x09
#define MSIX 0x11
#define MSIX_ENABLE 0x80000000u /* the control's bits are the word's upper half */
#define MSIX_MASK_ALL 0x40000000u

#define NET_DEVICE ((0x1040u + VIRTIO_ID_NET) << 16 | 0x1af4u)

static uint32_t config(struct guest *g, uint32_t slot, uint32_t offset)
{
	return plat_pci_read(g, ENABLE | slot << 11 | offset);
}

static void set_config(struct guest *g, uint32_t slot, uint32_t offset, uint32_t value)
{
	plat_pci_write(g, ENABLE | slot << 11 | offset, value);
}

static uint32_t find_slot(struct guest *g)
{
	uint32_t slot = 0;

	while (slot < SLOTS && config(g, slot, ID) != NET_DEVICE)
		slot++;
	if (slot == SLOTS)
		guest_fail(g, TANDEM_FAIL_DEVICE, ID, slot, NET_DEVICE, 0);
	return slot;
}

/* Whose `id` and, of virtio's own, `type` this is; 0: there is none. */
static uint32_t find_capability(struct guest *g, uint32_t slot, uint32_t id, uint32_t type)
{
	uint32_t at = config(g, slot, CAPABILITIES) & 0xfc;

	for (unsigned i = 0; i < CAPABILITIES_MAX && at; i++) {
		uint32_t word = config(g, slot, at);

		if ((word & 0xff) == id && (id != VENDOR_SPECIFIC || word >> 24 == type))
			return at;
		at = word >> 8 & 0xfc;
	}
	return 0;
}

static uint64_t bar(struct guest *g, uint32_t slot, uint32_t n)
{
	return config(g, slot, BARS + 4 * (n & 7)) & ~15u;
}

/* Where one of virtio's structures is, and of which capability. */
static uint64_t structure(struct guest *g, uint32_t slot, uint32_t type, uint32_t *capability)
{
	uint32_t at = find_capability(g, slot, VENDOR_SPECIFIC, type);

	if (!at)
		guest_fail(g, TANDEM_FAIL_DEVICE, CAPABILITIES, 0, type, 0);
	*capability = at;
	return bar(g, slot, config(g, slot, at + VIRTIO_PCI_CAP_BAR)) +
	       config(g, slot, at + VIRTIO_PCI_CAP_OFFSET);
}

static uint32_t get(struct guest *g, uint32_t offset, unsigned len)
{
	return plat_read(g, g->registers + offset, len);
}

static void set(struct guest *g, uint32_t offset, unsigned len, uint32_t value)
{
	plat_write(g, g->registers + offset, len, value);
}

/* ---- interrupts ---- */

/* A queue's vector is its number; all send the same message. */
static void set_vector(struct guest *g, uint64_t table, uint32_t vector)
{
	uint64_t entry = table + 16ull * vector;

	plat_write32(g, entry, (uint32_t)g->boot->msi_address);
	plat_write32(g, entry + 4, (uint32_t)(g->boot->msi_address >> 32));
	plat_write32(g, entry + 8, (uint32_t)g->boot->msi_data);
	plat_write32(g, entry + 12, 0); /* not masked */
}

/* All is masked until it is whole. */
static void enable_msix(struct guest *g, uint32_t slot)
{
	uint32_t at = find_capability(g, slot, MSIX, 0), where, control;

	if (!at)
		guest_fail(g, TANDEM_FAIL_DEVICE, CAPABILITIES, 0, MSIX, 0);
	control = config(g, slot, at) & ~MSIX_MASK_ALL; /* which a reset leaves as it was */
	set_config(g, slot, at, control | MSIX_ENABLE | MSIX_MASK_ALL);
	where = config(g, slot, at + 4);
	for (uint32_t queue = 0; queue < 2; queue++)
		set_vector(g, bar(g, slot, where) + (where & ~7u), queue);
	set_config(g, slot, at, control | MSIX_ENABLE);
}

/* ---- the transport ---- */

static void find(struct guest *g)
{
	uint32_t slot = find_slot(g), at;

	set_config(g, slot, COMMAND,
		   (config(g, slot, COMMAND) & 0xffff) | COMMAND_MEMORY_AND_MASTER);
	g->registers = structure(g, slot, VIRTIO_PCI_CAP_COMMON_CFG, &at);
	if (g->boot->msi_address)
		enable_msix(g, slot);
}

static uint32_t status(struct guest *g)
{
	return get(g, VIRTIO_PCI_COMMON_STATUS, 1);
}

static void set_status(struct guest *g, uint32_t value)
{
	set(g, VIRTIO_PCI_COMMON_STATUS, 1, value);
}

static uint64_t offered(struct guest *g)
{
	uint64_t low;

	set(g, VIRTIO_PCI_COMMON_DFSELECT, 4, 0);
	low = get(g, VIRTIO_PCI_COMMON_DF, 4);
	set(g, VIRTIO_PCI_COMMON_DFSELECT, 4, 1);
	return low | (uint64_t)get(g, VIRTIO_PCI_COMMON_DF, 4) << 32;
}

static void accept(struct guest *g, uint64_t features)
{
	set(g, VIRTIO_PCI_COMMON_GFSELECT, 4, 0);
	set(g, VIRTIO_PCI_COMMON_GF, 4, (uint32_t)features);
	set(g, VIRTIO_PCI_COMMON_GFSELECT, 4, 1);
	set(g, VIRTIO_PCI_COMMON_GF, 4, (uint32_t)(features >> 32));
}

static void set_address(struct guest *g, uint32_t low_register, const void *p)
{
	uint64_t at = plat_gpa(g, p);

	set(g, low_register, 4, (uint32_t)at);
	set(g, low_register + 4, 4, (uint32_t)(at >> 32));
}

static void set_queue_vector(struct guest *g, uint32_t vector)
{
	uint32_t is;

	set(g, VIRTIO_PCI_COMMON_Q_MSIX, 2, vector);
	is = get(g, VIRTIO_PCI_COMMON_Q_MSIX, 2);
	if (is != vector)
		guest_fail(g, TANDEM_FAIL_DEVICE, VIRTIO_PCI_COMMON_Q_MSIX, is, vector, 0);
}

static uint64_t doorbell(struct guest *g)
{
	uint32_t slot = find_slot(g), at, index = get(g, VIRTIO_PCI_COMMON_Q_NOFF, 2);
	uint64_t base = structure(g, slot, VIRTIO_PCI_CAP_NOTIFY_CFG, &at);

	return base + (uint64_t)index * config(g, slot, at + VIRTIO_PCI_NOTIFY_CAP_MULT);
}

static void set_queue(struct guest *g, const struct ring *r)
{
	uint32_t max;

	set(g, VIRTIO_PCI_COMMON_Q_SELECT, 2, r->queue);
	max = get(g, VIRTIO_PCI_COMMON_Q_SIZE, 2);
	if (max < r->size)
		guest_fail(g, TANDEM_FAIL_DEVICE, VIRTIO_PCI_COMMON_Q_SIZE, max, r->size, 0);
	set(g, VIRTIO_PCI_COMMON_Q_SIZE, 2, r->size);
	if (g->boot->msi_address)
		set_queue_vector(g, r->queue);
	set_address(g, VIRTIO_PCI_COMMON_Q_DESCLO, r->desc);
	set_address(g, VIRTIO_PCI_COMMON_Q_AVAILLO, r->avail);
	set_address(g, VIRTIO_PCI_COMMON_Q_USEDLO, r->used);
	set(g, VIRTIO_PCI_COMMON_Q_ENABLE, 2, 1);
	g->doorbell[r->queue & 1] = doorbell(g);
}

const struct transport transport_pci = { find, status, set_status, offered, accept, set_queue };

// SPDX-License-Identifier: BSD-2-Clause
// x86's PCI bus.
#include "vmm/pci.h"

#include <assert.h>
#include <linux/pci_regs.h>
#include <stddef.h>

/* PCI Local Bus 3.0, 3.2.2.3.2. */
#define PORT_ADDRESS 0xcf8u
#define PORTS 8u
#define DATA 4u /* from PORT_ADDRESS on */
#define ADDRESS_ENABLE (1u << 31)
#define ADDRESS_RESERVED 0x7f000003u

/* What a slot's firmware part is: room for a device's BARs, each aligned to its own size. */
#define SLOT_BYTES 0x100000u
_Static_assert(PCI_REGISTERS_BYTES % PCI_MSIX_BYTES == 0, "the second BAR follows the first");

/* A host bridge as Linux looks for to believe in the mechanism: class 0600. */
#define BRIDGE_ID (0x0008u << 16 | 0x1b36u)
#define BRIDGE_CLASS 0x06000000u

void pci_bus_init(struct pci_bus *bus)
{
	*bus = (struct pci_bus){ .lock = PTHREAD_MUTEX_INITIALIZER };
}

void pci_bus_fini(struct pci_bus *bus)
{
	pthread_mutex_destroy(&bus->lock);
}

void pci_bus_add(struct pci_bus *bus, unsigned slot, struct virtio_pci *device)
{
	uint32_t base = PCI_BUS_BARS + slot * SLOT_BYTES;

	assert(slot > 0 && slot < PCI_BUS_SLOTS && !bus->slot[slot]);
	bus->slot[slot] = device;
	pci_config_write(device, PCI_BASE_ADDRESS_0, 4, base);
	pci_config_write(device, PCI_BASE_ADDRESS_1, 4, base + PCI_REGISTERS_BYTES);
	pci_config_write(device, PCI_COMMAND, 2, PCI_COMMAND_MEMORY);
}

/* ---- configuration ---- */

/* The device that port 0xcf8 selects, by its slot; false: none, or of another bus or function. */
static bool selects(const struct pci_bus *bus, unsigned *slot)
{
	uint32_t bus_and_function = bus->address & 0x00ff0700u;

	*slot = bus->address >> 11 & (PCI_BUS_SLOTS - 1);
	return bus->address & ADDRESS_ENABLE && !bus_and_function &&
	       (*slot == 0 || bus->slot[*slot]);
}

static uint32_t read_bridge(uint32_t offset, unsigned len)
{
	uint32_t word = offset < 4			       ? BRIDGE_ID
			: (offset & ~3u) == PCI_CLASS_REVISION ? BRIDGE_CLASS
							       : 0;

	return (uint32_t)(word >> 8 * (offset % 4) & pci_all_ones(len));
}

static uint32_t read_config(struct pci_bus *bus, unsigned within, unsigned len)
{
	uint32_t offset = (bus->address & 0xfc) + within;
	unsigned slot;

	if (!selects(bus, &slot))
		return (uint32_t)pci_all_ones(len);
	return slot ? pci_config_read(bus->slot[slot], offset, len) : read_bridge(offset, len);
}

static void write_config(struct pci_bus *bus, unsigned within, unsigned len, uint32_t value)
{
	unsigned slot;

	if (selects(bus, &slot) && slot)
		pci_config_write(bus->slot[slot], (bus->address & 0xfc) + within, len, value);
}

/* Only whole words are the address's: a byte at 0xcf9 is the reset register's, of other devices. */
static uint32_t read_ports(void *ctx, unsigned offset, unsigned len)
{
	struct pci_bus *bus = ctx;
	uint32_t value = (uint32_t)pci_all_ones(len);

	pthread_mutex_lock(&bus->lock);
	if (offset >= DATA)
		value = read_config(bus, offset - DATA, len);
	else if (offset == 0 && len == 4)
		value = bus->address;
	pthread_mutex_unlock(&bus->lock);
	return value;
}

static void write_ports(void *ctx, unsigned offset, unsigned len, uint32_t value)
{
	struct pci_bus *bus = ctx;

	pthread_mutex_lock(&bus->lock);
	if (offset >= DATA)
		write_config(bus, offset - DATA, len, value);
	else if (offset == 0 && len == 4)
		bus->address = value & ~ADDRESS_RESERVED;
	pthread_mutex_unlock(&bus->lock);
}

/* ---- memory ---- */

/* Of several that were moved onto each other the first answers. */
static struct virtio_pci *device_at(struct pci_bus *bus, uint64_t at, unsigned len, unsigned *bar,
				    uint64_t *offset)
{
	for (unsigned i = 0; i < PCI_BUS_SLOTS; i++)
		if (bus->slot[i] && pci_decode(bus->slot[i], at, len, bar, offset))
			return bus->slot[i];
	return NULL;
}

static uint64_t read_window(void *ctx, uint64_t offset, unsigned len)
{
	uint64_t value = pci_all_ones(len), within;
	struct pci_bus *bus = ctx;
	struct virtio_pci *device;
	unsigned bar;

	pthread_mutex_lock(&bus->lock);
	device = device_at(bus, PCI_BUS_WINDOW + offset, len, &bar, &within);
	if (device)
		value = pci_bar_read(device, bar, within, len);
	pthread_mutex_unlock(&bus->lock);
	return value;
}

static void write_window(void *ctx, uint64_t offset, unsigned len, uint64_t value)
{
	struct pci_bus *bus = ctx;
	struct virtio_pci *device;
	uint64_t within;
	unsigned bar;

	pthread_mutex_lock(&bus->lock);
	device = device_at(bus, PCI_BUS_WINDOW + offset, len, &bar, &within);
	if (device)
		pci_bar_write(device, bar, within, len, value);
	pthread_mutex_unlock(&bus->lock);
}

struct vm_mmio pci_bus_window(struct pci_bus *bus)
{
	return (struct vm_mmio){ gpa(PCI_BUS_WINDOW), PCI_BUS_WINDOW_END - PCI_BUS_WINDOW,
				 read_window, write_window, bus };
}

struct vm_ports pci_bus_ports(struct pci_bus *bus)
{
	return (struct vm_ports){ PORT_ADDRESS, PORTS, read_ports, write_ports, bus };
}

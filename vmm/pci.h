// SPDX-License-Identifier: BSD-2-Clause
// x86's PCI bus: the configuration mechanism of ports 0xcf8 and 0xcfc, a host bridge, and virtio
// devices whose BARs may lie anywhere in one window of addresses. No ECAM, one bus.
#ifndef VMM_PCI_H
#define VMM_PCI_H

#include <pthread.h>

#include "virtio/pci.h"
#include "vmm/vm_types.h"

#define PCI_BUS_SLOTS 32u /* slot 0 is the host bridge */

/* Where devices may be found, below the IOAPIC; firmware's part of it, where BARs begin. */
#define PCI_BUS_WINDOW 0xc0000000u
#define PCI_BUS_WINDOW_END 0xfec00000u
#define PCI_BUS_BARS 0xe0000000u

/*
 * Where INTA of a slot goes: a pin of the IOAPIC, and the GSI of the same number. Slots 0 to 7 have
 * pins 16 to 23, 8 to 15 the same ones again. Edge-triggered, active high: an irqfd raises and
 * lowers a pin at once, which a level-triggered one might miss. So an MP table says for slot n:
 * source bus PCI, source IRQ n << 2 (INTA), pin pci_bus_pin(n), flags 0x5.
 */
static inline uint8_t pci_bus_pin(unsigned slot)
{
	return (uint8_t)(16 + slot % 8);
}

/* Any thread: several vCPUs' accesses come one after the other. */
struct pci_bus {
	pthread_mutex_t lock;
	uint32_t address; /* port 0xcf8 */
	struct virtio_pci *slot[PCI_BUS_SLOTS];
};

/* Control thread. A bus without devices. */
void pci_bus_init(struct pci_bus *bus);
void pci_bus_fini(struct pci_bus *bus);

/*
 * Control thread, before the guest starts: the device into a free slot other than 0, its BARs
 * where firmware would put them, memory accesses enabled. It was made with pci_bus_pin(slot) as
 * its line.
 */
void pci_bus_add(struct pci_bus *bus, unsigned slot, struct virtio_pci *device);

/*
 * For struct vm_config: the addresses, behind those windows that lie in them; the ports, behind
 * whoever has 0xcf9.
 */
struct vm_mmio pci_bus_window(struct pci_bus *bus);
struct vm_ports pci_bus_ports(struct pci_bus *bus);

#endif

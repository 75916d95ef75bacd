// SPDX-License-Identifier: BSD-2-Clause
// One guest's network device on a PCI bus: its wires to the machine.
#ifndef PAIR_NIC_H
#define PAIR_NIC_H

#include "pair/machine.h"
#include "virtio/net.h"
#include "vmm/pci.h"

/* INTA of this slot is the pin that vm_add_irq() programs for the bundled guest. */
#define NIC_SLOT 4u

struct nic {
	struct pci_bus bus;
	struct virtio_pci pci;
	struct vm_line line[PCI_SOURCES_MAX];
	int kick_fd[NET_QUEUES]; /* the caller's */
	uint64_t doorbells;	 /* where they are; 0: nowhere */
	struct machine *machine;
};

/*
 * Control thread: a bus with the device on it. The eventfds stay the caller's: of its kicks, and of
 * each queue's interrupts. nic_fini() accepts one that was never made (all zeros).
 */
void nic_init(struct nic *n, struct virtio_device *dev, const int kick_fd[NET_QUEUES],
	      const int call_fd[NET_QUEUES]);
void nic_fini(struct nic *n);

/* Control thread: adds what it has to a machine that is still to be made. */
void nic_wire(struct nic *n, struct machine_config *config);

/* Control thread: the machine is made, the guest not started. */
void nic_plug(struct nic *n, struct machine *machine);

#endif

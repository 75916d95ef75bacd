// SPDX-License-Identifier: BSD-2-Clause
// One guest's network device on a PCI bus.
#include "pair/nic.h"

static void set_irq(void *ctx, unsigned source, const struct pci_irq *irq)
{
	struct nic *n = ctx;

	if (n->line[source].fd >= 0)
		machine_set_line(n->machine, &n->line[source], irq);
}

static bool is_kept(void *ctx, unsigned source)
{
	return vm_line_keeps(&((struct nic *)ctx)->line[source]);
}

static uint64_t doorbell(uint64_t doorbells, unsigned queue)
{
	return doorbells ? doorbells + (uint64_t)queue * PCI_DOORBELL_STRIDE : 0;
}

/* Outside the bus's window nothing of it is decoded. */
static void set_doorbells(void *ctx, uint64_t at)
{
	struct nic *n = ctx;

	if (at < PCI_BUS_WINDOW || at >= PCI_BUS_WINDOW_END)
		at = 0;
	for (unsigned q = 0; q < NET_QUEUES; q++)
		machine_move_doorbell(n->machine, q, n->kick_fd[q], doorbell(n->doorbells, q),
				      doorbell(at, q));
	n->doorbells = at;
}

static const struct virtio_pci_ops ops = { set_irq, is_kept, set_doorbells };

void nic_init(struct nic *n, struct virtio_device *dev, const int kick_fd[NET_QUEUES],
	      const int call_fd[NET_QUEUES])
{
	*n = (struct nic){ 0 };
	for (unsigned i = 0; i < PCI_SOURCES_MAX; i++)
		n->line[i] = vm_line_none();
	for (unsigned q = 0; q < NET_QUEUES; q++) {
		n->line[q].fd = call_fd[q];
		n->line[q].pin = pci_bus_pin(NIC_SLOT);
		n->kick_fd[q] = kick_fd[q];
	}
	pci_bus_init(&n->bus);
	pci_init(&n->pci, dev, &ops, n, pci_bus_pin(NIC_SLOT));
}

void nic_fini(struct nic *n)
{
	if (n->pci.dev)
		pci_bus_fini(&n->bus);
}

void nic_wire(struct nic *n, struct machine_config *config)
{
	config->window[config->nwindows++] = pci_bus_window(&n->bus);
	config->ports[config->nports++] = pci_bus_ports(&n->bus);
	config->has_lines = true;
}

/* A device begins with INTx. */
void nic_plug(struct nic *n, struct machine *machine)
{
	const struct pci_irq intx = { .way = PCI_IRQ_INTX };

	n->machine = machine;
	for (unsigned q = 0; q < NET_QUEUES; q++)
		set_irq(n, q, &intx);
	pci_bus_add(&n->bus, NIC_SLOT, &n->pci);
}

// SPDX-License-Identifier: BSD-2-Clause
// An interrupt that the guest may route anew while it runs.
#include "vmm/lines.h"

#include "lib/fd.h"
#include "vmm/vm.h"

struct vm_line vm_line_none(void)
{
	return (struct vm_line){ .fd = -1, .pin = -1, .msi = -1, .raises = -1 };
}

/* What came while all was to be forgotten is, once it is not any more. */
static void forget(struct vm_line *line, enum pci_irq_way way)
{
	if (line->drops && way != PCI_IRQ_NONE)
		fd_take(line->fd);
	line->drops = way == PCI_IRQ_NONE;
}

bool vm_line_opens(struct vm_line *line, const struct pci_irq *irq)
{
	bool opens = irq->way == PCI_IRQ_MSI || irq->way == PCI_IRQ_INTX;

	forget(line, irq->way);
	line->raises = opens ? 0 : -1;
	return opens;
}

/* The GSI that is to be raised, or -errno. */
static int set_message(struct vm *vm, struct vm_line *line, const struct pci_irq *irq)
{
	if (line->msi < 0) {
		line->msi = vm_add_msi(vm, irq->address, irq->data);
		return line->msi;
	}
	return vm_set_msi(vm, line->msi, irq->address, irq->data) < 0 ? -1 : line->msi;
}

int vm_line_set(struct vm *vm, struct vm_line *line, const struct pci_irq *irq)
{
	int to = irq->way == PCI_IRQ_MSI    ? set_message(vm, line, irq)
		 : irq->way == PCI_IRQ_INTX ? line->pin
					    : -1;
	int err = 0;

	forget(line, irq->way);
	if (to == line->raises)
		return 0;
	if (line->raises >= 0)
		vm_irqfd_off(vm, line->raises, line->fd);
	if (to >= 0)
		err = vm_irqfd(vm, to, line->fd);
	line->raises = to >= 0 && err >= 0 ? to : -1;
	return err < 0 ? err : 0;
}

bool vm_line_keeps(const struct vm_line *line)
{
	return line->fd >= 0 && line->raises < 0 && !line->drops && fd_wait(line->fd, 0);
}

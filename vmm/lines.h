// SPDX-License-Identifier: BSD-2-Clause
// An interrupt that the guest may route anew while it runs: a pin, a message, or kept for later.
#ifndef VMM_LINES_H
#define VMM_LINES_H

#include <stdbool.h>

#include "virtio/pci.h"

struct vm;

/*
 * One source of a device's. While no irqfd takes its eventfd's count, that is what is kept of its
 * interrupts: KVM delivers it when the irqfd comes. The thread whose access routes it owns it.
 */
struct vm_line {
	int fd;	    /* an eventfd of the caller's; -1: this source has no interrupts */
	int pin;    /* a GSI, for INTx */
	int msi;    /* a GSI of its own, for messages; -1: not yet */
	int raises; /* one of them, at the moment; -1: none */
	bool drops; /* what comes is forgotten */
};

struct vm_line vm_line_none(void);

/* A driver's thread: from now on it goes that way. 0 or -errno (logged). */
int vm_line_set(struct vm *vm, struct vm_line *line, const struct pci_irq *irq);

/*
 * The same for whoever has no KVM: what is there of it, and whether interrupts get through from
 * now on.
 */
bool vm_line_opens(struct vm_line *line, const struct pci_irq *irq);

/* A driver's thread: is an interrupt kept? */
bool vm_line_keeps(const struct vm_line *line);

#endif

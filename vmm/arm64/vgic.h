// SPDX-License-Identifier: BSD-2-Clause
// The VM's in-kernel interrupt controller, a GICv3.
#ifndef VMM_ARM64_VGIC_H
#define VMM_ARM64_VGIC_H

struct vm;

/* Once all vCPUs are there, and before any irqfd. 0 or -errno (logged). */
int vgic_create(struct vm *vm);

#endif

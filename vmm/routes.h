// SPDX-License-Identifier: BSD-2-Clause
// The table that says what an interrupt line (GSI) of a VM does when it is raised.
#ifndef VMM_ROUTES_H
#define VMM_ROUTES_H

#include <linux/kvm.h>
#include <stdint.h>

struct vm;

/*
 * Control thread: adds a route, or replaces that of its GSI, and gives KVM the whole table, which
 * replaces the routes that the VM was born with. 0 or -errno (logged).
 */
int routes_set(struct vm *vm, const struct kvm_irq_routing_entry *route);

/* An MSI's route, of the given GSI. */
struct kvm_irq_routing_entry routes_msi(uint32_t gsi, uint64_t address, uint32_t data);

#endif

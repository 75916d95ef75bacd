// SPDX-License-Identifier: BSD-2-Clause
// The table that says what an interrupt line (GSI) of a VM does when it is raised.
#ifndef VMM_ROUTES_H
#define VMM_ROUTES_H

#include <linux/kvm.h>
#include <stdint.h>

#define ROUTES_MAX 64u

/* As KVM_SET_GSI_ROUTING takes it. */
struct routes {
	struct kvm_irq_routing head;
	struct kvm_irq_routing_entry entry[ROUTES_MAX];
};

/* Adds a route, or replaces that of its GSI. 0, or -ENOSPC. */
int routes_put(struct routes *r, const struct kvm_irq_routing_entry *route);

/* An MSI's route, of the given GSI. */
struct kvm_irq_routing_entry routes_msi(uint32_t gsi, uint64_t address, uint32_t data);

#endif

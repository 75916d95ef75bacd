// SPDX-License-Identifier: BSD-2-Clause
// A VM's interrupt routes.
#include "vmm/routes.h"

#include <errno.h>
#include <stddef.h>

static struct kvm_irq_routing_entry *find(struct routes *r, uint32_t gsi)
{
	for (uint32_t i = 0; i < r->head.nr; i++)
		if (r->entry[i].gsi == gsi)
			return &r->entry[i];
	return r->head.nr < ROUTES_MAX ? &r->entry[r->head.nr++] : NULL;
}

int routes_put(struct routes *r, const struct kvm_irq_routing_entry *route)
{
	struct kvm_irq_routing_entry *e = find(r, route->gsi);

	if (!e)
		return -ENOSPC;
	*e = *route;
	return 0;
}

struct kvm_irq_routing_entry routes_msi(uint32_t gsi, uint64_t address, uint32_t data)
{
	return (struct kvm_irq_routing_entry){
		.gsi = gsi,
		.type = KVM_IRQ_ROUTING_MSI,
		.u.msi = { .address_lo = (uint32_t)address,
			   .address_hi = (uint32_t)(address >> 32),
			   .data = data },
	};
}

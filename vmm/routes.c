// SPDX-License-Identifier: BSD-2-Clause
// A VM's interrupt routes.
#include "vmm/routes.h"

#include <errno.h>
#include <stddef.h>

#include "lib/log.h"
#include "vmm/ioctl.h"
#include "vmm/state.h"

static struct kvm_irq_routing_entry *find(struct routes *r, uint32_t gsi)
{
	for (uint32_t i = 0; i < r->head.nr; i++)
		if (r->entry[i].gsi == gsi)
			return &r->entry[i];
	return r->head.nr < ROUTES_MAX ? &r->entry[r->head.nr++] : NULL;
}

int routes_set(struct vm *vm, const struct kvm_irq_routing_entry *route)
{
	struct kvm_irq_routing_entry *e = find(&vm->routes, route->gsi);
	int err;

	if (!e)
		return log_errno(-ENOSPC, "vm %s: interrupt route %u", vm->config.name, route->gsi);
	*e = *route;
	err = vm_ioctl(vm, vm->fd, KVM_SET_GSI_ROUTING, "KVM_SET_GSI_ROUTING", &vm->routes);
	return err < 0 ? err : 0;
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

// SPDX-License-Identifier: BSD-2-Clause
// x86_64: interrupt controller, MSI route, debug console port.
#include <elf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/log.h"
#include "tandem/abi.h"
#include "vmm/arch.h"
#include "vmm/ioctl.h"
#include "vmm/routes.h"

#define TSS_GPA 0xfffbd000u /* three pages KVM wants on Intel, outside RAM */
#define DEVICE_VECTOR 0x30u
#define MSI_GSI 24		/* the first above the IOAPIC's pins */
#define MSI_ADDRESS 0xfee00000u /* to APIC id 0, physical, fixed */
#define IOAPIC_PIN 20 /* and GSI 20, as in KVM's default routing; below 16 the PIC has a say, too */
#define CONSOLE_PORT 0xe9

const struct vm_layout arch_layout = {
	.ram_gpa = 0,
	.ram_max = 0xc0000000,
	.virtio_gpa = 0xd0000000,
	.ctl_gpa = 0xd0001000,
	.irq = DEVICE_VECTOR,
};

const uint16_t arch_elf_machine = EM_X86_64;

unsigned long arch_vm_type(int kvm_fd)
{
	(void)kvm_fd;
	return 0;
}

/*
 * A table that is set replaces what KVM begins with, so the pins are in it from the start: of the
 * IOAPIC, for the old PIC is not promised to anybody.
 */
static int route_pins(struct vm *vm)
{
	int err = 0;

	for (uint32_t pin = 0; pin < KVM_IOAPIC_NUM_PINS && !err; pin++) {
		struct kvm_irq_routing_entry e = {
			.gsi = pin,
			.type = KVM_IRQ_ROUTING_IRQCHIP,
			.u.irqchip = { .irqchip = KVM_IRQCHIP_IOAPIC, .pin = pin },
		};

		err = routes_set(vm, &e);
	}
	return err;
}

int arch_vm_init(struct vm *vm)
{
	int err = vm_ioctl(vm, vm->fd, KVM_SET_TSS_ADDR, "KVM_SET_TSS_ADDR", (void *)(long)TSS_GPA);

	if (err < 0)
		return err;
	err = vm_ioctl(vm, vm->fd, KVM_CREATE_IRQCHIP, "KVM_CREATE_IRQCHIP", NULL);
	return err < 0 || !vm->config.stock ? err : route_pins(vm);
}

int arch_vm_complete(struct vm *vm)
{
	(void)vm;
	return 0;
}

enum { MSI, MSI_BROADCAST, IOAPIC };

const struct vm_irq vm_irqs[] = {
	{ "msi", "an MSI to one vCPU, injected in the writer's context", false, MSI },
	{ "msi-broadcast",
	  "the same MSI to all: injected by KVM's work "
	  "item",
	  true, MSI_BROADCAST },
	{ "ioapic", "an IOAPIC pin: injected by KVM's work item", true, IOAPIC },
	{ NULL, NULL, false, 0 },
};

/* Above the IOAPIC's pins. */
int arch_next_msi(struct vm *vm)
{
	return (int)(MSI_GSI + vm->msis++);
}

static int route_msi(struct vm *vm, uint32_t destination)
{
	uint32_t gsi = (uint32_t)arch_next_msi(vm);
	struct kvm_irq_routing_entry e =
		routes_msi(gsi, MSI_ADDRESS | destination << 12, DEVICE_VECTOR);
	int err = routes_set(vm, &e);

	return err ? err : (int)gsi;
}

/*
 * The pin's redirection entry is written for the guest, as firmware would: edge, fixed, to APIC id
 * 0.
 */
static int program_ioapic(struct vm *vm)
{
	struct kvm_irqchip chip = { .chip_id = KVM_IRQCHIP_IOAPIC };
	int err = vm_ioctl(vm, vm->fd, KVM_GET_IRQCHIP, "KVM_GET_IRQCHIP", &chip);

	if (err < 0)
		return err;
	chip.chip.ioapic.redirtbl[IOAPIC_PIN].bits = DEVICE_VECTOR;
	return vm_ioctl(vm, vm->fd, KVM_SET_IRQCHIP, "KVM_SET_IRQCHIP", &chip);
}

static int route_ioapic(struct vm *vm)
{
	struct kvm_irq_routing_entry pin = {
		.gsi = IOAPIC_PIN,
		.type = KVM_IRQ_ROUTING_IRQCHIP,
		.u.irqchip = { .irqchip = KVM_IRQCHIP_IOAPIC, .pin = IOAPIC_PIN },
	};
	int err = program_ioapic(vm);

	if (err >= 0)
		err = routes_set(vm, &pin);
	return err < 0 ? err : IOAPIC_PIN;
}

int arch_route_irq(struct vm *vm, const struct vm_irq *irq)
{
	switch (irq->kind) {
	case MSI_BROADCAST:
		return route_msi(vm, 0xff);
	case IOAPIC:
		return route_ioapic(vm);
	default:
		return route_msi(vm, 0);
	}
}

bool arch_irq_message(const struct vm_irq *irq, uint64_t *address, uint32_t *data)
{
	*address = MSI_ADDRESS | (irq->kind == MSI_BROADCAST ? 0xffu << 12 : 0);
	*data = DEVICE_VECTOR;
	return irq->kind != IOAPIC;
}

const bool arch_has_pci = true;

static const struct vm_ports *find_ports(const struct vm *vm, unsigned port, unsigned len)
{
	for (unsigned i = 0; i < vm->config.nports; i++) {
		const struct vm_ports *p = &vm->config.ports[i];

		if (port >= p->base && port + len <= (unsigned)p->base + p->ports)
			return p;
	}
	return NULL;
}

static void write_port(const struct vm *vm, unsigned port, unsigned len, uint32_t value)
{
	const struct vm_ports *p = find_ports(vm, port, len);

	if (p)
		p->write(p->ctx, port - p->base, len, value);
	else if (port == CONSOLE_PORT && len == 1 && vm->config.console)
		vm->config.console(vm->config.console_ctx, (char)value);
}

static uint32_t read_port(const struct vm *vm, unsigned port, unsigned len)
{
	const struct vm_ports *p = find_ports(vm, port, len);

	return p ? p->read(p->ctx, port - p->base, len) : ~0u;
}

/* A string instruction's accesses come at once. */
bool arch_handle_exit(struct vcpu *vcpu)
{
	struct kvm_run *run = vcpu->run;
	uint8_t *data = (uint8_t *)run + run->io.data_offset;
	unsigned len = run->io.size;

	if (run->exit_reason != KVM_EXIT_IO)
		return false;
	vcpu->exits.io++;
	for (uint32_t i = 0; i < run->io.count; i++, data += len) {
		uint32_t value = 0;

		if (run->io.direction == KVM_EXIT_IO_OUT) {
			memcpy(&value, data, len);
			write_port(vcpu->vm, run->io.port, len, value);
		} else {
			value = read_port(vcpu->vm, run->io.port, len);
			memcpy(data, &value, len);
		}
	}
	return true;
}

uint64_t arch_pc(struct vcpu *vcpu)
{
	struct kvm_regs regs = { 0 };

	vm_ioctl(vcpu->vm, vcpu->fd, KVM_GET_REGS, "KVM_GET_REGS", &regs);
	return regs.rip;
}

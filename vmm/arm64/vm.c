// SPDX-License-Identifier: BSD-2-Clause
// arm64: layout, size of the address space, the host's counter, the SPI's route.
#include <elf.h>
#include <errno.h>
#include <stddef.h>
#include <sys/ioctl.h>

#include "lib/log.h"
#include "vmm/arch.h"
#include "vmm/arm64/vgic.h"
#include "vmm/ioctl.h"

#define SPI_BASE 32u /* INTID of SPI 0 */
#define DEVICE_SPI 16u
#define IPA_BITS_DEFAULT 40 /* of VM type 0 */

/* KVM_ARM_SET_COUNTER_OFFSET came with Linux 6.4, later than some headers tandem is built with. */
#ifndef KVM_CAP_COUNTER_OFFSET
#define KVM_CAP_COUNTER_OFFSET 227
#endif
struct counter_offset {
	uint64_t offset;
	uint64_t reserved;
};
#define SET_COUNTER_OFFSET _IOW(KVMIO, 0xb5, struct counter_offset)

const struct vm_layout arch_layout = {
	.ram_gpa = 0x40000000,
	.ram_max = 0xc0000000, /* to 4 GiB: an address space of 32 bits is the least there is */
	.virtio_gpa = 0x0a000000,
	.ctl_gpa = 0x0a001000,
	.intc_gpa = { 0x08000000, 0x080a0000 },
	.irq = SPI_BASE + DEVICE_SPI,
};

const uint16_t arch_elf_machine = EM_AARCH64;

/* Processors with less than 40 bits of physical address refuse the default type. */
unsigned long arch_vm_type(int kvm_fd)
{
	int bits =
		vm_ioctl_again(kvm_fd, KVM_CHECK_EXTENSION, (void *)(long)KVM_CAP_ARM_VM_IPA_SIZE);

	if (bits <= 0 || bits >= IPA_BITS_DEFAULT)
		return 0;
	return KVM_VM_TYPE_ARM_IPA_SIZE((unsigned long)bits);
}

/*
 * Stamps of host and guest are subtracted from each other: the guest's counter must be the host's.
 * The older way, writing KVM_REG_ARM_TIMER_CNT, is off by the time the system call takes.
 */
static int share_clock(struct vm *vm)
{
	struct counter_offset zero = { 0 };

	if (vm_ioctl_again(vm->fd, KVM_CHECK_EXTENSION, (void *)(long)KVM_CAP_COUNTER_OFFSET) <=
	    0) {
		log_error("vm %s: KVM_CAP_COUNTER_OFFSET is missing: the guest's clock cannot be "
			  "made the host's; Linux 6.4 or later is needed, or use --accel=thread",
			  vm->config.name);
		return -ENOSYS;
	}
	return vm_ioctl(vm, vm->fd, SET_COUNTER_OFFSET, "KVM_ARM_SET_COUNTER_OFFSET", &zero);
}

int arch_vm_init(struct vm *vm)
{
	return share_clock(vm);
}

int arch_vm_complete(struct vm *vm)
{
	return vgic_create(vm);
}

/* KVM routes GSI n to SPI n from the start. */
const struct vm_irq vm_irqs[] = {
	{ "spi", "an edge-triggered SPI, injected in the writer's context", false, 0 },
	{ NULL, NULL, false, 0 },
};

int arch_route_irq(struct vm *vm, const struct vm_irq *irq)
{
	(void)vm;
	(void)irq;
	return DEVICE_SPI;
}

/* MSIs go through an ITS, which this VM does not have. */
int arch_next_msi(struct vm *vm)
{
	log_error("vm %s: there are no MSIs without an ITS", vm->config.name);
	return -ENOSYS;
}

bool arch_irq_message(const struct vm_irq *irq, uint64_t *address, uint32_t *data)
{
	(void)irq;
	(void)address;
	(void)data;
	return false;
}

const bool arch_has_pci = false;

bool arch_handle_exit(struct vcpu *vcpu)
{
	(void)vcpu;
	return false; /* no ports here; PSCI calls are system events, which the shared loop knows */
}

uint64_t arch_pc(struct vcpu *vcpu)
{
	uint64_t pc = 0;
	struct kvm_one_reg reg = {
		.id = KVM_REG_ARM64 | KVM_REG_SIZE_U64 | KVM_REG_ARM_CORE |
		      KVM_REG_ARM_CORE_REG(regs.pc),
		.addr = (uint64_t)&pc,
	};

	vm_ioctl(vcpu->vm, vcpu->fd, KVM_GET_ONE_REG, "KVM_GET_ONE_REG", &reg);
	return pc;
}

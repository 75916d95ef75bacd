// SPDX-License-Identifier: BSD-2-Clause
// arm64: a vCPU that starts at EL1 on an identity map, with MMU and caches on.
#include <errno.h>
#include <stddef.h>

#include "lib/log.h"
#include "tandem/abi.h"
#include "vmm/arch.h"
#include "vmm/ioctl.h"

#define CORE_REG(name) \
	(KVM_REG_ARM64 | KVM_REG_SIZE_U64 | KVM_REG_ARM_CORE | KVM_REG_ARM_CORE_REG(name))
#define SCTLR_EL1 ARM64_SYS_REG(3, 0, 1, 0, 0)
#define TTBR0_EL1 ARM64_SYS_REG(3, 0, 2, 0, 0)
#define TCR_EL1 ARM64_SYS_REG(3, 0, 2, 0, 2)
#define MAIR_EL1 ARM64_SYS_REG(3, 0, 10, 2, 0)

#define PSTATE_EL1H_MASKED 0x3c5ull /* EL1 with its own stack pointer; D, A, I, F set */

#define SCTLR_RES1 0x30d00800ull /* the bits that are 1 before ARMv8.1; exceptions synchronize */
#define SCTLR_MMU 0x1ull
#define SCTLR_DATA_CACHE 0x4ull
#define SCTLR_STACK_ALIGNED 0x8ull
#define SCTLR_CODE_CACHE 0x1000ull

#define TCR_32_BITS 32ull /* T0SZ; with 4 KiB granules the walk starts at the 1 GiB level */
#define TCR_WALKS_CACHED (1ull << 8 | 1ull << 10) /* inner and outer: write-back */
#define TCR_WALKS_INNER_SHAREABLE (3ull << 12)
#define TCR_NO_TTBR1 (1ull << 23)

#define MAIR_DEVICE 0x04ull	   /* attribute 0: nGnRE */
#define MAIR_NORMAL (0xffull << 8) /* attribute 1: write-back, allocating */

#define BLOCK 0x1ull
#define BLOCK_ATTRIBUTE(n) ((uint64_t)(n) << 2)
#define BLOCK_INNER_SHAREABLE (3ull << 8)
#define BLOCK_ACCESSED (1ull << 10)
#define BLOCK_NO_EXECUTE (3ull << 53) /* PXN, UXN */
#define BLOCK_DEVICE (BLOCK | BLOCK_ATTRIBUTE(0) | BLOCK_ACCESSED | BLOCK_NO_EXECUTE)
#define BLOCK_RAM (BLOCK | BLOCK_ATTRIBUTE(1) | BLOCK_INNER_SHAREABLE | BLOCK_ACCESSED)
#define GIB (1ull << 30)

int arch_vcpu_init(struct vcpu *vcpu)
{
	struct kvm_vcpu_init init = { 0 };
	struct vm *vm = vcpu->vm;
	int err = vm_ioctl(vm, vm->fd, KVM_ARM_PREFERRED_TARGET, "KVM_ARM_PREFERRED_TARGET", &init);

	if (err < 0)
		return err;
	init.features[0] |= 1u << KVM_ARM_VCPU_PSCI_0_2;
	if (vcpu->index) /* the guest starts it by PSCI's CPU_ON */
		init.features[0] |= 1u << KVM_ARM_VCPU_POWER_OFF;
	err = vm_ioctl(vm, vcpu->fd, KVM_ARM_VCPU_INIT, "KVM_ARM_VCPU_INIT", &init);
	return err < 0 ? err : 0;
}

/* The first 4 GiB, one to one, in 1 GiB blocks: devices in the first, RAM above. */
static void write_page_table(uint64_t *table)
{
	table[0] = BLOCK_DEVICE;
	for (uint64_t i = 1; i < 4; i++)
		table[i] = i * GIB | BLOCK_RAM;
}

/*
 * The guest begins with MMU and caches on. Had it to turn them on itself, its first accesses would
 * go past the caches that hold what the host wrote, and both would have to clean and invalidate.
 * What the hardware itself asks for on a page's first mapping, KVM does.
 */
static int set_registers(struct vcpu *vcpu, uint64_t entry, uint64_t table)
{
	const uint64_t base = vcpu->vm->config.mem->base;
	const struct {
		uint64_t id;
		const char *name;
		uint64_t value;
	} regs[] = {
		{ MAIR_EL1, "MAIR_EL1", MAIR_DEVICE | MAIR_NORMAL },
		{ TCR_EL1, "TCR_EL1",
		  TCR_32_BITS | TCR_WALKS_CACHED | TCR_WALKS_INNER_SHAREABLE | TCR_NO_TTBR1 },
		{ TTBR0_EL1, "TTBR0_EL1", table },
		{ SCTLR_EL1, "SCTLR_EL1",
		  SCTLR_RES1 | SCTLR_MMU | SCTLR_DATA_CACHE | SCTLR_STACK_ALIGNED |
			  SCTLR_CODE_CACHE },
		{ CORE_REG(regs.pstate), "pstate", PSTATE_EL1H_MASKED },
		{ CORE_REG(regs.pc), "pc", entry },
		{ CORE_REG(sp_el1), "sp", base + TANDEM_STACK_OFFSET },
		{ CORE_REG(regs.regs[0]), "x0", base + TANDEM_BOOT_OFFSET },
	};

	for (size_t i = 0; i < sizeof(regs) / sizeof(regs[0]); i++) {
		uint64_t value = regs[i].value;
		struct kvm_one_reg reg = { .id = regs[i].id, .addr = (uint64_t)&value };
		int err = vm_ioctl(vcpu->vm, vcpu->fd, KVM_SET_ONE_REG, regs[i].name, &reg);

		if (err < 0)
			return err;
	}
	return 0;
}

bool arch_takes_faults(struct vcpu *vcpu)
{
	(void)vcpu;
	return false;
}

int arch_vcpu_enter_at(struct vcpu *vcpu, gpa_t entry)
{
	const struct gmem *m = vcpu->vm->config.mem;
	uint64_t at = m->base + TANDEM_TABLES_OFFSET;
	uint64_t *table = gmem_ptr(m, gpa(at), TANDEM_TABLES_BYTES);

	if (vcpu->index)
		return 0;
	if (!table)
		return log_errno(-EINVAL, "vm %s: guest memory is too small for page tables",
				 vcpu->vm->config.name);
	write_page_table(table);
	return set_registers(vcpu, entry.v, at);
}

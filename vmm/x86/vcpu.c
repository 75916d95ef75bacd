// SPDX-License-Identifier: BSD-2-Clause
// x86_64: a vCPU that starts in long mode on an identity map, with the host's TSC.
#include <errno.h>
#include <sys/ioctl.h>

#include "lib/log.h"
#include "tandem/abi.h"
#include "tandem/shared.h"
#include "vmm/arch.h"
#include "vmm/ioctl.h"
#include "vmm/x86/cpuid.h"

#define CR0_PE 0x1ull
#define CR0_NE 0x20ull
#define CR0_WP 0x10000ull
#define CR0_PG 0x80000000ull
#define CR4_PAE 0x20ull
#define EFER_LME 0x100ull
#define EFER_LMA 0x400ull
#define APIC_BASE_ENABLE 0x800ull
#define APIC_BASE_X2APIC 0x400ull
#define RFLAGS_FIXED 0x2ull

#define MSR_MTRR_DEFAULT 0x2ffu
#define MTRR_ENABLED 0x800ull
#define MTRR_WRITE_BACK 6ull
#define MSR_MISC_ENABLE 0x1a0u
#define MISC_FAST_STRINGS 1ull

#define PTE_PRESENT_WRITABLE 0x3ull
#define PTE_LARGE 0x80ull
#define LARGE_PAGE (2ull << 20)
#define PAGE 4096ull
#define PTE_ACCESSED 0x20ull
#define PTE_DIRTY 0x40ull
#define CODE_SELECTOR 0x08
#define DATA_SELECTOR 0x10
#define LINUX_CODE_SELECTOR 0x10	      /* as its boot protocol has it */
#define DESCRIPTOR_CODE 0x00af9b000000ffffull /* 64 bits */
#define DESCRIPTOR_DATA 0x00cf93000000ffffull

/*
 * Where what begins in the tables, in entries: one PML4, one PDPT, four page directories, a page
 * for the GDT.
 */
enum { PML4 = 0, PDPT = 512, PD = 1024, GDT = 3072, TABLE_ENTRIES = 3584 };

#define DOUBLE_FAULT 8
#define PAGE_FAULT 14
#define GATE_FIXED 0x0000ffffffff0000ull /* all of the first half but the handler's address */
#define GATE_INTERRUPT (0x8e00ull << 32 | CODE_SELECTOR << 16)

_Static_assert(TABLE_ENTRIES * 8ull <= TANDEM_X86_IDT_OFFSET - TANDEM_TABLES_OFFSET,
	       "IDT overlaps the GDT");

/* Stamps of host and guest are subtracted from each other: the guest's TSC must be the host's. */
static int share_clock(struct vcpu *vcpu)
{
	uint64_t offset = 0;
	struct kvm_device_attr attr = {
		.group = KVM_VCPU_TSC_CTRL,
		.attr = KVM_VCPU_TSC_OFFSET,
		.addr = (uint64_t)&offset,
	};

	if (vm_ioctl_again(vcpu->fd, KVM_SET_DEVICE_ATTR, &attr) < 0 ||
	    (offset = 1, vm_ioctl_again(vcpu->fd, KVM_GET_DEVICE_ATTR, &attr) < 0) || offset != 0) {
		log_error("vm %s: KVM_VCPU_TSC_OFFSET: cannot be set to 0; Linux 5.16 or later is "
			  "needed, or use --accel=thread",
			  vcpu->vm->config.name);
		return -ENOSYS;
	}
	return 0;
}

/* What firmware leaves behind: undescribed memory is write-back, string moves are fast. */
static int set_firmware_msrs(struct vcpu *vcpu)
{
	struct {
		struct kvm_msrs head;
		struct kvm_msr_entry entry[2];
	} msrs = {
		.head.nmsrs = 2,
		.entry = { { .index = MSR_MTRR_DEFAULT, .data = MTRR_ENABLED | MTRR_WRITE_BACK },
			   { .index = MSR_MISC_ENABLE, .data = MISC_FAST_STRINGS } },
	};

	return vm_ioctl(vcpu->vm, vcpu->fd, KVM_SET_MSRS, "KVM_SET_MSRS", &msrs);
}

int arch_vcpu_init(struct vcpu *vcpu)
{
	int err = cpuid_set(vcpu);

	if (err >= 0)
		err = share_clock(vcpu);
	if (err >= 0 && vcpu->vm->config.stock)
		err = set_firmware_msrs(vcpu);
	return err;
}

/*
 * Entry i of the tables at `at`: the first 4 GiB, one to one, in 2 MiB pages: RAM below, devices
 * above; after them the GDT.
 */
static uint64_t table_entry(uint64_t at, unsigned i)
{
	if (i == PML4)
		return (at + PAGE) | PTE_PRESENT_WRITABLE;
	if (i >= PDPT && i < PDPT + 4)
		return (at + (2 + i - PDPT) * PAGE) | PTE_PRESENT_WRITABLE;
	if (i >= PD && i < GDT)
		return (i - PD) * LARGE_PAGE | PTE_PRESENT_WRITABLE | PTE_LARGE;
	if (i == GDT + CODE_SELECTOR / 8)
		return DESCRIPTOR_CODE;
	if (i == GDT + DATA_SELECTOR / 8)
		return DESCRIPTOR_DATA;
	return 0;
}

/* All but the bits that a processor sets as it walks them. */
static bool tables_are_whole(uint64_t *tables, uint64_t at)
{
	for (unsigned i = 0; i < TABLE_ENTRIES; i++) {
		uint64_t own = i < GDT ? PTE_ACCESSED | PTE_DIRTY : 0;

		if ((shared_load(&tables[i]) & ~own) != table_entry(at, i))
			return false;
	}
	return true;
}

/* Its handler is there. */
static bool gate_is_whole(const struct gmem *m, unsigned vector)
{
	uint64_t *gate = gmem_ptr(m, gpa(m->base + TANDEM_X86_IDT_OFFSET + 16ull * vector), 16);
	uint64_t low = shared_load(&gate[0]), high = shared_load(&gate[1]);
	uint64_t handler = high << 32 | (low >> 48) << 16 | (low & 0xffff);

	return (low & GATE_FIXED) == GATE_INTERRUPT && gmem_ptr(m, gpa(handler), 1);
}

/*
 * Whatever goes wrong, a fault can be delivered then, and KVM_EXIT_SHUTDOWN is the processor's
 * doing; unless the guest has lost its stack. From memory alone: AMD's KVM has reset the registers
 * by now.
 */
bool arch_takes_faults(struct vcpu *vcpu)
{
	const struct gmem *m = vcpu->vm->config.mem;
	uint64_t at = m->base + TANDEM_TABLES_OFFSET;
	uint64_t *tables = gmem_ptr(m, gpa(at), TANDEM_TABLES_BYTES);

	return !vcpu->vm->config.stock && tables && tables_are_whole(tables, at) &&
	       gate_is_whole(m, DOUBLE_FAULT) && gate_is_whole(m, PAGE_FAULT);
}

/* The data segment's descriptor is the one behind the code segment's. */
static void set_segments(struct kvm_sregs *s, uint64_t gdt, uint16_t selector)
{
	struct kvm_segment code = {
		.limit = 0xffffffff,
		.selector = selector,
		.type = 0xb,
		.present = 1,
		.s = 1,
		.l = 1,
		.g = 1,
	};
	struct kvm_segment data = {
		.limit = 0xffffffff,
		.selector = (uint16_t)(selector + 8),
		.type = 0x3,
		.present = 1,
		.s = 1,
		.db = 1,
		.g = 1,
	};

	s->cs = code;
	s->ds = s->es = s->fs = s->gs = s->ss = data;
	s->gdt.base = gdt;
	s->gdt.limit = (uint16_t)(selector + 15);
}

/* Linux wants its interrupt controller as it is after a reset, the bundled guest in x2APIC mode. */
static int set_long_mode(struct vcpu *vcpu, uint64_t tables, uint16_t code_selector)
{
	struct kvm_sregs s;
	int err = vm_ioctl(vcpu->vm, vcpu->fd, KVM_GET_SREGS, "KVM_GET_SREGS", &s);

	if (err < 0)
		return err;
	set_segments(&s, tables + GDT * 8, code_selector);
	s.cr3 = tables;
	s.cr4 = CR4_PAE;
	s.cr0 = CR0_PE | CR0_NE | CR0_WP | CR0_PG;
	s.efer = EFER_LME | EFER_LMA;
	if (!vcpu->vm->config.stock)
		s.apic_base |= APIC_BASE_ENABLE | APIC_BASE_X2APIC;
	return vm_ioctl(vcpu->vm, vcpu->fd, KVM_SET_SREGS, "KVM_SET_SREGS", &s);
}

/* Without the INIT and SIPI that real hardware asks for: the first mode of those is not ours. */
static int make_runnable(struct vcpu *vcpu)
{
	struct kvm_mp_state state = { .mp_state = KVM_MP_STATE_RUNNABLE };

	return vm_ioctl(vcpu->vm, vcpu->fd, KVM_SET_MP_STATE, "KVM_SET_MP_STATE", &state);
}

int arch_vcpu_enter_at(struct vcpu *vcpu, gpa_t entry)
{
	const struct gmem *m = vcpu->vm->config.mem;
	uint64_t at = m->base + TANDEM_TABLES_OFFSET;
	uint64_t *tables = gmem_ptr(m, gpa(at), TANDEM_TABLES_BYTES);
	struct kvm_regs regs = {
		.rip = entry.v,
		.rsp = m->base + TANDEM_STACK_OFFSET - vcpu->index * TANDEM_STACK_BYTES,
		.rdi = m->base + TANDEM_BOOT_OFFSET,
		.rsi = vcpu->index,
		.rflags = RFLAGS_FIXED,
	};
	int err;

	if (!tables)
		return log_errno(-EINVAL, "vm %s: guest memory is too small for page tables",
				 vcpu->vm->config.name);
	for (unsigned i = 0; i < TABLE_ENTRIES; i++)
		tables[i] = table_entry(at, i);
	err = set_long_mode(vcpu, at, CODE_SELECTOR);
	if (err >= 0)
		err = vm_ioctl(vcpu->vm, vcpu->fd, KVM_SET_REGS, "KVM_SET_REGS", &regs);
	if (err >= 0 && vcpu->index)
		err = make_runnable(vcpu);
	return err < 0 ? err : 0;
}

/* The others wait until it starts them, as on real hardware. */
int arch_linux_enter(struct vcpu *vcpu, const struct linux_entry *entry)
{
	const struct gmem *m = vcpu->vm->config.mem;
	uint64_t *tables = gmem_ptr(m, entry->tables, TABLE_ENTRIES * 8);
	struct kvm_regs regs = {
		.rip = entry->code.v,
		.rsi = entry->parameters.v,
		.rflags = RFLAGS_FIXED,
	};
	int err;

	for (unsigned i = 0; i < TABLE_ENTRIES; i++)
		tables[i] = table_entry(entry->tables.v, i);
	tables[GDT + LINUX_CODE_SELECTOR / 8] = DESCRIPTOR_CODE;
	tables[GDT + LINUX_CODE_SELECTOR / 8 + 1] = DESCRIPTOR_DATA;
	err = set_long_mode(vcpu, entry->tables.v, LINUX_CODE_SELECTOR);
	if (err >= 0)
		err = vm_ioctl(vcpu->vm, vcpu->fd, KVM_SET_REGS, "KVM_SET_REGS", &regs);
	return err < 0 ? err : 0;
}

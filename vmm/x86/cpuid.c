// SPDX-License-Identifier: BSD-2-Clause
// x86_64: what a vCPU says of itself.
#include "vmm/x86/cpuid.h"

#include <errno.h>
#include <stdlib.h>

#include "lib/log.h"
#include "vmm/ioctl.h"
#include "vmm/state.h"

/* Leaves, and their bits: Intel's and AMD's manuals, Documentation/virt/kvm/x86/cpuid.rst. */
#define LEAF_FEATURES 0x1u
#define LEAF_CACHE 0x4u
#define LEAF_TOPOLOGY 0xbu
#define LEAF_STATE 0xdu
#define LEAF_TOPOLOGY_2 0x1fu
#define LEAF_KVM 0x40000000u
#define LEAF_TIMING 0x40000010u
#define LEAF_AMD_SIZES 0x80000008u
#define LEAF_AMD_CACHE 0x8000001du
#define LEAF_AMD_TOPOLOGY 0x8000001eu

#define HAS_DEADLINE (1u << 24) /* of LEAF_FEATURES, ecx */
#define HAS_HYPERVISOR (1u << 31)
#define HAS_THREADS (1u << 28) /* edx */
#define CACHE_SHARERS 0xffffc000u
#define BUS_KHZ 1000000u /* KVM's local APIC counts nanoseconds */

static const struct kvm_cpuid_entry2 *find_in(const struct cpuid *c, uint32_t leaf,
					      uint32_t subleaf)
{
	for (uint32_t i = 0; i < c->head.nent && i < CPUID_ENTRIES; i++)
		if (c->entry[i].function == leaf && c->entry[i].index == subleaf)
			return &c->entry[i];
	return NULL;
}

static struct kvm_cpuid_entry2 *find(struct cpuid *c, uint32_t leaf, uint32_t subleaf)
{
	return (struct kvm_cpuid_entry2 *)(uintptr_t)find_in(c, leaf, subleaf);
}

uint64_t cpuid_state_parts(const struct cpuid *c)
{
	const struct kvm_cpuid_entry2 *e = find_in(c, LEAF_STATE, 0);

	return e ? (uint64_t)e->edx << 32 | e->eax : 0;
}

/*
 * A guest that has enabled all parts itself is told the size of all. KVM counts those that it knows
 * the guest has enabled; where a processor lets guests do so unseen (QEMU's emulation of SVM) it
 * would tell a size that is too small, and Linux panics. So they are enabled from the start.
 */
static int enable_state(struct vcpu *vcpu, const struct cpuid *c)
{
	struct kvm_xcrs xcrs = { .nr_xcrs = 1, .xcrs[0].value = cpuid_state_parts(c) };

	if (!xcrs.xcrs[0].value)
		return 0;
	return vm_ioctl(vcpu->vm, vcpu->fd, KVM_SET_XCRS, "KVM_SET_XCRS", &xcrs);
}

static void fit_features(struct cpuid *c, unsigned apic_id, bool deadline)
{
	struct kvm_cpuid_entry2 *e = find(c, LEAF_FEATURES, 0);

	if (!e)
		return;
	e->ebx = (e->ebx & 0xffff) | 1u << 16 | apic_id << 24;
	e->ecx |= HAS_HYPERVISOR | (deadline ? HAS_DEADLINE : 0);
	e->edx &= ~HAS_THREADS;
}

/* One thread, one core, whoever asks. */
static void fit_topology(struct cpuid *c, unsigned apic_id)
{
	struct kvm_cpuid_entry2 *e;

	for (uint32_t i = 0; i < c->head.nent; i++) {
		e = &c->entry[i];
		if (e->function == LEAF_TOPOLOGY || e->function == LEAF_TOPOLOGY_2) {
			e->eax = 0;
			e->ebx = 1;
			e->ecx = e->index | (e->index + 1) << 8;
			e->edx = apic_id;
		} else if (e->function == LEAF_CACHE) {
			e->eax &= ~CACHE_SHARERS;
		} else if (e->function == LEAF_AMD_CACHE) {
			e->eax &= ~(CACHE_SHARERS & 0x03ffc000u);
		} else if (e->function == LEAF_AMD_SIZES) {
			e->ecx = 0;
		} else if (e->function == LEAF_AMD_TOPOLOGY) {
			e->eax = apic_id;
			e->ebx = apic_id & 0xff;
			e->ecx = 0;
		}
	}
}

static void add_timing(struct cpuid *c, uint32_t tsc_khz)
{
	struct kvm_cpuid_entry2 *kvm = find(c, LEAF_KVM, 0);

	if (!kvm || !tsc_khz || c->head.nent >= CPUID_ENTRIES || find(c, LEAF_TIMING, 0))
		return;
	if (kvm->eax < LEAF_TIMING)
		kvm->eax = LEAF_TIMING;
	c->entry[c->head.nent++] = (struct kvm_cpuid_entry2){ .function = LEAF_TIMING,
							      .eax = tsc_khz,
							      .ebx = BUS_KHZ };
}

void cpuid_fit(struct cpuid *c, unsigned apic_id, uint32_t tsc_khz, bool deadline)
{
	fit_features(c, apic_id, deadline);
	fit_topology(c, apic_id);
	add_timing(c, tsc_khz);
}

static void fit(struct vcpu *vcpu, struct cpuid *c)
{
	int khz = vm_ioctl_again(vcpu->fd, KVM_GET_TSC_KHZ, NULL);
	int deadline = vm_ioctl_again(vcpu->vm->config.kvm_fd, KVM_CHECK_EXTENSION,
				      (void *)(long)KVM_CAP_TSC_DEADLINE_TIMER);

	cpuid_fit(c, vcpu->index, khz > 0 ? (uint32_t)khz : 0, deadline > 0);
}

int cpuid_set(struct vcpu *vcpu)
{
	struct vm *vm = vcpu->vm;
	struct cpuid *c = calloc(1, sizeof(*c));
	int err;

	if (!c)
		return log_errno(-ENOMEM, "vm %s: CPUID", vm->config.name);
	c->head.nent = CPUID_ENTRIES;
	err = vm_ioctl(vm, vm->config.kvm_fd, KVM_GET_SUPPORTED_CPUID, "KVM_GET_SUPPORTED_CPUID",
		       c);
	if (err >= 0 && vm->config.stock)
		fit(vcpu, c);
	if (err >= 0)
		err = vm_ioctl(vm, vcpu->fd, KVM_SET_CPUID2, "KVM_SET_CPUID2", c);
	if (err >= 0 && vm->config.stock)
		err = enable_state(vcpu, c);
	free(c);
	return err;
}

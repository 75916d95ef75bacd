// SPDX-License-Identifier: BSD-2-Clause
// x86_64: what a vCPU says of itself.
#ifndef VMM_X86_CPUID_H
#define VMM_X86_CPUID_H

#include <linux/kvm.h>
#include <stdbool.h>
#include <stdint.h>

struct vcpu;

#define CPUID_ENTRIES 256u

struct cpuid {
	struct kvm_cpuid2 head;
	struct kvm_cpuid_entry2 entry[CPUID_ENTRIES];
};

/*
 * Before any register is set that depends on it: all that KVM can do; for a stock kernel made to
 * fit this vCPU. 0 or -errno (logged).
 */
int cpuid_set(struct vcpu *vcpu);

/* Every part of a processor's state that XSAVE can store, as XCR0 has them; 0: there is none. */
uint64_t cpuid_state_parts(const struct cpuid *c);

/*
 * The second half of it, for tests: each vCPU a processor of one core, with this APIC id; what KVM
 * does for a guest by itself is told.
 */
void cpuid_fit(struct cpuid *c, unsigned apic_id, uint32_t tsc_khz, bool deadline);

#endif

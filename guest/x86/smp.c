// SPDX-License-Identifier: BSD-2-Clause
// x86_64 with several CPUs: each CPU's local APIC, KVM's paravirtual hints, the IPI's handler.
#include "crowd.h"
#include "crowd_take.h"

#define MSR_KVM_STEAL_TIME 0x4b564d03
#define STEAL_ENABLED 1
#define CPUID_KVM 0x40000000
#define KVM_FEATURE_STEAL_TIME (1u << 5)
#define KVM_FEATURE_PV_SCHED_YIELD (1u << 13)
#define KVM_HC_SCHED_YIELD 11

struct cpuid {
	uint32_t a, b, c, d;
};

void x86_ipi(uint64_t rsp);

static struct cpuid cpuid(uint32_t leaf)
{
	struct cpuid r;

	__asm__ volatile("cpuid" : "=a"(r.a), "=b"(r.b), "=c"(r.c), "=d"(r.d) : "a"(leaf), "c"(0));
	return r;
}

static uint32_t kvm_features(void)
{
	struct cpuid kvm = cpuid(CPUID_KVM);

	if (kvm.b != 0x4b4d564b || kvm.c != 0x564b4d56 || kvm.d != 0x4d) /* KVMKVMKVM */
		return 0;
	return cpuid(CPUID_KVM + 1).a;
}

static void ask_for_steal_time(struct crowd_ctx *c)
{
	uint64_t at = plat_gpa(c->g, c->me->steal) | STEAL_ENABLED;

	__asm__ volatile("wrmsr" ::"c"(MSR_KVM_STEAL_TIME), "a"((uint32_t)at), "d"(at >> 32)
			 : "memory");
	c->steal = true;
	shared_fetch_add(&c->page->steal_found, 1);
}

void smp_init(struct crowd_ctx *c)
{
	uint32_t flags = c->page->config.flags, features = kvm_features();

	if (c->cpu)
		plat_init(c->g); /* CPU 0 has */
	if (flags & CROWD_STEAL && features & KVM_FEATURE_STEAL_TIME)
		ask_for_steal_time(c);
	if (features & KVM_FEATURE_PV_SCHED_YIELD)
		shared_fetch_add(&c->page->yield_found, 1);
	c->yield = c->steal && flags & CROWD_YIELD && features & KVM_FEATURE_PV_SCHED_YIELD;
}

static bool is_amd(void)
{
	return cpuid(0).b == 0x68747541; /* Auth */
}

/* The other vendor's instruction would do, but the hypervisor would have to mend it first. */
void smp_yield_to(struct crowd_ctx *c, uint32_t cpu)
{
	uint64_t ret;

	(void)c;
	if (is_amd())
		__asm__ volatile("vmmcall"
				 : "=a"(ret)
				 : "a"((uint64_t)KVM_HC_SCHED_YIELD), "b"((uint64_t)cpu)
				 : "memory");
	else
		__asm__ volatile("vmcall"
				 : "=a"(ret)
				 : "a"((uint64_t)KVM_HC_SCHED_YIELD), "b"((uint64_t)cpu)
				 : "memory");
}

/* Which CPU it is the stack tells: all of them stand in a row. */
void x86_ipi(uint64_t rsp)
{
	uint32_t cpu = (uint32_t)((TANDEM_STACK_OFFSET - 1 - rsp) / TANDEM_STACK_BYTES);

	crowd_ipi_take((struct crowd_page *)(uint64_t)CROWD_PAGE_OFFSET, cpu);
}

// SPDX-License-Identifier: BSD-2-Clause
// arm64 with several CPUs: starting them (PSCI), their interrupt controllers, the IPI's handler.
#include "crowd.h"
#include "crowd_main.h"
#include "crowd_take.h"
#include "gic.h"
#include "report.h"

#define PSCI_CPU_ON 0xc4000003ull /* Arm DEN 0022, 5.1.4; 64-bit calls */

extern const uint8_t _start[], arm64_secondary[],
	arm64_smp_vectors[]; /* the last two: secondary.S */
void arm64_secondary_start(uint64_t cpu);
void arm64_ipi(void);

/*
 * The handler finds the crowd's page by TPIDR_EL1, and its CPU by MPIDR_EL1. There is no tick that
 * would want it.
 */
void smp_init(struct crowd_ctx *c)
{
	if (c->cpu)
		gic_init(c->g);
	__asm__ volatile("msr tpidr_el1, %0" ::"r"(c->page));
	__asm__ volatile("msr vbar_el1, %0; isb" ::"r"(arm64_smp_vectors));
	gic_enable_ppi(c->g, SMP_SGI);
}

static int64_t psci(uint64_t function, uint64_t a, uint64_t b, uint64_t c)
{
	register uint64_t x0 __asm__("x0") = function;
	register uint64_t x1 __asm__("x1") = a;
	register uint64_t x2 __asm__("x2") = b;
	register uint64_t x3 __asm__("x3") = c;

	/* What the convention lets the callee change, and older versions more than newer. */
	__asm__ volatile("hvc #0"
			 : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3)
			 :
			 : "x4", "x5", "x6", "x7", "x8", "x9", "x10", "x11", "x12", "x13", "x14",
			   "x15", "x16", "x17", "memory");
	return (int64_t)x0;
}

void smp_start_others(struct crowd_ctx *c)
{
	for (uint32_t cpu = 1; cpu < c->cpus; cpu++) {
		int64_t ret = psci(PSCI_CPU_ON, cpu, (uint64_t)arm64_secondary, cpu);

		if (ret)
			guest_fail(c->g, TANDEM_FAIL_DEVICE, PSCI_CPU_ON, (uint64_t)ret, 0, cpu);
	}
}

/* From secondary.S, on this CPU's stack, MMU on. */
void arm64_secondary_start(uint64_t cpu)
{
	uint64_t ram = (uint64_t)_start - TANDEM_IMAGE_OFFSET;
	struct guest g;

	crowd_secondary(&g, (struct tandem_boot *)(ram + TANDEM_BOOT_OFFSET), (uint32_t)cpu);
}

void arm64_ipi(void)
{
	struct crowd_page *page;
	uint64_t intid, mpidr;

	__asm__ volatile("mrs %0, icc_iar1_el1; dsb sy" : "=r"(intid)::"memory");
	if ((intid & 0xffffff) != SMP_SGI)
		return; /* spurious: nothing to end */
	__asm__ volatile("mrs %0, tpidr_el1" : "=r"(page));
	__asm__ volatile("mrs %0, mpidr_el1" : "=r"(mpidr));
	crowd_ipi_take(page, mpidr & 0xf);
	__asm__ volatile("msr icc_eoir1_el1, %0; isb" ::"r"(intid) : "memory");
}

// SPDX-License-Identifier: BSD-2-Clause
// arm64 with several CPUs: WFE, software-generated interrupts, PSCI.
#ifndef GUEST_ARM64_SMP_H
#define GUEST_ARM64_SMP_H

#define SMP_SGI 1ull

/*
 * Waits for the event that the store to `word` is, by another CPU, as seen by the exclusive
 * monitor; or for any other. The first two instructions clear an event that came before.
 */
static inline void smp_relax(struct crowd_ctx *c, uint32_t *word, uint32_t seen)
{
	uint32_t now;

	(void)c;
	__asm__ volatile("sevl\n\twfe\n\tldxr %w0, [%1]\n\tcmp %w0, %w2\n\tb.ne 1f\n\twfe\n1:"
			 : "=&r"(now)
			 : "r"(word), "r"(seen)
			 : "cc", "memory");
}

static inline void smp_open(struct crowd_ctx *c)
{
	(void)c;
	__asm__ volatile("msr daifclr, #2" ::: "memory");
}

static inline void smp_close(struct crowd_ctx *c)
{
	(void)c;
	__asm__ volatile("msr daifset, #2" ::: "memory");
}

static inline void smp_poll(struct crowd_ctx *c)
{
	(void)c;
}

/* KVM numbers the first 16 vCPUs in affinity level 0. */
static inline void smp_ipi(struct crowd_ctx *c, uint32_t cpu)
{
	(void)c;
	__asm__ volatile("dsb ishst; msr icc_sgi1r_el1, %0; isb" ::"r"(SMP_SGI << 24 | 1ull << cpu)
			 : "memory");
}

/* A masked interrupt ends the wfi, too. */
static inline void smp_halt(struct crowd_ctx *c)
{
	(void)c;
	__asm__ volatile("dsb sy; wfi; msr daifclr, #2; isb; msr daifset, #2" ::: "memory");
}

/* There is no such call here. */
static inline void smp_yield_to(struct crowd_ctx *c, uint32_t cpu)
{
	(void)c;
	(void)cpu;
}

static inline __attribute__((noreturn)) void smp_off(struct crowd_ctx *c)
{
	plat_exit(c->g);
}

void smp_init(struct crowd_ctx *c);
void smp_start_others(struct crowd_ctx *c);

#endif

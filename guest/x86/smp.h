// SPDX-License-Identifier: BSD-2-Clause
// x86_64 with several CPUs: PAUSE, x2APIC interrupts, KVM's hints. The host starts the CPUs.
#ifndef GUEST_X86_SMP_H
#define GUEST_X86_SMP_H

#define SMP_IPI_VECTOR 0x32
#define SMP_MSR_ICR 0x830

extern const uint8_t x86_ipi_vector[]; /* ipi.S */

static inline void smp_start_others(struct crowd_ctx *c)
{
	(void)c;
}

static inline void smp_relax(struct crowd_ctx *c, uint32_t *word, uint32_t seen)
{
	(void)c;
	(void)word;
	(void)seen;
	__asm__ volatile("pause" ::: "memory");
}

static inline void smp_open(struct crowd_ctx *c)
{
	(void)c;
	__asm__ volatile("sti" ::: "memory");
}

static inline void smp_close(struct crowd_ctx *c)
{
	(void)c;
	__asm__ volatile("cli" ::: "memory");
}

static inline void smp_poll(struct crowd_ctx *c)
{
	(void)c;
}

/*
 * The locked instruction that set the request's bit comes before, and has drained what was written
 * earlier.
 */
static inline void smp_ipi(struct crowd_ctx *c, uint32_t cpu)
{
	(void)c;
	__asm__ volatile("wrmsr" ::"c"(SMP_MSR_ICR), "a"(SMP_IPI_VECTOR), "d"(cpu) : "memory");
}

/* Interrupts come only after the instruction that follows sti. */
static inline void smp_halt(struct crowd_ctx *c)
{
	(void)c;
	__asm__ volatile("sti; hlt; cli" ::: "memory");
}

static inline __attribute__((noreturn)) void smp_off(struct crowd_ctx *c)
{
	plat_exit(c->g);
}

void smp_init(struct crowd_ctx *c);
void smp_yield_to(struct crowd_ctx *c, uint32_t cpu);

#endif

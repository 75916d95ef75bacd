// SPDX-License-Identifier: BSD-2-Clause
// The x86_64 platform: identity-mapped, RAM from address 0, x2APIC.
#ifndef GUEST_X86_PLATFORM_H
#define GUEST_X86_PLATFORM_H

#define PLAT_CONSOLE_PORT 0xe9
#define PLAT_TICK_VECTOR 0x31

static inline uint64_t plat_clock(void)
{
	uint32_t lo, hi;

	/* Not rdtscp: some hosts that interpret guest code do not know it. */
	__asm__ volatile("lfence; rdtsc" : "=a"(lo), "=d"(hi)::"memory");
	return (uint64_t)hi << 32 | lo;
}

static inline void *plat_ptr(struct guest *g, uint64_t at)
{
	(void)g;
	return (void *)at;
}

static inline uint64_t plat_gpa(struct guest *g, const void *p)
{
	(void)g;
	return (uint64_t)p;
}

static inline uint32_t plat_read32(struct guest *g, uint64_t at)
{
	(void)g;
	return *(volatile uint32_t *)at;
}

static inline void plat_write32(struct guest *g, uint64_t at, uint32_t value)
{
	(void)g;
	*(volatile uint32_t *)at = value;
}

static inline void plat_kick(struct guest *g, uint32_t queue)
{
	plat_write32(g, g->boot->virtio_gpa + 0x50 /* QueueNotify */, queue);
}

/* In start.S: enables interrupts and halts in one step, so that none can come in between. */
enum plat_wake x86_idle(uint64_t *t3);

static inline enum plat_wake plat_idle(struct guest *g, uint64_t *t3)
{
	(void)g;
	return x86_idle(t3);
}

static inline __attribute__((noreturn)) void plat_exit(struct guest *g)
{
	(void)g;
	for (;;)
		__asm__ volatile("cli; hlt");
}

/* Faults on purpose. */
static inline void plat_fault(struct guest *g)
{
	(void)g;
	__asm__ volatile("ud2");
}

void plat_init(struct guest *g);
void plat_log(struct guest *g, const char *text);

#endif

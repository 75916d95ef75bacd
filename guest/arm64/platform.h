// SPDX-License-Identifier: BSD-2-Clause
// The arm64 platform: identity-mapped, RAM from 1 GiB, GICv3, virtual timer.
#ifndef GUEST_ARM64_PLATFORM_H
#define GUEST_ARM64_PLATFORM_H

static inline uint64_t plat_clock(void)
{
	uint64_t v;

	__asm__ volatile("isb; mrs %0, cntvct_el0" : "=r"(v)::"memory");
	return v;
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

/*
 * In assembler, because KVM can only emulate a plain load or store: of a pair or of one that
 * updates its base register, which compilers are fond of, the hardware does not tell it enough.
 */
static inline uint32_t plat_read32(struct guest *g, uint64_t at)
{
	uint32_t value;

	(void)g;
	__asm__ volatile("ldr %w0, [%1]" : "=r"(value) : "r"(at) : "memory");
	return value;
}

static inline void plat_write32(struct guest *g, uint64_t at, uint32_t value)
{
	(void)g;
	__asm__ volatile("str %w0, [%1]" ::"rZ"(value), "r"(at) : "memory");
}

/* What is not a word only PCI has, which is not here. */
static inline uint32_t plat_read(struct guest *g, uint64_t at, unsigned len)
{
	(void)len;
	return plat_read32(g, at);
}

static inline void plat_write(struct guest *g, uint64_t at, unsigned len, uint32_t value)
{
	(void)len;
	plat_write32(g, at, value);
}

static inline uint32_t plat_pci_read(struct guest *g, uint32_t address)
{
	(void)g;
	(void)address;
	return ~0u;
}

static inline void plat_pci_write(struct guest *g, uint32_t address, uint32_t value)
{
	(void)g;
	(void)address;
	(void)value;
}

/* Nobody else writes these counters. */
static inline void plat_count(uint64_t *counter, uint64_t n)
{
	shared_store(counter, *counter + n);
}

static inline void plat_count_release(uint64_t *counter)
{
	shared_store_release(counter, *counter + 1);
}

static inline void plat_kick(struct guest *g, uint32_t queue)
{
	plat_write32(g, g->boot->virtio_gpa + 0x50 /* QueueNotify */, queue);
}

/* In start.S: waits with interrupts enabled; the handler returns to the caller. */
enum plat_wake arm64_idle(uint64_t *t3);

static inline enum plat_wake plat_idle(struct guest *g, uint64_t *t3)
{
	(void)g;
	return arm64_idle(t3);
}

static inline __attribute__((noreturn)) void plat_exit(struct guest *g)
{
	(void)g;
	for (;;)
		__asm__ volatile("wfi");
}

/* Faults on purpose. */
static inline void plat_fault(struct guest *g)
{
	(void)g;
	__asm__ volatile("udf #0");
}

void plat_init(struct guest *g);
void plat_one_shot(struct guest *g);
void plat_set_timer(struct guest *g, uint64_t cycles);
void plat_log(struct guest *g, const char *text);

#endif

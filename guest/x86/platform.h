// SPDX-License-Identifier: BSD-2-Clause
// The x86_64 platform: identity-mapped, RAM from address 0, x2APIC.
#ifndef GUEST_X86_PLATFORM_H
#define GUEST_X86_PLATFORM_H

#define PLAT_CONSOLE_PORT 0xe9
#define PLAT_PCI_ADDRESS 0xcf8
#define PLAT_PCI_DATA 0xcfc
#define PLAT_TICK_VECTOR 0x31

static inline uint64_t plat_clock(void)
{
	uint64_t lo, hi; /* rdtsc clears the upper halves */

	/* Not rdtscp: some hosts that interpret guest code do not know it. */
	__asm__ volatile("lfence; rdtsc" : "=a"(lo), "=d"(hi)::"memory");
	return hi << 32 | lo;
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

static inline uint32_t plat_read(struct guest *g, uint64_t at, unsigned len)
{
	return len == 1	  ? *(volatile uint8_t *)at
	       : len == 2 ? *(volatile uint16_t *)at
			  : plat_read32(g, at);
}

static inline void plat_write(struct guest *g, uint64_t at, unsigned len, uint32_t value)
{
	if (len == 1)
		*(volatile uint8_t *)at = (uint8_t)value;
	else if (len == 2)
		*(volatile uint16_t *)at = (uint16_t)value;
	else
		plat_write32(g, at, value);
}

static inline void plat_select(uint32_t address)
{
	__asm__ volatile("outl %0, %1" ::"a"(address), "d"((uint16_t)PLAT_PCI_ADDRESS));
}

static inline uint32_t plat_pci_read(struct guest *g, uint32_t address)
{
	uint32_t value;

	(void)g;
	plat_select(address);
	__asm__ volatile("inl %1, %0" : "=a"(value) : "d"((uint16_t)PLAT_PCI_DATA));
	return value;
}

static inline void plat_pci_write(struct guest *g, uint32_t address, uint32_t value)
{
	(void)g;
	plat_select(address);
	__asm__ volatile("outl %0, %1" ::"a"(value), "d"((uint16_t)PLAT_PCI_DATA));
}

/*
 * A single add to memory: one instruction, and nobody else writes. On x86 stores become visible
 * in program order, so the same serves as release.
 */
static inline void plat_count(uint64_t *counter, uint64_t n)
{
	__asm__("addq %1, %0" : "+m"(*counter) : "re"(n));
}

static inline void plat_count_release(uint64_t *counter)
{
	__asm__ volatile("incq %0" : "+m"(*counter)::"memory");
}

static inline void plat_kick(struct guest *g, uint32_t queue)
{
	if (__builtin_expect(g->doorbell[queue] != 0, 0))
		*(volatile uint16_t *)g->doorbell[queue] = (uint16_t)queue;
	else
		plat_write32(g, g->boot->virtio_gpa + 0x50 /* QueueNotify */, queue);
}

/*
 * In start.S: enables interrupts and halts in one step, so that none can come in between. It leaves
 * all registers but three alone, which keeps the workloads' variables in theirs.
 */
static inline enum plat_wake plat_idle(struct guest *g, uint64_t *t3)
{
	enum plat_wake wake;

	(void)g;
	__asm__ volatile("call x86_idle" : "=a"(wake) : "D"(t3) : "rcx", "rdx", "cc", "memory");
	return wake;
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
void plat_one_shot(struct guest *g);
void plat_set_timer(struct guest *g, uint64_t cycles);
void plat_log(struct guest *g, const char *text);

#endif

// SPDX-License-Identifier: BSD-2-Clause
// The hosted platform: the guest is a thread of a host process, its interrupt an eventfd.
#ifndef GUEST_HOSTED_PLATFORM_H
#define GUEST_HOSTED_PLATFORM_H

static inline void plat_count(uint64_t *counter, uint64_t n)
{
	shared_store(counter, *counter + n);
}

static inline void plat_count_release(uint64_t *counter)
{
	shared_store_release(counter, *counter + 1);
}

uint64_t plat_clock(void);
void *plat_ptr(struct guest *g, uint64_t at);
uint64_t plat_gpa(struct guest *g, const void *p);
uint32_t plat_read32(struct guest *g, uint64_t at);
void plat_write32(struct guest *g, uint64_t at, uint32_t value);
uint32_t plat_read(struct guest *g, uint64_t at, unsigned len);
void plat_write(struct guest *g, uint64_t at, unsigned len, uint32_t value);
uint32_t plat_pci_read(struct guest *g, uint32_t address);
void plat_pci_write(struct guest *g, uint32_t address, uint32_t value);
void plat_kick(struct guest *g, uint32_t queue);
enum plat_wake plat_idle(struct guest *g, uint64_t *t3);
void plat_exit(struct guest *g) __attribute__((noreturn));
void plat_fault(struct guest *g);
void plat_init(struct guest *g);
void plat_one_shot(struct guest *g);
void plat_set_timer(struct guest *g, uint64_t cycles);

#endif

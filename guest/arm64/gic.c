// SPDX-License-Identifier: BSD-2-Clause
// arm64: bringing up the GICv3 (Arm IHI 0069): CPUs, one shared interrupt, private ones.
#include "gic.h"

#include "guest.h"

#define GICD_CTLR 0x0
#define GICD_CTLR_GROUP1 (1u << 1)
#define GICD_CTLR_AFFINITY (1u << 4)
#define GICD_IROUTER 0x6000

#define GICR_WAKER 0x14
#define GICR_WAKER_SLEEP (1u << 1)
#define GICR_WAKER_ASLEEP (1u << 2)
#define GICR_BYTES 0x20000     /* of each CPU's redistributor; they stand in the order of CPUs */
#define GICR_SGI_FRAME 0x10000 /* the private interrupts' half of the redistributor */

/* The same in the distributor (shared interrupts) and in the SGI frame (private ones). */
#define IGROUPR 0x80
#define ISENABLER 0x100
#define IPRIORITYR 0x400
#define ICFGR 0xc00

#define PRIORITIES 0xa0a0a0a0u /* four interrupts at once, all the same */
#define EDGE 2u
#define MPIDR_AFFINITY 0xff00ffffffull

static uint64_t distributor(struct guest *g)
{
	return g->boot->intc_gpa[0];
}

static uint64_t redistributor(struct guest *g)
{
	return g->boot->intc_gpa[1] + (uint64_t)g->cpu * GICR_BYTES;
}

static void set_bits(struct guest *g, uint64_t at, uint32_t bits)
{
	plat_write32(g, at, plat_read32(g, at) | bits);
}

static void wake_redistributor(struct guest *g)
{
	uint64_t waker = redistributor(g) + GICR_WAKER;

	plat_write32(g, waker, plat_read32(g, waker) & ~GICR_WAKER_SLEEP);
	while (plat_read32(g, waker) & GICR_WAKER_ASLEEP)
		;
}

static void enable_cpu_interface(void)
{
	uint64_t sre;

	__asm__ volatile("mrs %0, icc_sre_el1" : "=r"(sre));
	__asm__ volatile("msr icc_sre_el1, %0; isb" ::"r"(sre | 1));
	__asm__ volatile("msr icc_pmr_el1, %0" ::"r"(0xffull));
	__asm__ volatile("msr icc_igrpen1_el1, %0; isb" ::"r"(1ull));
}

void gic_init(struct guest *g)
{
	plat_write32(g, distributor(g) + GICD_CTLR, GICD_CTLR_AFFINITY | GICD_CTLR_GROUP1);
	wake_redistributor(g);
	enable_cpu_interface();
}

static void enable(struct guest *g, uint64_t frame, uint32_t intid)
{
	plat_write32(g, frame + IPRIORITYR + (intid & ~3u), PRIORITIES);
	set_bits(g, frame + IGROUPR + intid / 32 * 4, 1u << intid % 32);
	plat_write32(g, frame + ISENABLER + intid / 32 * 4, 1u << intid % 32);
}

void gic_enable_spi(struct guest *g, uint32_t intid)
{
	uint64_t route = distributor(g) + GICD_IROUTER + intid * 8ull, mpidr;

	__asm__("mrs %0, mpidr_el1" : "=r"(mpidr));
	mpidr &= MPIDR_AFFINITY;
	plat_write32(g, route, (uint32_t)mpidr);
	plat_write32(g, route + 4, (uint32_t)(mpidr >> 32));
	set_bits(g, distributor(g) + ICFGR + intid / 16 * 4, EDGE << intid % 16 * 2);
	enable(g, distributor(g), intid);
}

void gic_enable_ppi(struct guest *g, uint32_t intid)
{
	enable(g, redistributor(g) + GICR_SGI_FRAME, intid);
}

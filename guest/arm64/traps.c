// SPDX-License-Identifier: BSD-2-Clause
// arm64: the guest's first C function, interrupts, tick, faults.
#include "guest.h"
#include "gic.h"
#include "main.h"
#include "report.h"

#define TIMER_INTID 27 /* the virtual timer's, by convention and in KVM; also in start.S */
#define TIMER_ENABLE 1ull

extern const uint8_t _start[];
void arm64_start(struct tandem_boot *boot);
void arm64_fault(uint64_t vector, uint64_t esr, uint64_t elr, uint64_t far);

void arm64_start(struct tandem_boot *boot)
{
	struct guest g;

	guest_main(&g, boot);
}

/* The handler finds the period in TPIDR_EL1, which has no other use here. */
static void start_tick(struct guest *g)
{
	uint64_t period = g->boot->clock_hz * g->boot->tick_us / 1000000;

	__asm__ volatile("msr tpidr_el1, %0" ::"r"(period));
	__asm__ volatile("msr cntv_cval_el0, %0" ::"r"(plat_clock() + period));
	__asm__ volatile("msr cntv_ctl_el0, %0; isb" ::"r"(TIMER_ENABLE));
	gic_enable_ppi(g, TIMER_INTID);
}

void plat_init(struct guest *g)
{
	gic_init(g);
	gic_enable_spi(g, g->boot->irq);
	if (g->boot->tick_us)
		start_tick(g);
}

/* Its handler sets the timer again, a tick ahead; until then it may go off once for nothing. */
void plat_one_shot(struct guest *g)
{
	(void)g;
}

void plat_set_timer(struct guest *g, uint64_t cycles)
{
	(void)g;
	__asm__ volatile("msr cntv_cval_el0, %0; isb" ::"r"(plat_clock() + cycles));
}

void plat_log(struct guest *g, const char *text)
{
	for (; *text; text++)
		plat_write32(g, g->boot->ctl_gpa + TANDEM_CTL_CONSOLE, (uint8_t)*text);
}

/* After all but aborts and misaligned branches FAR_EL1 is whatever it was. */
static bool address_is_known(uint64_t esr)
{
	uint64_t class = esr >> 26 & 0x3f;

	return class >= 0x20 && class <= 0x25 && class != 0x23;
}

void arm64_fault(uint64_t vector, uint64_t esr, uint64_t elr, uint64_t far)
{
	uint64_t ram = (uint64_t)_start - TANDEM_IMAGE_OFFSET;
	struct guest g;

	/* A fault can come before anything else is known. */
	g.boot = (struct tandem_boot *)(ram + TANDEM_BOOT_OFFSET);
	g.report = (struct tandem_report *)(ram + TANDEM_REPORT_OFFSET);
	plat_log(&g, "fault\n");
	guest_fail(&g, TANDEM_FAIL_FAULT, vector, esr, elr, address_is_known(esr) ? far : 0);
}

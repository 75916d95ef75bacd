// SPDX-License-Identifier: BSD-2-Clause
// x86_64: interrupt descriptors, local APIC, faults.
#include "guest.h"
#include "crowd.h"
#include "crowd_main.h"
#include "main.h"
#include "report.h"

#define CODE_SELECTOR 0x08
#define INTERRUPT_GATE 0x8e

#define MSR_X2APIC_TPR 0x808
#define MSR_X2APIC_SVR 0x80f
#define MSR_X2APIC_LVT_TIMER 0x832
#define MSR_X2APIC_TIMER_COUNT 0x838
#define MSR_X2APIC_TIMER_DIVIDE 0x83e
#define SVR_ENABLE 0x100
#define SPURIOUS_VECTOR 0xff
#define TIMER_PERIODIC 0x20000
#define DIVIDE_BY_1 0xb
#define DIVIDE_BY_128 0xa
#define APIC_TICKS_PER_US 1000 /* KVM's local APIC counts nanoseconds */

#define FAULTS 32
#define FAULT_STUB_BYTES 16
#define GATES 64

struct gate {
	uint16_t offset_low;
	uint16_t selector;
	uint8_t ist;
	uint8_t type;
	uint16_t offset_mid;
	uint32_t offset_high;
	uint32_t reserved;
};

_Static_assert(sizeof(struct gate) == 16, "as the processor reads it");

extern const uint8_t x86_fault_vectors[], x86_device_vector[], x86_tick_vector[];
void x86_start(struct tandem_boot *boot, uint64_t cpu);
void x86_fault(uint64_t vector, uint64_t code, uint64_t rip, uint64_t cr2);

static void wrmsr(uint32_t msr, uint64_t value)
{
	__asm__ volatile("wrmsr" ::"c"(msr), "a"((uint32_t)value), "d"((uint32_t)(value >> 32)));
}

static void set_gate(struct gate *gate, const uint8_t *handler)
{
	uint64_t at = (uint64_t)handler;

	gate->offset_low = (uint16_t)at;
	gate->selector = CODE_SELECTOR;
	gate->ist = 0;
	gate->type = INTERRUPT_GATE;
	gate->offset_mid = (uint16_t)(at >> 16);
	gate->offset_high = (uint32_t)(at >> 32);
	gate->reserved = 0;
}

static void load_idt(struct gate *idt)
{
	struct {
		uint16_t limit;
		uint64_t base;
	} __attribute__((packed)) idtr = { sizeof(struct gate) * GATES - 1, (uint64_t)idt };

	__asm__ volatile("lidt %0" ::"m"(idtr));
}

/*
 * One for all CPUs, where the host looks for it; each makes it, the same, so that none has to wait.
 */
static void make_idt(struct gate *idt, const struct tandem_boot *boot)
{
	for (unsigned i = 0; i < FAULTS; i++)
		set_gate(&idt[i], x86_fault_vectors + (uint64_t)i * FAULT_STUB_BYTES);
	for (unsigned i = FAULTS; i < GATES; i++)
		set_gate(&idt[i], x86_fault_vectors);
	set_gate(&idt[boot->irq % GATES], x86_device_vector);
	set_gate(&idt[PLAT_TICK_VECTOR], x86_tick_vector);
	set_gate(&idt[SMP_IPI_VECTOR], x86_ipi_vector);
}

void x86_start(struct tandem_boot *boot, uint64_t cpu)
{
	struct gate *idt = (struct gate *)(uint64_t)TANDEM_X86_IDT_OFFSET;
	struct guest g;

	make_idt(idt, boot);
	load_idt(idt);
	if (cpu)
		crowd_secondary(&g, boot, (uint32_t)cpu);
	guest_main(&g, boot);
}

/* Its count has 32 bits, 4.3 s: longer periods are counted in coarser steps. */
static void start_tick(uint64_t period_ns)
{
	bool is_long = period_ns > UINT32_MAX;

	wrmsr(MSR_X2APIC_TIMER_DIVIDE, is_long ? DIVIDE_BY_128 : DIVIDE_BY_1);
	wrmsr(MSR_X2APIC_LVT_TIMER, TIMER_PERIODIC | PLAT_TICK_VECTOR);
	wrmsr(MSR_X2APIC_TIMER_COUNT, is_long ? period_ns / 128 : period_ns);
}

void plat_init(struct guest *g)
{
	wrmsr(MSR_X2APIC_SVR, SVR_ENABLE | SPURIOUS_VECTOR);
	wrmsr(MSR_X2APIC_TPR, 0);
	if (g->boot->tick_us)
		start_tick((uint64_t)g->boot->tick_us * APIC_TICKS_PER_US);
}

void plat_one_shot(struct guest *g)
{
	(void)g;
	wrmsr(MSR_X2APIC_TIMER_DIVIDE, DIVIDE_BY_1);
	wrmsr(MSR_X2APIC_LVT_TIMER, PLAT_TICK_VECTOR);
}

/* Rounded up: a count of 0 would stop the timer. */
void plat_set_timer(struct guest *g, uint64_t cycles)
{
	wrmsr(MSR_X2APIC_TIMER_COUNT, (cycles * g->boot->ns_per_cycle >> 32) + 1);
}

void plat_log(struct guest *g, const char *text)
{
	(void)g;
	for (; *text; text++)
		__asm__ volatile("outb %0, %1" ::"a"(*text), "Nd"((uint16_t)PLAT_CONSOLE_PORT));
}

void x86_fault(uint64_t vector, uint64_t code, uint64_t rip, uint64_t cr2)
{
	struct guest g;

	/* RAM starts at 0 here, and a fault can come before anything else is known. */
	g.boot = (struct tandem_boot *)(uint64_t)TANDEM_BOOT_OFFSET;
	g.report = (struct tandem_report *)(uint64_t)TANDEM_REPORT_OFFSET;
	plat_log(&g, "fault\n");
	guest_fail(&g, TANDEM_FAIL_FAULT, vector, code, rip, cr2);
}

// SPDX-License-Identifier: BSD-2-Clause
// A guest of several CPUs: what lock and IPI workloads share.
#ifndef GUEST_CROWD_H
#define GUEST_CROWD_H

#include "guest.h"
#include "tandem/crowd.h"

/*
 * One CPU of the crowd; on its stack. Interrupts are disabled but between smp_open() and
 * smp_close(), and their handler touches nothing but the crowd's page.
 */
struct crowd_ctx {
	struct guest *g;
	struct crowd_page *page;
	struct crowd_cpu *me;
	uint32_t cpu;
	uint32_t cpus;
	uint64_t jump;
	uint64_t random;
	bool steal; /* there is a steal-time page */
	bool yield; /* KVM_HC_SCHED_YIELD is there and wanted */
};

/*
 * The platform provides, in smp.h:
 *
 *   void smp_init(c)                this CPU's interrupts and hints, before the crowd meets
 *   void smp_start_others(c)        CPU 0: gets the others going, where the host does not
 *   void smp_relax(c, word, seen)   in a wait loop, after `word` read as `seen`
 *   void smp_open(c), smp_close(c)  interrupts may come, or not
 *   void smp_poll(c)                in a loop with interrupts open: takes what is pending
 *   void smp_ipi(c, cpu)            interrupts another CPU
 *   void smp_halt(c)                closed: sleeps until an interrupt, takes it; closed again
 *   void smp_yield_to(c, cpu)       asks the host to run it
 *   void smp_off(c) noreturn        the end of a CPU other than the first
 */
#include "smp.h"

static inline struct crowd_page *crowd_page(struct guest *g)
{
	return plat_ptr(g, g->boot->ram_gpa + CROWD_PAGE_OFFSET);
}

static inline void crowd_hist_add(struct crowd_ctx *c, enum crowd_hist which, uint64_t cycles)
{
	plat_count(&c->me->hist[which][cycles_bucket_of(cycles)], 1);
}

/*
 * The clock now. When it has jumped since this CPU last looked, the CPU did not run meanwhile:
 * counted, and added to *lost.
 */
static inline uint64_t crowd_look(struct crowd_ctx *c, uint64_t *lost)
{
	uint64_t now = plat_clock(), gap = now - c->me->seen;

	shared_store(&c->me->seen, now);
	if (__builtin_expect(gap > c->jump, 0)) {
		plat_count(&c->me->counters.jumps, 1);
		plat_count(&c->me->counters.jump_cycles, gap);
		shared_store(&c->me->jumped_to, now);
		*lost += gap;
	}
	return now;
}

/* Nanoseconds the host has stolen from this CPU so far; 0 where it does not say. */
static inline uint64_t crowd_stolen(const struct crowd_ctx *c)
{
	return c->steal ? shared_load(&c->me->steal[0]) : 0;
}

/* Does the host say that it has preempted that CPU? */
static inline bool crowd_is_preempted(const struct crowd_ctx *c, uint32_t cpu)
{
	return c->steal && (shared_load(&c->page->cpu[cpu].steal[2]) & 0xff);
}

#endif

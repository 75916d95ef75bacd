// SPDX-License-Identifier: BSD-2-Clause
// A guest of several CPUs: they meet, do the same workload until told to stop, and meet again.
#include "crowd_main.h"

#include "crowd.h"
#include "crowd_ipi.h"
#include "crowd_lock.h"
#include "report.h"

static bool is_sane(const struct crowd_config *f)
{
	return f->cpus >= 1 && f->cpus <= CROWD_CPUS_MAX && f->kind >= CROWD_TICKET &&
	       f->kind <= CROWD_ASYNC && (f->kind < CROWD_UNICAST || f->cpus > 1);
}

static void join(struct crowd_ctx *c, struct guest *g)
{
	*c = (struct crowd_ctx){ .g = g, .page = crowd_page(g), .cpu = g->cpu };
	if (!is_sane(&c->page->config))
		guest_fail(g, TANDEM_FAIL_BOOT, c->page->config.kind, c->page->config.cpus, 0, 0);
	c->me = &c->page->cpu[c->cpu];
	c->cpus = c->page->config.cpus;
	c->jump = c->page->config.jump_cycles;
	c->random = 0x9e3779b97f4a7c15ull * (c->cpu + 1);
	smp_init(c);
	shared_store(&c->me->seen, plat_clock());
}

static void run(struct crowd_ctx *c)
{
	if (c->page->config.flags & CROWD_MISBEHAVE_FAULT && c->cpu == c->cpus - 1)
		plat_fault(c->g);
	if (c->page->config.kind < CROWD_UNICAST)
		crowd_lock(c);
	else
		crowd_ipi(c);
}

/* (Q) in both places: what a CPU wrote before it arrived or left is seen by who has counted it. */
static void wait_for(struct crowd_ctx *c, uint32_t *count, uint32_t n)
{
	uint32_t seen;

	while ((seen = shared_load_acquire(count)) != n) /* (Q) */
		smp_relax(c, count, seen);
}

void crowd_main(struct guest *g)
{
	struct crowd_ctx c;

	join(&c, g);
	smp_start_others(&c);
	shared_fetch_add(&c.page->arrived, 1);
	wait_for(&c, &c.page->arrived, c.cpus);
	guest_set_state(g, TANDEM_RUNNING);
	shared_store_release(&c.page->go, 1); /* (Q) */
	run(&c);
	shared_fetch_add(&c.page->left, 1);
	wait_for(&c, &c.page->left, c.cpus);
	guest_set_state(g, TANDEM_DONE);
	plat_exit(g);
}

void crowd_secondary(struct guest *g, struct tandem_boot *boot, uint32_t cpu)
{
	struct crowd_ctx c;

	g->boot = boot;
	g->report = plat_ptr(g, boot->ram_gpa + TANDEM_REPORT_OFFSET);
	g->cpu = cpu;
	join(&c, g);
	shared_fetch_add(&c.page->arrived, 1); /* (Q) */
	wait_for(&c, &c.page->go, 1);
	run(&c);
	shared_fetch_add(&c.page->left, 1); /* (Q) */
	smp_off(&c);
}

// SPDX-License-Identifier: BSD-2-Clause
// An IPI's handler: takes all requests that are pending, and acknowledges them.
#include "crowd_take.h"

#include "crowd.h"

/*
 * In the handler. This CPU's clock last jumped to `jumped_to`: when it was asked before, it did not
 * run then.
 */
static void answer(struct crowd_page *page, uint32_t cpu, uint32_t from, uint64_t now,
		   uint64_t jumped_to)
{
	struct crowd_cpu *me = &page->cpu[cpu];
	uint32_t request = shared_load(&page->cpu[from].request[cpu]);
	bool jumped = shared_load(&page->cpu[from].sent_at[cpu]) < jumped_to;

	shared_store(&me->ack_at[from], now);
	plat_count(&me->counters.handled, 1);
	shared_store_release(&me->ack[from], request << 1 | jumped); /* (T) */
}

void crowd_ipi_take(struct crowd_page *page, uint32_t cpu)
{
	struct crowd_cpu *me = &page->cpu[cpu];
	uint64_t now = plat_clock();
	uint64_t seen = shared_load(&me->seen), jumped_to = shared_load(&me->jumped_to);
	uint32_t pending = shared_exchange(&me->pending, 0); /* (S) */

	if (seen && now - seen > page->config.jump_cycles)
		jumped_to = now;
	plat_count(&me->counters.interrupts, 1);
	for (uint32_t from = 0; from < CROWD_CPUS_MAX && pending; from++, pending >>= 1)
		if (pending & 1)
			answer(page, cpu, from, now, jumped_to);
}

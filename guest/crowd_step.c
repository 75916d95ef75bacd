// SPDX-License-Identifier: BSD-2-Clause
// What the workloads of a crowd are made of: work, think time, another CPU.
#include "crowd_step.h"

#include "crowd.h"

uint64_t crowd_work(struct crowd_ctx *c, uint64_t cycles, uint64_t *lost)
{
	uint64_t start = shared_load(&c->me->seen), now;

	do {
		smp_poll(c);
		now = crowd_look(c, lost);
	} while (now - start < cycles);
	return now;
}

/* xorshift64 */
static uint64_t next_random(struct crowd_ctx *c)
{
	c->random ^= c->random << 13;
	c->random ^= c->random >> 7;
	c->random ^= c->random << 17;
	return c->random;
}

uint64_t crowd_think_cycles(struct crowd_ctx *c)
{
	uint64_t mean = c->page->config.think_cycles;

	return mean ? next_random(c) % (2 * mean) : 0;
}

uint32_t crowd_other(struct crowd_ctx *c)
{
	uint32_t n = (uint32_t)(next_random(c) % (c->cpus - 1));

	return n < c->cpu ? n : n + 1;
}

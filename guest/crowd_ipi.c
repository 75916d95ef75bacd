// SPDX-License-Identifier: BSD-2-Clause
// Workload "ipi": CPUs interrupt one another and wait for the acknowledgement, or do not.
#include "crowd_ipi.h"

#include "crowd.h"
#include "crowd_step.h"

#define SPINS_PER_LOOK 16u

/*
 * A request is a sequence number and a bit in the target's `pending`, which its handler takes as a
 * whole. Who finds other bits there need not interrupt: an interrupt is on its way that has not
 * looked yet.
 */
static void ask(struct crowd_ctx *c, uint32_t to, uint64_t now)
{
	uint32_t bit = 1u << c->cpu, *request = &c->me->request[to];

	shared_store(&c->me->sent_at[to], now);
	shared_store(request, (*request + 1) & 0x7fffffff);
	if (shared_fetch_or(&c->page->cpu[to].pending, bit)) /* (S) */
		plat_count(&c->me->counters.merged, 1);
	else
		smp_ipi(c, to);
}

static bool has_answered(struct crowd_ctx *c, uint32_t by, uint32_t *answer)
{
	*answer = shared_load_acquire(&c->page->cpu[by].ack[c->cpu]); /* (T) */
	return *answer >> 1 == c->me->request[by];
}

/* As Linux's guests do: the first target that the host says it has preempted is asked for. */
static void hint(struct crowd_ctx *c, uint32_t first, uint32_t end)
{
	for (uint32_t i = first; i < end && c->yield; i++) {
		if (i == c->cpu || !crowd_is_preempted(c, i))
			continue;
		smp_yield_to(c, i);
		plat_count(&c->me->counters.yields, 1);
		return;
	}
}

static void note_answered(struct crowd_ctx *c, uint64_t waited, uint64_t lost, bool preempted)
{
	struct crowd_counters *n = &c->me->counters;

	crowd_hist_add(c, CROWD_WAIT, waited);
	plat_count(&n->operations, 1);
	plat_count(&n->wait_cycles, waited);
	plat_count(&n->spun_cycles, waited > lost ? waited - lost : 0);
	if (preempted) {
		crowd_hist_add(c, CROWD_WAIT_PREEMPTED, waited);
		plat_count(&n->wait_holder, 1);
		plat_count(&n->wait_holder_cycles, waited);
	} else if (lost) {
		plat_count(&n->wait_self, 1);
		plat_count(&n->wait_self_cycles, waited);
	}
}

/* Spins until CPU `by` has answered; interrupts are open. Whether it had been preempted. */
static bool await(struct crowd_ctx *c, uint32_t by, uint64_t start, uint64_t *lost)
{
	uint32_t n = 0, got;

	while (!has_answered(c, by, &got)) {
		smp_poll(c);
		smp_relax(c, &c->page->cpu[by].ack[c->cpu], got);
		if (++n % SPINS_PER_LOOK == 0)
			crowd_look(c, lost);
	}
	plat_count(&c->me->counters.spins, n);
	plat_count(&c->me->counters.acks, 1);
	crowd_hist_add(c, CROWD_HANDOFF, shared_load(&c->page->cpu[by].ack_at[c->cpu]) - start);
	return got & 1;
}

/* Asks CPUs first to end - 1 but this one, and waits for all of them. */
static void ask_all(struct crowd_ctx *c, uint32_t first, uint32_t end)
{
	uint64_t lost = 0, start = crowd_look(c, &lost);
	bool preempted = false;

	lost = 0;
	for (uint32_t i = first; i < end; i++)
		if (i != c->cpu)
			ask(c, i, start);
	hint(c, first, end);
	for (uint32_t i = first; i < end; i++)
		if (i != c->cpu)
			preempted |= await(c, i, start, &lost);
	note_answered(c, crowd_look(c, &lost) - start, lost, preempted);
}

/* One request at a time and target; a bit for each that is not yet answered. */
struct async {
	uint32_t open;
};

/* The latency is up to the handler: nobody waits for the answer. */
static void collect(struct crowd_ctx *c, struct async *a)
{
	uint32_t got;

	for (uint32_t i = 0; i < c->cpus; i++) {
		uint64_t waited;

		if (!(a->open & 1u << i) || !has_answered(c, i, &got))
			continue;
		a->open &= ~(1u << i);
		waited = shared_load(&c->page->cpu[i].ack_at[c->cpu]) - c->me->sent_at[i];
		crowd_hist_add(c, CROWD_HANDOFF, waited);
		plat_count(&c->me->counters.acks, 1);
		note_answered(c, waited, 0, got & 1);
	}
}

static void ask_async(struct crowd_ctx *c, struct async *a)
{
	uint32_t to = crowd_other(c);
	uint64_t lost = 0;

	collect(c, a);
	if (a->open & 1u << to) {
		plat_count(&c->me->counters.busy, 1);
		return;
	}
	a->open |= 1u << to;
	ask(c, to, crowd_look(c, &lost));
	hint(c, to, to + 1);
}

static void send(struct crowd_ctx *c, struct async *a)
{
	uint32_t to;

	switch (c->page->config.kind) {
	case CROWD_UNICAST:
		to = crowd_other(c);
		ask_all(c, to, to + 1);
		break;
	case CROWD_BROADCAST:
		ask_all(c, 0, c->cpus);
		break;
	default:
		ask_async(c, a);
	}
}

/* Until all have left: what was asked is answered. */
static void serve(struct crowd_ctx *c, struct async *a)
{
	uint64_t lost = 0;

	while (a->open) {
		crowd_work(c, 0, &lost);
		collect(c, a);
	}
	shared_fetch_add(&c->page->senders_left, 1);
	while (shared_load_acquire(&c->page->senders_left) != c->cpus)
		crowd_work(c, 0, &lost);
}

/* --targets=idle: asleep between interrupts, until CPU 0 has done with its last round. */
static void listen(struct crowd_ctx *c)
{
	uint64_t lost = 0;

	smp_close(c);
	/* asleep: the handler cannot tell whether the CPU was lost */
	shared_store(&c->me->seen, 0);
	while (!shared_load_acquire(&c->page->senders_left)) /* (U) */
		smp_halt(c);
	smp_open(c);
	shared_store(&c->me->seen, plat_clock());
	while (shared_load_acquire(&c->page->senders_left) == 1) /* (U) */
		crowd_work(c, 0, &lost);
}

/* CPU 0 alone sends; at the end it wakes everybody once more. */
static void send_to_idle(struct crowd_ctx *c, struct async *a)
{
	uint64_t lost = 0;

	while (!guest_stopping(c->g)) {
		send(c, a);
		crowd_work(c, crowd_think_cycles(c), &lost);
	}
	while (a->open) {
		crowd_work(c, 0, &lost);
		collect(c, a);
	}
	shared_store_release(&c->page->senders_left, 1); /* (U) */
	ask_all(c, 0, c->cpus);
	shared_store_release(&c->page->senders_left, 2); /* (U) */
}

void crowd_ipi(struct crowd_ctx *c)
{
	struct async a = { 0 };
	uint64_t lost = 0;

	smp_open(c);
	if (c->page->config.flags & CROWD_IDLE) {
		if (c->cpu)
			listen(c);
		else
			send_to_idle(c, &a);
	} else {
		while (!guest_stopping(c->g)) {
			send(c, &a);
			crowd_work(c, crowd_think_cycles(c), &lost);
		}
		serve(c, &a);
	}
	smp_close(c);
}

// SPDX-License-Identifier: BSD-2-Clause
// Workload "lock": all CPUs take one lock, hold it for a while, give it up, think, and begin again.
#include "crowd_lock.h"

#include "crowd.h"
#include "crowd_step.h"

#define SPINS_PER_LOOK 16u

/* What a wait knows about itself. */
struct wait {
	uint64_t start;
	uint64_t end;
	uint64_t lost;	    /* to jumps of our own clock */
	uint32_t preempted; /* lock.preempted and lock.late when it began */
	uint32_t late;
};

/* The host knows whom it has preempted: a holder that does not run is asked for. */
static void hint(struct crowd_ctx *c)
{
	uint32_t holder = shared_load(&c->page->lock.holder);

	if (!c->yield || !holder || holder - 1 == c->cpu || !crowd_is_preempted(c, holder - 1))
		return;
	smp_yield_to(c, holder - 1);
	plat_count(&c->me->counters.yields, 1);
}

/* Waits until *word is `value`; PAUSEs (or WFEs) follow each other closely in between. */
static void spin(struct crowd_ctx *c, uint32_t *word, uint32_t value, struct wait *w)
{
	uint32_t n = 0, seen;

	while ((seen = shared_load_acquire(word)) != value) { /* (R) */
		smp_relax(c, word, seen);
		if (++n % SPINS_PER_LOOK)
			continue;
		crowd_look(c, &w->lost);
		hint(c);
	}
	plat_count(&c->me->counters.spins, n);
}

static void take_ticket(struct crowd_ctx *c, struct wait *w)
{
	uint32_t mine = shared_fetch_add(&c->page->lock.next, 1);

	spin(c, &c->page->lock.owner, mine, w);
}

static void take_tas(struct crowd_ctx *c, struct wait *w)
{
	uint32_t *lock = &c->page->lock.next;

	do {
		spin(c, lock, 0, w);
	} while (shared_exchange(lock, 1)); /* (R) */
}

static void give_up(struct crowd_ctx *c)
{
	struct crowd_lock *lock = &c->page->lock;

	if (c->page->config.kind == CROWD_TICKET)
		shared_store_release(&lock->owner, lock->owner + 1); /* (R) */
	else
		shared_store_release(&lock->next, 0); /* (R) */
}

static void classify(struct crowd_ctx *c, const struct wait *w)
{
	struct crowd_counters *n = &c->me->counters;
	struct crowd_lock *lock = &c->page->lock;
	uint64_t waited = w->end - w->start;

	if (lock->preempted != w->preempted) {
		crowd_hist_add(c, CROWD_WAIT_PREEMPTED, waited);
		plat_count(&n->wait_holder, 1);
		plat_count(&n->wait_holder_cycles, waited);
	} else if (lock->late != w->late) {
		plat_count(&n->wait_queue, 1);
		plat_count(&n->wait_queue_cycles, waited);
	} else if (w->lost) {
		plat_count(&n->wait_self, 1);
		plat_count(&n->wait_self_cycles, waited);
	}
}

/* With the lock held. */
static void note_acquired(struct crowd_ctx *c, const struct wait *w)
{
	struct crowd_counters *n = &c->me->counters;
	struct crowd_lock *lock = &c->page->lock;
	uint64_t waited = w->end - w->start, handoff = w->end - lock->released;

	crowd_hist_add(c, CROWD_WAIT, waited);
	plat_count(&n->operations, 1);
	plat_count(&n->wait_cycles, waited);
	plat_count(&n->spun_cycles, waited > w->lost ? waited - w->lost : 0);
	classify(c, w);
	if (lock->holder && lock->holder != c->cpu + 1) {
		plat_count(&n->handoffs, 1);
		/* Only a wait that was there when the lock was given up was handed anything. */
		if (lock->released > w->start) {
			crowd_hist_add(c, CROWD_HANDOFF, handoff);
			if (handoff > c->jump)
				shared_store(&lock->late, lock->late + 1);
		}
	}
	shared_store(&lock->holder, c->cpu + 1);
}

static void acquire(struct crowd_ctx *c, struct wait *w)
{
	*w = (struct wait){
		.preempted = shared_load(&c->page->lock.preempted),
		.late = shared_load(&c->page->lock.late),
	};
	w->start = crowd_look(c, &w->lost);
	w->lost = 0;
	if (c->page->config.kind == CROWD_TICKET)
		take_ticket(c, w);
	else
		take_tas(c, w);
	w->end = crowd_look(c, &w->lost);
	note_acquired(c, w);
}

/* Holds it, notes whether the CPU was lost meanwhile, gives it up. */
static void hold(struct crowd_ctx *c, uint64_t acquired)
{
	struct crowd_lock *lock = &c->page->lock;
	uint64_t stolen = crowd_stolen(c), lost = 0, now;
	bool stole;

	now = crowd_work(c, c->page->config.section_cycles, &lost);
	stole = crowd_stolen(c) != stolen;
	crowd_hist_add(c, CROWD_HOLD, now - acquired);
	plat_count(&c->me->counters.held_steals, stole);
	plat_count(&c->me->counters.held_jumps, lost != 0);
	if (c->steal ? stole : lost != 0)
		shared_store(&lock->preempted, lock->preempted + 1);
	lock->released = now;
	give_up(c);
}

void crowd_lock(struct crowd_ctx *c)
{
	while (!guest_stopping(c->g)) {
		uint64_t lost = 0;
		struct wait w;

		acquire(c, &w);
		hold(c, w.end);
		crowd_work(c, crowd_think_cycles(c), &lost);
	}
}

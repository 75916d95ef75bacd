// SPDX-License-Identifier: BSD-2-Clause
// Open loop: when the next frame is due, and marks of when frames were sent, taken or answered.
#ifndef GUEST_LOAD_H
#define GUEST_LOAD_H

#include "guest.h"

/* A guest's place in the schedule and in its ring of marks. No division, no floating point. */
struct load {
	struct tandem_load *page;
	struct tandem_mark *mark; /* where the next one goes */
	uint64_t round;		  /* when this round of the schedule began */
	uint64_t due;		  /* when the next frame is to be sent */
	uint64_t tick;		  /* the longest the sender sleeps */
	uint32_t next;		  /* its place in the schedule */
};

/* Either guest: finds its page. */
static inline struct load load_open(struct guest *g)
{
	struct tandem_load *page = plat_ptr(g, g->boot->load_gpa);

	return (struct load){
		.page = page,
		.mark = page->marks,
		.tick = g->boot->clock_hz / 1000000 * g->boot->tick_us,
	};
}

/* The sender: the schedule begins. From here on the timer goes off only when it is set. */
static inline void load_begin(struct guest *g, struct load *l)
{
	l->round = plat_clock() + l->page->phase;
	l->due = l->round + l->page->offset[0];
	shared_store_release(&l->page->start, l->round);
	plat_one_shot(g);
}

/* The sender: one more frame is sent. */
HOT void load_advance(struct load *l)
{
	if (++l->next == TANDEM_ARRIVALS) {
		l->next = 0;
		l->round += l->page->period;
	}
	l->due = l->round + l->page->offset[l->next];
}

/* The sender: takes the frames that are due by `now`, at most `max`; how many they are. */
HOT uint32_t load_take(struct load *l, uint64_t now, uint32_t max)
{
	uint32_t n = 0;

	for (; n < max && l->due <= now; n++)
		load_advance(l);
	return n;
}

/* The sender, before it idles: wake me at `due`, or after a tick. */
HOT void load_set_timer(struct guest *g, const struct load *l, uint64_t due)
{
	uint64_t now = plat_clock(), wait = due > now ? due - now : 1;

	plat_set_timer(g, wait < l->tick ? wait : l->tick);
}

/* The count is stored after the entry; the host reads it with acquire. */
HOT void load_mark(struct load *l, uint64_t t, uint64_t seq)
{
	shared_store(&l->mark->t, t);
	shared_store(&l->mark->seq, seq);
	plat_count_release(&l->page->head);
	if (++l->mark == l->page->marks + TANDEM_MARKS)
		l->mark = l->page->marks;
}

#endif

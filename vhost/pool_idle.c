// SPDX-License-Identifier: BSD-2-Clause
// What a pool decides under its lock.
#include "vhost/pool_idle.h"

#include <assert.h>
#include <stddef.h>

void pool_idle_init(struct pool_idle *l, struct pool_slot *slots, unsigned nslots, unsigned enough)
{
	assert(nslots <= POOL_SLOTS_MAX && enough >= 1);
	*l = (struct pool_idle){ .top = POOL_NOBODY,
				 .bottom = POOL_NOBODY,
				 .nslots = (uint16_t)nslots,
				 .enough = enough,
				 .slot = slots };
	for (unsigned i = 0; i < nslots; i++)
		slots[i] = (struct pool_slot){ .above = POOL_NOBODY, .below = POOL_NOBODY };
}

void pool_idle_add(struct pool_idle *l, int worker)
{
	assert(l->slot[worker].state == POOL_GONE);
	l->slot[worker].state = POOL_RUNNING;
	l->running++;
	l->alive++;
}

void pool_idle_drop(struct pool_idle *l, int worker)
{
	assert(l->slot[worker].state == POOL_RUNNING);
	l->slot[worker].state = POOL_GONE;
	l->running--;
	l->alive--;
}

static void leave_list(struct pool_idle *l, int worker)
{
	struct pool_slot *s = &l->slot[worker];

	assert(s->state == POOL_IDLE);
	*(s->above >= 0 ? &l->slot[s->above].below : &l->top) = s->below;
	*(s->below >= 0 ? &l->slot[s->below].above : &l->bottom) = s->above;
	s->above = s->below = POOL_NOBODY;
}

/*
 * A worker that runs looks for items before it rests, and one that was kicked does as soon as it
 * runs.
 */
static bool have_enough(const struct pool_idle *l)
{
	return l->kicked || l->running >= l->enough;
}

static int kick(struct pool_idle *l)
{
	int worker = l->top;

	if (worker < 0 || have_enough(l))
		return POOL_NOBODY;
	leave_list(l, worker);
	l->slot[worker].state = POOL_KICKED;
	l->kicked++;
	return worker;
}

int pool_idle_queue(struct pool_idle *l, struct pool_item *item)
{
	item->next = NULL;
	if (l->tail)
		l->tail->next = item;
	else
		l->head = item;
	l->tail = item;
	l->nitems++;
	return kick(l);
}

int pool_idle_chain(struct pool_idle *l)
{
	return l->nitems > POOL_BACKLOG ? kick(l) : POOL_NOBODY;
}

enum pool_woken pool_idle_woken(struct pool_idle *l, int worker)
{
	struct pool_slot *s = &l->slot[worker];

	if (s->state == POOL_DYING) {
		s->state = POOL_GONE;
		return POOL_DIE;
	}
	/* A signal that came after its worker had found the kick for itself. */
	if (s->state == POOL_IDLE)
		return POOL_SLEEP_ON;
	assert(s->state == POOL_KICKED);
	s->state = POOL_RUNNING;
	l->kicked--;
	l->running++;
	return POOL_WORK;
}

struct pool_item *pool_idle_take(struct pool_idle *l)
{
	struct pool_item *item = l->head;

	if (!item)
		return NULL;
	l->head = item->next;
	if (!l->head)
		l->tail = NULL;
	l->nitems--;
	return item;
}

void pool_idle_rest(struct pool_idle *l, int worker, uint64_t now)
{
	struct pool_slot *s = &l->slot[worker];

	assert(s->state == POOL_RUNNING && !l->head);
	*s = (struct pool_slot){
		.idle_since = now, .above = POOL_NOBODY, .below = l->top, .state = POOL_IDLE
	};
	*(l->top >= 0 ? &l->slot[l->top].above : &l->bottom) = (int16_t)worker;
	l->top = (int16_t)worker;
	l->running--;
}

int pool_idle_cull(struct pool_idle *l, uint64_t before, unsigned keep)
{
	int worker = l->bottom;

	assert(keep >= 1);
	if (worker < 0 || l->alive <= keep || l->slot[worker].idle_since >= before)
		return POOL_NOBODY;
	leave_list(l, worker);
	l->slot[worker].state = POOL_DYING;
	l->alive--;
	return worker;
}

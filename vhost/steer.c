// SPDX-License-Identifier: BSD-2-Clause
// Several pairs of queues in one direction.
#include "vhost/steer.h"

#include <assert.h>

void steer_add(struct steer *s, struct flow *f)
{
	assert(s->pairs < PAIRS_MAX);
	s->flow[s->pairs++] = f;
}

/* How many of the receiver's pairs receive; they are put into `ports`. */
static unsigned find_receivers(struct port *to, unsigned step, unsigned pairs, struct port **ports)
{
	unsigned n = 0;

	for (unsigned i = 0; i < pairs; i++)
		if (to[i * step].receives)
			ports[n++] = &to[i * step];
	return n;
}

void steer_aim(struct steer *s, struct port *to, unsigned step)
{
	struct port *ports[PAIRS_MAX];
	unsigned n = find_receivers(to, step, s->pairs, ports);

	for (unsigned i = 0; i < s->pairs; i++) {
		s->flow[i]->to = n ? ports[i % n] : &to[i * step];
		s->flow[i]->rx_short = 0;
		s->flow[i]->held = false;
	}
}

void steer_begin(struct steer *s)
{
	s->first = (s->first + !s->stays) % s->pairs;
	s->stays = false;
	s->nwaits = 0;
}

static struct flow *at_place(const struct steer *s, unsigned place)
{
	return s->flow[(s->first + place) % s->pairs];
}

/* The one ahead that waits for the same receiver; NULL: none. */
static const struct flow *who_waits(const struct steer *s, const struct port *to)
{
	for (unsigned i = 0; i < s->nwaits; i++)
		if (s->waits[i]->to == to)
			return s->waits[i];
	return NULL;
}

/* Frames that it has taken, whatever became of them. */
static uint64_t taken(const struct flow *f)
{
	return f->stats.frames + f->stats.dropped + f->stats.too_small;
}

struct flow *steer_next(struct steer *s, unsigned place)
{
	struct flow *f = at_place(s, place);
	const struct flow *ahead = who_waits(s, f->to);

	f->held = ahead;
	/* Then it would be woken, and find work, for less than the one ahead waits for. */
	if (ahead)
		f->rx_short = ahead->rx_short;
	s->frames = taken(f);
	s->starved = f->stats.starved;
	return f;
}

void steer_ran(struct steer *s, unsigned place)
{
	struct flow *f = at_place(s, place);

	if (f->stats.starved == s->starved)
		return;
	s->waits[s->nwaits++] = f;
	if (!place)
		s->stays = taken(f) == s->frames;
}

// SPDX-License-Identifier: BSD-2-Clause
// Several pairs of queues in one direction.
#include "vhost/steer.h"

#include <assert.h>

void steer_add(struct steer *s, struct flow *f)
{
	assert(s->pairs < PAIRS_MAX);
	s->order[s->pairs] = s->pairs;
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
		s->had[i] = 0;
	}
}

/* Who has had fewest comes first; of equals, who did before. There are few, and mostly in order. */
static void sort(struct steer *s)
{
	for (unsigned i = 1; i < s->pairs; i++) {
		unsigned who = s->order[i], place = i;

		for (; place && s->had[s->order[place - 1]] > s->had[who]; place--)
			s->order[place] = s->order[place - 1];
		s->order[place] = who;
	}
}

void steer_begin(struct steer *s)
{
	sort(s);
	s->nwaits = 0;
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
	struct flow *f = s->flow[s->order[place]];
	const struct flow *ahead = who_waits(s, f->to);

	f->held = ahead;
	/* Then it would be woken, and find work, for less than the one ahead waits for. */
	if (ahead)
		f->rx_short = ahead->rx_short;
	s->frames = taken(f);
	s->starved = f->stats.starved;
	return f;
}

/* Of those that send to this receiver, what the one had that has had most. */
static uint64_t most_had(const struct steer *s, const struct port *to)
{
	uint64_t most = 0;

	for (unsigned i = 0; i < s->pairs; i++)
		if (s->flow[i]->to == to && s->had[i] > most)
			most = s->had[i];
	return most;
}

void steer_ran(struct steer *s, unsigned place)
{
	unsigned who = s->order[place];
	struct flow *f = s->flow[who];

	s->had[who] += taken(f) - s->frames;
	if (f->stats.starved != s->starved)
		s->waits[s->nwaits++] = f;
	else if (!f->held)
		s->had[who] = most_had(s, f->to);
}

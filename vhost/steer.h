// SPDX-License-Identifier: BSD-2-Clause
// Several pairs of queues in one direction: which pair of the receiver each of the sender's sends
// to, and who goes first.
#ifndef VHOST_STEER_H
#define VHOST_STEER_H

#include "vhost/flow.h"

/*
 * A pair always sends to the same pair of the receiver, so frames of one flow stay in order. Where
 * the receiver has fewer pairs than the sender, several share its buffers: who has had fewest
 * frames goes first, and nobody takes buffers that one ahead of it is waiting for. Turns are no
 * measure: a receiver that returns many buffers and few by turns would serve every second one.
 */
struct steer {
	struct flow *flow[PAIRS_MAX]; /* of each of the sender's pairs */
	unsigned pairs;
	uint64_t had[PAIRS_MAX];       /* frames, of those that share a receiver; see steer_ran() */
	unsigned order[PAIRS_MAX];     /* of the turn that is under way: who runs at which place */
	struct flow *waits[PAIRS_MAX]; /* those that have run out of buffers */
	unsigned nwaits;
	uint64_t frames, starved; /* of the flow that runs, as they were before */
};

/* Control thread: the next pair of the sender. */
void steer_add(struct steer *s, struct flow *f);

/*
 * Backend thread, when other rings run than before: pair i sends to the (i mod n)th of the n pairs
 * that receive, of those at to[0], to[step], ... If there is none it waits for its own.
 */
void steer_aim(struct steer *s, struct port *to, unsigned step);

/* Backend thread: another turn begins. */
void steer_begin(struct steer *s);

/*
 * Backend thread: the flow at this place of the turn. Held: one ahead of it waits for buffers of
 * the same receiver, and there are none for it.
 */
struct flow *steer_next(struct steer *s, unsigned place);

/*
 * Backend thread: that flow has run. One that got all it wanted counts as if it had had as many
 * frames as any other: what it did not want gives it no claim later.
 */
void steer_ran(struct steer *s, unsigned place);

#endif

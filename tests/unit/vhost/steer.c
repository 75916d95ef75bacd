// SPDX-License-Identifier: BSD-2-Clause
// Several pairs of queues in one direction: who sends where, and who goes first.
#include "vhost/steer.h"

#include <string.h>

#include "tests/common/suite.h"

#define DEVICES 2u
#define PAIRS 4u

static struct port port[DEVICES * PAIRS];
static struct flow flow[PAIRS];
static struct steer steer;

static int set_up(void **state)
{
	(void)state;
	memset(port, 0, sizeof(port));
	memset(flow, 0, sizeof(flow));
	memset(&steer, 0, sizeof(steer));
	for (unsigned i = 0; i < PAIRS; i++)
		steer_add(&steer, &flow[i]);
	return 0;
}

static struct port *receiver(unsigned pair)
{
	return &port[pair * DEVICES + 1];
}

/* Of the receiver's pairs these receive, a bit each. */
static void aim(unsigned receive)
{
	for (unsigned i = 0; i < PAIRS; i++)
		receiver(i)->receives = receive & 1u << i;
	steer_aim(&steer, receiver(0), DEVICES);
}

/* ------------------------------------------------------------------ who sends where */

struct aim_row {
	const char *name;
	unsigned receive;
	unsigned to[PAIRS];
};

static const struct aim_row aims[] = {
	{ "all receive", 0xf, { 0, 1, 2, 3 } },
	{ "the first alone", 0x1, { 0, 0, 0, 0 } },
	{ "the first two", 0x3, { 0, 1, 0, 1 } },
	{ "the first three", 0x7, { 0, 1, 2, 0 } },
	{ "one in between stands still", 0xd, { 0, 2, 3, 0 } },
	{ "the last alone", 0x8, { 3, 3, 3, 3 } },
	{ "none: each waits for its like", 0x0, { 0, 1, 2, 3 } },
};

static void pairs_send_to_those_that_receive(void **state)
{
	const struct aim_row *row = *state;

	aim(0xf);
	flow[1].rx_short = 5;
	flow[1].held = true;
	aim(row->receive);
	for (unsigned i = 0; i < PAIRS; i++) {
		assert_ptr_equal(flow[i].to, receiver(row->to[i]));
		assert_int_equal(flow[i].rx_short, 0);
		assert_false(flow[i].held);
	}
}

/* ------------------------------------------------------------------ who goes first */

/* What becomes of each pair that is not held, by its number; the order they had. */
enum fate { IDLE, MOVES, STARVES, MOVES_AND_STARVES };

static void turn(const enum fate fates[PAIRS], unsigned order[PAIRS])
{
	steer_begin(&steer);
	for (unsigned place = 0; place < PAIRS; place++) {
		struct flow *f = steer_next(&steer, place);
		enum fate fate = fates[f - flow];

		order[place] = (unsigned)(f - flow);
		f->stats.frames += !f->held && (fate == MOVES || fate == MOVES_AND_STARVES);
		f->stats.starved += !f->held && (fate == STARVES || fate == MOVES_AND_STARVES);
		if (!f->held && fate >= STARVES)
			f->rx_short = 7;
		steer_ran(&steer, place);
	}
}

static unsigned first_of_turn(const enum fate fates[PAIRS])
{
	unsigned order[PAIRS];

	turn(fates, order);
	for (unsigned i = 1; i < PAIRS; i++)
		assert_int_equal(order[i], (order[0] + i) % PAIRS);
	return order[0];
}

static void all_go_first_in_turn(void **state)
{
	static const enum fate all[][PAIRS] = {
		{ MOVES, MOVES, MOVES, MOVES },
		{ IDLE, IDLE, IDLE, IDLE },
		{ MOVES_AND_STARVES, MOVES_AND_STARVES, MOVES_AND_STARVES, MOVES_AND_STARVES },
	};
	unsigned last;

	(void)state;
	aim(0x1);
	last = first_of_turn(all[0]);
	for (unsigned k = 0; k < ARRAY_SIZE(all); k++)
		for (unsigned i = 0; i < 2 * PAIRS; i++) {
			unsigned next = first_of_turn(all[k]);

			assert_int_equal(next, (last + 1) % PAIRS);
			last = next;
		}
}

/* However often it looks in vain, the next buffers are its own. */
static void who_found_none_stays_first(void **state)
{
	static const enum fate starve[PAIRS] = { STARVES, STARVES, STARVES, STARVES };
	static const enum fate move[PAIRS] = { MOVES, MOVES, MOVES, MOVES };
	unsigned first;

	(void)state;
	aim(0x1);
	first = first_of_turn(starve);
	for (unsigned i = 0; i < 5; i++)
		assert_int_equal(first_of_turn(starve), first);
	assert_int_equal(first_of_turn(move), first);
	assert_int_equal(first_of_turn(move), (first + 1) % PAIRS);
}

/* Nobody takes buffers that one ahead waits for, or is woken for fewer than that one needs. */
static void those_behind_are_held(void **state)
{
	enum fate fates[PAIRS] = { MOVES, MOVES, MOVES, MOVES };
	unsigned order[PAIRS], who;

	(void)state;
	aim(0x3); /* 0 and 2 share a receiver, 1 and 3 the other */
	turn(fates, order);
	who = (order[0] + 1) % PAIRS;
	fates[who] = STARVES;
	turn(fates, order);
	assert_int_equal(order[0], who);
	for (unsigned i = 1; i < PAIRS; i++) {
		const struct flow *f = &flow[order[i]];

		assert_int_equal(f->held, f->to == flow[who].to);
		assert_int_equal(f->rx_short, f->held ? 7 : 0);
	}
	fates[who] = MOVES;
	turn(fates, order);
	for (unsigned i = 0; i < PAIRS; i++)
		assert_false(flow[i].held);
}

int main(void)
{
	static struct suite s = { .setup = set_up };

	for (size_t i = 0; i < ARRAY_SIZE(aims); i++)
		suite_add(&s, aims[i].name, pairs_send_to_those_that_receive, &aims[i]);
	suite_add(&s, "all go first in turn", all_go_first_in_turn, NULL);
	suite_add(&s, "who found none stays first", who_found_none_stays_first, NULL);
	suite_add(&s, "those behind are held", those_behind_are_held, NULL);
	return suite_run(&s, "steer");
}

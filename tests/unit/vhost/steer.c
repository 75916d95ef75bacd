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

static void turn_of(unsigned frames, const enum fate fates[PAIRS], unsigned order[PAIRS])
{
	steer_begin(&steer);
	for (unsigned place = 0; place < PAIRS; place++) {
		struct flow *f = steer_next(&steer, place);
		enum fate fate = fates[f - flow];

		order[place] = (unsigned)(f - flow);
		if (!f->held && (fate == MOVES || fate == MOVES_AND_STARVES))
			f->stats.frames += frames;
		f->stats.starved += !f->held && (fate == STARVES || fate == MOVES_AND_STARVES);
		if (!f->held && fate >= STARVES)
			f->rx_short = 7;
		steer_ran(&steer, place);
	}
}

static void turn(const enum fate fates[PAIRS], unsigned order[PAIRS])
{
	turn_of(1, fates, order);
}

static unsigned first_of_turn(const enum fate fates[PAIRS])
{
	unsigned order[PAIRS];

	turn(fates, order);
	return order[0];
}

/* The first takes all there is, and wants more: the others are held. */
static const enum fate all_take_and_starve[PAIRS] = { MOVES_AND_STARVES, MOVES_AND_STARVES,
						      MOVES_AND_STARVES, MOVES_AND_STARVES };

static uint64_t spread(void)
{
	uint64_t least = UINT64_MAX, most = 0;

	for (unsigned i = 0; i < PAIRS; i++) {
		least = flow[i].stats.frames < least ? flow[i].stats.frames : least;
		most = flow[i].stats.frames > most ? flow[i].stats.frames : most;
	}
	return most - least;
}

/* However many buffers come back at a time, in whatever rhythm. */
static void all_have_as_many_frames(void **state)
{
	static const unsigned rhythm[] = { 64, 1, 64, 5, 3, 64, 2 };
	unsigned order[PAIRS];

	(void)state;
	for (unsigned beats = 1; beats <= ARRAY_SIZE(rhythm); beats++) {
		set_up(NULL);
		aim(0x1);
		for (unsigned i = 0; i < 1000; i++) {
			turn_of(rhythm[i % beats], all_take_and_starve, order);
			assert_true(spread() <= 64);
		}
	}
}

/* Pairs that had nothing to send, or got all they wanted, do not catch up later. */
static void who_wanted_no_more_has_no_claim(void **state)
{
	const enum fate other = *(const enum fate *)*state;
	const enum fate fates[PAIRS] = { other, other, MOVES_AND_STARVES, other };
	unsigned order[PAIRS];

	aim(0x1);
	for (unsigned i = 0; i < 1000; i++)
		turn_of(10, fates, order);
	for (unsigned i = 0; i < PAIRS; i++)
		flow[i].stats.frames = 0;
	for (unsigned i = 0; i < 40; i++) {
		turn_of(10, all_take_and_starve, order);
		assert_true(spread() <= 20);
	}
}

/* However often it looks in vain, the next buffers are its own. */
static void who_found_none_stays_first(void **state)
{
	static const enum fate starve[PAIRS] = { STARVES, STARVES, STARVES, STARVES };
	unsigned first;

	(void)state;
	aim(0x1);
	first = first_of_turn(starve);
	for (unsigned i = 0; i < 5; i++)
		assert_int_equal(first_of_turn(starve), first);
	assert_int_equal(first_of_turn(all_take_and_starve), first);
	assert_int_not_equal(first_of_turn(all_take_and_starve), first);
}

/* Nobody takes buffers that one ahead waits for, or is woken for fewer than that one needs. */
static void those_behind_are_held(void **state)
{
	enum fate fates[PAIRS] = { MOVES, MOVES, MOVES, MOVES };
	unsigned order[PAIRS], who;

	(void)state;
	aim(0x3); /* 0 and 2 share a receiver, 1 and 3 the other */
	turn(fates, order);
	who = order[0];
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
	static const enum fate others[] = { IDLE, MOVES };
	static struct suite s = { .setup = set_up };

	for (size_t i = 0; i < ARRAY_SIZE(aims); i++)
		suite_add(&s, aims[i].name, pairs_send_to_those_that_receive, &aims[i]);
	suite_add(&s, "all have as many frames", all_have_as_many_frames, NULL);
	suite_add(&s, "who had nothing to send has no claim", who_wanted_no_more_has_no_claim,
		  &others[0]);
	suite_add(&s, "who got all it wanted has no claim", who_wanted_no_more_has_no_claim,
		  &others[1]);
	suite_add(&s, "who found none stays first", who_found_none_stays_first, NULL);
	suite_add(&s, "those behind are held", those_behind_are_held, NULL);
	return suite_run(&s, "steer");
}

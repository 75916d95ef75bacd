// SPDX-License-Identifier: BSD-2-Clause
// In which order the runs of a benchmark's cells are made.
#include "bench/stat/order.h"

#include <string.h>

#include "bench/stat/random.h"

static const char *const names[ORDERS] = { "random", "abba", "sequential" };

const char *order_name(enum run_order o)
{
	return names[o];
}

bool order_find(const char *name, enum run_order *o)
{
	for (unsigned i = 0; i < ORDERS; i++) {
		if (strcmp(names[i], name) != 0)
			continue;
		*o = i;
		return true;
	}
	return false;
}

/* Moves out[from] up to `to`; what is between goes one place down. */
static void move_up(unsigned *out, unsigned from, unsigned to)
{
	unsigned cell = out[from];

	for (; from > to; from--)
		out[from] = out[from - 1];
	out[to] = cell;
}

/* Groups in the order in which their first cells come; within a group the order stays. */
static void gather(const unsigned *group, unsigned *out, unsigned n)
{
	for (unsigned i = 1; i < n; i++) {
		unsigned j = i;

		while (j < n && group[out[j]] != group[out[i - 1]])
			j++;
		if (j < n)
			move_up(out, j, i);
	}
}

static void reverse(unsigned *v, unsigned n)
{
	for (unsigned i = 0; i < n / 2; i++) {
		unsigned t = v[i];

		v[i] = v[n - 1 - i];
		v[n - 1 - i] = t;
	}
}

void order_round(enum run_order how, uint64_t seed, unsigned round, const unsigned *group,
		 unsigned n, unsigned *out)
{
	/* Not seed + round: neighbouring seeds would share their rounds. */
	uint64_t state = seed;

	state = random_next(&state) + round;
	for (unsigned i = 0; i < n; i++)
		out[i] = i;
	if (how == ORDER_RANDOM)
		random_shuffle(&state, out, n);
	gather(group, out, n);
	if (how == ORDER_ABBA && round % 2)
		reverse(out, n);
}

// SPDX-License-Identifier: BSD-2-Clause
// Making rounds.
#include "bench/plan/rounds.h"

#include <assert.h>

static int make_round(struct rounds *r, const struct rounds_task *t, unsigned round,
		      const unsigned *group, const bool *cut)
{
	unsigned order[ROUNDS_ROWS_MAX];
	int err = 0;

	order_round(r->plan.order, r->plan.seed, round, group, r->nrows, order);
	for (unsigned i = 0; i < r->nrows && !*cut && !err; i++)
		err = t->run(t->arg, order[i], round * r->nrows + i);
	return err;
}

int rounds_make(struct rounds *r, const struct rounds_task *t, const bool *cut)
{
	static const unsigned one_group[ROUNDS_ROWS_MAX];
	int err = 0;

	assert(r->nrows <= ROUNDS_ROWS_MAX);
	for (unsigned round = 0; round < r->plan.warmup + r->runs && !*cut && !err; round++) {
		unsigned made = round < r->plan.warmup ? 0 : round + 1 - r->plan.warmup;

		err = make_round(r, t, round, t->group ? t->group : one_group, cut);
		if (!*cut && !err && t->enough && t->enough(t->arg, made))
			r->runs = made;
	}
	return err;
}

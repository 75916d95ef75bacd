// SPDX-License-Identifier: BSD-2-Clause
// A part of a matrix.
#include "bench/plan/shard.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bench/plan/bench.h"
#include "lib/log.h"

/* Digits only, from 1 to the most rows there are; *end: what follows. */
static bool take_number(const char *text, char **end, unsigned *out)
{
	unsigned long v;

	if (*text < '0' || *text > '9')
		return false;
	errno = 0;
	v = strtoul(text, end, 10);
	if (errno || v < 1 || v > BENCH_CELLS_MAX)
		return false;
	*out = (unsigned)v;
	return true;
}

bool shard_parse(const char *text, struct shard *s)
{
	char *end;

	*s = (struct shard){ 0 };
	return take_number(text, &end, &s->index) && *end == '/' &&
	       take_number(end + 1, &end, &s->of) && !*end && s->index <= s->of;
}

static bool is_same_but_slice(const struct cell_spec *a, const struct cell_spec *b)
{
	return a->scenario == b->scenario && a->notify == b->notify && a->producer == b->producer &&
	       a->irq == b->irq && a->loop == b->loop && a->preempt == b->preempt &&
	       a->control == b->control && a->load.rate == b->load.rate &&
	       a->worker_fifo == b->worker_fifo && a->batch == b->batch;
}

/* Rows whose slices are compared are one unit. How many units. */
static unsigned find_units(const struct bench *b, unsigned unit[BENCH_CELLS_MAX])
{
	unsigned units = 0;

	for (unsigned i = 0; i < b->nrows; i++) {
		unit[i] = units;
		for (unsigned j = 0; j < i && unit[i] == units; j++)
			if (b->row[j].spec.slice != b->row[i].spec.slice &&
			    is_same_but_slice(&b->row[j].spec, &b->row[i].spec))
				unit[i] = unit[j];
		units += unit[i] == units;
	}
	return units;
}

/* Which rows to keep: units are dealt out like cards, and their baselines come along. */
static void choose(struct bench *b, const unsigned *unit, bool keep[BENCH_CELLS_MAX])
{
	for (unsigned i = 0; i < b->nrows; i++) {
		bool own = unit[i] % b->shard.of == b->shard.index - 1;
		int base = b->row[i].over.baseline;

		b->row[i].shard_cell = i;
		b->row[i].borrowed = !own;
		keep[i] |= own;
		if (own && base >= 0)
			keep[base] = true;
	}
}

/* Closes the gaps; a baseline that is no longer there is none. */
static void drop_others(struct bench *b, const bool keep[BENCH_CELLS_MAX])
{
	int at[BENCH_CELLS_MAX];
	unsigned n = 0;

	for (unsigned i = 0; i < b->nrows; i++)
		at[i] = keep[i] ? (int)n++ : -1;
	for (unsigned i = 0; i < b->nrows; i++) {
		if (!keep[i])
			continue;
		b->row[at[i]] = b->row[i];
		if (b->row[i].over.baseline >= 0)
			b->row[at[i]].over.baseline = at[b->row[i].over.baseline];
	}
	b->nrows = n;
}

int shard_keep(struct bench *b)
{
	bool keep[BENCH_CELLS_MAX] = { false };
	unsigned unit[BENCH_CELLS_MAX];
	unsigned units = find_units(b, unit);

	if (b->shard.of > units) {
		log_error("--shard=%u/%u: the matrix has %u part%s that can be measured apart; ask "
			  "for no more shards",
			  b->shard.index, b->shard.of, units, units == 1 ? "" : "s");
		return -EINVAL;
	}
	b->shard.cells = b->nrows;
	choose(b, unit, keep);
	drop_others(b, keep);
	return 0;
}

// SPDX-License-Identifier: BSD-2-Clause
// All cells of a pool benchmark, run by run.
#include "bench/pool/run.h"

#include <errno.h>
#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "bench/pool/cell.h"
#include "bench/plan/label.h"
#include "bench/plan/rounds.h"
#include "bench/pool/pool.h"
#include "bench/run/child.h"
#include "lib/log.h"

#define LISTEN_CELL_S 2.0 /* cells have no duration */

static void add_stats(struct pool_stats *to, const struct pool_stats *from)
{
	to->queued += from->queued;
	to->kicks += from->kicks;
	to->coalesced += from->coalesced;
	to->chained += from->chained;
	to->repatriated += from->repatriated;
	to->culled += from->culled;
}

static void add_result(struct pool_row *row, const struct pool_result *r)
{
	struct pool_result *sum = &row->sum;

	sum->ok = r->ok && (sum->ok || !row->tried);
	row->tried = true;
	sum->cut |= r->cut;
	sum->host_cannot |= r->host_cannot;
	if (r->error[0])
		memcpy(sum->error, r->error, sizeof(sum->error));
	row->measured += r->seconds > 0;
	sum->seconds += r->seconds;
	sum->queued += r->queued;
	sum->executed += r->executed;
	sum->wrong += r->wrong;
	hist_merge(&sum->queue, &r->queue);
	hist_merge(&sum->execute, &r->execute);
	add_stats(&sum->stats, &r->stats);
	sum->voluntary += r->voluntary;
	sum->involuntary += r->involuntary;
}

/* A process that broke out is the worst that can be said of a benchmark. */
static int worse(int a, int b)
{
	return a == -EACCES || !b ? a : b;
}

static double quantile_us(const struct hist *h, double q)
{
	return hist_has(h, q) ? hist_quantile(h, q) / 1e3 : NAN;
}

/* What one run is worth: the metrics of a pool, in the order of metrics[]. */
static void values_of(const struct pool_result *r, double value[METRICS])
{
	for (unsigned m = 0; m < METRICS; m++)
		value[m] = NAN;
	value[METRIC_ITEMS] = (double)r->executed / r->seconds;
	value[METRIC_ITEMS + 1] = quantile_us(&r->queue, 0.5);
	value[METRIC_ITEMS + 2] = quantile_us(&r->queue, 0.99);
	value[METRIC_ITEMS + 3] = quantile_us(&r->execute, 0.5);
	value[METRIC_ITEMS + 4] = quantile_us(&r->execute, 0.99);
}

struct turn {
	struct pool_bench *b;
	struct pool_result *r; /* room for one */
	int err;	       /* the worst so far */
};

static int failure_of(const struct pool_row *row, const struct pool_result *r)
{
	if (r->ok || r->host_cannot)
		return 0;
	log_error("bench pool: %s: %s", row->over.label, r->error);
	return r->violation ? -EACCES : -EIO;
}

/* A run that was cut short has its say in the counters, but is no sample. */
static int take_turn(void *arg, unsigned i, unsigned place)
{
	struct turn *t = arg;
	struct pool_row *row = &t->b->row[i];
	double value[METRICS];

	if (row->sum.host_cannot)
		return 0;
	memset(t->r, 0, sizeof(*t->r));
	pool_cell_run(&row->cell, t->r, &t->b->cut);
	t->b->cut |= t->r->cut;
	add_result(row, t->r);
	if (t->r->ok && !t->r->cut && t->r->seconds > 0) {
		values_of(t->r, value);
		runs_add(&t->b->rounds, i, value, place);
	}
	t->err = worse(t->err, failure_of(row, t->r));
	return 0;
}

/* What tells rows from each other; each is compared with the first of as many producers. */
static void name_rows(struct pool_bench *b)
{
	for (unsigned i = 0; i < b->nrows; i++) {
		const struct pool_cell *c = &b->row[i].cell;
		struct row_runs *r = &b->row[i].over;
		char many[24], layout[LABEL_MAX] = "";
		struct label_axes axes = { .scenario = "pool",
					   .notify = c->engine->name,
					   .producer = many,
					   .pool = layout };
		unsigned first = 0;

		snprintf(many, sizeof(many), "producers=%u", c->producers);
		if (c->engine == &pool_engine_pool)
			label_pool(scope_name(c->layout.scope), c->layout.strict,
				   c->layout.wake_locked ? "locked" : "unlocked", layout);
		r->scenario = axes.scenario;
		label_words(&axes, r->words);
		label_make(&axes, r->label);
		while (b->row[first].cell.producers != c->producers)
			first++;
		r->baseline = first == i ? -1 : (int)first;
	}
}

int pool_bench_run(struct pool_bench *b)
{
	struct turn turn = { b, calloc(1, sizeof(struct pool_result)), 0 };
	struct rounds_task task = { &turn, NULL, take_turn, NULL };
	sigset_t old;

	name_rows(b);
	if (!turn.r || runs_open(&b->rounds, b->nrows, &b->row->over, sizeof(*b->row)) < 0) {
		free(turn.r);
		return -ENOMEM;
	}
	/* Between cells, too, a signal ends the benchmark only by way of the children. */
	cell_block_ends(&old);
	noise_listen(&b->noise, &b->topology.cpus, LISTEN_CELL_S, b->host.clock.us);
	rounds_make(&b->rounds, &task, &b->cut);
	b->cut |= cell_unblock_ends(&old);
	runs_conclude(&b->rounds);
	free(turn.r);
	return turn.err;
}

double pool_items_per_s(const struct pool_row *row)
{
	return row->over.summary[METRIC_ITEMS].median;
}

const struct pool_row *pool_baseline_of(const struct pool_bench *b, const struct pool_row *row,
					const char *name)
{
	for (unsigned i = 0; i < b->nrows; i++)
		if (strcmp(b->row[i].cell.engine->name, name) == 0 &&
		    b->row[i].cell.producers == row->cell.producers && b->row[i].over.n)
			return &b->row[i];
	return NULL;
}

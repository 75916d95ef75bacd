// SPDX-License-Identifier: BSD-2-Clause
// All cells of a pool benchmark, run by run.
#include "bench/pool/run.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "bench/pool/cell.h"
#include "bench/run/cell.h"
#include "bench/pool/pool.h"
#include "bench/run/child.h"
#include "bench/stat/stats.h"
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

/* A run that was cut short has its say in the counters, but not in the rate. */
static int run_row(struct pool_bench *b, struct pool_row *row, struct pool_result *r, double *rate)
{
	memset(r, 0, sizeof(*r));
	pool_cell_run(&row->cell, r, &b->cut);
	b->cut |= r->cut;
	add_result(row, r);
	if (r->ok && !r->cut && r->seconds > 0)
		rate[row->runs++] = (double)r->executed / r->seconds;
	if (r->ok || r->host_cannot)
		return 0;
	log_error("bench pool: %s %s, %u producers: %s", row->cell.engine->name,
		  row->cell.engine == &pool_engine_pool ? scope_name(row->cell.layout.scope) : "",
		  row->cell.producers, r->error);
	return r->violation ? -EACCES : -EIO;
}

/* A process that broke out is the worst that can be said of a benchmark. */
static int worse(int a, int b)
{
	return a == -EACCES || !b ? a : b;
}

int pool_bench_run(struct pool_bench *b)
{
	double *rates = calloc((size_t)b->nrows * b->runs, sizeof(*rates));
	struct pool_result *r = calloc(1, sizeof(*r));
	int err = rates && r ? 0 : -ENOMEM;
	sigset_t old;

	/* Between cells, too, a signal ends the benchmark only by way of the children. */
	cell_block_ends(&old);
	noise_listen(&b->noise, &b->topology.cpus, LISTEN_CELL_S, b->host.clock.us);
	for (unsigned run = 0; run < b->runs && err != -ENOMEM && !b->cut; run++)
		for (unsigned i = 0; i < b->nrows && !b->cut; i++)
			if (!b->row[i].sum.host_cannot)
				err = worse(err,
					    run_row(b, &b->row[i], r, rates + (size_t)i * b->runs));
	b->cut |= cell_unblock_ends(&old);
	for (unsigned i = 0; i < b->nrows && rates; i++)
		b->row[i].items_per_s = stats_median(rates + (size_t)i * b->runs, b->row[i].runs);
	free(r);
	free(rates);
	return err;
}

const struct pool_row *pool_baseline_of(const struct pool_bench *b, const struct pool_row *row,
					const char *name)
{
	for (unsigned i = 0; i < b->nrows; i++)
		if (strcmp(b->row[i].cell.engine->name, name) == 0 &&
		    b->row[i].cell.producers == row->cell.producers && b->row[i].runs)
			return &b->row[i];
	return NULL;
}

// SPDX-License-Identifier: BSD-2-Clause
// The pool benchmark as text: scopes, tables, and the in-tree module's lines.
#include "bench/pool/print.h"

#include <inttypes.h>
#include <string.h>

#include "bench/host/host_print.h"
#include "bench/pool/pool.h"
#include "bench/pool/run.h"
#include "lib/cpulist.h"

static const double quantiles[] = { 0.5, 0.9, 0.95, 0.99 };
#define QUANTILES (sizeof(quantiles) / sizeof(quantiles[0]))

void pool_print_same(const struct topology *t, FILE *to)
{
	bool said[SCOPES] = { false };

	fputs("scopes  ", to);
	for (enum scope s = 0; s < SCOPES; s++) {
		if (said[s])
			continue;
		fprintf(to, "%s%s", s ? "; " : " ", scope_name(s));
		for (enum scope other = s + 1; other < SCOPES; other++) {
			if (!t->npods[s] || !topology_same(t, s, other))
				continue;
			fprintf(to, " = %s", scope_name(other));
			said[other] = true;
		}
		if (t->npods[s])
			fprintf(to, " (%u pod%s)", t->npods[s], t->npods[s] > 1 ? "s" : "");
		else
			fprintf(to, " unknown: %s", t->why[s]);
	}
	fputs("\n", to);
}

void pool_print_scopes(const struct topology *t, FILE *to)
{
	char list[4096];

	for (enum scope s = 0; s < SCOPES; s++) {
		fprintf(to, "%-12s", scope_name(s));
		if (!t->npods[s])
			fprintf(to, " unknown: %s", t->why[s]);
		for (unsigned pod = 0; pod < t->npods[s]; pod++) {
			cpu_set_t cpus;

			topology_pod_cpus(t, s, pod, &cpus);
			fprintf(to, " [%s]", cpulist_print(&cpus, list, sizeof(list)));
		}
		fputs("\n", to);
	}
	pool_print_same(t, to);
}

void pool_print_conditions(const struct pool_bench *b, FILE *to)
{
	char list[1024];

	host_print(&b->host, to);
	fprintf(to, "CPUs     %s\n", cpulist_print(&b->topology.cpus, list, sizeof(list)));
	pool_print_same(&b->topology, to);
}

/* Six characters, of as many digits as fit. */
static void print_us(bool known, double ns, FILE *to)
{
	double us = ns / 1e3;

	if (known)
		fprintf(to, " %6.*f", us < 100 ? 2 : us < 1000 ? 1 : 0, us);
	else
		fprintf(to, " %6s", "-");
}

static void print_hist(const struct hist *h, bool known, FILE *to)
{
	for (unsigned i = 0; i < QUANTILES; i++)
		print_us(known && hist_has(h, quantiles[i]), hist_quantile(h, quantiles[i]), to);
	fputs(" ", to);
	print_us(known && h->n, (double)h->max_ns, to);
	fputs(" ", to);
}

static void print_factor(const struct pool_bench *b, const struct pool_row *row, const char *name,
			 FILE *to)
{
	const struct pool_row *base = pool_baseline_of(b, row, name);

	if (base && pool_items_per_s(base) > 0)
		fprintf(to, " %7.2fx", pool_items_per_s(row) / pool_items_per_s(base));
	else
		fprintf(to, " %8s", "-");
}

static void print_row(const struct pool_bench *b, const struct pool_row *row, FILE *to)
{
	bool own = row->cell.engine == &pool_engine_pool;
	const struct pool_layout *l = &row->cell.layout;

	fprintf(to, "%-12s%-12s%-7s%-9s", row->cell.engine->name, own ? scope_name(l->scope) : "-",
		!own	    ? "-"
		: l->strict ? "yes"
			    : "no",
		!own		 ? "-"
		: l->wake_locked ? "locked"
				 : "unlocked");
	if (!row->over.n) {
		fprintf(to, "  %s\n",
			!row->tried	       ? "not reached"
			: row->sum.host_cannot ? "not on this host"
			: row->sum.error[0]    ? row->sum.error
					       : "cut short");
		return;
	}
	fprintf(to, "%8.0f ", pool_items_per_s(row));
	print_hist(&row->sum.queue, true, to);
	print_hist(&row->sum.execute, b->host.clock.trusted, to);
	print_factor(b, row, "condvar", to);
	print_factor(b, row, "gthreadpool", to);
	print_factor(b, row, "eventfd", to);
	fprintf(to, "%s%s\n", row->sum.cut ? "  cut short" : "", row->sum.ok ? "" : "  FAILED");
}

static void print_head(const struct pool_bench *b, const struct pool_cell *c, FILE *to)
{
	fprintf(to, "\n%u producer%s, %u items each, one in flight, %u run%s", c->producers,
		c->producers > 1 ? "s" : "", c->items, b->rounds.runs,
		b->rounds.runs > 1 ? "s" : "");
	if (c->cull_ms)
		fprintf(to, ", idle workers culled every %u ms", c->cull_ms);
	fprintf(to, "\n%49s%36s %36s %27s\n", "", "queueing, us", "queue to execute, us",
		"items/s as a multiple of");
	fprintf(to, "%-12s%-12s%-7s%-9s%8s ", "engine", "scope", "strict", "wake", "items/s");
	for (unsigned i = 0; i < 2; i++)
		fprintf(to, " %6s %6s %6s %6s  %6s ", "p50", "p90", "p95", "p99", "max");
	fprintf(to, " %8s %8s %8s\n", "condvar", "gthread.", "eventfd");
}

void pool_print(const struct pool_bench *b, FILE *to)
{
	noise_print(&b->noise, to);
	for (unsigned i = 0; i < b->nrows; i++) {
		const struct pool_row *row = &b->row[i];

		if (!i || row->cell.producers != row[-1].cell.producers)
			print_head(b, &row->cell, to);
		print_row(b, row, to);
	}
	if (!b->host.clock.trusted)
		fputs("\nNo times from queueing to execution: the stamps of two CPUs cannot be "
		      "compared on\n"
		      "this host (tandem doctor says why).\n",
		      to);
}

static bool same_block(const struct pool_cell *a, const struct pool_cell *b)
{
	return a->producers == b->producers && a->layout.strict == b->layout.strict &&
	       a->layout.wake_locked == b->layout.wake_locked;
}

/* The module prints whole nanoseconds, and only the cost of queueing. */
static void print_kernel_row(const struct pool_row *row, FILE *to)
{
	const struct hist *h = &row->sum.queue;

	fprintf(to, "test_workqueue:   %-16s %.0f items/sec\tp50=%.0f\tp90=%.0f\tp95=%.0f ns\n",
		scope_name(row->cell.layout.scope), pool_items_per_s(row), hist_quantile(h, 0.5),
		hist_quantile(h, 0.9), hist_quantile(h, 0.95));
}

void pool_print_kernel(const struct pool_bench *b, FILE *to)
{
	const struct pool_cell *last = NULL;

	for (unsigned i = 0; i < b->nrows; i++) {
		const struct pool_row *row = &b->row[i];
		const struct pool_cell *c = &row->cell;

		if (c->engine != &pool_engine_pool || !row->over.n)
			continue;
		if (!last || !same_block(last, c))
			fprintf(to,
				"# tandem: wake %s, affinity_strict %d\n"
				"test_workqueue: running %u threads, %u items/thread\n",
				c->layout.wake_locked ? "locked" : "unlocked", c->layout.strict,
				c->producers, c->items);
		print_kernel_row(row, to);
		last = c;
	}
}

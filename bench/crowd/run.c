// SPDX-License-Identifier: BSD-2-Clause
// The crowd's rows: each once in every round.
#include "bench/crowd/run.h"

#include <errno.h>
#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "bench/crowd/cell.h"
#include "bench/crowd/crowd.h"
#include "bench/plan/label.h"
#include "bench/plan/rounds.h"
#include "bench/run/cell.h"
#include "bench/run/child.h"
#include "lib/log.h"
#include "tandem/shared.h"

static void merge(struct crowd_result *sum, const struct crowd_result *r)
{
	const uint64_t *from = (const uint64_t *)&r->counters;
	uint64_t *to = (uint64_t *)&sum->counters;

	for (size_t i = 0; i < sizeof(r->counters) / sizeof(*from); i++)
		to[i] += from[i];
	for (unsigned h = 0; h < CROWD_HISTS; h++)
		crowd_dist_merge(&sum->dist[h], &r->dist[h]);
	yields_merge(&sum->yields, &r->yields);
	sum->accounted |= r->accounted;
	sum->duration_s += r->duration_s;
	sum->nvcpus = r->nvcpus;
	for (unsigned i = 0; i < r->nvcpus; i++) {
		struct crowd_vcpu *s = &sum->vcpu[i];
		const struct crowd_vcpu *v = &r->vcpu[i];

		s->voluntary += v->voluntary;
		s->involuntary += v->involuntary;
		s->cpu_ns += v->cpu_ns;
		s->run_delay_ns += v->run_delay_ns;
		s->steal_ns += v->steal_ns;
		s->operations += v->operations;
	}
	sum->halts_known = r->halts_known;
	sum->halts += r->halts;
	sum->halt_polls += r->halt_polls;
	sum->halt_polls_successful += r->halt_polls_successful;
	sum->steal_found = r->steal_found;
	sum->yield_found = r->yield_found;
}

static void note_failure(struct crowd_row *row, const struct crowd_result *r)
{
	const struct crowd_spec *s = &row->spec;

	row->ok = false;
	row->host_cannot = r->host_cannot;
	row->violation |= r->violation;
	memcpy(row->error, r->error, sizeof(row->error));
	log_error("crowd %s, %u guests of %u vCPUs: %s", s->workload->name, s->guests, s->vcpus,
		  r->error[0] ? r->error : "failed");
}

static void note_interruption(struct crowd_row *row, const struct crowd_result *r)
{
	row->interrupted++;
	row->stopped_s += r->stopped_s;
	log_warn("crowd %s, %u guests of %u vCPUs: was stopped for %.1f s while it was measured",
		 row->spec.workload->name, row->spec.guests, row->spec.vcpus, r->stopped_s);
}

static double wait_us(const struct crowd_result *r, double q, double cycles_per_us)
{
	const struct crowd_dist *d = &r->dist[CROWD_WAIT];

	return crowd_dist_has(d, q) ? crowd_dist_quantile(d, q) / cycles_per_us : NAN;
}

/* What one run is worth: the metrics of a crowd. */
static void values_of(const struct crowd_spec *s, const struct crowd_result *r,
		      double value[METRICS])
{
	double cycles_per_us = (double)s->clock_hz / 1e6;

	for (unsigned m = 0; m < METRICS; m++)
		value[m] = NAN;
	value[METRIC_ROUND_TRIPS] = crowd_per_s(s, r);
	value[METRIC_WAIT_P50] = wait_us(r, 0.5, cycles_per_us);
	value[METRIC_WAIT_P99] = wait_us(r, 0.99, cycles_per_us);
}

/* Offered by the host, and asked for, but not there for all? */
static void check_hints(struct crowd_row *row, const struct crowd_result *r)
{
	if (!(row->spec.flags & CROWD_YIELD) || (r->steal_found && r->yield_found))
		return;
	row->ok = false;
	row->host_cannot = true;
	snprintf(row->error, sizeof(row->error), "this KVM offers its guests no %s; --hints=%s",
		 r->steal_found ? "KVM_HC_SCHED_YIELD" : "steal time",
		 r->steal_found ? "steal" : "none");
	log_error("crowd %s: %s", row->spec.workload->name, row->error);
}

static void run_row(struct crowd_bench *b, unsigned i, unsigned place, struct crowd_result *r)
{
	struct crowd_row *row = &b->row[i];
	double value[METRICS];

	memset(r, 0, sizeof(*r));
	crowd_cell_run(&row->spec, r, &b->cut);
	row->cut |= r->cut;
	if (!r->ok)
		note_failure(row, r);
	if (!r->ok || r->duration_s <= 0)
		return;
	if (r->stopped_s > 0)
		note_interruption(row, r);
	if (!cell_run_counts(!r->cut, row->over.n) ||
	    !cell_run_counts(r->stopped_s <= 0, b->rounds.runs - 1))
		return;
	values_of(&row->spec, r, value);
	runs_add(&b->rounds, i, value, place);
	merge(&row->sum, r);
	check_hints(row, r);
}

/* What a round needs beside the benchmark. */
struct turn {
	struct crowd_bench *b;
	struct crowd_result *r; /* room for one */
};

/* A row that failed once fails again. */
static int take_turn(void *arg, unsigned i, unsigned place)
{
	struct turn *t = arg;

	if (t->b->row[i].ok)
		run_row(t->b, i, place, t->r);
	return 0;
}

/* What tells rows from each other; each is compared with the first of its workload. */
static void name_rows(struct crowd_bench *b)
{
	for (unsigned i = 0; i < b->nrows; i++) {
		const struct crowd_spec *s = &b->row[i].spec;
		struct row_runs *r = &b->row[i].over;
		char ratio[24];
		struct label_axes axes = { .scenario = "crowd",
					   .notify = s->workload->name,
					   .producer = ratio,
					   .preempt = b->host.preempt };
		unsigned first = 0;

		snprintf(ratio, sizeof(ratio), "ratio=%u", s->ratio);
		r->scenario = axes.scenario;
		label_words(&axes, r->words);
		label_make(&axes, r->label);
		while (b->row[first].spec.workload != s->workload)
			first++;
		r->baseline = first == i ? -1 : (int)first;
	}
}

static int result_of(const struct crowd_bench *b)
{
	int err = 0;

	for (unsigned i = 0; i < b->nrows; i++)
		if (!b->row[i].ok && err != -EIO)
			err = b->row[i].host_cannot ? -ENOSYS : -EIO;
	for (unsigned i = 0; i < b->nrows; i++)
		if (b->row[i].violation)
			err = -EACCES;
	return err;
}

int crowd_bench_run(struct crowd_bench *b)
{
	struct turn turn = { b, malloc(sizeof(struct crowd_result)) };
	struct rounds_task task = { &turn, NULL, take_turn, NULL };
	sigset_t old;

	name_rows(b);
	if (!turn.r || runs_open(&b->rounds, b->nrows, &b->row->over, sizeof(*b->row)) < 0) {
		free(turn.r);
		log_error("bench: out of memory");
		return -ENOSYS;
	}
	/* Between cells, too, a signal ends the benchmark only by way of the children. */
	cell_block_ends(&old);
	noise_listen(&b->noise, &b->row[0].spec.cpus, b->row[0].spec.duration_ms / 1e3,
		     b->host.clock.us);
	for (unsigned i = 0; i < b->nrows; i++)
		b->row[i].ok = true;
	rounds_make(&b->rounds, &task, &b->cut);
	b->cut |= cell_unblock_ends(&old);
	runs_conclude(&b->rounds);
	free(turn.r);
	return result_of(b);
}

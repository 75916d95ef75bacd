// SPDX-License-Identifier: BSD-2-Clause
// Running a benchmark's cells.
#include "bench/plan/measure.h"

#include <errno.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/plan/seconds.h"
#include "bench/plan/bench.h"
#include "bench/plan/floors.h"
#include "bench/plan/rounds.h"
#include "bench/plan/switching.h"
#include "bench/run/cell_run.h"
#include "bench/run/child.h"
#include "lib/log.h"

static void add_result(struct cell_result *sum, const struct cell_result *r)
{
	sum->cut |= r->cut;
	sum->stops_known |= r->stops_known;
	sum->duration_s += r->duration_s;
	sum->frames += r->frames;
	sum->bytes += r->bytes;
	sum->rounds += r->rounds;
	sum->lost += r->lost;
	sum->out_of_order += r->out_of_order;
	sum->duplicates += r->duplicates;
	sum->corrupt += r->corrupt;
	sum->retransmits += r->retransmits;
	sum->dropped += r->dropped;
	sum->producer.batches += r->producer.batches;
	sum->producer.jobs += r->producer.jobs;
	sum->producer.signals += r->producer.signals;
	sum->producer.failures += r->producer.failures;
	sum->io_wq_threads += r->io_wq_threads;
	sum->irq_path.writes += r->irq_path.writes;
	sum->irq_path.kworker_runs += r->irq_path.kworker_runs;
	sum->irq_path.other_runs += r->irq_path.other_runs;
	sum->irq_path.unbound_runs += r->irq_path.unbound_runs;
	sum->irq_path.other_unbound_runs += r->irq_path.other_unbound_runs;
	sum->irq_path.turns += r->irq_path.turns;
	sum->irq_path.queue_turns += r->irq_path.queue_turns;
	sum->irq_path.unbound_turns += r->irq_path.unbound_turns;
	sum->irq_path.writer_turns += r->irq_path.writer_turns;
	sum->irq_path.known |= r->irq_path.known;
	sum->kworkers.readable |= r->kworkers.readable;
	sum->kworkers.runs += r->kworkers.runs;
	sum->kworkers.wait_ns += r->kworkers.wait_ns;
	sum->backend_turns += r->backend_turns;
	sum->backend_sleeps += r->backend_sleeps;
	sum->conserved &= r->conserved;
	sum->uncounted |= r->uncounted;
	sum->features = r->features;
	if (sum->rss_bytes < r->rss_bytes)
		sum->rss_bytes = r->rss_bytes;
	for (unsigned i = 0; i < SIDES; i++) {
		sum->notifications[i] += r->notifications[i];
		sum->coalesced[i] += r->coalesced[i];
		sum->interrupts[i] += r->interrupts[i];
		sum->kicks[i] += r->kicks[i];
		for (unsigned k = 0; k < VIRTQ_BREAKS; k++)
			sum->breaks[i][k] += r->breaks[i][k];
		latency_merge(&sum->latency[i], &r->latency[i]);
		hist_merge(&sum->frame_age[i], &r->frame_age[i]);
	}
	threads_merge(&sum->threads, &r->threads);
	counters_merge(&sum->counters, &r->counters);
	perf_merge(&sum->perf, &r->perf);
	load_merge(&sum->load, &r->load);
	if (!sum->guest_stamp_ns || r->guest_stamp_ns < sum->guest_stamp_ns)
		sum->guest_stamp_ns = r->guest_stamp_ns;
}

static void take_failure(struct bench_row *row, const struct cell_result *r)
{
	row->ok = false;
	row->host_cannot = r->host_cannot;
	row->violation |= r->violation;
	memcpy(row->error, r->error, sizeof(row->error));
	log_error("%s: %s", row->over.label, r->error[0] ? r->error : "failed");
}

/* A run that does not count still has to be right. */
static void check_warmup(struct bench_row *row, struct cell_result *r)
{
	if (!r->ok || (!r->lost && !r->corrupt && r->conserved))
		return;
	snprintf(r->error, sizeof(r->error),
		 "a warm-up run lost or corrupted frames or notifications");
	take_failure(row, r);
}

/* Others may switch, too: then this is of no mode, or of no slice. */
static void check_switches(const struct bench *b, const struct cell_spec *s, struct cell_result *r)
{
	if (r->ok && switching_disturbed(&b->preempt, s, r->error, sizeof(r->error)))
		r->ok = false;
}

/* What was on its way when all was stopped has waited for that: of several runs it is left out. */
static void take_interruption(struct bench_row *row, const struct cell_result *r, unsigned runs)
{
	row->interrupted++;
	row->stopped_s += r->stopped_s;
	log_warn("%s: was stopped for %.1f s while it was measured; %s", row->over.label,
		 r->stopped_s,
		 runs > 1 ? "this run does not count" : "its largest latencies mean nothing");
}

static void run_cell(struct bench *b, unsigned i, unsigned place, struct cell_result *r)
{
	struct bench_row *row = &b->row[i];
	bool warmup = place < b->nrows * b->rounds.plan.warmup;
	double value[METRICS];
	struct trace *trace = warmup ? NULL
				     : b->trace; /* its notifications are not in the results */

	memset(r, 0, sizeof(*r));
	trace_begin(trace, row->over.label);
	cell_run(&row->spec, r, &b->cut);
	trace_end(trace, &row->spec, row->over.label, r, &row->causes);
	check_switches(b, &row->spec, r);
	if (!r->ok)
		take_failure(row, r);
	if (warmup) {
		check_warmup(row, r);
		return;
	}
	if (r->duration_s <= 0)
		return;
	if (r->stopped_s > 0)
		take_interruption(row, r, b->rounds.runs);
	if (!cell_run_counts(r->ok && r->stopped_s <= 0, b->rounds.runs - 1) ||
	    !cell_run_counts(!r->cut, row->over.n)) {
		row->sum.cut |= r->cut;
		return;
	}
	metric_values(&row->spec, r, value);
	if (row->over.n < SERIES_RUNS)
		row->over.series[row->over.n] = r->series;
	runs_add(&b->rounds, i, value, place);
	add_result(&row->sum, r);
}

/* What a round needs beside the benchmark. */
struct turn {
	struct bench *b;
	struct cell_result *r; /* room for one */
	unsigned all;	       /* runs of all rounds */
	double left;	       /* seconds, about */
};

/* One cell's turn: 0, or what switching the host for it said. */
static int take_turn(void *arg, unsigned i, unsigned place)
{
	struct turn *t = arg;
	struct bench *b = t->b;
	struct cell_spec *spec = &b->row[i].spec;
	int err;

	t->left -= cell_seconds(spec);
	spec->place = (struct progress_place){ place + 1, t->all, t->all > b->nrows, t->left };
	/* What the host lacks it will lack in the next round. */
	if (b->row[i].host_cannot)
		return 0;
	err = switching_to(&b->preempt, spec);
	if (!err)
		run_cell(b, i, place, t->r);
	return err;
}

static bool is_enough(void *arg, unsigned made)
{
	struct bench *b = ((struct turn *)arg)->b;

	if (made == 1 && b->first_round)
		b->first_round(b);
	return b->enough && made >= b->fewest && made < b->rounds.runs && b->enough(b);
}

/* One round after the other. 0 or what switching the host said. */
static int run_rounds(struct bench *b, struct cell_result *r)
{
	unsigned group[BENCH_CELLS_MAX];
	struct turn turn = { b, r, (b->rounds.plan.warmup + b->rounds.runs) * b->nrows,
			     bench_seconds(b) };
	struct rounds_task task = { &turn, group, take_turn, is_enough };

	switching_group(&b->row->spec, sizeof(*b->row), b->nrows, group);
	return rounds_make(&b->rounds, &task, &b->cut);
}

static void conclude(struct bench *b)
{
	runs_conclude(&b->rounds);
	for (unsigned i = 0; i < b->nrows; i++) {
		struct bench_row *row = &b->row[i];

		row->gbps = row->over.n ? row->over.summary[METRIC_GBPS].median : 0;
		if (row->over.summary[METRIC_ROUND_TRIPS].n)
			row->rounds_per_s = row->over.summary[METRIC_ROUND_TRIPS].median;
	}
}

/* What the host lacks is marked in the matrix; asked for alone it is the answer. */
static int failure_of(const struct bench *b)
{
	int err = 0;

	for (unsigned i = 0; i < b->nrows; i++) {
		const struct bench_row *row = &b->row[i];

		if (!row->ok && !(b->table && row->host_cannot))
			err = row->host_cannot ? -ENOSYS : -EIO;
	}
	for (unsigned i = 0; i < b->nrows; i++)
		if (b->row[i].violation)
			err = -EACCES;
	return err;
}

/* Floors, rounds, conclusions. */
static int run_all(struct bench *b, struct cell_result *r)
{
	int err = floors_run(b), switched, failed;

	for (unsigned i = 0; i < b->nrows; i++) {
		b->row[i].ok = true;
		b->row[i].sum.conserved = true;
	}
	if (b->floor_only)
		return err;
	switched = run_rounds(b, r);
	conclude(b);
	failed = failure_of(b);
	if (switched)
		return -ENOSYS;
	return failed ? failed : err;
}

int bench_run(struct bench *b)
{
	struct cell_result *r = malloc(sizeof(*r));
	sigset_t old;
	int err;

	if (!r || runs_open(&b->rounds, b->nrows, &b->row->over, sizeof(*b->row)) < 0) {
		free(r);
		log_error("bench: out of memory");
		return -ENOSYS;
	}
	/* Between cells, too, a signal ends the benchmark only by way of the children. */
	cell_block_ends(&old);
	err = run_all(b, r);
	b->cut |= cell_unblock_ends(&old);
	free(r);
	return err;
}

// SPDX-License-Identifier: BSD-2-Clause
// Running a benchmark's cells.
#include "bench/bench.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "bench/progress.h"
#include "lib/log.h"

#define RUNS_MAX 1000u

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double median(double *v, unsigned n)
{
	if (!n)
		return 0;
	qsort(v, n, sizeof(*v), compare);
	return n % 2 ? v[n / 2] : (v[n / 2 - 1] + v[n / 2]) / 2;
}

static void add_result(struct cell_result *sum, const struct cell_result *r)
{
	sum->cut |= r->cut;
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
	sum->irq_path.known |= r->irq_path.known;
	sum->kworkers.readable |= r->kworkers.readable;
	sum->kworkers.runs += r->kworkers.runs;
	sum->kworkers.wait_ns += r->kworkers.wait_ns;
	sum->backend_turns += r->backend_turns;
	sum->backend_sleeps += r->backend_sleeps;
	sum->conserved &= r->conserved;
	if (sum->rss_bytes < r->rss_bytes)
		sum->rss_bytes = r->rss_bytes;
	for (unsigned i = 0; i < SIDES; i++) {
		sum->notifications[i] += r->notifications[i];
		sum->coalesced[i] += r->coalesced[i];
		sum->interrupts[i] += r->interrupts[i];
		sum->kicks[i] += r->kicks[i];
		latency_merge(&sum->latency[i], &r->latency[i]);
	}
	threads_merge(&sum->threads, &r->threads);
}

/* What the medians are taken of. */
struct samples {
	double gbps[BENCH_CELLS_MAX][RUNS_MAX];
	double rounds[BENCH_CELLS_MAX][RUNS_MAX];
};

static void run_cell(struct bench *b, unsigned i, struct samples *s, struct cell_result *r)
{
	struct bench_row *row = &b->row[i];

	memset(r, 0, sizeof(*r));
	trace_begin(b->trace);
	cell_run(&row->spec, r, &b->cut);
	trace_end(b->trace, &row->spec, r, &row->causes);
	if (!r->ok) {
		row->ok = false;
		row->host_cannot = r->host_cannot;
		memcpy(row->error, r->error, sizeof(row->error));
		log_error("%s %s: %s", scenario_name(row->spec.scenario), row->spec.notify->name,
			  r->error[0] ? r->error : "failed");
	}
	if (r->duration_s <= 0)
		return;
	s->gbps[i][row->runs] = (double)r->bytes * 8 / r->duration_s / 1e9;
	s->rounds[i][row->runs] = (double)r->rounds / r->duration_s;
	row->runs++;
	add_result(&row->sum, r);
}

/* Before cell i: the mode it wants, when that is not the one of the cell before. */
static int switch_mode(struct bench *b, unsigned i)
{
	const char *mode = b->row[i].spec.preempt;

	if (!mode || (i && b->row[i - 1].spec.preempt == mode))
		return 0;
	return preempt_switch(&b->preempt, mode);
}

/* The first cell of a scenario, whose conditions its floors share; NULL: none is wanted. */
static const struct cell_spec *first_of(const struct bench *b, enum scenario s)
{
	for (unsigned i = 0; i < b->nrows; i++)
		if (b->row[i].spec.scenario == s)
			return &b->row[i].spec;
	return NULL;
}

static int run_floors(struct bench *b)
{
	int err = 0;

	for (unsigned s = 0; s < SCENARIOS && !b->cut; s++) {
		struct cell_spec spec;

		if (!first_of(b, s))
			continue;
		spec = *first_of(b, s);
		spec.duration_ms = spec.duration_ms / 10;
		if (spec.duration_ms < 100 || spec.duration_ms > 1000)
			spec.duration_ms = spec.duration_ms < 100 ? 100 : 1000;
		if (spec.progress)
			progress_line(
				&(struct progress_sample){ .label = "floor",
							   .detail = scenario_name(s),
							   .total_s = spec.duration_ms * 3 / 1e3 });
		floor_run(&spec, &b->floor[s], &b->cut);
		progress_clear();
		if (!b->floor[s].ok && !b->cut) {
			log_error("floor: %s", b->floor[s].error[0] ? b->floor[s].error : "failed");
			err = -EIO;
		}
		b->have_floor[s] = b->floor[s].ok;
	}
	return err;
}

int bench_run(struct bench *b)
{
	struct samples *s = calloc(1, sizeof(*s));
	struct cell_result *r = malloc(sizeof(*r));
	sigset_t ends, old;
	int err, switched = 0;

	if (!s || !r) {
		log_error("bench: out of memory");
		free(s);
		free(r);
		return -ENOSYS;
	}
	/* Between cells, too, a signal ends the benchmark only by way of the children. */
	sigemptyset(&ends);
	sigaddset(&ends, SIGINT);
	sigaddset(&ends, SIGTERM);
	sigaddset(&ends, SIGHUP);
	sigprocmask(SIG_BLOCK, &ends, &old);
	err = run_floors(b);
	for (unsigned i = 0; i < b->nrows; i++) {
		b->row[i].ok = true;
		b->row[i].sum.conserved = true;
	}
	for (unsigned run = 0; run < b->runs && run < RUNS_MAX && !b->floor_only; run++)
		for (unsigned i = 0; i < b->nrows && !b->cut && !switched; i++) {
			switched = switch_mode(b, i);
			if (!switched)
				run_cell(b, i, s, r);
		}
	for (unsigned i = 0; i < b->nrows; i++) {
		struct bench_row *row = &b->row[i];

		row->gbps = median(s->gbps[i], row->runs);
		row->rounds_per_s = median(s->rounds[i], row->runs);
		if (b->have_floor[row->spec.scenario])
			row->floor = &b->floor[row->spec.scenario];
		/* What the host lacks is marked in the matrix; asked for alone it is the answer. */
		if (!row->ok && !(b->table && row->host_cannot))
			err = row->host_cannot ? -ENOSYS : -EIO;
	}
	sigprocmask(SIG_SETMASK, &old, NULL);
	free(s);
	free(r);
	return switched ? -ENOSYS : err;
}

bool bench_clean(const struct bench *b)
{
	for (unsigned i = 0; i < b->nrows; i++) {
		const struct bench_row *row = &b->row[i];

		if (!row->ok && b->table && row->host_cannot)
			continue;
		if (!row->ok || row->sum.lost || row->sum.corrupt || !row->sum.conserved)
			return false;
	}
	return true;
}

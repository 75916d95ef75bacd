// SPDX-License-Identifier: BSD-2-Clause
// All rows of `bench tcp`.
#include "bench/tcp/run.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bench/plan/label.h"
#include "bench/plan/rounds.h"
#include "bench/plan/switching.h"
#include "bench/run/child.h"
#include "bench/run/progress.h"
#include "bench/tcp/cell.h"
#include "bench/tcp/tcp.h"
#include "lib/log.h"

/* What a round needs beside the benchmark. */
struct turn {
	struct tcp_bench *b;
	struct tcp_result *r; /* room for one */
};

static void add_window(struct tcp_window *to, const struct tcp_window *from)
{
	to->host_s += from->host_s;
	for (unsigned i = 0; i < SIDES; i++) {
		to->notifications[i] += from->notifications[i];
		to->coalesced[i] += from->coalesced[i];
		to->frames[i] += from->frames[i];
	}
	hist_merge(&to->worker, &from->worker);
	hist_merge(&to->write, &from->write);
	threads_merge(&to->threads, &from->threads);
	to->kworkers.readable |= from->kworkers.readable;
	to->kworkers.wait_ns += from->kworkers.wait_ns;
	to->kworkers.runs += from->kworkers.runs;
}

/* Times of distributions do not add up: their medians are in the runs. */
static void add_result(struct tcp_result *sum, const struct tcp_result *r)
{
	for (unsigned i = 0; i < SIDES; i++)
		for (unsigned f = 0; f < SAID_FIGURES; f++)
			sum->said.value[i][f] += r->said.value[i][f];
	for (unsigned p = 0; p < SAID_PHASES; p++)
		add_window(&sum->window[p], &r->window[p]);
	sum->uncounted |= r->uncounted;
	sum->stops_known |= r->stops_known;
}

static void note_failure(struct tcp_row *row, const struct tcp_result *r)
{
	row->ok = false;
	row->host_cannot = r->boot.host_cannot;
	row->violation |= r->boot.violation;
	memcpy(row->error, r->boot.error, sizeof(row->error));
	log_error("%s: %s", row->over.label, row->error[0] ? row->error : "failed");
}

static void note_interruption(struct tcp_row *row, const struct tcp_result *r, unsigned runs)
{
	row->interrupted++;
	row->stopped_s += r->stopped_s;
	log_warn("%s: was stopped for %.1f s while it was measured; %s", row->over.label,
		 r->stopped_s,
		 runs > 1 ? "this run does not count" : "its largest latencies mean nothing");
}

/* What was measured is kept, also of a run that lost data. */
static void take_run(struct tcp_bench *b, unsigned i, unsigned place, const struct tcp_result *r)
{
	struct tcp_row *row = &b->row[i];
	double value[METRICS];

	if (!r->complete)
		return;
	if (r->stopped_s > 0)
		note_interruption(row, r, b->rounds.runs);
	if (!cell_run_counts(r->boot.ok && r->stopped_s <= 0, b->rounds.runs - 1))
		return;
	tcp_values(r, value);
	runs_add(&b->rounds, i, value, place);
	add_result(&row->sum, r);
}

/* Others may switch, too: then this is of no mode, or of no slice. */
static void check_switches(const struct tcp_bench *b, const struct cell_spec *s,
			   struct boot_result *r)
{
	if (r->ok && switching_disturbed(&b->preempt, s, r->error, sizeof(r->error)))
		r->ok = false;
}

static int take_turn(void *arg, unsigned i, unsigned place)
{
	struct turn *t = arg;
	struct tcp_row *row = &t->b->row[i];
	const struct rounds *r = &t->b->rounds;
	unsigned all = (r->plan.warmup + r->runs) * r->nrows;
	bool warmup = place < r->nrows * r->plan.warmup;
	int err;

	if (row->host_cannot)
		return 0;
	err = switching_to(&t->b->preempt, &row->spec.cell);
	if (err)
		return err;
	row->spec.cell.place =
		(struct progress_place){ place + 1, all, all > r->nrows,
					 (all - place - 1) * tcp_seconds(&row->spec) };
	memset(t->r, 0, sizeof(*t->r));
	tcp_cell_run(&row->spec, t->r, &t->b->cut);
	check_switches(t->b, &row->spec.cell, &t->r->boot);
	row->cut |= t->r->boot.cut;
	if (!t->r->boot.ok)
		note_failure(row, t->r);
	if (!warmup)
		take_run(t->b, i, place, t->r);
	return 0;
}

static void name_row(struct tcp_row *row, const struct host *host)
{
	const struct cell_spec *s = &row->spec.cell;
	struct label_axes axes = { .scenario = "tcp",
				   .accel = accel_name(s->accel),
				   .notify = s->notify->name,
				   .producer = s->producer->name,
				   .irq = accel_irq_name(s->accel, s->irq),
				   .preempt = s->preempt ? s->preempt : host->preempt,
				   .slice = s->slice };

	row->over.scenario = axes.scenario;
	label_words(&axes, row->over.words);
	if (s->irq == vm_irqs)
		axes.irq = NULL;
	axes.preempt = s->preempt;
	label_make(&axes, row->over.label);
}

/* The first that has the words of --baseline. */
static int name_rows(struct tcp_bench *b)
{
	const char *words = b->rounds.plan.baseline ? b->rounds.plan.baseline : "";
	unsigned base = 0;

	for (unsigned i = 0; i < b->nrows; i++)
		name_row(&b->row[i], &b->host);
	while (base < b->nrows && !label_picks(words, strlen(words), b->row[base].over.words))
		base++;
	if (base == b->nrows) {
		log_error("--baseline=%s: no row of this benchmark has these words, such as '%s'",
			  words, b->row[0].over.words);
		return -ENOENT;
	}
	for (unsigned i = 0; i < b->nrows; i++)
		b->row[i].over.baseline = i == base ? -1 : (int)base;
	return 0;
}

static int result_of(const struct tcp_bench *b)
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

static void listen_to_host(struct tcp_bench *b)
{
	cpu_set_t cpus;

	CPU_ZERO(&cpus);
	for (unsigned r = 0; r < ROLES; r++)
		if (r != ROLE_NOTIFIER)
			CPU_OR(&cpus, &cpus, &b->row[0].spec.cell.cpus[r]);
	noise_listen(&b->noise, &cpus, b->row[0].spec.work.duration_ms / 1e3, b->host.clock.us);
}

/* 0 or what switching the host said. */
static int run_rounds(struct tcp_bench *b, struct tcp_result *room)
{
	unsigned group[TCP_ROWS_MAX];
	struct turn turn = { b, room };
	struct rounds_task task = { &turn, group, take_turn, NULL };

	switching_group(&b->row->spec.cell, sizeof(*b->row), b->nrows, group);
	progress_begin(b->nrows, b->rounds.plan.warmup + b->rounds.runs, tcp_all_seconds(b));
	return rounds_make(&b->rounds, &task, &b->cut);
}

int tcp_bench_run(struct tcp_bench *b)
{
	struct tcp_result *room;
	sigset_t old;
	int err = name_rows(b), switched;

	if (err)
		return err;
	room = malloc(sizeof(*room));
	if (!room || runs_open(&b->rounds, b->nrows, &b->row->over, sizeof(*b->row)) < 0) {
		free(room);
		log_error("bench tcp: out of memory");
		return -ENOSYS;
	}
	for (unsigned i = 0; i < b->nrows; i++)
		b->row[i].ok = true;
	/* Between cells, too, a signal ends the benchmark only by way of the children. */
	cell_block_ends(&old);
	listen_to_host(b);
	switched = run_rounds(b, room);
	b->cut |= cell_unblock_ends(&old);
	runs_conclude(&b->rounds);
	free(room);
	return switched ? -ENOSYS : result_of(b);
}

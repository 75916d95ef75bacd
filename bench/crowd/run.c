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

static void run_row(struct crowd_bench *b, struct crowd_row *row, struct crowd_result *r)
{
	double us = (double)row->spec.clock_hz / 1e6;

	memset(r, 0, sizeof(*r));
	crowd_cell_run(&row->spec, r, &b->cut);
	row->cut |= r->cut;
	if (!r->ok)
		note_failure(row, r);
	if (!r->ok || r->duration_s <= 0 || row->runs == CROWD_RUNS_MAX)
		return;
	if (r->stopped_s > 0)
		note_interruption(row, r);
	if (!cell_run_counts(!r->cut, row->runs) ||
	    !cell_run_counts(r->stopped_s <= 0, b->runs - 1))
		return;
	row->per_s[row->runs] = crowd_per_s(&row->spec, r);
	row->p50_us[row->runs] = wait_us(r, 0.5, us);
	row->p99_us[row->runs] = wait_us(r, 0.99, us);
	row->runs++;
	merge(&row->sum, r);
	/* Offered by the host, and asked for, but not there for all. */
	if (row->spec.flags & CROWD_YIELD && !(r->steal_found && r->yield_found)) {
		row->ok = false;
		row->host_cannot = true;
		snprintf(row->error, sizeof(row->error),
			 "this KVM offers its guests no %s; --hints=%s",
			 r->steal_found ? "KVM_HC_SCHED_YIELD" : "steal time",
			 r->steal_found ? "steal" : "none");
		log_error("crowd %s: %s", row->spec.workload->name, row->error);
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
	struct crowd_result *r = malloc(sizeof(*r));
	sigset_t old;

	if (!r) {
		log_error("bench: out of memory");
		return -ENOSYS;
	}
	/* Between cells, too, a signal ends the benchmark only by way of the children. */
	cell_block_ends(&old);
	noise_listen(&b->noise, &b->row[0].spec.cpus, b->row[0].spec.duration_ms / 1e3,
		     b->host.clock.us);
	for (unsigned i = 0; i < b->nrows; i++)
		b->row[i].ok = true;
	for (unsigned run = 0; run < b->runs; run++)
		for (unsigned i = 0; i < b->nrows && !b->cut; i++)
			if (b->row[i].ok)
				run_row(b, &b->row[i], r);
	b->cut |= cell_unblock_ends(&old);
	free(r);
	return result_of(b);
}

// SPDX-License-Identifier: BSD-2-Clause
// A benchmark: cells, their floors, the host's conditions; printed as a table and as JSON.
#ifndef BENCH_PLAN_BENCH_H
#define BENCH_PLAN_BENCH_H

#include <stdio.h>

#include "bench/run/cell.h"
#include "bench/run/floor.h"
#include "bench/host/host.h"
#include "bench/host/noise.h"
#include "bench/host/preempt.h"
#include "bench/plan/runs.h"
#include "bench/trace/trace.h"

#define BENCH_CELLS_MAX 512u
#define BENCH_RUNS_MAX 1000u

/* All runs of one combination. */
struct bench_row {
	struct cell_spec spec;
	/* runs that were stopped for a while: samples only where there is one run */
	unsigned interrupted;
	double stopped_s; /* all of them */
	bool ok;
	bool host_cannot;		  /* failed, for what the host lacks */
	bool violation;			  /* failed, by a system call that a thread may not make */
	char error[256];		  /* when not ok */
	struct cell_result sum;		  /* counters added up, histograms merged */
	double gbps;			  /* median over runs */
	double rounds_per_s;		  /* median over runs */
	const struct floor_result *floor; /* NULL: not measured */
	struct row_runs over;		  /* the runs */
	struct trace_causes causes;
	unsigned shard_cell; /* of a shard: its index in the whole matrix */
	bool borrowed;	     /* of another shard, here as a baseline only */
};

/* Baselines, and the first of the rows that they belong to. */
struct bench_floor {
	const struct cell_spec *of;
	struct floor_result result;
	bool have;
};

/* Modes, and in each the frame sizes that scenarios and loops have. */
#define FLOORS_MAX ((PREEMPT_MODES_MAX + 1) * 4)

/* Which part of the matrix this is; of = 0: all of it. */
struct shard {
	unsigned index; /* from 1 on */
	unsigned of;
	unsigned cells; /* of the whole matrix */
};

struct bench {
	struct host host;
	struct noise noise; /* not measured: --no-noise-check */
	const struct accel_ops *accel;
	unsigned nrows;
	struct bench_row *row; /* BENCH_CELLS_MAX of them */
	bool floor_only;
	bool table;	 /* print the seed's table first */
	bool details;	 /* all tables, not only the short one */
	bool may_switch; /* this process can switch the host to lazy */
	bool dosed;	 /* several base slices: print the dose table before all others */
	struct bench_floor floors[FLOORS_MAX];
	unsigned nfloors;
	struct shard shard;
	struct rounds rounds; /* at most BENCH_RUNS_MAX runs of each row */
	bool cut;
	/* After each round from the fewest on: are these enough? NULL: all are made. */
	bool (*enough)(const struct bench *b);
	unsigned fewest;
	/* After the first round that counts; NULL: nothing. */
	void (*first_round)(const struct bench *b);
	struct preempt_control preempt; /* fd -1: modes are not switched */
	struct trace *trace;		/* NULL: --trace was not asked for, or can't be */
	int argc;			/* of `tandem bench`, its name first */
	char **argv;
};

/*
 * Share of the measured windows in which the role's thread had nothing to do: neither ran nor
 * waited for a CPU. NAN: not known.
 */
double bench_idle(const struct bench_row *row, enum role r);

/* Did any frame get lost, or a cell fail? */
bool bench_clean(const struct bench *b);

#endif

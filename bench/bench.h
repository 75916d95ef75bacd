// SPDX-License-Identifier: BSD-2-Clause
// A benchmark: cells, their floors, the host's conditions; printed as a table and as JSON.
#ifndef BENCH_BENCH_H
#define BENCH_BENCH_H

#include <stdio.h>

#include "bench/cell.h"
#include "bench/floor.h"
#include "bench/host.h"
#include "bench/noise.h"
#include "bench/preempt.h"
#include "bench/trace.h"

#define BENCH_CELLS_MAX 256u

/* All runs of one combination. */
struct bench_row {
	struct cell_spec spec;
	unsigned runs; /* that succeeded or were cut short */
	bool ok;
	bool host_cannot;		  /* failed, for what the host lacks */
	char error[256];		  /* when not ok */
	struct cell_result sum;		  /* counters added up, histograms merged */
	double gbps;			  /* median over runs */
	double rounds_per_s;		  /* median over runs */
	const struct floor_result *floor; /* NULL: not measured */
	struct trace_causes causes;
};

struct bench {
	struct host host;
	struct noise noise; /* not measured: --no-noise-check */
	const struct accel_ops *accel;
	unsigned nrows;
	struct bench_row *row; /* BENCH_CELLS_MAX of them */
	bool floor_only;
	bool table;			      /* print the seed's table first */
	struct floor_result floor[SCENARIOS]; /* for stream's and rr's frame sizes */
	bool have_floor[SCENARIOS];
	unsigned runs;
	bool cut;
	struct preempt_control preempt; /* fd -1: modes are not switched */
	struct trace *trace;		/* NULL: --trace was not asked for, or can't be */
	int argc;			/* of `tandem bench`, its name first */
	char **argv;
};

/* Runs all rows' cells, interleaved, `runs` times each. 0; -EIO: a cell failed; -ENOSYS: this host lacks something (both logged). */
int bench_run(struct bench *b);

/* Conditions first; then, when it has run, the tables. */
void bench_print_conditions(const struct bench *b, FILE *to);
void bench_print(const struct bench *b, FILE *to);

/* CPUs as the kernel writes them: "0-2,5"; cut at `size`. */
void bench_cpu_list(const cpu_set_t *cpus, char *out, size_t size);

/* The results as tandem-bench/1, to be let go of with json_decref(). */
struct json_t *bench_json(const struct bench *b);

/* Results as tandem-bench/1 to `path` ("-": stdout), whole or not at all. 0 or -errno (logged). */
int bench_write_json(const struct bench *b, const char *path);

/* Can a file be made at `path`? Asked before measuring. 0 or -errno (logged). */
int bench_check_path(const char *path);

/* Did any frame get lost, or a cell fail? */
bool bench_clean(const struct bench *b);

#endif

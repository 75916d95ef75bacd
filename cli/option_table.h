// SPDX-License-Identifier: BSD-2-Clause
// Which options run, bench and bench table have, and what their help says of each.
#ifndef CLI_OPTION_TABLE_H
#define CLI_OPTION_TABLE_H

#include <getopt.h>
#include <stdio.h>

#define OF_RUN 1u
#define OF_BENCH 2u /* stream, rr and floor */
#define OF_TABLE 4u

/* Defaults, which the help tells. */
#define RING_DEFAULT 256u
#define RR_FRAME_DEFAULT 64u
#define STREAM_FRAME_DEFAULT 65536u
#define RTO_DEFAULT_US 200000u
#define BUDGET_DEFAULT 64u
#define SQ_IDLE_DEFAULT_MS \
	10u /* a tick at HZ 100: longer than any notification may be kept waiting */
#define BATCH_DEFAULT 64u
#define WARMUP_DEFAULT_S 0.5
#define BENCH_DURATION_DEFAULT_S 10.0
#define TABLE_DURATION_DEFAULT_S 2.0

enum option_id {
	OPT_ACCEL = 256,
	OPT_NOTIFY,
	OPT_PRODUCER,
	OPT_BATCH,
	OPT_IRQ,
	OPT_FIFO,
	OPT_PREEMPT,
	OPT_SLICE,
	OPT_HALT_POLL,
	OPT_FRAME,
	OPT_RING,
	OPT_WINDOW,
	OPT_RTO,
	OPT_RATE,
	OPT_ARRIVALS,
	OPT_BUSY_POLL,
	OPT_SQ_IDLE,
	OPT_BUDGET,
	OPT_VERIFY,
	OPT_DURATION,
	OPT_WARMUP,
	OPT_RUNS,
	OPT_WARMUP_RUNS,
	OPT_ORDER,
	OPT_SEED,
	OPT_BASELINE,
	OPT_JSON,
	OPT_FORMAT,
	OPT_NO_NOISE,
	OPT_TRACE,
	OPT_CPUS,
	OPT_FILTERS,
	OPT_MISBEHAVE,
	OPT_SCOPE,
	OPT_WAKE,
	OPT_STRICT,
	OPT_END,
};

#define OPTIONS_MAX (OPT_END - OPT_ACCEL + 2) /* --help, and the end */

/* All of them, for getopt_long(), so that what is not a command's can be named. */
void option_table_longs(struct option longs[OPTIONS_MAX]);

/* Whose is it? A set of OF_... */
unsigned option_table_of(int id);
const char *option_table_name(int id);

/* The options' part of the --help of one of them. */
void option_table_print(FILE *to, unsigned of);

#endif

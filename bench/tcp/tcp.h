// SPDX-License-Identifier: BSD-2-Clause
// TCP between two stock Linux guests: what is asked for, what a run was, and all of them.
#ifndef BENCH_TCP_H
#define BENCH_TCP_H

#include "bench/host/counters.h"
#include "bench/host/host.h"
#include "bench/host/kworkers.h"
#include "bench/host/noise.h"
#include "bench/host/preempt.h"
#include "bench/plan/runs.h"
#include "bench/run/boot.h"
#include "bench/run/cell.h"
#include "bench/tcp/said.h"

#define TCP_ROWS_MAX 128u
#define TCP_STREAMS_MAX 64u
#define TCP_SIZE_MAX (1u << 20)
/* An MTU of 1500. */
#define TCP_FRAME_BYTES 1514u

/* What guest a does: so many connections, so many bytes each time it writes. */
struct tcp_work {
	unsigned streams;
	uint32_t size;
	uint32_t warmup_ms, duration_ms; /* of each phase */
};

/* Of the guests' command line: the work as text, and read from it. */
#define TCP_WORK_WORD "tandem.bench="
#define TCP_WORK_TEXT 64u
void tcp_work_print(const struct tcp_work *w, char text[TCP_WORK_TEXT]);
bool tcp_work_read(const char *text, struct tcp_work *w); /* false: it is none */

struct tcp_spec {
	struct cell_spec cell;
	struct stock_config stock;
	struct tcp_work work;
	uint32_t limit_ms; /* for the guests to come up */
};

/* What the host saw of one phase, between guest a's marks. */
struct tcp_window {
	double host_s;
	uint64_t notifications[SIDES], coalesced[SIDES];
	uint64_t frames[SIDES]; /* that a side sent */
	struct hist worker, write;
	/* Of the stream only: */
	struct role_counts threads;
	struct kworker_counts kworkers; /* of the CPUs from which KVM is told */
};

/* Plain data: it comes back from the child through shared memory. */
struct tcp_result {
	struct boot_result boot; /* ok: and what was said can be true */
	bool complete;		 /* all was said */
	struct said said;
	struct tcp_window window[SAID_PHASES];
	bool uncounted; /* as of struct backend_stats */
	bool conserved; /* decided == delivered + coalesced, over all */
	double stopped_s;
	bool stops_known;
};

struct tcp_row {
	struct tcp_spec spec;
	struct row_runs over; /* the runs that count */
	bool ok;
	bool host_cannot;
	bool violation;
	bool cut;
	unsigned interrupted;
	double stopped_s;
	char error[256];
	struct tcp_result sum; /* figures added up over the runs; times of distributions the last */
};

struct tcp_bench {
	struct host host;
	struct noise noise;
	unsigned nrows;
	struct tcp_row *row; /* TCP_ROWS_MAX of them */
	struct rounds rounds;
	struct preempt_control preempt;
	bool seed; /* as `bench seed`: its table */
	bool cut;
	int argc; /* from "tcp" on */
	char **argv;
};

/* How long a run takes on hardware, about, and all of them. */
double tcp_seconds(const struct tcp_spec *s);
double tcp_all_seconds(const struct tcp_bench *b);

/* What one run was worth; NAN: unknown. */
void tcp_values(const struct tcp_result *r, double value[METRICS]);

/* The median of a row's runs, by the metric's key; NAN: none. */
double tcp_median(const struct tcp_row *row, const char *key);

/* Who tells guest b, in words. */
const char *tcp_deliverer(const struct cell_spec *s);

/*
 * How long that worker, KVM's own, too, waited for a CPU each time it was woken while the stream
 * ran, by the scheduler's count; NAN: nobody hands over, or it is not known. ms.
 */
double tcp_waited_ms(const struct tcp_row *row);

#endif

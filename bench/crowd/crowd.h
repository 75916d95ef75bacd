// SPDX-License-Identifier: BSD-2-Clause
// The crowd: guests whose vCPUs outnumber the CPUs, waiting for each other; what that costs and
// why.
#ifndef BENCH_CROWD_H
#define BENCH_CROWD_H

#include <stdio.h>

#include "bench/crowd/dist.h"
#include "bench/crowd/yields.h"
#include "bench/host/host.h"
#include "bench/host/noise.h"
#include "bench/plan/runs.h"
#include "pair/crowd.h"

#define CROWD_ROWS_MAX 128u
#define CROWD_VCPUS_MAX 256u /* of all guests */

/* How a workload is called; the first is enum crowd_kind's first. */
struct crowd_workload {
	const char *name;
	const char *summary; /* for --help */
	enum crowd_kind kind;
	bool usual; /* runs when none is named */
};

extern const struct crowd_workload crowd_workloads[]; /* ends with a NULL name */
const struct crowd_workload *crowd_workload_find(const char *name, size_t len);
static inline bool crowd_is_lock(enum crowd_kind kind)
{
	return kind < CROWD_UNICAST;
}

struct crowd_spec {
	const struct crowd_workload *workload;
	const struct accel_ops *accel;
	unsigned ratio; /* vCPUs of all guests per CPU */
	unsigned guests;
	unsigned vcpus; /* of each guest */
	uint32_t flags; /* CROWD_STEAL, CROWD_YIELD, CROWD_IDLE, CROWD_MISBEHAVE_FAULT */
	double section_us, think_us, jump_us;
	int64_t halt_poll_ns;
	bool no_ple;
	bool cgroup; /* one for each guest */
	uint32_t duration_ms, warmup_ms;
	uint64_t clock_hz;
	cpu_set_t cpus;
};

struct crowd_vcpu {
	uint64_t voluntary, involuntary; /* context switches of its thread */
	uint64_t cpu_ns, run_delay_ns;	 /* where it is accounted */
	uint64_t steal_ns;		 /* as the guest was told */
	uint64_t operations;
};

/* Plain data: comes back from the child through shared memory. */
struct crowd_result {
	bool ok;
	bool cut;	   /* ended by a signal before its time */
	char error[256];   /* when not ok */
	bool host_cannot;  /* it is this host that lacks something; said why */
	bool violation;	   /* child_not_trusted() */
	double duration_s; /* without stopped_s: see struct cell_result */
	double stopped_s;
	bool accounted; /* the kernel has schedstat files: times of threads and stops are known */
	/* Within the window, of all vCPUs of all guests. */
	struct crowd_counters counters;
	struct crowd_dist dist[CROWD_HISTS];
	unsigned nvcpus;
	struct crowd_vcpu vcpu[CROWD_VCPUS_MAX];
	struct yields yields;
	/* Halts, as far as KVM counts them. */
	bool halts_known;
	uint64_t halts, halt_polls, halt_polls_successful;
	unsigned steal_found, yield_found; /* vCPUs whose host offers it */
	bool conserved; /* over its life: requests asked and served, tickets drawn and called */
};

struct crowd_row {
	struct crowd_spec spec;
	struct row_runs over; /* the runs that succeeded */
	bool ok;
	bool host_cannot;
	bool violation; /* failed, by a system call that a thread may not make */
	bool cut;
	unsigned interrupted; /* as in struct bench_row */
	double stopped_s;
	char error[256];
	struct crowd_result sum; /* counters added up, distributions merged */
};

struct crowd_bench {
	struct host host;
	struct noise noise; /* listened to by crowd_bench_run() */
	unsigned nrows;
	struct crowd_row *row; /* CROWD_ROWS_MAX of them */
	struct rounds rounds;
	bool cut;
	int argc; /* from "crowd" on */
	char **argv;
};

/*
 * Handoffs (lock) or acknowledgements (IPI) per second, of one run; the median of all runs, NAN
 * without any.
 */
double crowd_per_s(const struct crowd_spec *s, const struct crowd_result *r);
double crowd_row_per_s(const struct crowd_row *row);

/* Share of the waits with reason n, and of all time waited; 0 without any. */
double crowd_share(uint64_t n, uint64_t of);

#endif

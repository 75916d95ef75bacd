// SPDX-License-Identifier: BSD-2-Clause
// The options that run and bench share, parsed and checked.
#ifndef CLI_OPTIONS_H
#define CLI_OPTIONS_H

#include <stdbool.h>
#include <stdio.h>

#include "bench/run/cell.h"
#include "bench/host/preempt.h"
#include "bench/host/slice.h"
#include "bench/stat/dose.h"
#include "bench/plan/runs.h"
#include "vmm/vm.h"

#define NOTIFY_MAX 8u
#define HALT_POLL_AUTO (-2)

struct options {
	const char *accel; /* "auto", "kvm", "thread" */
	const struct notify_ops *notify[NOTIFY_MAX];
	unsigned nnotify; /* 0: not given */
	const struct producer_ops *producer[NOTIFY_MAX];
	unsigned nproducer;
	uint32_t batch;
	uint32_t worker_fifo;
	const char *preempt[PREEMPT_MODES_MAX]; /* none: as the host is */
	unsigned npreempt;
	char slice[DOSES_MAX][SLICE_WORD_BYTES]; /* none: as the host is */
	unsigned nslice;
	bool unfiltered;      /* no system call filters */
	int64_t halt_poll_ns; /* HALT_POLL_AUTO, -1: the host's setting, or a value */
	const struct vm_irq *irq[NOTIFY_MAX];
	unsigned nirq;
	uint32_t frame_bytes; /* 0: the scenario's default */
	uint32_t ring_size;
	uint32_t window; /* 0: default */
	uint32_t rto_us;
	uint32_t sq_idle_ms;
	struct load_spec load; /* rate 0: closed loop */
	bool arrivals_given;
	uint32_t delay_us; /* of --notify=delayed:US */
	uint32_t busy_poll_us;
	uint32_t budget;
	uint32_t flags;
	double duration_s; /* negative: the command's default */
	double warmup_s;
	unsigned runs;
	bool no_noise_check;
	bool trace;
	enum run_order order;
	int64_t seed;	      /* negative: any */
	int warmup_runs;      /* negative: one, when there are several runs */
	const char *baseline; /* NULL: the first of each scenario */
	const char *json;     /* NULL: none */
	const char *format;   /* NULL: the tables; of bench only */
	cpu_set_t cpus[ROLES];
	struct pool_layout pool;  /* of unbound; its topology is the one below, or NULL */
	struct topology topology; /* of the notifier's CPUs, when a scope was given */
	uint64_t given;		  /* bit N: the option OPT_ACCEL + N */
	int kvm_err;		  /* of options_accel(): why it is not to be had; 0: it is */
	char kvm_why[VM_WHY_BYTES];
	bool help;
};

/*
 * Reads the options in argv[1..]; what is not an option is moved to the end, from *first on. 0, or
 * EXIT_USAGE, or EXIT_HOST for a scope that this host does not tell (said why on stderr).
 */
int options_parse(struct options *o, int argc, char **argv, int *first);

/* The strategies for --notify's absence: a list as in the option. */
void options_default_notify(struct options *o, const char *list);

/* The first option given that is not one of `of` (OF_... in cli/option_table.h); NULL: none. */
const char *options_foreign(const struct options *o, unsigned of);

/* Puts a cell together, defaults filled in. 0, or EXIT_USAGE (said why). */
int options_spec(const struct options *o, enum scenario s, const struct notify_ops *notify,
		 const struct producer_ops *producer, const struct vm_irq *irq,
		 const struct accel_ops *accel, uint64_t clock_hz, struct cell_spec *spec);

/* How the runs are to be made; a seed is chosen where none was given. */
struct run_plan options_plan(const struct options *o);

/* The accel that it will be: of "auto" kvm where it works, else thread. Says nothing yet. */
const struct accel_ops *options_accel(struct options *o);

/*
 * Once nothing is wrong with the usage: says in one line each that auto has fallen back, and that --irq has no
 * effect. 0; or EXIT_HOST (said why) where kvm was asked for and is not to be had.
 */
int options_settle_accel(const struct options *o, const struct accel_ops *accel);

#endif

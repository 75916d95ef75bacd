// SPDX-License-Identifier: BSD-2-Clause
// The options that run, bench and bench table share, made into cells.
#ifndef CLI_OPTIONS_H
#define CLI_OPTIONS_H

#include <stdbool.h>
#include <stdio.h>

#include "bench/host/preempt.h"
#include "bench/options/ask.h"
#include "bench/plan/runs.h"
#include "bench/run/cell.h"
#include "bench/stat/dose.h"
#include "vmm/vm.h"

/* Where --frame is not given. */
#define RR_FRAME_DEFAULT 64u
#define STREAM_FRAME_DEFAULT 65536u

struct options {
	struct option_set set;
	/* Lists as what they name: what is to be combined. */
	const struct notify_ops *notify[OPTION_WORDS_MAX];
	const struct producer_ops *producer[OPTION_WORDS_MAX];
	const struct vm_irq *irq[OPTION_WORDS_MAX];
	const char *preempt[OPTION_WORDS_MAX];	  /* none: as the host is */
	char slice[DOSES_MAX][OPTION_NAME_BYTES]; /* none: as the host is */
	unsigned nnotify, nproducer, nirq, npreempt, nslice;
	cpu_set_t cpus[ROLES];
	struct topology topology; /* of the notifier's CPUs, when a scope was given */
};

/* KVM, looked for. */
struct accel_choice {
	const struct accel_ops *accel;
	int kvm_err; /* why it is not to be had; 0: it is, or was not looked for */
	char kvm_why[VM_WHY_BYTES];
};

/*
 * Reads argv[1..] of `command` (OF_RUN or OF_BENCH). 0, or EXIT_USAGE, or EXIT_HOST for a scope
 * that this host does not tell (said why).
 */
int options_parse(struct options *o, unsigned command, int argc, char **argv);

/* What a cell is made of beyond what all have in common. */
struct options_cell {
	enum scenario scenario;
	const struct notify_ops *notify;
	const struct producer_ops *producer;
	const struct vm_irq *irq;
	const struct accel_ops *accel;
	/* 0: as the options, or the scenario, have it. */
	uint32_t frame_bytes, window;
};

/* Puts a cell together, defaults filled in. 0, or EXIT_USAGE (said why). */
int options_spec(const struct options *o, const struct options_cell *c, uint64_t clock_hz,
		 struct cell_spec *spec);

/* How the runs are to be made; a seed is chosen where none was given. */
struct run_plan options_plan(const struct option_set *set);

/* The accel that it will be: of "auto" kvm where it works, else thread. Says nothing yet. */
struct accel_choice options_accel(const struct option_set *set);

/*
 * Once nothing is wrong with the usage: says in one line each that auto has fallen back, and that
 * --irq has no effect. 0; or EXIT_HOST (said why) where kvm was asked for and is not to be had.
 */
int options_settle_accel(const struct option_set *set, const struct accel_choice *choice);

/*
 * The same of producers that not every host has: 0; or EXIT_HOST, having said in one line what is
 * missing.
 */
int options_settle_producers(const struct options *o);

/* How long the backend polls, us; of auto at most. */
uint32_t options_busy_poll(const struct option_set *set);

/* Where results go: "-" for standard output, by its other name, too; NULL: nowhere. */
const char *options_json(const struct option_set *set);

#endif

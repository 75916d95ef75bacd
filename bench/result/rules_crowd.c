// SPDX-License-Identifier: BSD-2-Clause
// What only results of bench crowd have.
#include "bench/result/rules.h"

static const struct rule cpu_element[] = { { "", COUNT, REQUIRED, NULL }, END };

/* Beside the options, which are in their table. */
static const struct rule conditions[] = {
	{ "workload", STRING, OPTIONAL, NULL },
	{ "ratio", COUNT, OPTIONAL, NULL },
	{ "guests", COUNT, OPTIONAL, NULL },
	{ "cpu_set", ARRAY, OPTIONAL, cpu_element },
	END,
};

static const struct rule reason[] = {
	{ "waits", COUNT, OPTIONAL, NULL },
	{ "share_of_waits", COUNT, OPTIONAL, NULL },
	{ "share_of_time", COUNT, OPTIONAL, NULL },
	END,
};
static const struct rule waits[] = {
	{ "holder_preempted", OBJECT, OPTIONAL, reason },
	{ "queue_preempted", OBJECT, OPTIONAL, reason },
	{ "self_preempted", OBJECT, OPTIONAL, reason },
	{ "wait_cycles", COUNT, OPTIONAL, NULL },
	{ "spun_cycles", COUNT, OPTIONAL, NULL },
	{ "spins", COUNT, OPTIONAL, NULL },
	END,
};

static const struct rule counts[] = {
	{ "operations", COUNT, OPTIONAL, NULL },
	{ "handoffs", COUNT, OPTIONAL, NULL },
	{ "acknowledgements", COUNT, OPTIONAL, NULL },
	{ "requests_served", COUNT, OPTIONAL, NULL },
	{ "requests_merged", COUNT, OPTIONAL, NULL },
	{ "targets_busy", COUNT, OPTIONAL, NULL },
	{ "interrupts", COUNT, OPTIONAL, NULL },
	{ "sections_with_jump", COUNT, OPTIONAL, NULL },
	{ "sections_with_steal", COUNT, OPTIONAL, NULL },
	{ "clock_jumps", COUNT, OPTIONAL, NULL },
	{ "clock_jump_cycles", COUNT, OPTIONAL, NULL },
	{ "yields_asked", COUNT, OPTIONAL, NULL },
	END,
};

static const struct rule yield[] = {
	{ "n", COUNT, OPTIONAL, NULL },
	{ "from", STRING, OPTIONAL, NULL },
	{ "why_not", STRING, OPTIONAL, NULL },
	END,
};
static const struct rule yields[] = { { "*", OBJECT, OPTIONAL, yield }, END };

static const struct rule halt[] = {
	{ "halts", COUNT, OPTIONAL, NULL },
	{ "polls", COUNT, OPTIONAL, NULL },
	{ "polls_successful", COUNT, OPTIONAL, NULL },
	END,
};

static const struct rule vcpu[] = {
	{ "guest", COUNT, OPTIONAL, NULL },
	{ "vcpu", COUNT, OPTIONAL, NULL },
	{ "operations", COUNT, OPTIONAL, NULL },
	{ "voluntary", COUNT, OPTIONAL, NULL },
	{ "involuntary", COUNT, OPTIONAL, NULL },
	{ "cpu_ns", COUNT, OPTIONAL, NULL },
	{ "run_delay_ns", COUNT, OPTIONAL, NULL },
	{ "steal_ns", COUNT, OPTIONAL, NULL },
	END,
};
static const struct rule vcpu_element[] = { { "", OBJECT, REQUIRED, vcpu }, END };

const struct rule rules_crowd[] = {
	{ "crowd", OBJECT, OPTIONAL, conditions },
	{ "handoffs_per_s", COUNT, OPTIONAL, NULL },
	{ "acknowledgements_per_s", COUNT, OPTIONAL, NULL },
	{ "wait_us", OBJECT, OPTIONAL, rules_hist },
	{ "wait_preempted_us", OBJECT, OPTIONAL, rules_hist },
	{ "hold_us", OBJECT, OPTIONAL, rules_hist },
	{ "handoff_us", OBJECT, OPTIONAL, rules_hist },
	{ "waits", OBJECT, OPTIONAL, waits },
	{ "counts", OBJECT, OPTIONAL, counts },
	{ "yields", OBJECT, OPTIONAL, yields },
	{ "halt", OBJECT, OPTIONAL, halt },
	{ "steal_time", BOOL, OPTIONAL, NULL },
	{ "sched_yield_hypercall", BOOL, OPTIONAL, NULL },
	{ "vcpus", ARRAY, OPTIONAL, vcpu_element },
	END,
};

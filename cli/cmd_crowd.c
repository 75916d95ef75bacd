// SPDX-License-Identifier: BSD-2-Clause
// tandem bench crowd: vCPUs that outnumber the CPUs, waiting for each other.
#include "cli/cmd_crowd.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/crowd/crowd.h"
#include "bench/crowd/json.h"
#include "bench/crowd/print.h"
#include "bench/crowd/run.h"
#include "bench/host/host_print.h"
#include "bench/options/help.h"
#include "bench/options/nearest.h"
#include "bench/options/set.h"
#include "bench/plan/bench.h"
#include "bench/result/json.h"
#include "cli/cli.h"
#include "cli/options.h"
#include "lib/cpulist.h"
#include "lib/log.h"

#define WORKLOADS_MAX 8u

struct crowd_options {
	struct option_set set;
	const struct crowd_workload *workload[WORKLOADS_MAX];
	unsigned nworkload;
	uint32_t ratio[OPTION_WORDS_MAX];
	unsigned nratio;
	cpu_set_t cpus;
};

static int print_help(void)
{
	puts("Usage: tandem bench crowd [WORKLOAD]... [OPTIONS]\n\n"
	     "Guests of several vCPUs, on fewer CPUs, that wait for each other: for a lock, or "
	     "for the\n"
	     "acknowledgement of an interrupt. How long they wait, and who was not running "
	     "meanwhile.\n");
	for (const struct crowd_workload *w = crowd_workloads; w->name; w++)
		printf("  %-10s%s%s\n", w->name, w->summary, w->usual ? "" : " (only when named)");
	puts("\nOptions:");
	option_help(stdout, OF_CROWD);
	return EXIT_OK;
}

static int complain_workload(const char *name)
{
	struct nearest near = nearest_to(name, strlen(name));
	char said[64];

	for (const struct crowd_workload *w = crowd_workloads; w->name; w++)
		nearest_look(&near, w->name);
	log_error("bench crowd: there is no workload '%s'; give ticket, tas, unicast, broadcast "
		  "or async%s",
		  name, nearest_say(&near, "", said, sizeof(said)));
	return EXIT_USAGE;
}

static int read_workload(struct crowd_options *o, const char *name)
{
	const struct crowd_workload *w = crowd_workload_find(name, strlen(name));

	if (!w || o->nworkload == WORKLOADS_MAX)
		return complain_workload(name);
	o->workload[o->nworkload++] = w;
	return 0;
}

static void default_workloads(struct crowd_options *o)
{
	for (const struct crowd_workload *w = crowd_workloads; w->name; w++)
		if (w->usual)
			o->workload[o->nworkload++] = w;
}

static int parse(struct crowd_options *o, int argc, char **argv)
{
	int err = 0;

	memset(o, 0, sizeof(*o));
	if (option_set_parse(&o->set, OF_CROWD, argc, argv) < 0)
		return EXIT_USAGE;
	for (int i = 0; i < o->set.arguments && !err; i++)
		err = read_workload(o, o->set.argument[i]);
	if (err || option_given(&o->set, OPT_HELP))
		return err;
	if (!o->nworkload)
		default_workloads(o);
	o->nratio = option_numbers(&o->set, OPT_RATIO, o->ratio);
	cpulist_allowed(&o->cpus);
	option_cpus(&o->set, OPT_CPUS, &o->cpus);
	return 0;
}

/* How many guests make up the ratio, and of how many vCPUs. 0 or EXIT_USAGE (said why). */
static int divide(const struct crowd_options *o, struct crowd_spec *s)
{
	unsigned cpus = (unsigned)CPU_COUNT(&o->cpus), all = s->ratio * cpus;
	unsigned usual = cpus == 1 ? s->ratio : cpus; /* on one CPU: one guest */

	s->vcpus = usual > CROWD_CPUS_MAX ? CROWD_CPUS_MAX : usual;
	if (option_given(&o->set, OPT_VCPUS))
		s->vcpus = option_whole(&o->set, OPT_VCPUS);
	s->guests = all / s->vcpus;
	if (all > CROWD_VCPUS_MAX || s->guests > CROWD_GUESTS_MAX) {
		log_error("--ratio=%u: %u vCPUs on %u CPUs are more than tandem can watch (%u, in "
			  "%u "
			  "guests); give a smaller ratio, or fewer CPUs (--cpus)",
			  s->ratio, all, cpus, CROWD_VCPUS_MAX, CROWD_GUESTS_MAX);
		return EXIT_USAGE;
	}
	if (!s->guests || all % s->vcpus) {
		log_error("--ratio=%u: %u vCPUs on %u CPUs cannot be made of guests of %u; give a "
			  "--vcpus "
			  "that divides it, or other --cpus",
			  s->ratio, all, cpus, s->vcpus);
		return EXIT_USAGE;
	}
	return 0;
}

static uint32_t flags_of(const struct crowd_options *o, const struct accel_ops *accel)
{
	const char *given = option_text(&o->set, OPT_HINTS);
	const char *hints = given ? given : accel_needs_kvm(accel) ? "steal" : "none";
	uint32_t flags = option_is(&o->set, OPT_TARGETS, "idle") ? CROWD_IDLE : 0;

	if (option_given(&o->set, OPT_MISBEHAVE))
		flags |= CROWD_MISBEHAVE_FAULT;
	if (strcmp(hints, "none") != 0)
		flags |= CROWD_STEAL;
	if (strcmp(hints, "yield") == 0)
		flags |= CROWD_YIELD;
	return flags;
}

/* -1: as the host has it. */
static int64_t halt_poll_of(const struct option_set *set)
{
	return option_is(set, OPT_HALT_POLL, "host") ? -1
						     : (int64_t)option_whole(set, OPT_HALT_POLL);
}

static int add_row(struct crowd_bench *b, const struct crowd_options *o,
		   const struct accel_ops *accel, const struct crowd_workload *w, unsigned ratio)
{
	struct crowd_spec *s = &b->row[b->nrows].spec;
	const struct option_set *set = &o->set;
	int err;

	*s = (struct crowd_spec){
		.workload = w,
		.accel = accel,
		.ratio = ratio,
		.flags = flags_of(o, accel),
		.section_us = option_real(set, OPT_SECTION),
		.think_us = option_real(set, OPT_THINK),
		.jump_us = option_real(set, OPT_JUMP),
		.halt_poll_ns = halt_poll_of(set),
		.no_ple = option_is(set, OPT_PLE, "off"),
		.cgroup = option_given(set, OPT_CGROUP),
		.duration_ms = (uint32_t)(option_real(set, OPT_DURATION) * 1000),
		.warmup_ms = (uint32_t)(option_real(set, OPT_WARMUP) * 1000),
		.clock_hz = b->host.clock.hz,
		.cpus = o->cpus,
	};
	err = divide(o, s);
	if (err)
		return err;
	if (!crowd_is_lock(w->kind) && s->vcpus < 2) {
		log_warn("%s at ratio %u: left out: a guest of one vCPU has nobody to interrupt; "
			 "give "
			 "--vcpus=2 or more",
			 w->name, ratio);
		return 0;
	}
	b->nrows++;
	return 0;
}

static int add_rows(struct crowd_bench *b, const struct crowd_options *o,
		    const struct accel_ops *accel)
{
	int err = 0;

	for (unsigned w = 0; w < o->nworkload && !err; w++)
		for (unsigned r = 0; r < o->nratio && !err; r++)
			err = add_row(b, o, accel, o->workload[w], o->ratio[r]);
	if (!err && !b->nrows) {
		log_error("bench crowd: nothing is left to run");
		return EXIT_USAGE;
	}
	return err;
}

/* Host threads have no hypervisor that could be told anything. */
static int check_accel(const struct option_set *set, const struct accel_choice *choice)
{
	bool asked = (option_given(set, OPT_HINTS) && !option_is(set, OPT_HINTS, "none")) ||
		     option_is(set, OPT_PLE, "off") || halt_poll_of(set) >= 0;

	if (accel_needs_kvm(choice->accel) || !asked)
		return 0;
	if (!choice->kvm_err) {
		log_error("--hints, --ple and --halt-poll are KVM's: they need --accel=kvm");
		return EXIT_USAGE;
	}
	log_error("--hints, --ple and --halt-poll are KVM's, and /dev/kvm %s; tandem doctor says "
		  "what would help",
		  choice->kvm_why);
	return EXIT_HOST;
}

static int run(struct crowd_bench *b, const struct crowd_options *o)
{
	const char *json = options_json(&o->set);
	/* --json=- prints the results alone on stdout. */
	FILE *text = json && strcmp(json, "-") == 0 ? stderr : stdout;
	struct accel_choice choice;
	bool lost;
	int err;

	if (json && bench_check_path(json) < 0)
		return EXIT_USAGE;
	choice = options_accel(&o->set);
	err = check_accel(&o->set, &choice);
	if (err)
		return err;
	host_read(&b->host, "");
	host_warn(&b->host);
	b->rounds.runs = option_whole(&o->set, OPT_RUNS);
	b->rounds.plan = options_plan(&o->set);
	b->rounds.plan.warmup = 0;
	err = add_rows(b, o, choice.accel);
	if (!err)
		err = options_settle_accel(&o->set, &choice);
	if (err)
		return err;
	crowd_print_conditions(b, text);
	fflush(text);
	err = crowd_bench_run(b);
	/* The file first: whoever reads the table may be gone before its end. */
	lost = json && crowd_write_json(b, json) < 0;
	crowd_print(b, text);
	fflush(text);
	return cli_end_bench(b->cut, lost	      ? EXIT_JOB
				     : err == -EACCES ? EXIT_VIOLATION
				     : err == -ENOSYS ? EXIT_HOST
				     : err	      ? EXIT_JOB
						      : EXIT_OK);
}

int cmd_bench_crowd(int argc, char **argv)
{
	struct crowd_options o;
	int code = parse(&o, argc, argv);
	struct crowd_bench *b;

	if (code)
		return code;
	if (option_given(&o.set, OPT_HELP))
		return print_help();
	b = calloc(1, sizeof(*b));
	if (b)
		b->row = calloc(CROWD_ROWS_MAX + 1, sizeof(*b->row));
	if (b) {
		b->argc = argc;
		b->argv = argv;
	}
	if (b && b->row)
		code = run(b, &o);
	else
		code = cli_no_memory("bench");
	if (b) {
		runs_free(&b->rounds);
		free(b->row);
	}
	free(b);
	return code;
}

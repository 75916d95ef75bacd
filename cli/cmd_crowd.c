// SPDX-License-Identifier: BSD-2-Clause
// tandem bench crowd: vCPUs that outnumber the CPUs, waiting for each other.
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/plan/bench.h"
#include "bench/crowd/crowd.h"
#include "cli/cli.h"
#include "cli/parse.h"
#include "cli/options.h"
#include "cli/scan.h"
#include "lib/log.h"

#define RATIOS_MAX 16u
#define WORKLOADS_MAX 8u
#define DURATION_DEFAULT_S 2.0
#define WARMUP_DEFAULT_S 0.2
#define DURATION_MAX_S 86400.0
#define SECTION_DEFAULT_US 10.0
#define THINK_DEFAULT_US 20.0
#define JUMP_DEFAULT_US 500.0
#define MICROSECONDS_MAX 1e7

struct crowd_options {
	struct options common; /* accel, json, help */
	const struct crowd_workload *workload[WORKLOADS_MAX];
	unsigned nworkload;
	uint32_t ratio[RATIOS_MAX];
	unsigned nratio;
	uint32_t vcpus; /* 0: as many as CPUs */
	cpu_set_t cpus;
	double section_us, think_us, jump_us, duration_s, warmup_s;
	const char *hints; /* NULL: the default */
	bool idle, no_ple, cgroup, fault;
	int64_t halt_poll_ns;
	uint32_t runs;
};

enum option_id {
	OPT_ACCEL = 256,
	OPT_RATIO,
	OPT_VCPUS,
	OPT_CPUS,
	OPT_SECTION,
	OPT_THINK,
	OPT_JUMP,
	OPT_HINTS,
	OPT_TARGETS,
	OPT_PLE,
	OPT_HALT_POLL,
	OPT_CGROUP,
	OPT_DURATION,
	OPT_WARMUP,
	OPT_RUNS,
	OPT_JSON,
	OPT_MISBEHAVE,
};

static const struct option long_options[] = {
	{ "accel", required_argument, NULL, OPT_ACCEL },
	{ "ratio", required_argument, NULL, OPT_RATIO },
	{ "vcpus", required_argument, NULL, OPT_VCPUS },
	{ "cpus", required_argument, NULL, OPT_CPUS },
	{ "section", required_argument, NULL, OPT_SECTION },
	{ "think", required_argument, NULL, OPT_THINK },
	{ "jump", required_argument, NULL, OPT_JUMP },
	{ "hints", required_argument, NULL, OPT_HINTS },
	{ "targets", required_argument, NULL, OPT_TARGETS },
	{ "ple", required_argument, NULL, OPT_PLE },
	{ "halt-poll", required_argument, NULL, OPT_HALT_POLL },
	{ "cgroup", no_argument, NULL, OPT_CGROUP },
	{ "duration", required_argument, NULL, OPT_DURATION },
	{ "warmup", required_argument, NULL, OPT_WARMUP },
	{ "runs", required_argument, NULL, OPT_RUNS },
	{ "json", required_argument, NULL, OPT_JSON },
	{ "misbehave", required_argument, NULL, OPT_MISBEHAVE }, /* for the tests */
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

static int print_help(void)
{
	puts("Usage: tandem bench crowd [WORKLOAD]... [OPTIONS]\n\n"
	     "Guests of several vCPUs, on fewer CPUs, that wait for each other: for a lock, or for the\n"
	     "acknowledgement of an interrupt. How long they wait, and who was not running meanwhile.\n");
	for (const struct crowd_workload *w = crowd_workloads; w->name; w++)
		printf("  %-10s%s%s\n", w->name, w->summary, w->usual ? "" : " (only when named)");
	printf("\nOptions:\n"
	       "  --ratio=LIST             vCPUs of all guests per CPU, each from 1 to 16 (1,2,3,4)\n"
	       "  --vcpus=N                vCPUs of each guest, 1 to %u (as many as CPUs)\n"
	       "  --cpus=LIST              the CPUs that all vCPUs share: 0-3,6 (all there are)\n"
	       "  --section=USEC           length of the critical section (%g)\n"
	       "  --think=USEC             between two operations of a vCPU, on average (%g)\n"
	       "  --jump=USEC              a clock that jumps by more says: lost the CPU (%g)\n"
	       "  --hints=none|steal|yield what KVM tells guests and is asked by them, x86: steal time and\n"
	       "                             whether a vCPU is preempted; KVM_HC_SCHED_YIELD too (steal)\n"
	       "  --targets=busy|idle      IPIs: all send to all; or vCPU 0 alone sends, the others\n"
	       "                             halt in between (busy)\n"
	       "  --ple=host|off           x86: exits of PAUSE loops off for these guests (host)\n"
	       "  --halt-poll=host|NS      how long KVM polls before a halted vCPU sleeps (host)\n"
	       "  --cgroup                 a control group for each guest; removed on every exit\n"
	       "  --accel=auto|kvm|thread  guests on KVM, or as host threads; auto: kvm where it works\n"
	       "  --duration=SEC           measure each for so long (%g)\n"
	       "  --warmup=SEC             let it run in before (%g)\n"
	       "  --runs=N                 rounds of all (1)\n"
	       "  --json=FILE              write the results there; - for stdout\n"
	       "  --help                   print this\n",
	       CROWD_CPUS_MAX, SECTION_DEFAULT_US, THINK_DEFAULT_US, JUMP_DEFAULT_US,
	       DURATION_DEFAULT_S, WARMUP_DEFAULT_S);
	return EXIT_OK;
}

static int parse_ratio(struct crowd_options *o, const char *text)
{
	char list[128], *save = NULL, *part;

	o->nratio = 0;
	if (snprintf(list, sizeof(list), "%s", text) >= (int)sizeof(list))
		return parse_complain("ratio", text, "too long");
	for (part = strtok_r(list, ",", &save); part; part = strtok_r(NULL, ",", &save)) {
		if (o->nratio == RATIOS_MAX)
			return parse_complain("ratio", text, "more than 16 of them");
		if (parse_number("ratio", part, 1, 16, &o->ratio[o->nratio++]))
			return EXIT_USAGE;
	}
	return o->nratio ? 0
			 : parse_complain("ratio", text, "give one or more whole numbers: 1,2,4");
}

/* One of two or three words: which; or -1, said why. */
static int parse_word(const char *option, const char *text, const char *const words[])
{
	char way_out[96] = "give ";

	for (int i = 0; words[i]; i++) {
		if (strcmp(text, words[i]) == 0)
			return i;
		strcat(way_out, words[i]);
		strcat(way_out, words[i + 1] ? words[i + 2] ? ", " : " or " : "");
	}
	parse_complain(option, text, way_out);
	return -1;
}

static int parse_flag(const char *option, const char *text, const char *off, const char *on,
		      bool *flag)
{
	const char *const words[] = { off, on, NULL };
	int which = parse_word(option, text, words);

	*flag = which == 1;
	return which < 0 ? EXIT_USAGE : 0;
}

static int parse_hints(struct crowd_options *o, const char *text)
{
	static const char *const words[] = { "none", "steal", "yield", NULL };

	o->hints = text;
	return parse_word("hints", text, words) < 0 ? EXIT_USAGE : 0;
}

static int parse_accel(struct crowd_options *o, const char *text)
{
	static const char *const words[] = { "auto", "kvm", "thread", NULL };

	o->common.accel = text;
	return parse_word("accel", text, words) < 0 ? EXIT_USAGE : 0;
}

static int parse_halt_poll(struct crowd_options *o, const char *text)
{
	uint32_t ns;

	o->halt_poll_ns = -1;
	if (strcmp(text, "host") == 0)
		return 0;
	if (!parse_is_number(text, 0, 1000000000, &ns))
		return parse_complain("halt-poll", text,
				      "give host, or nanoseconds from 0 to 1000000000");
	o->halt_poll_ns = ns;
	return 0;
}

static int parse_misbehave(struct crowd_options *o, const char *text)
{
	o->fault = strcmp(text, "fault") == 0;
	return o->fault ? 0 : parse_complain("misbehave", text, "give fault");
}

static int parse_one(void *to, int id, const char *text)
{
	struct crowd_options *o = to;

	switch (id) {
	case OPT_ACCEL:
		return parse_accel(o, text);
	case OPT_RATIO:
		return parse_ratio(o, text);
	case OPT_VCPUS:
		return parse_number("vcpus", text, 1, CROWD_CPUS_MAX, &o->vcpus);
	case OPT_CPUS:
		return parse_cpus("cpus", text, &o->cpus);
	case OPT_SECTION:
		return parse_real("section", text, 0, MICROSECONDS_MAX, &o->section_us);
	case OPT_THINK:
		return parse_real("think", text, 0, MICROSECONDS_MAX, &o->think_us);
	case OPT_JUMP:
		return parse_real("jump", text, 1, MICROSECONDS_MAX, &o->jump_us);
	case OPT_HINTS:
		return parse_hints(o, text);
	case OPT_TARGETS:
		return parse_flag("targets", text, "busy", "idle", &o->idle);
	case OPT_PLE:
		return parse_flag("ple", text, "host", "off", &o->no_ple);
	case OPT_HALT_POLL:
		return parse_halt_poll(o, text);
	case OPT_CGROUP:
		o->cgroup = true;
		return 0;
	case OPT_DURATION:
		return parse_real("duration", text, 0.01, DURATION_MAX_S, &o->duration_s);
	case OPT_WARMUP:
		return parse_real("warmup", text, 0, DURATION_MAX_S, &o->warmup_s);
	case OPT_RUNS:
		return parse_number("runs", text, 1, CROWD_RUNS_MAX, &o->runs);
	case OPT_JSON:
		o->common.json = parse_output(text);
		return 0;
	case OPT_MISBEHAVE:
		return parse_misbehave(o, text);
	default:
		o->common.help = true;
		return 0;
	}
}

static int parse_workload(struct crowd_options *o, const char *name)
{
	const struct crowd_workload *w = crowd_workload_find(name, strlen(name));

	if (w && o->nworkload < WORKLOADS_MAX) {
		o->workload[o->nworkload++] = w;
		return 0;
	}
	log_error("bench crowd: there is no workload '%s'; give ticket, tas, unicast, broadcast or async",
		  name);
	return EXIT_USAGE;
}

static int parse(struct crowd_options *o, int argc, char **argv)
{
	static const struct scan scan = { .command = "bench crowd",
					  .help = "tandem bench crowd --help",
					  .shorts = ":h",
					  .longs = long_options,
					  .take = parse_one };
	int err, first;

	*o = (struct crowd_options){
		.common.accel = "auto",
		.ratio = { 1, 2, 3, 4 },
		.nratio = 4,
		.section_us = SECTION_DEFAULT_US,
		.think_us = THINK_DEFAULT_US,
		.jump_us = JUMP_DEFAULT_US,
		.duration_s = DURATION_DEFAULT_S,
		.warmup_s = WARMUP_DEFAULT_S,
		.halt_poll_ns = -1,
		.runs = 1,
	};
	sched_getaffinity(0, sizeof(o->cpus), &o->cpus);
	err = scan_options(&scan, o, argc, argv, &first);
	for (; !err && first < argc; first++)
		err = parse_workload(o, argv[first]);
	for (const struct crowd_workload *w = crowd_workloads; w->name && !err && !o->nworkload; w++)
		for (; w->name && w->usual; w++)
			o->workload[o->nworkload++] = w;
	return err;
}

/* How many guests make up the ratio, and of how many vCPUs. 0 or EXIT_USAGE (said why). */
static int divide(const struct crowd_options *o, struct crowd_spec *s)
{
	unsigned cpus = (unsigned)CPU_COUNT(&o->cpus), all = s->ratio * cpus;
	unsigned usual = cpus == 1 ? s->ratio : cpus; /* on one CPU: one guest */

	s->vcpus = o->vcpus ? o->vcpus : usual > CROWD_CPUS_MAX ? CROWD_CPUS_MAX : usual;
	s->guests = all / s->vcpus;
	if (all > CROWD_VCPUS_MAX || s->guests > CROWD_GUESTS_MAX) {
		log_error("--ratio=%u: %u vCPUs on %u CPUs are more than tandem can watch (%u, in %u "
			  "guests); give a smaller ratio, or fewer CPUs (--cpus)",
			  s->ratio, all, cpus, CROWD_VCPUS_MAX, CROWD_GUESTS_MAX);
		return EXIT_USAGE;
	}
	if (!s->guests || all % s->vcpus) {
		log_error("--ratio=%u: %u vCPUs on %u CPUs cannot be made of guests of %u; give a --vcpus "
			  "that divides it, or other --cpus",
			  s->ratio, all, cpus, s->vcpus);
		return EXIT_USAGE;
	}
	return 0;
}

static uint32_t flags_of(const struct crowd_options *o, const struct accel_ops *accel)
{
	const char *hints = o->hints ? o->hints : accel == &accel_kvm ? "steal" : "none";
	uint32_t flags = o->idle ? CROWD_IDLE : 0;

	if (o->fault)
		flags |= CROWD_MISBEHAVE_FAULT;
	if (strcmp(hints, "none") != 0)
		flags |= CROWD_STEAL;
	if (strcmp(hints, "yield") == 0)
		flags |= CROWD_YIELD;
	return flags;
}

static int add_row(struct crowd_bench *b, const struct crowd_options *o,
		   const struct accel_ops *accel, const struct crowd_workload *w, unsigned ratio)
{
	struct crowd_spec *s = &b->row[b->nrows].spec;
	int err;

	*s = (struct crowd_spec){
		.workload = w,
		.accel = accel,
		.ratio = ratio,
		.flags = flags_of(o, accel),
		.section_us = o->section_us,
		.think_us = o->think_us,
		.jump_us = o->jump_us,
		.halt_poll_ns = o->halt_poll_ns,
		.no_ple = o->no_ple,
		.cgroup = o->cgroup,
		.duration_ms = (uint32_t)(o->duration_s * 1000),
		.warmup_ms = (uint32_t)(o->warmup_s * 1000),
		.clock_hz = b->host.clock.hz,
		.cpus = o->cpus,
	};
	err = divide(o, s);
	if (err)
		return err;
	if (!crowd_is_lock(w->kind) && s->vcpus < 2) {
		log_warn("%s at ratio %u: left out: a guest of one vCPU has nobody to interrupt; give "
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
static int check_accel(const struct crowd_options *o, const struct accel_ops *accel)
{
	if (accel == &accel_kvm ||
	    ((!o->hints || strcmp(o->hints, "none") == 0) && !o->no_ple && o->halt_poll_ns < 0))
		return 0;
	if (!o->common.kvm_err) {
		log_error("--hints, --ple and --halt-poll are KVM's: they need --accel=kvm");
		return EXIT_USAGE;
	}
	log_error("--hints, --ple and --halt-poll are KVM's, and /dev/kvm %s; tandem doctor says what would help",
		  o->common.kvm_why);
	return EXIT_HOST;
}

static int run(struct crowd_bench *b, struct crowd_options *o)
{
	/* --json=- prints the results alone on stdout. */
	FILE *text = o->common.json && strcmp(o->common.json, "-") == 0 ? stderr : stdout;
	const struct accel_ops *accel;
	bool lost;
	int err;

	if (o->common.json && bench_check_path(o->common.json) < 0)
		return EXIT_USAGE;
	accel = options_accel(&o->common);
	err = check_accel(o, accel);
	if (err)
		return err;
	host_read(&b->host, "");
	b->runs = o->runs;
	err = add_rows(b, o, accel);
	if (!err)
		err = options_settle_accel(&o->common, accel);
	if (err)
		return err;
	crowd_print_conditions(b, text);
	fflush(text);
	err = crowd_bench_run(b);
	/* The file first: whoever reads the table may be gone before its end. */
	lost = o->common.json && crowd_write_json(b, o->common.json) < 0;
	crowd_print(b, text);
	fflush(text);
	if (b->cut)
		log_warn("cut short: the table shows what was measured so far");
	if (lost)
		return EXIT_JOB;
	if (err == -EACCES)
		return EXIT_VIOLATION;
	return !err ? EXIT_OK : err == -ENOSYS ? EXIT_HOST : EXIT_JOB;
}

int cmd_bench_crowd(int argc, char **argv)
{
	struct crowd_options o;
	int code = parse(&o, argc, argv);
	struct crowd_bench *b;

	if (code)
		return code;
	if (o.common.help)
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
		code = log_errno(EXIT_HOST, "bench: out of memory");
	if (b)
		free(b->row);
	free(b);
	return code;
}

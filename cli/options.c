// SPDX-License-Identifier: BSD-2-Clause
// The options that run and bench share.
#include "cli/options.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/plan/bench.h"
#include "bench/stat/random.h"
#include "cli/cli.h"
#include "cli/option_table.h"
#include "cli/parse.h"
#include "cli/scan.h"
#include "lib/fd.h"
#include "lib/log.h"
#include "tandem/frame.h"
#include "vmm/vm.h"

#define BATCH_MAX 1024u
#define RATE_MAX 10000000u
#define DURATION_MAX_S 86400.0

static int parse_seconds(const char *option, const char *text, double min, double *out)
{
	char *end, way_out[96];
	double v = strtod(text, &end);

	if (end != text && !*end && isfinite(v) && v >= min && v <= DURATION_MAX_S) {
		*out = v;
		return 0;
	}
	snprintf(way_out, sizeof(way_out), "give seconds, at least %.2f and at most %.0f", min,
		 DURATION_MAX_S);
	return parse_complain(option, text, way_out);
}

/* For the tests: delayed:US. */
static const struct notify_ops *find_delayed(struct options *o, const char *name)
{
	static const char prefix[] = "delayed:";
	const char *digits = name + strlen(prefix);
	size_t n;

	if (strncmp(name, prefix, strlen(prefix)) != 0)
		return NULL;
	n = strspn(digits, "0123456789");
	if (!n || n > 6 || digits[n])
		return NULL;
	o->delay_us = (uint32_t)strtoul(digits, NULL, 10);
	return &notify_delayed;
}

static bool add_notify(void *to, const char *name)
{
	struct options *o = to;
	const struct notify_ops *n = notify_find(name);

	if (!n)
		n = find_delayed(o, name);
	if (!n || o->nnotify == NOTIFY_MAX)
		return false;
	o->notify[o->nnotify++] = n;
	return true;
}

static bool add_producer(void *to, const char *name)
{
	struct options *o = to;
	const struct producer_ops *p = producer_find(name);

	if (!p || o->nproducer == NOTIFY_MAX)
		return false;
	o->producer[o->nproducer++] = p;
	return true;
}

static bool add_irq(void *to, const char *name)
{
	struct options *o = to;
	const struct vm_irq *irq = vm_irq_find(name);

	if (!irq || o->nirq == NOTIFY_MAX)
		return false;
	o->irq[o->nirq++] = irq;
	return true;
}

static int parse_notify(struct options *o, const char *text)
{
	o->nnotify = 0;
	return parse_list(o, "notify", text, "direct,deferred,unbound", add_notify);
}

static int parse_producer(struct options *o, const char *text)
{
	o->nproducer = 0;
	return parse_list(o, "producer", text, "user,batch,sqpoll", add_producer);
}

static int parse_irq(struct options *o, const char *text)
{
	char all[96] = "";

	for (const struct vm_irq *irq = vm_irqs; irq->name; irq++) {
		strcat(all, all[0] ? "," : "");
		strcat(all, irq->name);
	}
	o->nirq = 0;
	return parse_list(o, "irq", text, all, add_irq);
}

static bool add_preempt(void *to, const char *name)
{
	struct options *o = to;
	for (size_t i = 0; preempt_modes[i]; i++) {
		if (strcmp(preempt_modes[i], name) != 0 || o->npreempt == PREEMPT_MODES_MAX)
			continue;
		o->preempt[o->npreempt++] = preempt_modes[i];
		return true;
	}
	return false;
}

static int parse_preempt(struct options *o, const char *text)
{
	o->npreempt = 0;
	if (strcmp(text, "current") == 0)
		return 0;
	return parse_list(o, "preempt", text, "none,voluntary,full,lazy,rt", add_preempt);
}

static bool add_slice(struct options *o, const char *name)
{
	if (!slice_is_word(name) || o->nslice == DOSES_MAX)
		return false;
	snprintf(o->slice[o->nslice++], SLICE_WORD_BYTES, "%s", name);
	return true;
}

static int parse_slice(struct options *o, const char *text)
{
	char list[256], *save = NULL, *word;
	bool good = snprintf(list, sizeof(list), "%s", text) < (int)sizeof(list);

	o->nslice = 0;
	if (strcmp(text, "current") == 0)
		return 0;
	for (word = strtok_r(list, ",", &save); word && good; word = strtok_r(NULL, ",", &save))
		good = add_slice(o, word);
	if (good && o->nslice)
		return 0;
	return parse_complain("slice", text,
			      "give current, or some of default, multiples of it (2x) and lengths from "
			      "100us to 1000ms (2.8ms), separated by commas");
}

static int parse_halt_poll(struct options *o, const char *text)
{
	uint32_t ns;

	if (strcmp(text, "auto") == 0 || strcmp(text, "host") == 0) {
		o->halt_poll_ns = text[0] == 'a' ? HALT_POLL_AUTO : -1;
		return 0;
	}
	if (!parse_is_number(text, 0, 1000000000, &ns))
		return parse_complain("halt-poll", text,
				      "give auto, host, or nanoseconds from 0 to 1000000000");
	o->halt_poll_ns = ns;
	return 0;
}

static int parse_scope(struct options *o, const char *text)
{
	if (!scope_find(text, &o->pool.scope))
		return parse_complain("scope", text,
				      "give cpu, smt, cache_shard, cache, numa or system");
	o->pool.topology = &o->topology;
	return 0;
}

static int parse_choice(const char *option, const char *text, const char *no, const char *yes,
			bool *out)
{
	char way_out[96];

	*out = strcmp(text, yes) == 0;
	if (*out || strcmp(text, no) == 0)
		return 0;
	snprintf(way_out, sizeof(way_out), "give %s or %s", no, yes);
	return parse_complain(option, text, way_out);
}

/* Of the CPUs that its workers may run on, which are known when all options are. */
static int read_scope(struct options *o)
{
	int err;

	if (!o->pool.topology)
		return 0;
	err = topology_read(&o->topology, "", &o->cpus[ROLE_NOTIFIER]);
	if (!err && o->topology.npods[o->pool.scope])
		return 0;
	log_error("--scope=%s: this host does not tell it (%s); `tandem bench pool --show-scopes` "
		  "lists those it does",
		  scope_name(o->pool.scope), err ? strerror(-err) : o->topology.why[o->pool.scope]);
	return EXIT_HOST;
}

static int parse_ring(struct options *o, const char *text)
{
	int err = parse_number("ring", text, 1, VIRTQ_SIZE_MAX, &o->ring_size);

	if (!err && o->ring_size & (o->ring_size - 1))
		return parse_complain("ring", text,
				      "give a power of two: virtio's split rings need it");
	return err;
}

static int parse_verify(struct options *o, const char *text)
{
	o->flags &= ~TANDEM_VERIFY_FULL;
	if (strcmp(text, "full") == 0)
		o->flags |= TANDEM_VERIFY_FULL;
	else if (strcmp(text, "ends") != 0)
		return parse_complain("verify", text, "give ends or full");
	return 0;
}

static int parse_arrivals(struct options *o, const char *text)
{
	o->arrivals_given = true;
	return arrivals_find(text, &o->load.arrivals)
		       ? 0
		       : parse_complain("arrivals", text, "give poisson, uniform or fixed");
}

static int parse_filters(struct options *o, const char *text)
{
	o->unfiltered = strcmp(text, "off") == 0;
	return o->unfiltered || strcmp(text, "on") == 0
		       ? 0
		       : parse_complain("filters", text, "give on or off");
}

static int parse_misbehave(struct options *o, const char *text)
{
	if (strcmp(text, "fault") == 0)
		o->flags |= TANDEM_MISBEHAVE_FAULT;
	else if (strcmp(text, "mute") == 0)
		o->flags |= TANDEM_MISBEHAVE_MUTE;
	else
		return parse_complain("misbehave", text, "give fault or mute");
	return 0;
}

static int parse_format(struct options *o, const char *text)
{
	if (strcmp(text, "text") && strcmp(text, "markdown") && strcmp(text, "csv") &&
	    strcmp(text, "json"))
		return parse_complain("format", text, "give text, markdown, csv or json");
	o->format = strcmp(text, "text") ? text : NULL;
	return 0;
}

static int parse_accel(struct options *o, const char *text)
{
	if (strcmp(text, "auto") && strcmp(text, "kvm") && strcmp(text, "thread"))
		return parse_complain("accel", text, "give auto, kvm or thread");
	o->accel = text;
	return 0;
}

static int find_role(const char *name, size_t len)
{
	for (unsigned r = 0; r < ROLES; r++)
		if (strlen(role_name(r)) == len && strncmp(role_name(r), name, len) == 0)
			return (int)r;
	return -1;
}

/* "backend=1,a=0,2": a part without "=" goes on with the role before it. */
static int parse_placement(struct options *o, const char *text)
{
	char list[512], *save = NULL, *part;
	int role = -1, missing;
	cpu_set_t cpus;

	if (snprintf(list, sizeof(list), "%s", text) >= (int)sizeof(list))
		return parse_complain("cpus", text, "too long");
	for (part = strtok_r(list, ",", &save); part; part = strtok_r(NULL, ",", &save)) {
		char *equals = strchr(part, '=');

		if (equals) {
			role = find_role(part, (size_t)(equals - part));
			if (role < 0)
				return parse_complain("cpus", text,
						      "the roles are a, b, backend, notifier");
			CPU_ZERO(&o->cpus[role]);
			part = equals + 1;
		}
		if (role < 0 || !parse_is_cpus(part, &cpus, &missing) || missing >= 0)
			return parse_complain("cpus", text,
					      "give ROLE=CPU or ROLE=FIRST-LAST, of the CPUs this "
					      "process may run on (see taskset -p $$)");
		CPU_OR(&o->cpus[role], &o->cpus[role], &cpus);
	}
	return role < 0 ? parse_complain("cpus", text, "the list is empty") : 0;
}

static int parse_order(struct options *o, const char *text)
{
	return order_find(text, &o->order)
		       ? 0
		       : parse_complain("order", text, "give random, abba or sequential");
}

static int parse_seed(struct options *o, const char *text)
{
	uint32_t seed;
	int err = parse_number("seed", text, 0, UINT32_MAX, &seed);

	o->seed = seed;
	return err;
}

static int parse_warmup_runs(struct options *o, const char *text)
{
	uint32_t n;
	int err = parse_number("warmup-runs", text, 0, BENCH_RUNS_MAX, &n);

	o->warmup_runs = (int)n;
	return err;
}

static int parse_one(void *to, int id, const char *text)
{
	struct options *o = to;

	if (id >= OPT_ACCEL)
		o->given |= 1ull << (id - OPT_ACCEL);
	switch (id) {
	case OPT_ACCEL:
		return parse_accel(o, text);
	case OPT_NOTIFY:
		return parse_notify(o, text);
	case OPT_PRODUCER:
		return parse_producer(o, text);
	case OPT_BATCH:
		return parse_number("batch", text, 1, BATCH_MAX, &o->batch);
	case OPT_HALT_POLL:
		return parse_halt_poll(o, text);
	case OPT_PREEMPT:
		return parse_preempt(o, text);
	case OPT_SLICE:
		return parse_slice(o, text);
	case OPT_FIFO:
		return parse_number("worker-fifo", text, 0, 99, &o->worker_fifo);
	case OPT_IRQ:
		return parse_irq(o, text);
	case OPT_FRAME:
		return parse_number("frame", text, FRAME_MIN, FRAME_MAX, &o->frame_bytes);
	case OPT_RING:
		return parse_ring(o, text);
	case OPT_WINDOW:
		return parse_number("window", text, 1, VIRTQ_SIZE_MAX, &o->window);
	case OPT_RTO:
		return parse_number("rto", text, 1000, 60000000, &o->rto_us);
	case OPT_RATE:
		return parse_number("rate", text, 1, RATE_MAX, &o->load.rate);
	case OPT_ARRIVALS:
		return parse_arrivals(o, text);
	case OPT_BUSY_POLL:
		return parse_number("busy-poll", text, 0, 1000000, &o->busy_poll_us);
	case OPT_SQ_IDLE:
		return parse_number("sq-idle", text, 1, 1000, &o->sq_idle_ms);
	case OPT_BUDGET:
		return parse_number("budget", text, 1, 65536, &o->budget);
	case OPT_VERIFY:
		return parse_verify(o, text);
	case OPT_DURATION:
		return parse_seconds("duration", text, 0.01, &o->duration_s);
	case OPT_WARMUP:
		return parse_seconds("warmup", text, 0, &o->warmup_s);
	case OPT_RUNS:
		return parse_number("runs", text, 1, BENCH_RUNS_MAX, &o->runs);
	case OPT_WARMUP_RUNS:
		return parse_warmup_runs(o, text);
	case OPT_ORDER:
		return parse_order(o, text);
	case OPT_SEED:
		return parse_seed(o, text);
	case OPT_BASELINE:
		o->baseline = text;
		return 0;
	case OPT_JSON:
		o->json = parse_output(text);
		return 0;
	case OPT_FORMAT:
		return parse_format(o, text);
	case OPT_NO_NOISE:
		o->no_noise_check = true;
		return 0;
	case OPT_TRACE:
		o->trace = true;
		return 0;
	case OPT_CPUS:
		return parse_placement(o, text);
	case OPT_FILTERS:
		return parse_filters(o, text);
	case OPT_MISBEHAVE:
		return parse_misbehave(o, text);
	case OPT_SCOPE:
		return parse_scope(o, text);
	case OPT_WAKE:
		return parse_choice("wake", text, "unlocked", "locked", &o->pool.wake_locked);
	case OPT_STRICT:
		return parse_choice("strict", text, "no", "yes", &o->pool.strict);
	default:
		o->help = true;
		return 0;
	}
}

/*
 * The backend, and so its deferred worker, has the last CPU; the guests have the others, to share; the
 * unbound pool may go anywhere. Left to the scheduler, three threads on two CPUs find a new arrangement
 * every few runs, with results up to twice apart.
 */
static void place(cpu_set_t *cpus)
{
	cpu_set_t all, backend;
	int last = 0;

	sched_getaffinity(0, sizeof(all), &all);
	for (int cpu = 0; cpu < CPU_SETSIZE; cpu++)
		if (CPU_ISSET(cpu, &all))
			last = cpu;
	CPU_ZERO(&backend);
	CPU_SET(last, &backend);
	cpus[ROLE_BACKEND] = backend;
	cpus[ROLE_NOTIFIER] = all;
	if (CPU_COUNT(&all) > 1)
		CPU_CLR(last, &all);
	cpus[ROLE_A] = cpus[ROLE_B] = all;
}

static void set_defaults(struct options *o)
{
	*o = (struct options){
		.accel = "auto",
		.ring_size = RING_DEFAULT,
		.rto_us = RTO_DEFAULT_US,
		.budget = BUDGET_DEFAULT,
		.sq_idle_ms = SQ_IDLE_DEFAULT_MS,
		.batch = BATCH_DEFAULT,
		.halt_poll_ns = HALT_POLL_AUTO,
		.duration_s = -1,
		.warmup_s = WARMUP_DEFAULT_S,
		.runs = 1,
		.seed = -1,
		.warmup_runs = -1,
	};
	parse_producer(o, "user");
	parse_irq(o, "auto");
	place(o->cpus);
}

void options_default_notify(struct options *o, const char *list)
{
	if (!o->nnotify)
		parse_notify(o, list);
}

int options_parse(struct options *o, int argc, char **argv, int *first)
{
	char help[64];
	struct option longs[OPTIONS_MAX];
	const struct scan scan = {
		.command = argv[0], .help = help, .shorts = ":h", .longs = longs, .take = parse_one
	};
	int err;

	snprintf(help, sizeof(help), "tandem help %s", argv[0]);
	option_table_longs(longs);
	set_defaults(o);
	err = scan_options(&scan, o, argc, argv, first);
	return err || o->help ? err : read_scope(o);
}

static bool is_given(const struct options *o, int id)
{
	return o->given >> (id - OPT_ACCEL) & 1;
}

const char *options_foreign(const struct options *o, unsigned of)
{
	for (int id = OPT_ACCEL; id < OPT_END; id++)
		if (is_given(o, id) && !(option_table_of(id) & of))
			return option_table_name(id);
	return NULL;
}

/*
 * A halted vCPU that polls keeps its CPU busy. Where guests and backend have a CPU each that
 * only makes it quicker to wake; where they share, it takes the CPU from those it waits for.
 */
static int64_t choose_halt_poll(const struct options *o)
{
	cpu_set_t cpus;

	if (o->halt_poll_ns != HALT_POLL_AUTO)
		return o->halt_poll_ns;
	sched_getaffinity(0, sizeof(cpus), &cpus);
	return CPU_COUNT(&cpus) < 3 ? 0 : -1;
}

int options_spec(const struct options *o, enum scenario s, const struct notify_ops *notify,
		 const struct producer_ops *producer, const struct vm_irq *irq,
		 const struct accel_ops *accel, uint64_t clock_hz, struct cell_spec *spec)
{
	uint32_t frame = o->frame_bytes;

	if (!frame)
		frame = s == SCENARIO_STREAM ? STREAM_FRAME_DEFAULT : RR_FRAME_DEFAULT;
	if (o->window > o->ring_size) {
		log_error("--window=%u: more frames in flight than a ring of %u entries holds; use a "
			  "larger --ring",
			  o->window, o->ring_size);
		return EXIT_USAGE;
	}
	if (o->arrivals_given && !o->load.rate) {
		log_error("--arrivals=%s: spreads the frames of --rate; give a --rate",
			  arrivals_name(o->load.arrivals));
		return EXIT_USAGE;
	}
	if (o->pool.wake_locked && notify == &notify_unbound && producer->in_kernel) {
		log_error("--wake=locked with --producer=%s: the kernel sends that wake-up, long after the "
			  "lock; use --producer=user",
			  producer->name);
		return EXIT_USAGE;
	}
	*spec = (struct cell_spec){
		.scenario = s,
		.accel = accel,
		.notify = notify,
		.producer = producer,
		.batch = o->batch,
		.irq = irq,
		.worker_fifo = (int)o->worker_fifo,
		.pool = o->pool,
		.halt_poll_ns = choose_halt_poll(o),
		.frame_bytes = frame,
		.ring_size = o->ring_size,
		.window = o->window ? o->window : o->ring_size,
		.rto_us = o->rto_us,
		.sq_idle_ms = o->sq_idle_ms,
		.load = o->load,
		.delay_us = notify == &notify_delayed ? o->delay_us : 0,
		.busy_poll_us = o->busy_poll_us,
		.budget = o->budget,
		.flags = o->flags,
		.unfiltered = o->unfiltered,
		.duration_ms = o->duration_s < 0 ? 0 : (uint32_t)(o->duration_s * 1000),
		.warmup_ms = (uint32_t)(o->warmup_s * 1000),
		.clock_hz = clock_hz,
		.progress = true,
	};
	memcpy(spec->cpus, o->cpus, sizeof(spec->cpus));
	if (!pair_ram_bytes(
		    &(struct pair_config){ .ring_size = spec->ring_size, .frame_bytes = frame })) {
		log_error("--ring=%u with --frame=%u: the buffers need more than the %llu MiB a guest "
			  "can have; use a smaller --ring or --frame",
			  spec->ring_size, frame, (unsigned long long)(vm_layout()->ram_max >> 20));
		return EXIT_USAGE;
	}
	return 0;
}

struct run_plan options_plan(const struct options *o)
{
	return (struct run_plan){
		.order = o->order,
		.seed = o->seed < 0 ? random_seed() : (uint64_t)o->seed,
		.warmup = o->warmup_runs < 0 ? o->runs > 1 : (unsigned)o->warmup_runs,
		.baseline = o->baseline,
	};
}

const struct accel_ops *options_accel(struct options *o)
{
	const struct accel_ops *accel = &accel_thread;
	int fd;

	if (strcmp(o->accel, "thread") != 0) {
		fd = vm_try_kvm(o->kvm_why);
		o->kvm_err = fd < 0 ? fd : 0;
		if (!o->kvm_err || strcmp(o->accel, "kvm") == 0)
			accel = &accel_kvm;
		fd_close(&fd);
	}
	/* Without KVM all its ways are one. */
	if (accel == &accel_thread && o->nirq > 1)
		o->nirq = 1;
	return accel;
}

int options_settle_accel(const struct options *o, const struct accel_ops *accel)
{
	if (o->kvm_err && accel == &accel_kvm) {
		log_error("/dev/kvm %s; %s", o->kvm_why, vm_kvm_hint(o->kvm_err));
		return EXIT_HOST;
	}
	if (o->kvm_err)
		log_info("accel thread, as /dev/kvm %s%s: guests run as host threads, not virtual machines",
			 o->kvm_why, o->kvm_err == -EACCES ? " (group kvm?)" : "");
	if (accel == &accel_thread && is_given(o, OPT_IRQ))
		log_info("--irq has no effect with accel thread: there is no KVM to inject an interrupt");
	return 0;
}

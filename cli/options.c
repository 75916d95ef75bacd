// SPDX-License-Identifier: BSD-2-Clause
// The options that run, bench and bench table share.
#include "cli/options.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include "bench/options/set.h"
#include "bench/plan/bench.h"
#include "bench/stat/random.h"
#include "cli/cli.h"
#include "cli/features.h"
#include "lib/cpulist.h"
#include "lib/cpuspeed.h"
#include "lib/fd.h"
#include "lib/log.h"
#include "pair/features.h"
#include "vhost/kernel.h"
#include "vhost/polling.h"
#include "vhost/strategies.h"
#include "vhost/wire.h"
#include "virtio/features.h"

/* ---- what the words name ---- */

static const struct notify_ops *find_notify(const char *name)
{
	const struct notify_ops *n = notify_find(name);

	return n ? n : notify_find_any("delayed"); /* for the tests, and in no list */
}

static void read_lists(struct options *o)
{
	const char *word[OPTION_WORDS_MAX];

	o->nnotify = option_words(&o->set, OPT_NOTIFY, word);
	for (unsigned i = 0; i < o->nnotify; i++)
		o->notify[i] = find_notify(word[i]);
	o->nproducer = option_words(&o->set, OPT_PRODUCER, word);
	for (unsigned i = 0; i < o->nproducer; i++)
		o->producer[i] = producer_find(word[i]);
	o->nirq = option_words(&o->set, OPT_IRQ, word);
	for (unsigned i = 0; i < o->nirq; i++)
		o->irq[i] = vm_irq_find(word[i]);
	o->npreempt = option_words(&o->set, OPT_PREEMPT, o->preempt);
	o->nslice = option_names(&o->set, OPT_SLICE, o->slice, DOSES_MAX);
}

/*
 * The backend, and so its deferred worker, has the last CPU that is not slower than others; the
 * guests have the others, to share; the unbound pool may go anywhere. Left to the scheduler, three
 * threads on two CPUs find a new arrangement every few runs, with results up to twice apart.
 */
static void place(cpu_set_t *cpus)
{
	cpu_set_t all, backend;
	struct cpuspeed speed;
	int last;

	cpulist_allowed(&all);
	cpuspeed_read(&speed, "", &all);
	last = cpulist_last(&speed.fast);
	CPU_ZERO(&backend);
	CPU_SET(last, &backend);
	cpus[ROLE_BACKEND] = backend;
	cpus[ROLE_NOTIFIER] = all;
	if (CPU_COUNT(&all) > 1)
		CPU_CLR(last, &all);
	cpus[ROLE_A] = cpus[ROLE_B] = all;
}

/* Of the CPUs that its workers may run on. */
static int read_scope(struct options *o)
{
	const char *name = option_text(&o->set, OPT_SCOPE);
	enum scope scope;
	int err;

	if (!name || !scope_find(name, &scope))
		return 0;
	err = topology_read(&o->topology, "", &o->cpus[ROLE_NOTIFIER]);
	if (!err && o->topology.npods[scope])
		return 0;
	log_error("--scope=%s: this host does not tell it (%s); `tandem bench pool --show-scopes` "
		  "lists those it does",
		  name, err ? strerror(-err) : o->topology.why[scope]);
	return EXIT_HOST;
}

int options_parse(struct options *o, unsigned command, int argc, char **argv)
{
	if (option_set_parse(&o->set, command, argc, argv) < 0)
		return EXIT_USAGE;
	if (option_given(&o->set, OPT_HELP))
		return 0;
	read_lists(o);
	place(o->cpus);
	option_places(&o->set, OPT_CPUS, o->cpus);
	return read_scope(o);
}

const char *options_json(const struct option_set *set)
{
	const char *path = option_text(set, OPT_JSON);

	return path && strcmp(path, "/dev/stdout") == 0 ? "-" : path;
}

/* ---- cells ---- */

/*
 * A halted vCPU that polls keeps its CPU busy. Where guests and backend have a CPU each that
 * only makes it quicker to wake; where they share, it takes the CPU from those it waits for.
 */
static int64_t choose_halt_poll(const struct option_set *set)
{
	cpu_set_t cpus;

	if (option_is(set, OPT_HALT_POLL, "host"))
		return -1;
	if (!option_is(set, OPT_HALT_POLL, "auto"))
		return option_whole(set, OPT_HALT_POLL);
	cpulist_allowed(&cpus);
	return CPU_COUNT(&cpus) < 3 ? 0 : -1;
}

uint32_t options_busy_poll(const struct option_set *set)
{
	return option_is(set, OPT_BUSY_POLL, "auto") ? POLLING_LEARNED_MAX_US
						     : option_whole(set, OPT_BUSY_POLL);
}

static enum vhost_thread vhost_thread_of(const struct option_set *set)
{
	return option_is(set, OPT_VHOST_THREAD, "task")	     ? VHOST_THREAD_TASK
	       : option_is(set, OPT_VHOST_THREAD, "kthread") ? VHOST_THREAD_KTHREAD
							     : VHOST_THREAD_AUTO;
}

static struct pool_layout layout_of(const struct options *o)
{
	struct pool_layout layout = {
		.strict = option_is(&o->set, OPT_STRICT, "yes"),
		.wake_locked = option_is(&o->set, OPT_WAKE, "locked"),
	};

	if (option_given(&o->set, OPT_SCOPE)) {
		scope_find(option_text(&o->set, OPT_SCOPE), &layout.scope);
		layout.topology = &o->topology;
	}
	return layout;
}

static struct load_spec load_of(const struct option_set *set)
{
	struct load_spec load = { .rate = option_whole(set, OPT_RATE) };

	if (option_text(set, OPT_ARRIVALS))
		arrivals_find(option_text(set, OPT_ARRIVALS), &load.arrivals);
	return load;
}

static uint32_t flags_of(const struct option_set *set)
{
	return (option_is(set, OPT_VERIFY, "full") ? TANDEM_VERIFY_FULL : 0) |
	       (option_is(set, OPT_MISBEHAVE, "fault") ? TANDEM_MISBEHAVE_FAULT : 0) |
	       (option_is(set, OPT_MISBEHAVE, "mute") ? TANDEM_MISBEHAVE_MUTE : 0);
}

/* Producers that are measured beside each other move the same frames. */
static uint32_t usual_frame(const struct options *o)
{
	uint32_t usual = STREAM_FRAME_DEFAULT;

	for (unsigned i = 0; i < o->nproducer; i++)
		if (o->producer[i]->frame_usual && o->producer[i]->frame_usual < usual)
			usual = o->producer[i]->frame_usual;
	return usual;
}

static uint32_t choose_frame(const struct options *o, const struct options_cell *c)
{
	if (option_given(&o->set, OPT_FRAME))
		return option_whole(&o->set, OPT_FRAME);
	if (c->frame_bytes)
		return c->frame_bytes;
	return c->scenario == SCENARIO_STREAM ? usual_frame(o) : RR_FRAME_DEFAULT;
}

static uint32_t choose_window(const struct option_set *set, const struct options_cell *c)
{
	if (option_given(set, OPT_WINDOW))
		return option_whole(set, OPT_WINDOW);
	return c->window ? c->window : option_whole(set, OPT_RING);
}

static int read_features(const struct option_set *set, uint64_t *changed)
{
	const char *text = option_text(set, OPT_FEATURES);
	struct features_of of = { .can = features_can(),
				  .needed = features_needed(),
				  .lacks = "the bundled guest cannot do this",
				  .has = "it can do" };
	uint64_t features = features_usual();

	if (text && strcmp(text, "default") != 0 && !features_parse(text, &of, &features))
		return EXIT_USAGE;
	*changed = features ^ features_usual();
	return 0;
}

/* The kernel's rings are not ours. */
static int check_lacks(const struct cell_spec *s)
{
	uint64_t lacking = (features_usual() ^ s->features_changed) & s->producer->lacks;
	char names[128];

	if (!lacking)
		return 0;
	log_error("--features=+%s with --producer=%s: the kernel's vhost does not have this; use "
		  "another producer",
		  feature_text(lacking, names, sizeof(names)), s->producer->name);
	return EXIT_USAGE;
}

/* A backend of the kernel's brings its own frames and threads. */
static int check_producer(const struct cell_spec *s)
{
	const struct producer_ops *p = s->producer;

	if (check_lacks(s))
		return EXIT_USAGE;

	if (p->frame_max && s->frame_bytes > p->frame_max) {
		log_error("--frame=%u with --producer=%s: a tap without GSO takes frames of at "
			  "most %u bytes; use --frame=%u or less",
			  s->frame_bytes, p->name, p->frame_max, p->frame_max);
		return EXIT_USAGE;
	}
	if (p->not_ours && s->busy_poll_learns) {
		log_error("--busy-poll=auto with --producer=%s: the kernel polls for a fixed time; "
			  "give USEC",
			  p->name);
		return EXIT_USAGE;
	}
	if (p->not_ours && s->notify->has_delay) {
		log_error("--notify=%s with --producer=%s: it has direct, deferred and "
			  "unbound; use one of these",
			  s->notify->name, p->name);
		return EXIT_USAGE;
	}
	if (p->not_ours && s->notify->has_pool &&
	    (s->pool.topology || s->pool.strict || s->pool.wake_locked)) {
		log_error("--scope, --strict and --wake with --producer=%s: there is no pool, each "
			  "guest has one unbound worker; place these with --cpus=notifier=LIST",
			  p->name);
		return EXIT_USAGE;
	}
	return 0;
}

/* What is right by itself, and not together. */
static int check_spec(const struct option_set *set, const struct cell_spec *s)
{
	if (s->window > s->ring_size) {
		log_error("--window=%u: more frames in flight than a ring of %u entries holds; "
			  "use a "
			  "larger --ring",
			  s->window, s->ring_size);
		return EXIT_USAGE;
	}
	if (option_given(set, OPT_ARRIVALS) && !s->load.rate) {
		log_error("--arrivals=%s: spreads the frames of --rate; give a --rate",
			  arrivals_name(s->load.arrivals));
		return EXIT_USAGE;
	}
	if (s->pool.wake_locked && s->notify->has_pool && s->producer->in_kernel) {
		log_error("--wake=locked with --producer=%s: the kernel sends that wake-up, long "
			  "after the "
			  "lock; use --producer=user",
			  s->producer->name);
		return EXIT_USAGE;
	}
	if (check_producer(s))
		return EXIT_USAGE;
	if (s->pci && !vm_has_pci()) {
		log_error("--transport=pci: guests of this architecture have no PCI bus here; use "
			  "--transport=mmio");
		return EXIT_HOST;
	}
	if (!pair_ram_bytes(&(struct pair_config){ .ring_size = s->ring_size,
						   .frame_bytes = s->frame_bytes })) {
		log_error("--ring=%u with --frame=%u: the buffers need more than the %llu MiB a "
			  "guest "
			  "can have; use a smaller --ring or --frame",
			  s->ring_size, s->frame_bytes,
			  (unsigned long long)(vm_layout()->ram_max >> 20));
		return EXIT_USAGE;
	}
	return 0;
}

static uint32_t milliseconds(const struct option_set *set, enum option_id id)
{
	double s = option_real(set, id);

	return isnan(s) ? 0 : (uint32_t)(s * 1000);
}

int options_spec(const struct options *o, const struct options_cell *c, uint64_t clock_hz,
		 struct cell_spec *spec)
{
	const struct option_set *set = &o->set;

	*spec = (struct cell_spec){
		.scenario = c->scenario,
		.accel = c->accel,
		.notify = c->notify,
		.producer = c->producer,
		.batch = option_whole(set, OPT_BATCH),
		.irq = c->irq,
		.pci = option_is(set, OPT_TRANSPORT, "pci"),
		.worker_fifo = (int)option_whole(set, OPT_WORKER_FIFO),
		.pool = layout_of(o),
		.halt_poll_ns = choose_halt_poll(set),
		.frame_bytes = choose_frame(o, c),
		.ring_size = option_whole(set, OPT_RING),
		.window = choose_window(set, c),
		.rto_us = option_whole(set, OPT_RTO),
		.sq_idle_ms = option_whole(set, OPT_SQ_IDLE),
		.load = load_of(set),
		.delay_us = c->notify->has_delay ? option_whole(set, OPT_DELAY) : 0,
		.busy_poll_us = options_busy_poll(set),
		.busy_poll_learns = option_is(set, OPT_BUSY_POLL, "auto"),
		.budget = option_whole(set, OPT_BUDGET),
		.vhost_thread = vhost_thread_of(set),
		.flags = flags_of(set),
		.unfiltered = option_is(set, OPT_FILTERS, "off"),
		.duration_ms = milliseconds(set, OPT_DURATION),
		.warmup_ms = milliseconds(set, OPT_WARMUP),
		.clock_hz = clock_hz,
		.progress = true,
	};
	memcpy(spec->cpus, o->cpus, sizeof(spec->cpus));
	return read_features(set, &spec->features_changed) ? EXIT_USAGE : check_spec(set, spec);
}

struct run_plan options_plan(const struct option_set *set)
{
	struct run_plan plan = {
		.seed = option_given(set, OPT_SEED) ? option_whole(set, OPT_SEED) : random_seed(),
		.warmup = option_text(set, OPT_WARMUP_RUNS) ? option_whole(set, OPT_WARMUP_RUNS)
							    : option_whole(set, OPT_RUNS) > 1,
		.baseline = option_text(set, OPT_BASELINE),
	};

	order_find(option_text(set, OPT_ORDER), &plan.order);
	return plan;
}

/* ---- accel ---- */

struct accel_choice options_accel(const struct option_set *set)
{
	struct accel_choice c = { .accel = accel_find("thread") };
	int fd;

	if (option_is(set, OPT_ACCEL, "thread"))
		return c;
	fd = vm_try_kvm(c.kvm_why);
	c.kvm_err = fd < 0 ? fd : 0;
	if (!c.kvm_err || option_is(set, OPT_ACCEL, "kvm"))
		c.accel = accel_find("kvm");
	fd_close(&fd);
	return c;
}

int options_settle_accel(const struct option_set *set, const struct accel_choice *c)
{
	if (c->kvm_err && accel_needs_kvm(c->accel)) {
		log_error("/dev/kvm %s; %s", c->kvm_why, vm_kvm_hint(c->kvm_err));
		return EXIT_HOST;
	}
	if (c->kvm_err)
		log_info("accel thread, as /dev/kvm %s%s: guests run as host threads, not virtual "
			 "machines",
			 c->kvm_why, c->kvm_err == -EACCES ? " (group kvm?)" : "");
	if (!accel_needs_kvm(c->accel) && option_given(set, OPT_IRQ))
		log_info("--irq has no effect with accel thread: there is no KVM to inject an "
			 "interrupt");
	return 0;
}

static bool has_kernel_producer(const struct options *o)
{
	for (unsigned i = 0; i < o->nproducer; i++)
		if (o->producer[i]->not_ours)
			return true;
	return false;
}

/* Both guests' frames have the same address, and a macvtap is found by its own. */
static int check_link(const struct options *o)
{
	const char *link = option_text(&o->set, OPT_LINK);

	if (!option_given(&o->set, OPT_LINK))
		return 0;
	if (!has_kernel_producer(o)) {
		log_error("--link=%s: only --producer=vhost-net has a link; add it", link);
		return EXIT_USAGE;
	}
	if (strcmp(link, WIRE_LINK) == 0)
		return 0;
	log_error("--link=%s: it passes frames on by their address, and those of both bundled "
		  "guests have the same; use --link=" WIRE_LINK,
		  link);
	return EXIT_USAGE;
}

/* Whether a producer has threads of the kernel's that run as they are asked to. */
static int settle_vhost_thread(const struct options *o)
{
	enum vhost_thread which = vhost_thread_of(&o->set);
	char why[WIRE_WHY_BYTES];

	if (which == VHOST_THREAD_AUTO)
		return 0;
	if (!has_kernel_producer(o)) {
		log_error(
			"--vhost-thread=%s: only --producer=vhost-net has threads of vhost; add it",
			vhost_thread_name(which));
		return EXIT_USAGE;
	}
	if (!kernel_check_thread(which, why))
		return 0;
	log_error("--vhost-thread=%s: %s", vhost_thread_name(which), why);
	return EXIT_HOST;
}

int options_settle_producers(const struct options *o)
{
	char why[WIRE_WHY_BYTES];
	int err = check_link(o);

	if (err)
		return err;
	for (unsigned i = 0; i < o->nproducer; i++) {
		if (!o->producer[i]->check || !o->producer[i]->check(why))
			continue;
		log_error("--producer=%s: %s", o->producer[i]->name, why);
		return EXIT_HOST;
	}
	return settle_vhost_thread(o);
}

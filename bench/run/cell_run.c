// SPDX-License-Identifier: BSD-2-Clause
// Running one cell of a benchmark.
#include "bench/run/cell_run.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/run/ages.h"
#include "bench/run/cell_nonsense.h"
#include "bench/run/child.h"
#include "bench/run/confine.h"
#include "bench/run/live.h"
#include "bench/run/patience.h"
#include "bench/run/progress.h"
#include "lib/clock.h"
#include "lib/fd.h"
#include "lib/log.h"
#include "lib/thread.h"
#include "vmm/privileges.h"
#include "vmm/vm.h"

#define SAMPLE_MS 5u
/* No frame for so long: somebody does not answer. */
#define DRAIN_TIMEOUT_MS 10000u
#define SILENCE_TIMEOUT_MS 5000u
#define SLOWEST_COPY 100000u /* bytes per ms: a busy host's, into memory that is not in any cache */

/* What the child knows. */
struct cell {
	const struct cell_spec *spec;
	struct cell_result *out;
	struct pair *pair;
	struct latency_reader reader[SIDES];
	struct load_reader load[SIDES]; /* a's marks, b's marks */
	uint64_t from, to;		/* the window, in cycles of the clock; open loop */
	uint64_t accepted[2];		/* frames served by its begin, by its end */
	bool measuring;
	struct patience silence;
	struct stops stops; /* since run_for() began */
	struct live_counts live_from, shown;
	struct hist live_notify; /* as it was then; of both sides where both are notified */
	struct kworkers before, after;
	struct perf perf;
};

/* A sample of all counters, as good as at one moment. */
struct snapshot {
	struct ages ages[SIDES];
	uint64_t ns;
	uint64_t cycles;
	uint64_t frames, rounds;
	uint64_t interrupts[SIDES], kicks[SIDES];
	struct backend_stats worker;
	struct counters counters;
	struct perf_counts perf;
};

/* -EIO, said why. */
#define fail(c, ...) cell_error((c)->out->error, sizeof((c)->out->error), __VA_ARGS__)

static struct snapshot take_snapshot(struct cell *c)
{
	struct snapshot s = { .ns = clock_mono_ns() };

	s.cycles = clock_now();
	s.worker = backend_stats(pair_backend(c->pair));
	for (unsigned i = 0; i < SIDES; i++) {
		const struct tandem_report *r = pair_report(c->pair, i);

		s.interrupts[i] = shared_load(&r->interrupts);
		s.kicks[i] = shared_load(&r->kicks);
	}
	s.frames = shared_load(&pair_report(c->pair, SIDE_B)->rx_frames);
	s.rounds = shared_load(&pair_report(c->pair, SIDE_A)->acked_seq);
	for (unsigned i = 0; i < SIDES; i++)
		ages_read(pair_report(c->pair, i), &s.ages[i]);
	perf_sample(&c->perf, &s.perf);
	/* Asking the kernel takes most of a millisecond, in which all of those go on. */
	counters_sample(c->pair, &s.counters);
	return s;
}

/*
 * In rr a has the response in the end, in stream b the frame. Of frames in the window, whenever
 * they arrive.
 */
static void drain_marks(struct cell *c)
{
	bool rr = c->spec->scenario == SCENARIO_RR;
	struct load_result *out = &c->out->load;

	if (!c->spec->load.rate)
		return;
	out->unmarked += load_drain(&c->load[rr ? SIDE_A : SIDE_B], c->from, c->to, &out->latency);
	if (!rr)
		load_drain(&c->load[SIDE_A], c->from, c->to, &out->sending);
}

static void drain_stamps(struct cell *c)
{
	for (unsigned i = 0; i < SIDES; i++)
		latency_drain(&c->reader[i], c->measuring ? &c->out->latency[i] : NULL);
	drain_marks(c);
}

/* -EIO when a guest has failed. */
static int check_guests(struct cell *c)
{
	char why[200];

	for (unsigned i = 0; i < SIDES; i++) {
		if (pair_state(c->pair, i) != PAIR_FAILED)
			continue;
		pair_failure(c->pair, i, why, sizeof(why));
		c->out->host_cannot = pair_lacks_threads(c->pair, i);
		return fail(c, "guest %c: %s", 'a' + (int)i, why);
	}
	return 0;
}

/* Frames are seen once their turn, or batch, is over; that of a large ring may be gigabytes. */
static unsigned turn_ms(const struct cell_spec *s)
{
	uint64_t frames = s->budget > s->batch ? s->budget : s->batch;

	frames = frames < s->ring_size ? frames : s->ring_size;
	return (unsigned)(frames * s->frame_bytes / SLOWEST_COPY);
}

/* In an open loop there may be nothing to send for a while: thirty times the mean is never. */
static unsigned silence_ms(const struct cell *c)
{
	uint32_t rate = c->spec->load.rate;

	return SILENCE_TIMEOUT_MS + turn_ms(c->spec) + (rate ? 30000 / rate : 0);
}

static int check_progress(struct cell *c)
{
	uint64_t frames = shared_load(&pair_report(c->pair, SIDE_B)->rx_frames);

	if (!patience_stuck(&c->silence, frames, silence_ms(c)))
		return 0;
	return fail(c,
		    "guest b: has accepted no frame for %u s (%" PRIu64
		    " so far); the run is given up",
		    silence_ms(c) / 1000, frames);
}

/* What guests on their way to an end get on by: frames that arrive, acknowledgements. */
static uint64_t settled(const struct cell *c)
{
	return shared_load(&pair_report(c->pair, SIDE_B)->rx_frames) +
	       shared_load(&pair_report(c->pair, SIDE_A)->acked_seq);
}

/*
 * 0: the side is in `state`; -ETIMEDOUT: nothing moved for so long; -EIO: one failed; -EINTR: told
 * to stop.
 */
static int wait_state(struct cell *c, unsigned side, enum pair_state state, unsigned timeout_ms)
{
	struct patience p;

	patience_begin(&p);
	while (pair_state(c->pair, side) != state) {
		int err = check_guests(c);

		if (err)
			return err;
		if (patience_stuck(&p, settled(c), timeout_ms))
			return -ETIMEDOUT;
		if (cell_pause(1))
			return -EINTR;
		drain_stamps(c);
	}
	return 0;
}

static int wait_boot(struct cell *c)
{
	for (unsigned i = 0; i < SIDES; i++) {
		int err = wait_state(c, i, PAIR_RUNNING, BOOT_TIMEOUT_MS);

		if (err == -ETIMEDOUT)
			return fail(c, "guest %c: did not come up within %u s", 'a' + (int)i,
				    BOOT_TIMEOUT_MS / 1000);
		if (err)
			return err;
	}
	return 0;
}

static struct live_counts count_live(const struct cell *c)
{
	struct backend_stats w = backend_stats(pair_backend(c->pair));

	return (struct live_counts){
		.ns = clock_mono_ns(),
		.frames = shared_load(&pair_report(c->pair, SIDE_B)->rx_frames),
		.rounds = shared_load(&pair_report(c->pair, SIDE_A)->acked_seq),
		.notifications = w.port[SIDE_A].decided + w.port[SIDE_B].decided,
		.uncounted = w.uncounted,
	};
}

/* What the notifications took since it was last asked. */
static struct hist live_latency(struct cell *c)
{
	struct hist now = c->out->latency[SIDE_B].notify, since;

	if (c->spec->scenario == SCENARIO_RR)
		hist_merge(&now, &c->out->latency[SIDE_A].notify);
	hist_since(&now, &c->live_notify, &since);
	c->live_notify = now;
	if (c->spec->untrusted)
		since.n = 0;
	return since;
}

static void show_live(struct cell *c, const struct live_counts *now)
{
	struct hist notify = live_latency(c);

	if (c->shown.ns)
		live_line(c->spec->scenario == SCENARIO_RR, c->spec->frame_bytes, &c->live_from,
			  &c->shown, now, &notify);
	else
		c->live_from = *now;
}

static void show_progress(struct cell *c, uint64_t start_ns)
{
	struct live_counts now = count_live(c);

	if (c->spec->live)
		show_live(c, &now);
	else if (c->spec->progress)
		progress_line(&(struct progress_sample){
			.label = scenario_name(c->spec->scenario),
			.detail = c->spec->notify->name,
			.place = c->spec->place,
			.elapsed_s = (double)(now.ns - start_ns) / 1e9,
			.total_s = c->spec->duration_ms / 1e3,
			.frames = now.frames,
		});
	c->shown = now;
}

/* One pause and what is done behind it. 0, -EINTR (told to stop), -EIO. */
static int run_on(struct cell *c)
{
	int err = check_guests(c);
	bool ended;

	if (!err)
		err = check_progress(c);
	if (err)
		return err;
	ended = cell_pause(SAMPLE_MS);
	stops_look(&c->stops, SAMPLE_MS);
	if (ended)
		return -EINTR;
	drain_stamps(c);
	return 0;
}

/* Frames that have come to their end so far: in rr, those answered. */
static uint64_t served_by_now(const struct cell *c)
{
	return c->spec->scenario == SCENARIO_RR
		       ? shared_load(&pair_report(c->pair, SIDE_A)->acked_seq)
		       : shared_load(&pair_report(c->pair, SIDE_B)->rx_frames);
}

/* Lets the pair run for `ms` (0: for ever), reading stamps. As run_on(). */
static int run_for(struct cell *c, unsigned ms)
{
	uint64_t start = clock_mono_ns(), end = start + ms * 1000000ull;
	uint64_t shown = start, every = c->spec->live ? 1000000000ull : 200000000ull;
	uint64_t served = served_by_now(c);
	int err = 0;

	stops_begin(&c->stops);
	patience_begin(&c->silence);
	if (c->measuring)
		show_progress(c, start);
	while (!err && (!ms || clock_mono_ns() < end + c->stops.stopped_ns)) {
		err = run_on(c);
		if (!err && c->measuring)
			series_look(&c->out->series, ms * 1000000ull, clock_mono_ns() - start,
				    served_by_now(c) - served);
		if (!err && c->measuring && clock_mono_ns() - shown >= every) {
			shown += every;
			show_progress(c, start);
		}
	}
	stops_end(&c->stops);
	return err;
}

static void store_window(struct cell *c, const struct snapshot *from, const struct snapshot *to)
{
	struct cell_result *out = c->out;

	out->stopped_s = (double)c->stops.stopped_ns / 1e9;
	out->stops_known = c->stops.known;
	out->duration_s = (double)(to->ns - from->ns) / 1e9 - out->stopped_s;
	out->slow_threads = slow_threads_here();
	out->frames = to->frames - from->frames;
	out->bytes = out->frames * c->spec->frame_bytes;
	if (c->spec->scenario == SCENARIO_RR)
		out->rounds = to->rounds - from->rounds;
	for (unsigned i = 0; i < SIDES; i++) {
		out->interrupts[i] = to->interrupts[i] - from->interrupts[i];
		out->kicks[i] = to->kicks[i] - from->kicks[i];
		out->notifications[i] = to->worker.port[i].decided - from->worker.port[i].decided;
		out->coalesced[i] = to->worker.port[i].coalesced - from->worker.port[i].coalesced;
		ages_between(&from->ages[i], &to->ages[i], 1e9 / (double)c->spec->clock_hz,
			     &out->frame_age[i]);
	}
	out->backend_turns = to->worker.turns - from->worker.turns;
	out->backend_sleeps = to->worker.sleeps - from->worker.sleeps;
	counters_since(&to->counters, &from->counters, &out->counters);
	perf_since(&to->perf, &from->perf, &out->perf);
	out->threads = threads_by_role(&out->counters.threads);
}

/* Frames that have come to their end: in rr, those answered. */
static uint64_t served(const struct cell *c, const struct snapshot *s)
{
	return c->spec->scenario == SCENARIO_RR ? s->rounds : s->frames;
}

/* KVM hands a deferred injection to a worker of the CPU on which the irqfd was written. */
static void sample_kworkers(const struct cell *c, struct kworkers *k)
{
	bool direct = notify_by_producer(c->spec->notify);

	if (accel_needs_kvm(c->spec->accel))
		kworkers_sample(k, &c->spec->cpus[direct ? ROLE_BACKEND : ROLE_NOTIFIER]);
}

static int measure(struct cell *c)
{
	struct snapshot from, to;
	int err = c->spec->warmup_ms ? run_for(c, c->spec->warmup_ms) : 0;

	if (err)
		return err;
	sample_kworkers(c, &c->before);
	from = take_snapshot(c);
	c->from = from.cycles;
	c->measuring = true;
	err = run_for(c, c->spec->duration_ms);
	c->measuring = false;
	to = take_snapshot(c);
	sample_kworkers(c, &c->after);
	c->out->kworkers = kworkers_since(&c->after, &c->before);
	c->to = to.cycles;
	store_window(c, &from, &to);
	c->accepted[0] = served(c, &from);
	c->accepted[1] = served(c, &to);
	return err;
}

/* Open loop, once the pair has drained and stopped. */
static void store_load(struct cell *c)
{
	const struct tandem_report *a = pair_report(c->pair, SIDE_A);

	if (!c->spec->load.rate || c->to == UINT64_MAX)
		return;
	drain_marks(c);
	load_finish(&c->load[SIDE_A], c->from, c->to, shared_load(&a->next_seq), c->accepted,
		    &c->out->load);
}

/*
 * A first, then B: what A has sent has all arrived by then, or never will. That may be gigabytes,
 * so the limit is on standing still.
 */
static int drain_guests(struct cell *c)
{
	unsigned limit_ms = DRAIN_TIMEOUT_MS + turn_ms(c->spec);

	for (unsigned i = 0; i < SIDES; i++) {
		int err;

		pair_ask_to_end(c->pair, i);
		do {
			err = wait_state(c, i, PAIR_DONE, limit_ms);
		} while (err == -EINTR);
		if (err == -ETIMEDOUT)
			return fail(c, "guest %c: asked to finish, it did not; no frame for %u s",
				    'a' + (int)i, limit_ms / 1000);
		if (err)
			return err;
	}
	return 0;
}

static uint64_t read_rss(void)
{
	unsigned long long size, resident = 0, shared = 0;
	FILE *f = fopen("/proc/self/statm", "re");

	if (!f)
		return 0;
	if (fscanf(f, "%llu %llu %llu", &size, &resident, &shared) != 3)
		resident = shared = 0;
	fclose(f);
	/* Guest RAM is shared memory; what is left is the program's own. */
	return (resident - shared) * (unsigned long long)sysconf(_SC_PAGESIZE);
}

static void store_totals(struct cell *c)
{
	const struct tandem_report *a = pair_report(c->pair, SIDE_A),
				   *b = pair_report(c->pair, SIDE_B);
	struct backend_stats w = backend_stats(pair_backend(c->pair));
	struct cell_result *out = c->out;

	/* Every sequence number that was sent must have been accepted. */
	out->lost = shared_load(&a->next_seq) - shared_load(&b->rx_frames);
	out->out_of_order = shared_load(&b->rx_out_of_order) + shared_load(&a->rx_out_of_order);
	out->duplicates = shared_load(&b->rx_duplicates) + shared_load(&a->rx_duplicates);
	out->corrupt = shared_load(&b->rx_corrupt) + shared_load(&a->rx_corrupt);
	out->retransmits = shared_load(&a->retransmits);
	out->producer = w.producer;
	out->conserved = true;
	out->uncounted = w.uncounted;
	out->features = pair_features(c->pair, SIDE_A) & pair_features(c->pair, SIDE_B);
	for (unsigned i = 0; i < SIDES; i++) {
		out->dropped += w.flow[i].dropped + w.flow[i].too_small;
		memcpy(out->breaks[i], w.port[i].breaks_by, sizeof(out->breaks[i]));
		if (w.port[i].decided != w.port[i].delivered + w.port[i].coalesced)
			out->conserved = false;
	}
}

/* Both guests know the schedule, but only a goes by it. */
static void open_readers(struct cell *c)
{
	const struct tandem_load *schedule = pair_load(c->pair, SIDE_A);
	struct load_spec load = c->spec->load;

	/* Every run its own: what the schedule happens to hit is not to be the same in all. */
	if (!load.seed)
		load.seed = clock_now() ^ (uint64_t)getpid() << 40;
	for (unsigned i = 0; i < SIDES; i++) {
		latency_open(&c->reader[i], backend_stamps(pair_backend(c->pair), i),
			     pair_report(c->pair, i), c->spec->clock_hz);
		if (!c->spec->load.rate)
			continue;
		load_fill(pair_load(c->pair, i), &load, c->spec->clock_hz);
		load_open(&c->load[i], schedule, pair_load(c->pair, i), c->spec->clock_hz);
	}
	c->from = c->to = UINT64_MAX;
	c->out->load.seed = load.seed;
}

static double guest_stamp_ns(const struct cell *c)
{
	const struct tandem_report *b = pair_report(c->pair, SIDE_B);

	return (double)shared_load(&b->stamp_cycles) * 1e9 / (double)c->spec->clock_hz;
}

static int run_pair(struct cell *c)
{
	int err, drained;

	open_readers(c);
	err = pair_start(c->pair);
	if (!err)
		perf_open(&c->perf);
	if (!err && !c->spec->unfiltered)
		err = confine_control(false);
	if (err) {
		c->out->host_cannot = err == -EAGAIN;
		return fail(c, "the pair could not be started: %s", thread_error(err));
	}
	err = wait_boot(c);
	if (!err)
		err = measure(c);
	c->out->cut = err == -EINTR;
	c->out->rss_bytes = read_rss();
	c->out->io_wq_threads = threads_named("iou-wrk");
	perf_close(&c->perf);
	drained = err == 0 || err == -EINTR ? drain_guests(c) : err;
	pair_stop(c->pair);
	store_totals(c);
	if (accel_needs_kvm(c->spec->accel))
		c->out->irq_path = irqpath_probe(pair_call_fd(c->pair, SIDE_B));
	store_load(c);
	c->out->guest_stamp_ns = guest_stamp_ns(c);
	progress_clear();
	return drained;
}

struct pair_config cell_pair_config(const struct cell_spec *s, int kvm_fd)
{
	struct pair_config pc = {
		.accel = s->accel,
		.notify = s->notify,
		.producer = s->producer,
		.batch = s->batch,
		.irq = s->irq,
		.pci = s->pci,
		.features_changed = s->features_changed,
		.notifier_fifo = s->worker_fifo,
		.pool = s->pool,
		.halt_poll_ns = s->halt_poll_ns,
		.kvm_fd = kvm_fd,
		.flags = s->flags,
		.frame_bytes = s->frame_bytes,
		.ring_size = s->ring_size,
		.window = s->window,
		.rto_us = s->rto_us,
		.sq_idle_ms = s->sq_idle_ms,
		.open_loop = s->load.rate,
		.delay_us = s->delay_us,
		.busy_poll_us = s->busy_poll_us,
		.busy_poll_learns = s->busy_poll_learns,
		.budget = s->budget,
		.vhost_thread = s->vhost_thread,
		.clock_hz = s->clock_hz,
		.confine = !s->unfiltered && confine_filters(),
	};

	pc.workload[SIDE_A] = s->scenario == SCENARIO_STREAM ? TANDEM_STREAM_SEND : TANDEM_RR_PING;
	pc.workload[SIDE_B] = s->scenario == SCENARIO_STREAM ? TANDEM_STREAM_RECV : TANDEM_RR_PONG;
	memcpy(pc.cpus, s->cpus, sizeof(pc.cpus));
	return pc;
}

static int cell_child(void *arg, void *shared)
{
	struct cell c = { .spec = arg, .out = shared };
	int kvm_fd = accel_needs_kvm(c.spec->accel) ? vm_open_kvm() : -1, err;
	struct pair_config pc = cell_pair_config(c.spec, kvm_fd);

	err = kvm_fd < 0 && accel_needs_kvm(c.spec->accel) ? kvm_fd : pair_create(&c.pair, &pc);
	if (err) {
		fail(&c, "the pair could not be made: %s", thread_error(err));
		c.out->host_cannot = cell_host_lacks(err);
		fd_close(&kvm_fd);
		return 0;
	}
	if (c.spec->worker_fifo && !privileges_sys_nice()) {
		fail(&c, "workers under SCHED_FIFO need CAP_SYS_NICE, which root has");
		c.out->host_cannot = true;
	} else if (confine_process(c.spec->worker_fifo > 0) < 0) {
		fail(&c, "privileges could not be dropped");
		c.out->host_cannot = true;
	} else {
		c.out->ok = run_pair(&c) == 0;
	}
	pair_destroy(c.pair);
	fd_close(&kvm_fd);
	return 0;
}

int cell_run(const struct cell_spec *spec, struct cell_result *out, bool *stop)
{
	static const struct child_task task = { cell_child, sizeof(*out), cell_nonsense };
	int err = cell_in_child(&task, (void *)(uintptr_t)spec, out, stop);

	out->violation = child_not_trusted(err);
	if (err) {
		out->ok = false;
		out->host_cannot = err == -EAGAIN || err == -ENOMEM;
		if (!out->error[0])
			snprintf(out->error, sizeof(out->error), "%s", child_failure(err));
	}
	return err;
}

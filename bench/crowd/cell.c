// SPDX-License-Identifier: BSD-2-Clause
// One cell of the crowd: guests made, run, counted, drained and stopped in a child process.
#include "bench/crowd/cell.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bench/run/cell.h"
#include "bench/run/confine.h"
#include "bench/crowd/crowd.h"
#include "bench/crowd/cgroup.h"
#include "bench/run/child.h"
#include "bench/run/patience.h"
#include "lib/clock.h"
#include "lib/fd.h"
#include "lib/sane.h"
#include "lib/thread.h"
#include "tandem/shared.h"

#define DRAIN_TIMEOUT_MS 20000u
#define POLL_MS 5u

/* What the child knows. */
struct cell {
	const struct crowd_spec *spec;
	struct crowd_result *out;
	struct crowd *crowd;
	struct cgroups *cgroups; /* NULL: none */
	struct yield_counter yields;
	struct stops stops; /* since run_for() began */
};

/* Everything that is counted, at one moment. */
struct snapshot {
	uint64_t ns;
	struct crowd_counters counters;
	struct crowd_dist dist[CROWD_HISTS];
	struct crowd_vcpu vcpu[CROWD_VCPUS_MAX];
	struct yields yields;
	struct vm_stats stats;
	bool have_stats;
	bool accounted; /* threads' times are known */
};

/* -EIO, said why. */
#define fail(c, ...) cell_error((c)->out->error, sizeof((c)->out->error), __VA_ARGS__)

/* struct crowd_counters is nothing but counters. */
#define COUNTERS (sizeof(struct crowd_counters) / sizeof(uint64_t))

/* A KVM that has less than is asked of it, too. */
static bool is_host_lack(int err)
{
	return cell_host_lacks(err) || err == -EINVAL;
}

static void add_counters(struct crowd_counters *to, const struct crowd_counters *from)
{
	const uint64_t *f = (const uint64_t *)from;
	uint64_t *t = (uint64_t *)to;

	for (size_t i = 0; i < COUNTERS; i++)
		t[i] += shared_load(&f[i]);
}

static void subtract_counters(struct crowd_counters *from, const struct crowd_counters *what)
{
	const uint64_t *w = (const uint64_t *)what;
	uint64_t *f = (uint64_t *)from;

	for (size_t i = 0; i < COUNTERS; i++)
		f[i] -= w[i];
}

/* What the guest itself counts: plain loads. */
static void look_at_vcpu(struct cell *c, unsigned guest, unsigned i, struct snapshot *s)
{
	const struct crowd_cpu *cpu = &crowd_report(c->crowd, guest)->cpu[i];
	struct crowd_vcpu *v = &s->vcpu[guest * c->spec->vcpus + i];

	add_counters(&s->counters, &cpu->counters);
	for (unsigned h = 0; h < CROWD_HISTS; h++)
		crowd_dist_add(&s->dist[h], cpu->hist[h]);
	v->steal_ns = shared_load(&cpu->steal[0]);
	v->operations = shared_load(&cpu->counters.operations);
}

/* What the kernel counts of it: files of /proc. */
static void look_at_thread(struct cell *c, unsigned guest, unsigned i, struct snapshot *s)
{
	bool accounted;
	struct thread_counts t = threads_read(crowd_tid(c->crowd, guest, i), &accounted);
	struct crowd_vcpu *v = &s->vcpu[guest * c->spec->vcpus + i];

	s->accounted |= accounted;
	v->voluntary = t.voluntary;
	v->involuntary = t.involuntary;
	v->cpu_ns = t.cpu_ns;
	v->run_delay_ns = t.wait_ns;
}

static void look_at_all(struct cell *c, struct snapshot *s,
			void (*look)(struct cell *c, unsigned guest, unsigned i,
				     struct snapshot *s))
{
	for (unsigned g = 0; g < c->spec->guests; g++)
		for (unsigned i = 0; i < c->spec->vcpus; i++)
			look(c, g, i, s);
}

/* Right beside the clock what goes on while the kernel is asked, which takes long. */
static void take_snapshot(struct cell *c, struct snapshot *s)
{
	s->ns = clock_mono_ns();
	look_at_all(c, s, look_at_vcpu);
	s->have_stats = crowd_stats(c->crowd, &s->stats) == 0;
	yields_read(&c->yields, s->have_stats ? &s->stats : NULL, &s->yields);
	look_at_all(c, s, look_at_thread);
}

static uint64_t stat_since(const struct snapshot *from, const struct snapshot *to, const char *name)
{
	uint64_t a = 0, b = 0;

	vm_stats_find(&from->stats, name, &a);
	vm_stats_find(&to->stats, name, &b);
	return b - a;
}

static void store_halts(struct crowd_result *out, const struct snapshot *from,
			const struct snapshot *to)
{
	uint64_t v;

	out->halts_known = from->have_stats && to->have_stats;
	if (!out->halts_known)
		return;
	/* x86 counts halts; arm64 the WFIs that left the guest. */
	out->halts = stat_since(from, to,
				vm_stats_find(&to->stats, "halt_exits", &v) ? "halt_exits"
									    : "wfi_exit_stat");
	out->halt_polls = stat_since(from, to, "halt_attempted_poll");
	out->halt_polls_successful = stat_since(from, to, "halt_successful_poll");
}

static void store_window(struct cell *c, const struct snapshot *from, struct snapshot *to)
{
	struct crowd_result *out = c->out;

	out->stopped_s = (double)c->stops.stopped_ns / 1e9;
	out->accounted = to->accounted;
	out->duration_s = (double)(to->ns - from->ns) / 1e9 - out->stopped_s;
	out->counters = to->counters;
	subtract_counters(&out->counters, &from->counters);
	for (unsigned h = 0; h < CROWD_HISTS; h++) {
		out->dist[h] = to->dist[h];
		crowd_dist_subtract(&out->dist[h], &from->dist[h]);
	}
	out->yields = to->yields;
	yields_since(&out->yields, &from->yields);
	store_halts(out, from, to);
	out->nvcpus = c->spec->guests * c->spec->vcpus;
	for (unsigned i = 0; i < out->nvcpus; i++) {
		const struct crowd_vcpu *a = &from->vcpu[i], *b = &to->vcpu[i];

		out->vcpu[i] = (struct crowd_vcpu){
			.voluntary = b->voluntary - a->voluntary,
			.involuntary = b->involuntary - a->involuntary,
			.cpu_ns = b->cpu_ns - a->cpu_ns,
			.run_delay_ns = b->run_delay_ns - a->run_delay_ns,
			.steal_ns = b->steal_ns - a->steal_ns,
			.operations = b->operations - a->operations,
		};
	}
}

static int check_guests(struct cell *c)
{
	char why[200];

	for (unsigned g = 0; g < c->spec->guests; g++) {
		if (crowd_state(c->crowd, g) != PAIR_FAILED)
			continue;
		crowd_failure(c->crowd, g, why, sizeof(why));
		c->out->host_cannot = crowd_lacks_threads(c->crowd, g);
		return fail(c, "guest %u: %s", g, why);
	}
	return 0;
}

/* 0; -ETIMEDOUT: none more for so long; -EIO: one failed; -EINTR: told to stop. */
static int wait_all(struct cell *c, enum pair_state state, unsigned timeout_ms)
{
	struct patience p;

	for (unsigned g = 0; g < c->spec->guests; g++) {
		patience_begin(&p);
		while (crowd_state(c->crowd, g) != state) {
			int err = check_guests(c);

			if (err)
				return err;
			if (patience_over(&p, timeout_ms))
				return -ETIMEDOUT;
			if (cell_pause(1))
				return -EINTR;
		}
	}
	return 0;
}

static int run_on(struct cell *c, uint64_t left_ms)
{
	/* Rarely: this thread takes its time from the vCPUs. */
	unsigned pause_ms = left_ms < 20 * POLL_MS ? (unsigned)left_ms : 20 * POLL_MS;
	int err = check_guests(c);
	bool ended;

	if (err)
		return err;
	ended = cell_pause(pause_ms);
	stops_look(&c->stops, pause_ms);
	return ended ? -EINTR : 0;
}

static int run_for(struct cell *c, unsigned ms)
{
	uint64_t start = clock_mono_ns(), all = ms * 1000000ull, gone = 0;
	int err = 0;

	stops_begin(&c->stops);
	while (!err && gone < all) {
		err = run_on(c, (all - gone) / 1000000 + 1);
		gone = clock_mono_ns() - start - c->stops.stopped_ns;
	}
	stops_end(&c->stops);
	return err;
}

static int measure(struct cell *c, struct snapshot *from, struct snapshot *to)
{
	int err = run_for(c, c->spec->warmup_ms);

	if (err)
		return err;
	take_snapshot(c, from);
	err = run_for(c, c->spec->duration_ms);
	take_snapshot(c, to);
	store_window(c, from, to);
	return err;
}

static int drain(struct cell *c)
{
	int err;

	crowd_ask_to_end(c->crowd);
	do {
		err = wait_all(c, PAIR_DONE, DRAIN_TIMEOUT_MS);
	} while (err == -EINTR);
	if (err == -ETIMEDOUT)
		return fail(c, "not all guests finished when asked to; none more for %u s",
			    DRAIN_TIMEOUT_MS / 1000);
	return err;
}

/* When all have drained: each request was served once, each ticket drawn was called. */
static bool adds_up(struct cell *c, unsigned guest)
{
	const struct crowd_page *p = crowd_report(c->crowd, guest);
	struct crowd_counters sum = { 0 };

	for (unsigned i = 0; i < c->spec->vcpus; i++)
		add_counters(&sum, &p->cpu[i].counters);
	if (c->spec->workload->kind == CROWD_TICKET)
		return p->lock.next == p->lock.owner && p->lock.next == (uint32_t)sum.operations;
	if (c->spec->workload->kind == CROWD_TAS)
		return p->lock.next == 0;
	return sum.acks == sum.handled;
}

static int join_cgroups(struct cell *c)
{
	int err = 0;

	for (unsigned g = 0; g < c->spec->guests && c->cgroups && !err; g++)
		for (unsigned i = 0; i < c->spec->vcpus && !err; i++)
			err = cgroups_add(c->cgroups, g, crowd_tid(c->crowd, g, i));
	return err ? fail(c, "a vCPU's thread could not be moved into its group") : 0;
}

static int run_crowd(struct cell *c, struct snapshot *s)
{
	int err = crowd_start(c->crowd);

	if (err) {
		c->out->host_cannot = is_host_lack(err);
		return fail(c, "the guests could not be started: %s", thread_error(err));
	}
	err = join_cgroups(c);
	if (!err && confine_control(false) < 0)
		err = fail(c, "the system call filter could not be loaded");
	if (!err)
		err = wait_all(c, PAIR_RUNNING, BOOT_TIMEOUT_MS);
	if (err == -ETIMEDOUT)
		err = fail(c, "not all guests came up; none more for %u s", BOOT_TIMEOUT_MS / 1000);
	if (!err)
		err = measure(c, &s[0], &s[1]);
	c->out->cut = err == -EINTR;
	if (!err || err == -EINTR)
		err = drain(c);
	crowd_stop(c->crowd);
	c->out->conserved = !err;
	for (unsigned g = 0; g < c->spec->guests; g++) {
		c->out->conserved = c->out->conserved && adds_up(c, g);
		c->out->steal_found += crowd_report(c->crowd, g)->steal_found;
		c->out->yield_found += crowd_report(c->crowd, g)->yield_found;
	}
	if (!err && !c->out->conserved)
		err = fail(c, "requests and answers, or tickets, do not add up; please report "
			      "this");
	return err;
}

static uint64_t cycles(const struct crowd_spec *s, double us)
{
	return (uint64_t)(us * (double)s->clock_hz / 1e6);
}

static struct crowd_setup setup_of(const struct crowd_spec *s, int kvm_fd)
{
	return (struct crowd_setup){
		.accel = s->accel,
		.kvm_fd = kvm_fd,
		.guests = s->guests,
		.config = {
			.kind = s->workload->kind,
			.cpus = s->vcpus,
			.flags = s->flags,
			.section_cycles = cycles(s, s->section_us),
			.think_cycles = cycles(s, s->think_us),
			.jump_cycles = cycles(s, s->jump_us),
		},
		.halt_poll_ns = s->halt_poll_ns,
		.no_pause_exits = s->no_ple,
		.confine = confine_filters(),
		.clock_hz = s->clock_hz,
		.cpus = s->cpus,
	};
}

struct job {
	const struct crowd_spec *spec;
	struct cgroups *cgroups;
};

static int cell_child(void *arg, void *shared)
{
	struct job *j = arg;
	struct cell c = { .spec = j->spec, .out = shared, .cgroups = j->cgroups };
	bool kvm = accel_needs_kvm(c.spec->accel);
	int kvm_fd = kvm ? vm_open_kvm() : -1, err = kvm && kvm_fd < 0 ? kvm_fd : 0;
	struct crowd_setup setup = setup_of(c.spec, kvm_fd);
	struct snapshot *s = calloc(2, sizeof(*s));

	yields_open(&c.yields, kvm);
	if (!s)
		err = -ENOMEM;
	if (!err && c.cgroups)
		err = cgroups_open(c.cgroups);
	if (!err)
		err = crowd_create(&c.crowd, &setup);
	if (err) {
		fail(&c, "the guests could not be made: %s", thread_error(err));
		c.out->host_cannot = is_host_lack(err);
	} else if (confine_process(false) < 0) {
		fail(&c, "privileges could not be dropped");
		c.out->host_cannot = true;
	} else {
		c.out->ok = run_crowd(&c, s) == 0;
	}
	crowd_destroy(c.crowd);
	yields_close(&c.yields);
	if (c.cgroups)
		cgroups_close(c.cgroups);
	free(s);
	fd_close(&kvm_fd);
	return 0;
}

static bool flags_are_sane(const struct crowd_result *r)
{
	return sane_flag(&r->ok) && sane_flag(&r->cut) && sane_flag(&r->host_cannot) &&
	       sane_flag(&r->violation) && sane_flag(&r->accounted) && sane_flag(&r->halts_known) &&
	       sane_flag(&r->conserved);
}

static const char *crowd_nonsense(const void *result)
{
	const struct crowd_result *r = result;

	if (!flags_are_sane(r))
		return "flags";
	if (!sane_text(r->error, sizeof(r->error)))
		return "error";
	if (!sane_amount(r->duration_s) || !sane_amount(r->stopped_s))
		return "times";
	if (r->nvcpus > CROWD_VCPUS_MAX)
		return "vCPUs";
	return yields_are_sane(&r->yields) ? NULL : "yields";
}

int crowd_cell_run(const struct crowd_spec *spec, struct crowd_result *out, bool *stop)
{
	static const struct child_task task = { cell_child, sizeof(*out), crowd_nonsense };
	struct cgroups groups = { 0 };
	struct job job = { spec, spec->cgroup ? &groups : NULL };
	int err = spec->cgroup ? cgroups_create(&groups, spec->guests) : 0;

	if (err) {
		out->ok = false;
		out->host_cannot = true;
		snprintf(out->error, sizeof(out->error), "control groups: %s", strerror(-err));
		return 0;
	}
	err = cell_in_child(&task, &job, out, stop);
	cgroups_destroy(&groups);
	out->violation = child_not_trusted(err);
	if (err) {
		out->ok = false;
		out->host_cannot = err == -EAGAIN || err == -ENOMEM;
		if (!out->error[0])
			snprintf(out->error, sizeof(out->error), "%s", child_failure(err));
	}
	return err;
}

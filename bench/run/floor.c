// SPDX-License-Identifier: BSD-2-Clause
// The baselines below every result.
#include "bench/run/floor.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/run/child.h"
#include "bench/run/confine.h"
#include "bench/run/patience.h"
#include "bench/run/progress.h"
#include "lib/clock.h"
#include "lib/fd.h"
#include "lib/sane.h"
#include "lib/thread.h"
#include "tandem/frame.h"
#include "vhost/strategies.h"
#include "vmm/vm.h"

/* In slices, so that a process that was stopped for longer looks again when it goes on. */
#define REPLY_SLICE_MS 100u
#define REPLY_SLICES (BOOT_TIMEOUT_MS / REPLY_SLICE_MS)
#define WARMUP_ROUNDS 20u
#define CHUNK_BYTES (1u << 20)
#define CHUNKS_MIN 20u /* of fewer the median is an accident */

struct floors {
	const struct cell_spec *spec;
	struct floor_result *out;
	double ns_per_cycle;
	uint64_t end_ns;
	bool filtered;
	/* Made before privileges go. */
	struct gmem from, to;
	struct hist *speeds;
	int ping, pong;
};

static void start_clock(struct floors *f)
{
	f->end_ns = clock_mono_ns() + f->spec->duration_ms * 1000000ull;
}

/* ---- memcpy ---- */

/* One chunk of copies; its speed in Gb/s. */
static double copy_chunk(const struct floors *f, uint8_t *to, const uint8_t *from, uint64_t *slot)
{
	uint64_t stride = frame_slot_bytes(f->spec->frame_bytes), t0 = clock_now();
	uint32_t bytes = f->spec->frame_bytes, n = CHUNK_BYTES / bytes;

	for (uint32_t i = 0; i < n; i++) {
		uint64_t at = (*slot)++ % f->spec->ring_size * stride;

		memcpy(to + at, from + at, bytes);
		/* The copy is the point: the compiler may not skip it. */
		__asm__ volatile("" ::"r"(to + at) : "memory");
	}
	return (double)n * bytes * 8 / ((double)(clock_now() - t0) * f->ns_per_cycle);
}

/*
 * The median chunk: one core's speed, whoever else wanted that core meanwhile. Speeds are kept in
 * steps of 0.01 Gb/s in a histogram of nanoseconds, which does not mind.
 */
static double copy_speed(struct floors *f, uint8_t *to, const uint8_t *from, struct hist *speeds)
{
	uint64_t slot = 0;

	/* Once round untimed: pages are touched, caches hold what they can. */
	for (uint32_t i = 0; i <= f->spec->ring_size * (uint64_t)f->spec->frame_bytes / CHUNK_BYTES;
	     i++)
		copy_chunk(f, to, from, &slot);
	start_clock(f);
	do {
		hist_add(speeds, (uint64_t)(copy_chunk(f, to, from, &slot) * 100));
	} while (clock_mono_ns() < f->end_ns || speeds->n < CHUNKS_MIN);
	return hist_quantile(speeds, 0.5) / 100;
}

static void fill(struct gmem *m)
{
	for (uint64_t i = 0; i < m->bytes; i += 8)
		memcpy(m->host + i, &i, 8);
}

/* As the pair's RAM: two memfds, the slots of a ring each. */
static void memcpy_floor(void *arg)
{
	struct floors *f = arg;

	fill(&f->from);
	fill(&f->to);
	f->out->memcpy_gbps = copy_speed(f, f->to.host, f->from.host, f->speeds);
}

/* ---- eventfd ping-pong ---- */

struct pingpong {
	struct floors *floors;
	int ping, pong;
	bool stop;
};

static const struct filter_rule floor_filter[] = {
	ALLOW(ppoll, "waiting for the other's eventfd"),
	ALLOW(read, "taking it"),
	FILTER_END,
};

static int start_thread(struct thread *t, const struct floors *f, const char *name, enum role role,
			void (*fn)(void *), void *arg)
{
	t->filter = f->filtered ? floor_filter : NULL;
	return thread_start(t, name, &f->spec->cpus[role], fn, arg);
}

static bool wait_reply(int fd)
{
	for (unsigned i = 0; i < REPLY_SLICES; i++)
		if (fd_wait(fd, REPLY_SLICE_MS * 1000000ll))
			return true;
	return false;
}

static bool answer_one(int in, int out)
{
	if (!wait_reply(in))
		return false;
	fd_take(in);
	fd_signal(out);
	return true;
}

static void pong_main(void *arg)
{
	struct pingpong *p = arg;

	while (!shared_load_acquire(&p->stop))
		answer_one(p->ping, p->pong);
}

/* Signals `out` and waits for `in`, over and over; each round goes into `h`. */
static void ask_until(struct floors *f, int out, int in, struct hist *h)
{
	start_clock(f);
	for (uint64_t i = 0; clock_mono_ns() < f->end_ns || i < 2 * WARMUP_ROUNDS; i++) {
		uint64_t t0 = clock_now(), t1;

		fd_signal(out);
		if (!wait_reply(in)) {
			snprintf(f->out->error, sizeof(f->out->error), "no answer within %u s",
				 BOOT_TIMEOUT_MS / 1000);
			return;
		}
		t1 = clock_now();
		fd_take(in);
		if (i >= WARMUP_ROUNDS)
			hist_add(h, clock_ns_between(t0, t1, f->ns_per_cycle));
	}
}

static void ping_main(void *arg)
{
	struct pingpong *p = arg;

	ask_until(p->floors, p->ping, p->pong, &p->floors->out->pingpong);
}

static void pingpong_floor(struct floors *f)
{
	struct pingpong p = { .floors = f, .ping = f->ping, .pong = f->pong };
	struct thread a = { 0 }, b = { 0 };

	if (start_thread(&b, f, "tandem-b", ROLE_B, pong_main, &p) ||
	    start_thread(&a, f, "tandem-backend", ROLE_BACKEND, ping_main, &p))
		snprintf(f->out->error, sizeof(f->out->error), "ping-pong floor: could not start");
	thread_join(&a);
	shared_store_release(&p.stop, true);
	fd_signal(p.ping);
	thread_join(&b);
}

/* ---- irqfd -> handler -> doorbell ---- */

struct echo {
	struct floors *floors;
	struct pair *pair;
};

static void echo_main(void *arg)
{
	struct echo *e = arg;
	int doorbell = pair_echo_fd(e->pair, SIDE_B);

	fd_take(doorbell);
	ask_until(e->floors, pair_call_fd(e->pair, SIDE_B), doorbell, &e->floors->out->echo);
}

static bool wait_running(struct pair *p)
{
	enum pair_state state = PAIR_BOOTING;
	struct patience patience;

	patience_begin(&patience);
	while (state == PAIR_BOOTING && !patience_over(&patience, BOOT_TIMEOUT_MS)) {
		cell_pause(1);
		state = pair_state(p, SIDE_B);
	}
	return state == PAIR_RUNNING;
}

static void echo_floor(struct floors *f, struct pair *p)
{
	struct echo e = { f, p };
	struct thread t = { 0 };

	if (!wait_running(p))
		snprintf(f->out->error, sizeof(f->out->error), "echo floor: guest did not come up");
	else if (start_thread(&t, f, "tandem-backend", ROLE_BACKEND, echo_main, &e))
		snprintf(f->out->error, sizeof(f->out->error), "echo floor: could not start");
	thread_join(&t);
	pair_stop(p);
}

static int make_echo_pair(struct pair **out, const struct cell_spec *s, int kvm_fd)
{
	struct pair_config pc = {
		.accel = s->accel,
		.notify = notify_find("direct"),
		.irq = s->irq,
		.halt_poll_ns = s->halt_poll_ns,
		.kvm_fd = kvm_fd,
		.workload = { 0, TANDEM_ECHO },
		.frame_bytes = FRAME_MIN,
		.ring_size = 1,
		.window = 1,
		.rto_us = s->rto_us,
		.budget = 1,
		.clock_hz = s->clock_hz,
		.confine = !s->unfiltered && confine_filters(),
	};

	memcpy(pc.cpus, s->cpus, sizeof(pc.cpus));
	return pair_create(out, &pc);
}

static void memcpy_and_pingpong(struct floors *f)
{
	struct thread t = { 0 };

	if (start_thread(&t, f, "tandem-backend", ROLE_BACKEND, memcpy_floor, f))
		snprintf(f->out->error, sizeof(f->out->error), "memcpy floor: could not start");
	thread_join(&t);
	if (!f->out->error[0])
		pingpong_floor(f);
}

/* All that takes memory or an fd. */
static int make_floors(struct floors *f)
{
	uint64_t bytes = f->spec->ring_size * frame_slot_bytes(f->spec->frame_bytes);
	int err;

	bytes = (bytes + 4095) & ~4095ull;
	f->speeds = calloc(1, sizeof(*f->speeds));
	f->ping = fd_eventfd();
	f->pong = fd_eventfd();
	err = !f->speeds ? -ENOMEM : f->ping < 0 ? f->ping : f->pong < 0 ? f->pong : 0;
	if (!err)
		err = gmem_create(&f->from, "tandem-floor", gpa(0), bytes);
	if (!err)
		err = gmem_create(&f->to, "tandem-floor", gpa(0), bytes);
	return err;
}

static void drop_floors(struct floors *f)
{
	gmem_destroy(&f->from);
	gmem_destroy(&f->to);
	free(f->speeds);
	fd_close(&f->ping);
	fd_close(&f->pong);
}

/*
 * The guest's threads must not come under the control thread's filter, nor run while others are
 * measured.
 */
static void run_floors(struct floors *f, struct pair *p)
{
	if ((p && pair_start(p)) || (f->filtered && confine_control(true) < 0)) {
		snprintf(f->out->error, sizeof(f->out->error), "floors could not be started");
		return;
	}
	if (p)
		echo_floor(f, p);
	if (!f->out->error[0])
		memcpy_and_pingpong(f);
}

static int floor_child(void *arg, void *shared)
{
	struct floors f = {
		.spec = arg, .out = shared, .from.fd = -1, .to.fd = -1, .ping = -1, .pong = -1
	};
	bool kvm = accel_needs_kvm(f.spec->accel);
	int kvm_fd = kvm ? vm_open_kvm() : -1;
	struct pair *p = NULL;
	char why[200];
	int err;

	f.filtered = !f.spec->unfiltered && confine_filters();
	f.ns_per_cycle = 1e9 / (double)f.spec->clock_hz;
	f.out->frame_bytes = f.spec->frame_bytes;
	if (kvm && (kvm_fd < 0 || make_echo_pair(&p, f.spec, kvm_fd)))
		snprintf(f.out->error, sizeof(f.out->error),
			 "echo floor: the guest could not be made");
	else if ((err = make_floors(&f)) < 0)
		snprintf(f.out->error, sizeof(f.out->error), "floors could not be made: %s",
			 gmem_reason(err, why, sizeof(why)));
	else if (confine_process(false) < 0)
		snprintf(f.out->error, sizeof(f.out->error), "privileges could not be dropped");
	else
		run_floors(&f, p);
	f.out->ok = !f.out->error[0];
	pair_destroy(p);
	drop_floors(&f);
	fd_close(&kvm_fd);
	return 0;
}

static const char *floor_nonsense(const void *result)
{
	const struct floor_result *r = result;

	if (!sane_flag(&r->ok) || !sane_text(r->error, sizeof(r->error)))
		return "error";
	if (!sane_amount(r->memcpy_gbps))
		return "speed";
	return hist_is_sane(&r->pingpong) && hist_is_sane(&r->echo) ? NULL : "rounds";
}

int floor_run(const struct cell_spec *spec, struct floor_result *out, bool *stop)
{
	static const struct child_task task = { floor_child, sizeof(*out), floor_nonsense };
	int err = cell_in_child(&task, (void *)(uintptr_t)spec, out, stop);

	if (err && !out->error[0])
		snprintf(out->error, sizeof(out->error), "%s", child_failure(err));
	return err;
}

const struct hist *floor_rounds(const struct floor_result *f, const struct accel_ops *accel)
{
	return accel_needs_kvm(accel) ? &f->echo : &f->pingpong;
}

bool floor_is_steady(const struct floor_result *f, const struct accel_ops *accel)
{
	const struct hist *h = floor_rounds(f, accel);
	double middle = hist_quantile(h, 0.5);

	return middle <= 2 * hist_quantile(h, 0.1) && hist_quantile(h, 0.9) <= 2 * middle;
}

double floor_round_trip_us(const struct floor_result *f, const struct accel_ops *accel)
{
	return f->ok ? 2 * hist_mean(floor_rounds(f, accel)) / 1000 : 0;
}

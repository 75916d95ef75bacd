// SPDX-License-Identifier: BSD-2-Clause
// Rough turns for the soak.
#include "tests/soak/rough.h"

#include "tests/common/suite.h"

#include <linux/virtio_mmio.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lib/clock.h"
#include "lib/fd.h"
#include "tests/common/fakeguest.h"

#define ROUGH 0u /* the guest that breaks the rules */
#define GOOD 1u	 /* and the one that must not suffer */
#define RING 64u
#define PATIENCE_NS suite_patience(20000000000ull)
#define MS_NS 1000000ull

struct side {
	struct backend *backend;
	unsigned index;
	struct fake_guest guest;
	int kick_fd[NET_QUEUES];
	int call_fd;
};

struct sender {
	struct side *side;
	bool stop;
	uint64_t sent, reaped;
	pthread_t thread;
};

static int on_activate(void *ctx)
{
	struct side *s = ctx;

	struct port_setup setup =
		port_setup_of(&s->guest.dev, &s->guest.mem, s->kick_fd, s->call_fd);

	return backend_attach(s->backend, s->index, &setup);
}

static void on_reset(void *ctx)
{
	struct side *s = ctx;

	backend_detach(s->backend, s->index, NULL);
}

static void on_kick(void *ctx, uint32_t queue)
{
	struct side *s = ctx;

	fd_signal(s->kick_fd[queue]);
}

static const struct virtio_device_ops ops = { on_activate, on_reset, on_kick };

static void kick(struct side *s, unsigned queue, bool wanted)
{
	if (wanted)
		fake_guest_write(&s->guest, VIRTIO_MMIO_QUEUE_NOTIFY, queue);
}

static void *send_on(void *arg)
{
	struct sender *s = arg;
	struct fake_guest *g = &s->side->guest;
	bool wanted;

	while (!shared_load(&s->stop)) {
		s->reaped += fake_guest_reap_tx(g);
		kick(s->side, NET_RX, fake_guest_fill_rx(g));
		if (fake_guest_send(g, 200, s->sent, &wanted)) {
			s->sent++;
			kick(s->side, NET_TX, wanted);
		} else if (!fake_arm_call(&g->queue[NET_TX])) {
			fd_wait(s->side->call_fd, 10 * (int64_t)MS_NS);
			fd_take(s->side->call_fd);
		}
	}
	return NULL;
}

static void pause_ns(uint64_t ns)
{
	const struct timespec ts = { .tv_nsec = (long)ns };

	nanosleep(&ts, NULL);
}

/* ---- the turns ---- */

/* Into the upper half of memory, where nobody reads what the backend copies, or nowhere at all. */
static struct vring_desc wild_desc(const struct fake_guest *g, uint64_t *seed)
{
	uint32_t r = suite_random(seed);
	struct vring_desc d = { g->mem.base + g->mem.bytes / 2 + (r & 0xffff), 1 + (r >> 21), 0,
				0 };

	if ((r & 0x70000) == 0)
		d.addr = (uint64_t)suite_random(seed) << 32 | 0xfffffff0;
	if ((r & 0x380000) == 0)
		d.len = 0;
	d.flags = (uint16_t)(suite_random(seed) & 7 & (r >> 24));
	d.next = suite_random(seed) & (2 * RING - 1);
	return d;
}

static void scribble(struct side *s, uint64_t *seed)
{
	uint32_t r = suite_random(seed);
	struct fake_queue *d = &s->guest.queue[r & 1];

	fake_set_desc(d, r >> 8 & (RING - 1), wild_desc(&s->guest, seed));
	fake_set_avail_entry(d, r >> 14 & (RING - 1),
			     (r >> 20 & 15) ? r >> 24 & (RING - 1) : (uint16_t)(r >> 16));
	d->avail_next += r >> 1 & 3;
	if ((r & 0xf000) == 0)
		d->avail_next = (uint16_t)suite_random(seed);
	fake_set_avail_idx(d, d->avail_next);
	fake_set_used_event(d, (uint16_t)suite_random(seed));
	kick(s, r >> 3 & 1, true);
}

/* Any value into any register but the status, which goes through reset(). */
static void poke(struct side *s, uint64_t *seed)
{
	uint32_t offset = suite_random(seed) & 0x1fc;

	if (offset != VIRTIO_MMIO_STATUS)
		fake_guest_write(&s->guest, offset, suite_random(seed));
	mmio_read(&s->guest.mmio, suite_random(seed) & 0x1ff, 1u << (suite_random(seed) & 3));
}

static void reset(struct side *s, uint64_t *seed)
{
	fake_guest_reset(&s->guest);
	fake_guest_start(&s->guest, suite_random(seed) & 1);
}

static void one_turn(struct side *s, uint64_t *seed, struct rough_result *result)
{
	uint32_t what = suite_random(seed) % 8;

	if (what == 0) {
		reset(s, seed);
		result->resets++;
	}
	for (uint32_t i = suite_random(seed) % 50; i && what < 4; i--)
		scribble(s, seed);
	for (uint32_t i = suite_random(seed) % 200; i && what == 4; i--)
		kick(s, i & 1, true); /* for nothing */
	if (what == 5)
		poke(s, seed);
	if (what == 6)
		kick(s, NET_RX, fake_guest_fill_rx(&s->guest));
	if (what == 7)
		pause_ns(suite_random(seed) % MS_NS);
}

/* ---- the frame around them ---- */

static void make_side(struct side *s, unsigned i)
{
	s->index = i;
	s->call_fd = fd_eventfd();
	for (unsigned q = 0; q < NET_QUEUES; q++)
		s->kick_fd[q] = fd_eventfd();
	fake_guest_create(&s->guest, (1 + i) * 0x40000000ull, 1 << 20, RING, 2048, &ops, s);
}

static void drop_side(struct side *s)
{
	fake_guest_destroy(&s->guest);
	fd_close(&s->call_fd);
	for (unsigned q = 0; q < NET_QUEUES; q++)
		fd_close(&s->kick_fd[q]);
}

/* The rough one behaves at last: then every frame must come back to its sender. */
static void settle(struct side *sides, struct sender *s, struct backend *w)
{
	struct fake_guest *g = &sides[ROUGH].guest;
	uint64_t end = clock_mono_ns() + PATIENCE_NS, seq;
	struct backend_stats stats;
	uint32_t bytes;

	fake_guest_reset(g);
	assert_int_equal(fake_guest_start(g, true), 0xf);
	while (s->reaped < s->sent && clock_mono_ns() < end) {
		while (fake_guest_take_frame(g, &seq, &bytes) == 1)
			;
		kick(&sides[ROUGH], NET_RX, fake_guest_fill_rx(g));
		s->reaped += fake_guest_reap_tx(&sides[GOOD].guest);
		pause_ns(MS_NS);
	}
	assert_int_equal(s->reaped, s->sent);
	backend_stop(w);
	stats = backend_stats(w);
	assert_int_equal(stats.flow[GOOD].frames + stats.flow[GOOD].dropped +
				 stats.flow[GOOD].too_small,
			 s->sent);
	assert_int_equal(stats.port[GOOD].breaks, 0);
	for (unsigned i = 0; i < 2; i++)
		assert_int_equal(stats.port[i].decided,
				 stats.port[i].delivered + stats.port[i].coalesced);
}

struct rough_result rough_turns(const struct notify_ops *notify,
				const struct producer_ops *producer, unsigned ms, uint64_t seed)
{
	struct backend_config c = { .notify = notify,
				    .producer = producer,
				    .budget = 64,
				    .batch = 64,
				    .frame_max = 2048,
				    .queue_size_max = 256 };
	struct side *sides = calloc(2, sizeof(*sides));
	struct rough_result result = { 0 };
	struct backend *w = NULL;
	struct sender s = { .side = &sides[GOOD] };
	uint64_t end;

	assert_non_null(sides);
	sched_getaffinity(0, sizeof(c.backend_cpus), &c.backend_cpus);
	c.notifier_cpus = c.backend_cpus;
	for (unsigned i = 0; i < 2; i++)
		make_side(&sides[i], i);
	assert_int_equal(backend_create(&w, &c), 0);
	assert_int_equal(backend_start(w), 0);
	for (unsigned i = 0; i < 2; i++) {
		sides[i].backend = w;
		assert_int_equal(fake_guest_start(&sides[i].guest, true), 0xf);
	}
	assert_int_equal(pthread_create(&s.thread, NULL, send_on, &s), 0);
	end = clock_mono_ns() + ms * MS_NS;
	while (clock_mono_ns() < end)
		one_turn(&sides[ROUGH], &seed, &result);
	shared_store(&s.stop, true);
	pthread_join(s.thread, NULL);
	settle(sides, &s, w);
	result.sent = s.sent;
	result.breaks = backend_stats(w).port[ROUGH].breaks;
	backend_destroy(w);
	for (unsigned i = 0; i < 2; i++)
		drop_side(&sides[i]);
	free(sides);
	return result;
}

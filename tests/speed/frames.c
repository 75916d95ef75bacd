// SPDX-License-Identifier: BSD-2-Clause
// The backend's work for a frame, alone on one thread: for counting instructions, and its own CPU time.
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lib/fd.h"
#include "tests/common/fakeguest.h"
#include "vhost/flow.h"
#include "vhost/strategies.h"

#define RING 256u
#define BATCH 64u
#define BUF_BYTES(frame) ((frame) + NET_HDR_BYTES)

struct side {
	struct fake_guest guest;
	struct port port;
	int kick_fd[NET_QUEUES];
	int call_fd;
};

struct rig {
	struct notifier *notifier;
	struct side side[2];
	struct flow flow[2];
};

static int on_activate(void *ctx)
{
	struct side *s = ctx;

	struct port_setup setup =
		port_setup_of(&s->guest.dev, &s->guest.mem, s->kick_fd, s->call_fd);

	return port_start(&s->port, &setup);
}

static void on_reset(void *ctx)
{
	(void)ctx;
}

static void on_kick(void *ctx, uint32_t queue)
{
	(void)ctx;
	(void)queue;
}

static const struct virtio_device_ops ops = { on_activate, on_reset, on_kick };

static void make_side(struct rig *r, unsigned i)
{
	struct side *s = &r->side[i];

	s->kick_fd[0] = s->kick_fd[1] = -1;
	s->call_fd = fd_eventfd();
	if (port_init(&s->port, i, RING))
		abort();
	if (flow_init(&r->flow[i], &s->port, &r->side[1 - i].port, RING))
		abort();
}

static void make_rig(struct rig *r, uint32_t frame)
{
	struct notify_config config = { .targets = { NULL } };

	for (unsigned i = 0; i < 2; i++)
		make_side(r, i);
	if (notify_direct.create(&r->notifier, &config))
		abort();
	for (unsigned i = 0; i < 2; i++) {
		struct fake_guest *g = &r->side[i].guest;

		fake_guest_create(g, 0x40000000, 64 << 20, RING, BUF_BYTES(frame), &ops,
				  &r->side[i]);
		fake_guest_start(g, true);
	}
}

static void drop_rig(struct rig *r)
{
	notify_direct.destroy(r->notifier);
	for (unsigned i = 0; i < 2; i++) {
		struct side *s = &r->side[i];

		fd_close(&s->call_fd);
		port_fini(&s->port);
		flow_fini(&r->flow[i]);
		fake_guest_destroy(&s->guest);
	}
}

/* As a driver of VIRTIO_F_IN_ORDER does: the descriptors never change, so a frame is one entry. */
static void offer(struct fake_guest *g, unsigned queue, uint32_t bytes, unsigned n)
{
	struct fake_queue *d = &g->queue[queue];

	for (unsigned i = 0; i < n; i++) {
		struct fake_buf buf = { g->buf[queue][d->free], bytes, queue == NET_RX };

		fake_add(d, &buf, 1);
	}
	fake_publish(d);
}

static unsigned take(struct fake_guest *g, unsigned queue)
{
	struct vring_used_elem used;
	unsigned n = 0;

	while (fake_take(&g->queue[queue], &used))
		n++;
	fake_arm_call(&g->queue[queue]);
	return n;
}

static uint64_t cpu_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/* What the backend does between two sleeps: a turn, a turn that finds nothing, and the kicks. */
static void work(struct rig *r, bool sleeps)
{
	for (unsigned i = 0; i < 2; i++)
		flow_run(&r->flow[i], r->notifier, BATCH);
	for (unsigned i = 0; sleeps && i < 2; i++) {
		flow_enable_kicks(&r->flow[i]);
		flow_disable_kicks(&r->flow[i]);
	}
}

/* `batch` frames at once from `from`; all of them must arrive. CPU time of the backend's part. */
static uint64_t move(struct rig *r, unsigned from, uint32_t frame, unsigned batch)
{
	struct fake_guest *tx = &r->side[from].guest, *rx = &r->side[1 - from].guest;
	uint64_t start;

	offer(rx, NET_RX, BUF_BYTES(frame), batch);
	offer(tx, NET_TX, BUF_BYTES(frame), batch);
	start = cpu_ns();
	work(r, batch < BATCH);
	start = cpu_ns() - start;
	if (take(rx, NET_RX) != batch || take(tx, NET_TX) != batch)
		abort();
	return start;
}

/* stream: batches one way. rr: a frame there, a frame back, and a sleep after each. */
static void measure(const char *scenario, uint32_t frame, unsigned frames)
{
	bool rr = strcmp(scenario, "rr") == 0;
	unsigned batch = rr ? 1 : BATCH, from = 0;
	struct rig *r = calloc(1, sizeof(*r));
	uint64_t ns = 0;

	if (!r)
		abort();
	make_rig(r, frame);
	for (unsigned n = 0; n < frames; n += batch) {
		ns += move(r, from, frame, batch);
		from ^= rr;
	}
	printf("%s %u %u %.1f\n", scenario, frame, frames, (double)ns / frames);
	drop_rig(r);
	free(r);
}

/* SCENARIO BYTES FRAMES: prints these and ns of CPU time per frame. */
int main(int argc, char **argv)
{
	if (argc != 4) {
		fprintf(stderr, "usage: %s stream|rr BYTES FRAMES\n", argv[0]);
		return 2;
	}
	measure(argv[1], (uint32_t)atoi(argv[2]), (unsigned)atoi(argv[3]));
	return 0;
}

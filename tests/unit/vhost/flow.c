// SPDX-License-Identifier: BSD-2-Clause
// Frames from one guest's transmit queue to the other's receive queue, both guests played here.
#include "tests/common/suite.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/fd.h"
#include "tests/common/fakeguest.h"
#include "vhost/flow.h"
#include "vhost/strategies.h"

#define A 0
#define B 1
#define HDR NET_HDR_BYTES

/* Different on purpose: an address of one guest means nothing in the other. */
static const uint64_t base[2] = { 0x40000000ull, 0x1c0000000ull };

/* One side of the pair: what a device's owner does when its driver starts and resets it. */
struct side {
	struct fake_guest guest;
	struct port port;
	int call_fd;
};

/* Two guests, two directions, and the notifier that calls at once. */
struct fixture {
	struct notifier *notifier;
	struct side side[2];
	struct flow flow[2]; /* [A]: from A to B */
	bool event_idx;
};

static struct fixture *fx;

static struct port_setup setup_of(struct side *s)
{
	static const int no_kicks[NET_QUEUES] = { -1, -1 };

	return port_setup_of(&s->guest.dev, &s->guest.mem, no_kicks, s->call_fd);
}

static int on_activate(void *ctx)
{
	struct side *s = ctx;

	struct port_setup setup = setup_of(s);

	return port_start(&s->port, &setup);
}

static void on_reset(void *ctx)
{
	struct side *s = ctx;

	port_stop(&s->port, NULL);
}

static void on_kick(void *ctx, uint32_t queue)
{
	(void)ctx;
	(void)queue;
}

static const struct virtio_device_ops ops = { on_activate, on_reset, on_kick };

static void make_side(unsigned i)
{
	struct side *s = &fx->side[i];

	s->call_fd = fd_eventfd();
	assert_int_equal(port_init(&s->port, i, 32768), 0);
	assert_int_equal(flow_init(&fx->flow[i], &s->port, &fx->side[1 - i].port, 32768), 0);
}

static int set_up(void **state)
{
	struct notify_config config;

	(void)state;
	fx = calloc(1, sizeof(*fx));
	assert_non_null(fx);
	memset(&config, 0, sizeof(config));
	for (unsigned i = 0; i < 2; i++) {
		make_side(i);
		config.targets[i * PORT_QUEUES] = &fx->side[i].port.target[0];
	}
	assert_int_equal(notify_direct.create(&fx->notifier, &config), 0);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	notify_direct.destroy(fx->notifier);
	for (unsigned i = 0; i < 2; i++) {
		fd_close(&fx->side[i].call_fd);
		port_fini(&fx->side[i].port);
		flow_fini(&fx->flow[i]);
		fake_guest_destroy(&fx->side[i].guest);
	}
	free(fx);
	return 0;
}

/* Calls since this was asked the last time. */
static unsigned calls(unsigned i)
{
	return (unsigned)fd_take(fx->side[i].call_fd);
}

/* The receive queue's used index when that guest was called the last time. */
static uint16_t last_rx_idx(unsigned i)
{
	struct stamps *s = &fx->side[i].port.stamps;

	return (uint16_t)stamps_at(s, s->head - 1)->rx_idx;
}

/* Both guests are made and up; buf_bytes as in fake_guest_create(). */
static void bring_up(uint32_t ring_size, uint32_t buf_bytes, bool event_idx)
{
	fx->event_idx = event_idx;
	for (unsigned i = 0; i < 2; i++) {
		struct side *s = &fx->side[i];

		fake_guest_create(&s->guest, base[i], 4 << 20, ring_size, buf_bytes, &ops, s);
		assert_int_equal(fake_guest_start(&s->guest, event_idx), 0xf);
		assert_true(s->port.active);
	}
}

static struct fake_guest *guest(unsigned i)
{
	return &fx->side[i].guest;
}

static struct fake_queue *queue(unsigned i, unsigned q)
{
	return &fx->side[i].guest.queue[q];
}

static bool run(unsigned from)
{
	return flow_run(&fx->flow[from], fx->notifier, 64);
}

static uint32_t status_of(unsigned i)
{
	return fake_guest_read(guest(i), 0x70);
}

static bool needs_reset(unsigned i)
{
	return status_of(i) & VIRTIO_CONFIG_S_NEEDS_RESET;
}

static void send(unsigned from, uint32_t bytes, uint64_t seq)
{
	bool kick;

	assert_true(fake_guest_send(guest(from), bytes, seq, &kick));
}

static void expect_frame(unsigned at, uint32_t bytes, uint64_t seq)
{
	uint64_t got_seq = 0;
	uint32_t got_bytes = 0;

	assert_int_equal(fake_guest_take_frame(guest(at), &got_seq, &got_bytes), 1);
	assert_int_equal(got_bytes, bytes);
	assert_int_equal(got_seq, seq);
}

static void expect_no_frame(unsigned at)
{
	uint64_t seq;
	uint32_t bytes;

	assert_int_equal(fake_guest_take_frame(guest(at), &seq, &bytes), 0);
}

/* Traffic in one direction is whole: n frames arrive in order and their buffers come back. */
static void expect_traffic(unsigned from, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		fake_guest_fill_rx(guest(1 - from));
		send(from, 60 + i, i);
		run(from);
		expect_frame(1 - from, 60 + i, i);
		assert_int_equal(fake_guest_reap_tx(guest(from)), 1);
	}
}

/* ------------------------------------------------------------------ segmentation */

/* How a buffer is cut: the pieces given, then pieces of `rest` bytes (0: all that is left). */
struct cut {
	const char *name;
	uint32_t first[12];
	uint32_t rest;
};

static const struct cut cuts[] = {
	{ "one piece", { 0 }, 0 },
	{ "header apart", { 12 }, 0 },
	{ "header apart, in two", { 10, 2 }, 0 },
	{ "header cut short", { 5 }, 0 },
	{ "header and one byte", { 13 }, 0 },
	{ "header and Ethernet header", { 12, 14 }, 0 },
	{ "header in single bytes", { 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1 }, 0 },
	{ "growing pieces", { 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048 }, 0 },
	{ "pieces of 1", { 0 }, 1 },
	{ "pieces of 7", { 0 }, 7 },
	{ "pieces of 67", { 3 }, 67 },
	{ "pieces of 4095", { 11 }, 4095 },
};

static const uint32_t lengths[] = { 0, 1, 13, 60, 61, 64, 127, 1500, 1514, 9000, 65535, 65536 };

#define RING 1024u
#define GAP_BYTE 0xc5
#define AREA (65536u + HDR + 5 + 2 * RING)

/* Cuts `total` bytes at `at`, a gap of a byte after each piece. 0: too many for the ring. */
static unsigned cut(struct fake_buf *bufs, uint64_t at, uint32_t total, const struct cut *c,
		    bool writable)
{
	unsigned n = 0;

	while (total) {
		uint32_t len = n < ARRAY_SIZE(c->first) && c->first[n] ? c->first[n] : c->rest;

		if (!len || len > total)
			len = total;
		if (n == RING)
			return 0;
		bufs[n++] = (struct fake_buf){ at, len, writable };
		at += len + 1;
		total -= len;
	}
	return n;
}

static uint8_t content(uint32_t len, uint32_t i)
{
	return (uint8_t)(i * 37 + (i >> 8) + len);
}

/* Copies between the pieces in guest memory and a flat buffer. */
static void scatter(uint8_t *area, uint64_t at, const struct fake_buf *bufs, const uint8_t *flat,
		    uint32_t total)
{
	for (; total; bufs++) {
		uint32_t n = bufs->len < total ? bufs->len : total;

		memcpy(area + (bufs->addr - at), flat, n);
		flat += n;
		total -= n;
	}
}

struct copy_case {
	uint64_t tx_at, rx_at;
	uint8_t *flat, *want;
	struct fake_buf tx[RING], rx[RING];
};

/* The receiver's area: gaps and spare room untouched, a clean header, the frame. */
static void expect_area(struct copy_case *c, uint32_t len)
{
	struct virtio_net_hdr_v1 hdr = { .num_buffers = 1 };
	const uint8_t *area = fake_guest_ptr(guest(B), c->rx_at, AREA);

	memcpy(c->flat, &hdr, HDR);
	memset(c->want, GAP_BYTE, AREA);
	scatter(c->want, c->rx_at, c->rx, c->flat, len + HDR);
	assert_memory_equal(c->want, area, AREA);
}

static void expect_used(struct fake_queue *d, int head, uint32_t len)
{
	struct vring_used_elem used;

	assert_true(fake_take(d, &used));
	assert_int_equal(used.id, head);
	assert_int_equal(used.len, len);
	assert_false(fake_take(d, &used));
}

static void copy_one(struct copy_case *c, const struct cut *tx_cut, const struct cut *rx_cut,
		     uint32_t len, uint32_t spare)
{
	unsigned ntx = cut(c->tx, c->tx_at, len + HDR, tx_cut, false);
	unsigned nrx = cut(c->rx, c->rx_at, len + HDR + spare, rx_cut, true);
	int tx_head, rx_head;

	if (!ntx || !nrx)
		return;
	memset(fake_guest_ptr(guest(B), c->rx_at, AREA), GAP_BYTE, AREA);
	memset(c->flat, 0xee, HDR);
	for (uint32_t i = 0; i < len; i++)
		c->flat[HDR + i] = content(len, i);
	scatter(fake_guest_ptr(guest(A), c->tx_at, AREA), c->tx_at, c->tx, c->flat, len + HDR);
	rx_head = fake_add(queue(B, NET_RX), c->rx, nrx);
	tx_head = fake_add(queue(A, NET_TX), c->tx, ntx);
	assert_true(rx_head >= 0 && tx_head >= 0);
	fake_publish(queue(B, NET_RX));
	fake_publish(queue(A, NET_TX));
	run(A);
	expect_used(queue(B, NET_RX), rx_head, len + HDR);
	expect_used(queue(A, NET_TX), tx_head, 0);
	expect_area(c, len);
}

static void test_segmentation(void **state)
{
	static struct copy_case c;

	bring_up(RING, 0, false);
	c.tx_at = fake_guest_alloc(guest(A), AREA);
	c.rx_at = fake_guest_alloc(guest(B), AREA);
	c.flat = test_malloc(AREA);
	c.want = test_malloc(AREA);
	for (size_t r = 0; r < ARRAY_SIZE(cuts); r++)
		for (size_t l = 0; l < ARRAY_SIZE(lengths); l++)
			for (uint32_t spare = 0; spare <= 5; spare += 5)
				copy_one(&c, *state, &cuts[r], lengths[l], spare);
	assert_int_equal(fx->flow[A].stats.dropped + fx->flow[A].stats.too_small, 0);
	test_free(c.flat);
	test_free(c.want);
}

/* A small frame, both sides cut in two at every place. */
static void test_every_cut(void **state)
{
	static struct copy_case c;

	(void)state;
	bring_up(RING, 0, true);
	c.tx_at = fake_guest_alloc(guest(A), AREA);
	c.rx_at = fake_guest_alloc(guest(B), AREA);
	c.flat = test_malloc(AREA);
	c.want = test_malloc(AREA);
	for (uint32_t t = 1; t < 30; t++)
		for (uint32_t r = 1; r < 30; r++) {
			struct cut tx_cut = { "", { t }, 0 }, rx_cut = { "", { r }, 0 };

			copy_one(&c, &tx_cut, &rx_cut, 20, 0);
		}
	test_free(c.flat);
	test_free(c.want);
}

static void test_statistics(void **state)
{
	uint64_t bytes = 0;

	(void)state;
	bring_up(64, 2048, true);
	for (unsigned i = 0; i < 100; i++) {
		expect_traffic(A, 3);
		bytes += 60 + 61 + 62;
	}
	assert_int_equal(fx->flow[A].stats.frames, 300);
	assert_int_equal(fx->flow[A].stats.bytes, bytes);
	assert_int_equal(fx->flow[A].stats.dropped, 0);
	assert_int_equal(fx->flow[B].stats.frames, 0);
}

static void test_both_ways(void **state)
{
	(void)state;
	bring_up(64, 2048, true);
	for (uint64_t i = 0; i < 2000; i++) {
		for (unsigned s = 0; s < 2; s++) {
			fake_guest_fill_rx(guest(s));
			send(s, 60 + (uint32_t)(i % 1400), 2 * i + s);
		}
		run(A);
		run(B);
		for (unsigned s = 0; s < 2; s++) {
			expect_frame(s, 60 + (uint32_t)(i % 1400), 2 * i + 1 - s);
			assert_int_equal(fake_guest_reap_tx(guest(s)), 1);
		}
	}
}

/* ------------------------------------------------------------------ buffers too small */

static int give_rx(unsigned at, uint32_t len)
{
	struct fake_buf buf = { guest(at)->buf[NET_RX][queue(at, NET_RX)->free], len, true };
	int head = fake_add(queue(at, NET_RX), &buf, 1);

	assert_true(head >= 0);
	fake_publish(queue(at, NET_RX));
	return head;
}

static void test_too_small(void **state)
{
	int head;

	(void)state;
	bring_up(64, 2048, false);
	head = give_rx(B, 100 + HDR);
	send(A, 101, 1);
	send(A, 2000, 2);
	run(A);
	assert_int_equal(fake_guest_reap_tx(guest(A)), 2);
	assert_int_equal(fx->flow[A].stats.too_small, 2);
	assert_int_equal(fx->flow[A].stats.frames, 0);
	expect_no_frame(B);
	send(A, 100, 3); /* fits exactly, into the buffer that was kept */
	run(A);
	assert_int_equal(fake_used_entry(queue(B, NET_RX), 0).id, head);
	expect_frame(B, 100, 3);
	assert_false(needs_reset(A) || needs_reset(B));
}

static void test_too_small_for_ever(void **state)
{
	static const uint32_t sizes[] = { 1, 11, 12, 71 };

	(void)state;
	bring_up(64, 2048, true);
	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		give_rx(B, sizes[i]);
		for (int n = 0; n < 500; n++) {
			send(A, 60, 1);
			run(A);
			assert_int_equal(fake_guest_reap_tx(guest(A)), 1);
		}
		fake_guest_reset(guest(B));
		assert_int_equal(fake_guest_start(guest(B), true), 0xf);
	}
	assert_int_equal(fx->flow[A].stats.too_small, 2000);
	expect_traffic(B, 10);
	expect_traffic(A, 10);
}

/* A chain that names the same memory again and again: 64 pieces of `bytes` each. */
static void add_repetitive(unsigned i, unsigned q, uint32_t bytes)
{
	struct fake_buf bufs[64];

	for (int n = 0; n < 64; n++)
		bufs[n] = (struct fake_buf){ base[i], bytes, q == NET_RX };
	assert_true(fake_add(queue(i, q), bufs, 64) >= 0);
	fake_publish(queue(i, q));
}

/* Up to gigabytes: dropped, not copied, whatever the receiver offers. */
static void test_huge_frame(void **state)
{
	(void)state;
	bring_up(64, 2048, false);
	add_repetitive(B, NET_RX, 4 << 20);
	add_repetitive(A, NET_TX, 4 << 20);
	run(A);
	assert_int_equal(fake_guest_reap_tx(guest(A)), 1);
	assert_int_equal(fx->flow[A].stats.dropped, 1);
	assert_int_equal(fx->flow[A].stats.frames, 0);
	fake_guest_reset(guest(B));
	assert_int_equal(fake_guest_start(guest(B), false), 0xf);
	fake_guest_fill_rx(guest(B));
	expect_traffic(A, 5);
}

/* 5.1.4.1: "The driver MUST NOT transmit packets [longer than] mtu" and the Ethernet header. */
static void test_mtu(void **state)
{
	static const uint32_t longer[] = { 0, 1 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(longer); i++) {
		struct fake_buf to = { base[B], 70000, true },
				from = { base[A], HDR + 65536 + longer[i], false };

		bring_up(64, 2048, true);
		assert_true(fake_add(queue(B, NET_RX), &to, 1) >= 0);
		fake_publish(queue(B, NET_RX));
		assert_true(fake_add(queue(A, NET_TX), &from, 1) >= 0);
		fake_publish(queue(A, NET_TX));
		run(A);
		assert_int_equal(fx->flow[A].stats.frames, !longer[i]);
		assert_int_equal(fx->flow[A].stats.dropped, longer[i]);
		if (i + 1 < ARRAY_SIZE(longer)) {
			tear_down(NULL);
			set_up(NULL);
		}
	}
}

/* A producer elsewhere completed the frame; that its sender is gone by now is no reason not to tell. */
static void test_sender_gone_before_the_call(void **state)
{
	const struct flow_calls *told;
	struct copy_job job;

	(void)state;
	bring_up(64, 2048, true);
	fake_guest_fill_rx(guest(B));
	calls(B);
	send(A, 60, 1);
	assert_int_equal(flow_collect(&fx->flow[A], &job, 1), 1);
	memcpy(job.to, job.from, job.bytes);
	flow_complete(&fx->flow[A], &job, 1);
	fake_guest_reset(guest(A));
	told = flow_decide(&fx->flow[A]);
	assert_int_equal(told->n, 1);
	notify_send(fx->notifier, told->call[0].target, told->call[0].rx_idx);
	expect_frame(B, 60, 1);
	assert_int_equal(calls(B), 1);
}

/* 2.7.10: with flags a busy device says so, and an idle one asks again. */
static void test_busy_wants_no_kicks(void **state)
{
	(void)state;
	bring_up(64, 2048, false);
	fake_guest_fill_rx(guest(B));
	for (unsigned busy = 0; busy < 4; busy++) {
		bool kick;

		if (busy & 1)
			flow_disable_kicks(&fx->flow[A]);
		else
			flow_enable_kicks(&fx->flow[A]);
		assert_true(fake_guest_send(guest(A), 60, busy, &kick));
		assert_int_equal(kick, !(busy & 1));
		run(A);
		expect_frame(B, 60, busy);
	}
}

/* ------------------------------------------------------------------ broken queues */

/* One way for a driver to break a queue of its own. */
struct hostile {
	const char *name;
	enum virtq_break why;
	struct vring_desc desc[2];
	uint16_t head;
	uint16_t jump; /* added to the available index on top */
};

#define GOOD_A (0x40000000ull + 0x200000)
#define GOOD_B (0x1c0000000ull + 0x200000)

/* clang-format off */
static const struct hostile tx_rows[] = {
	{ "5.1.6.2 transmit buffer that is writable", VIRTQ_BAD_DIRECTION,
	  { { GOOD_A, 100, VRING_DESC_F_WRITE, 0 } }, 0, 0 },
	{ "5.1.6.2 transmit chain that ends writable", VIRTQ_BAD_DIRECTION,
	  { { GOOD_A, 100, VRING_DESC_F_NEXT, 1 }, { GOOD_A, 1, VRING_DESC_F_WRITE, 0 } }, 0, 0 },
	{ "5.1.6.2 transmit buffer a byte shorter than its header", VIRTQ_SHORT,
	  { { GOOD_A, HDR - 1, 0, 0 } }, 0, 0 },
	{ "5.1.6.2 transmit buffer of one byte", VIRTQ_SHORT, { { GOOD_A, 1, 0, 0 } }, 0, 0 },
	{ "2.7.13 transmit head out of range", VIRTQ_BAD_HEAD, { { 0 } }, 999, 0 },
	{ "2.7.5.2 transmit chain that loops", VIRTQ_LOOP,
	  { { GOOD_A, 1, VRING_DESC_F_NEXT, 1 }, { GOOD_A, 1, VRING_DESC_F_NEXT, 0 } }, 0, 0 },
	{ "2.7.5 transmit buffer outside memory", VIRTQ_BAD_BUFFER, { { 0x1000, 100, 0, 0 } }, 0, 0 },
	{ "2.7.5 transmit buffer that is the peer's memory", VIRTQ_BAD_BUFFER,
	  { { GOOD_B, 100, 0, 0 } }, 0, 0 },
	{ "2.7.6 transmit index too far ahead", VIRTQ_BAD_AVAIL_INDEX, { { GOOD_A, 100, 0, 0 } }, 0,
	  1000 },
};

static const struct hostile rx_rows[] = {
	{ "5.1.6.3 receive buffer that is readable", VIRTQ_BAD_DIRECTION,
	  { { GOOD_B, 2048, 0, 0 } }, 0, 0 },
	{ "5.1.6.3 receive chain that begins readable", VIRTQ_BAD_DIRECTION,
	  { { GOOD_B, 12, VRING_DESC_F_NEXT, 1 }, { GOOD_B, 2048, VRING_DESC_F_WRITE, 0 } }, 0, 0 },
	{ "2.7.13 receive head out of range", VIRTQ_BAD_HEAD, { { 0 } }, 64, 0 },
	{ "2.7.5.2 receive chain that loops", VIRTQ_LOOP,
	  { { GOOD_B, 1, VRING_DESC_F_NEXT | VRING_DESC_F_WRITE, 0 } }, 0, 0 },
	{ "2.7.5 receive buffer that is the peer's memory", VIRTQ_BAD_BUFFER,
	  { { GOOD_A, 2048, VRING_DESC_F_WRITE, 0 } }, 0, 0 },
	{ "2.7.5.3 receive buffer that is indirect", VIRTQ_INDIRECT,
	  { { GOOD_B, 16, VRING_DESC_F_INDIRECT, 0 } }, 0, 0 },
	{ "2.7.6 receive index backwards", VIRTQ_BAD_AVAIL_INDEX, { { 0 } }, 0, 65000 },
};
/* clang-format on */

static void attack(struct fake_queue *d, const struct hostile *row)
{
	for (uint32_t i = 0; i < 2; i++)
		fake_set_desc(d, i, row->desc[i]);
	fake_offer(d, row->head);
	fake_publish(d);
	if (row->jump)
		fake_set_avail_idx(d, (uint16_t)(d->avail_next + row->jump));
}

static void heal(unsigned i)
{
	fake_guest_reset(guest(i));
	assert_int_equal(fake_guest_start(guest(i), fx->event_idx), 0xf);
	assert_false(needs_reset(i));
}

static void expect_break(unsigned at, unsigned q, enum virtq_break why)
{
	const struct port *p = &fx->side[at].port;

	assert_int_equal(p->queue[q].broken, why);
	assert_int_equal(p->breaks, 1);
	assert_int_equal(p->last_break, why);
	assert_true(needs_reset(at));
	assert_false(needs_reset(1 - at));
	assert_int_equal(fx->side[1 - at].port.breaks, 0);
}

/* A breaks its transmit queue: nothing of it arrives; B's frames to A do. */
static void test_broken_tx(void **state)
{
	const struct hostile *row = *state;

	bring_up(64, 2048, true);
	expect_traffic(A, 3);
	fake_guest_fill_rx(guest(B));
	attack(queue(A, NET_TX), row);
	for (int i = 0; i < 5; i++)
		run(A);
	expect_break(A, NET_TX, row->why);
	expect_no_frame(B);
	assert_int_equal(fake_guest_reap_tx(guest(A)), 0);
	assert_int_equal(fx->flow[A].stats.frames, 3);
	expect_traffic(B, 20);
	heal(A);
	expect_traffic(A, 20);
	expect_traffic(B, 20);
	assert_int_equal(fx->side[A].port.breaks, 1);
}

/* B breaks its receive queue: A does not stall, its frames are counted; B's own frames arrive. */
static void test_broken_rx(void **state)
{
	const struct hostile *row = *state;

	bring_up(64, 2048, true);
	fake_guest_fill_rx(guest(A));
	attack(queue(B, NET_RX), row);
	for (unsigned i = 0; i < 300; i++) {
		send(A, 100, i);
		run(A);
		assert_int_equal(fake_guest_reap_tx(guest(A)), 1);
	}
	expect_break(B, NET_RX, row->why);
	expect_no_frame(B);
	assert_int_equal(fx->flow[A].stats.dropped, 300);
	assert_int_equal(fx->flow[A].stats.frames, 0);
	expect_traffic(B, 20);
	heal(B);
	expect_traffic(A, 20);
	expect_traffic(B, 20);
	assert_int_equal(fx->flow[A].stats.dropped, 300);
}

/* What came before the break in the same batch arrives, and is told. */
static void test_frames_before_break(void **state)
{
	(void)state;
	bring_up(64, 2048, false);
	fake_guest_fill_rx(guest(B));
	for (unsigned i = 0; i < 5; i++)
		send(A, 100, i);
	fake_offer(queue(A, NET_TX), 64);
	fake_publish(queue(A, NET_TX));
	run(A);
	expect_break(A, NET_TX, VIRTQ_BAD_HEAD);
	for (unsigned i = 0; i < 5; i++)
		expect_frame(B, 100, i);
	assert_true(calls(B) > 0);
	assert_int_equal(last_rx_idx(B), 5);
	assert_int_equal(fake_guest_reap_tx(guest(A)), 5);
}

/* Both queues of a device at once count as two; each is reported once. */
static void test_two_breaks(void **state)
{
	(void)state;
	bring_up(64, 2048, true);
	fake_guest_fill_rx(guest(B));
	attack(queue(A, NET_TX), &tx_rows[0]);
	fake_offer(queue(A, NET_RX), 99);
	fake_publish(queue(A, NET_RX));
	for (int i = 0; i < 10; i++) {
		send(B, 60, 1);
		run(A);
		run(B);
	}
	assert_int_equal(fx->side[A].port.breaks, 2);
	assert_int_equal(fx->flow[B].stats.dropped, 10);
	heal(A);
	expect_traffic(A, 5);
	assert_int_equal(fake_guest_reap_tx(guest(B)), 10);
	expect_traffic(B, 5);
}

/* 2.1.2: "the device MUST send a device configuration change notification" after NEEDS_RESET. */
static void test_break_is_notified(void **state)
{
	(void)state;
	bring_up(64, 2048, true);
	fake_guest_fill_rx(guest(B));
	attack(queue(A, NET_TX), &tx_rows[0]);
	run(A);
	assert_true(needs_reset(A));
	assert_true(fake_guest_read(guest(A), 0x60) & 2); /* InterruptStatus */
	assert_int_equal(calls(A), 1);
	run(A);
	assert_int_equal(calls(A), 0); /* once */
}

/* Receive buffers over the rings of their queue: the device overwrites what it reads next. */
static void test_buffers_over_rings(void **state)
{
	struct fake_queue *rx;

	(void)state;
	bring_up(64, 2048, true);
	for (uint32_t round = 0; round < 50; round++) {
		rx = queue(B, NET_RX);
		for (uint32_t i = 0; i < 8; i++) {
			struct fake_buf buf = { base[B] + 64 * round + 8 * i, 3000, true };

			fake_add(rx, &buf, 1);
		}
		fake_publish(rx);
		for (unsigned i = 0; i < 8; i++)
			send(A, 1500, i + round);
		for (int i = 0; i < 20; i++)
			run(A);
		heal(B);
		expect_traffic(B, 2);
		heal(A);
		expect_traffic(A, 2);
	}
}

/* ------------------------------------------------------------------ starts and stops */

static void test_bad_layout(void **state)
{
	(void)state;
	bring_up(64, 2048, true);
	fake_guest_reset(guest(B));
	for (unsigned q = 0; q < NET_QUEUES; q++) {
		uint64_t rings = fake_layout_bytes(64);

		guest(B)->ring_size = 64;
		/* By hand: one queue is good, the other lies in the peer's memory. */
		guest(B)->dev.accepted = 1ull << VIRTIO_F_VERSION_1;
		guest(B)->dev.queue[q].at = fake_layout(base[A], 64);
		guest(B)->dev.queue[1 - q].at = fake_layout(base[B] + rings, 64);
		guest(B)->dev.queue[0].ready = true;
		guest(B)->dev.queue[1].ready = true;
		assert_int_equal(on_activate(&fx->side[B]), -EINVAL);
		assert_false(fx->side[B].port.active);
		assert_int_equal(fx->side[B].port.breaks, q + 1);
		assert_int_equal(fx->side[B].port.last_break, VIRTQ_BAD_RING);
		port_stop(&fx->side[B].port, NULL);
	}
	send(A, 60, 1);
	assert_false(run(A));
	assert_int_equal(fake_guest_reap_tx(guest(A)), 0);
	heal(B);
	fake_guest_fill_rx(guest(B));
	run(A);
	expect_frame(B, 60, 1);
}

static void test_queue_not_ready(void **state)
{
	(void)state;
	bring_up(64, 2048, true);
	fake_guest_reset(guest(B));
	guest(B)->dev.queue[0].at = fake_layout(base[B], 64);
	guest(B)->dev.queue[0].ready = true;
	/* All of the other is described, only not made ready. */
	guest(B)->dev.queue[1].at = fake_layout(base[B] + fake_layout_bytes(64), 64);
	assert_int_equal(on_activate(&fx->side[B]), -EINVAL);
	assert_false(fx->side[B].port.active);
}

/* ------------------------------------------------------------------ other drivers */

/* The device of `i` attached anew, with other features or eventfds than its driver's. */
static void attach_with(unsigned i, uint64_t features, int rx_call, int tx_call)
{
	struct side *s = &fx->side[i];
	struct port_setup setup = setup_of(s);

	setup.features = features;
	setup.queue[NET_RX].call_fd = rx_call;
	setup.queue[NET_TX].call_fd = tx_call;
	setup.dev = NULL;
	port_stop(&s->port, NULL);
	assert_int_equal(port_start(&s->port, &setup), 0);
}

#define LEGACY 0ull
#define MODERN (1ull << VIRTIO_F_VERSION_1)
#define MERGEABLE (1ull << VIRTIO_NET_F_MRG_RXBUF)

struct header_row {
	const char *name;
	uint64_t from, to; /* features */
	uint32_t from_hdr, to_hdr;
};

static const struct header_row header_rows[] = {
	{ "5.1.6.1 a legacy sender's header has 10 bytes", LEGACY, MODERN, 10, 12 },
	{ "5.1.6.1 a legacy receiver's header has 10 bytes", MODERN, LEGACY, 12, 10 },
	{ "5.1.6.1 between legacy drivers it has 10 bytes", LEGACY, LEGACY, 10, 10 },
	{ "5.1.6.1 with mergeable buffers it has 12", MERGEABLE, MERGEABLE, 12, 12 },
};

/* Sent in buffers of these lengths, received in those; 0 ends a list. */
static const uint32_t splits[][4] = {
	{ 200, 0 },	    { 10, 190, 0 },   { 12, 188, 0 },
	{ 1, 11, 100, 88 }, { 5, 5, 2, 188 }, { 13, 187, 0 },
};

static void offer_split(unsigned i, unsigned q, const uint32_t *len, uint64_t at, uint32_t bytes)
{
	struct fake_buf bufs[4];
	unsigned n = 0;

	for (; n < 4 && len[n] && bytes; n++) {
		uint32_t take = len[n] < bytes ? len[n] : bytes;

		bufs[n] = (struct fake_buf){ at, take, q == NET_RX };
		at += take;
		bytes -= take;
	}
	assert_true(fake_add(queue(i, q), bufs, n) >= 0);
	fake_publish(queue(i, q));
}

/* The buffers lie one behind the other, so that what was received is in one piece for the test. */
static void exchange_split(const struct header_row *row, const uint32_t *tx, const uint32_t *rx)
{
	uint64_t from = fake_guest_alloc(guest(A), 256), to = fake_guest_alloc(guest(B), 256);
	uint8_t *sent = fake_guest_ptr(guest(A), from, 256),
		*got = fake_guest_ptr(guest(B), to, 256);
	struct vring_used_elem used;

	memset(sent, 0xee, row->from_hdr);
	memset(got, 0xdd, 256);
	for (uint32_t k = 0; k < 100; k++)
		sent[row->from_hdr + k] = (uint8_t)(k + 1);
	offer_split(B, NET_RX, rx, to, 200);
	offer_split(A, NET_TX, tx, from, row->from_hdr + 100);
	assert_false(run(A));
	assert_true(fake_take(queue(B, NET_RX), &used));
	assert_int_equal(used.len, row->to_hdr + 100);
	assert_memory_equal(got + row->to_hdr, sent + row->from_hdr, 100);
	for (uint32_t k = 0; k < row->to_hdr; k++)
		assert_int_equal(got[k], k == 10 ? 1 : 0); /* num_buffers, where there is one */
	for (uint32_t k = row->to_hdr + 100; k < 256; k++)
		assert_int_equal(got[k], 0xdd);
	assert_true(fake_take(queue(A, NET_TX), &used));
}

static void test_headers(void **state)
{
	const struct header_row *row = *state;

	bring_up(64, 0, false);
	attach_with(A, row->from, -1, -1);
	attach_with(B, row->to, -1, -1);
	for (size_t i = 0; i < ARRAY_SIZE(splits); i++)
		for (size_t k = 0; k < ARRAY_SIZE(splits); k++)
			exchange_split(row, splits[i], splits[k]);
	assert_int_equal(fx->flow[A].stats.frames, ARRAY_SIZE(splits) * ARRAY_SIZE(splits));
	assert_int_equal(fx->flow[A].stats.bytes, 100 * fx->flow[A].stats.frames);
}

static void test_short_legacy_header(void **state)
{
	static const uint32_t nine[] = { 9, 0 }, ten[] = { 10, 0 }, all[] = { 200, 0 };

	(void)state;
	bring_up(64, 0, false);
	attach_with(A, LEGACY, -1, -1);
	offer_split(B, NET_RX, all, fake_guest_alloc(guest(B), 256), 200);
	offer_split(A, NET_TX, ten, fake_guest_alloc(guest(A), 16), 10);
	run(A);
	assert_int_equal(fx->flow[A].stats.frames, 1); /* a frame of no bytes */
	offer_split(A, NET_TX, nine, fake_guest_alloc(guest(A), 16), 9);
	offer_split(B, NET_RX, all, fake_guest_alloc(guest(B), 256), 200);
	run(A);
	assert_int_equal(fx->side[A].port.last_break, VIRTQ_SHORT);
}

/* MSI-X: each queue interrupts by itself; without a call fd nobody is told. */
static void test_call_fd_of_each_queue(void **state)
{
	int rx_call = fd_eventfd(), tx_call = fd_eventfd();

	(void)state;
	bring_up(64, 2048, false);
	/* One eventfd is one target, whose notifications merge. */
	assert_ptr_equal(fx->side[B].port.who[NET_RX], fx->side[B].port.who[NET_TX]);
	attach_with(B, MODERN, rx_call, tx_call);
	attach_with(A, MODERN, -1, -1);
	fake_guest_fill_rx(guest(A));
	fake_guest_fill_rx(guest(B));
	send(A, 60, 1);
	run(A);
	assert_int_equal(fd_take(rx_call), 1);
	assert_int_equal(fd_take(tx_call), 0);
	send(B, 60, 1);
	run(B);
	assert_int_equal(fd_take(rx_call), 0);
	assert_int_equal(fd_take(tx_call), 1);
	assert_int_equal(calls(A), 0);
	assert_true(port_is_quiet(&fx->side[A].port) && port_is_quiet(&fx->side[B].port));
	close(rx_call);
	close(tx_call);
}

/* A device that is detached in mid-stream and comes back with its indices loses nothing. */
static void test_base_goes_on(void **state)
{
	struct side *s;
	uint32_t at[PORT_QUEUES];

	(void)state;
	bring_up(64, 2048, true);
	for (unsigned n = 0; n < 200; n++) {
		struct port_setup setup;

		s = &fx->side[n & 1];
		fake_guest_fill_rx(guest(B));
		send(A, 60, n);
		port_stop(&s->port, at);
		assert_false(run(A));
		setup = setup_of(s);
		for (unsigned q = 0; q < PORT_QUEUES; q++)
			setup.queue[q].base = at[q];
		assert_int_equal(port_start(&s->port, &setup), 0);
		run(A);
		expect_frame(B, 60, n);
		assert_int_equal(fake_guest_reap_tx(guest(A)), 1);
	}
}

static void test_inactive_peer(void **state)
{
	(void)state;
	bring_up(64, 2048, true);
	fake_guest_reset(guest(B));
	send(A, 60, 1);
	for (int i = 0; i < 3; i++)
		assert_false(run(A));
	assert_false(flow_enable_kicks(&fx->flow[A]));
	assert_false(flow_enable_kicks(&fx->flow[B]));
	assert_int_equal(fake_guest_reap_tx(guest(A)), 0);
	assert_int_equal(fx->flow[A].stats.dropped, 0);
	heal(B);
	fake_guest_fill_rx(guest(B));
	run(A);
	expect_frame(B, 60, 1); /* it has waited */
}

/* Chains that the device has taken from a receive queue and not given back. */
static unsigned rx_taken(unsigned at)
{
	const struct virtq *q = &fx->side[at].port.queue[NET_RX];

	return (uint16_t)(q->avail_next - q->used_next);
}

/* A buffer that was tried before its owner reset must not be written any more. */
static void test_tried_buffer_forgotten(void **state)
{
	const uint8_t *old;

	(void)state;
	bring_up(64, 2048, true);
	give_rx(B, 100);
	send(A, 500, 1); /* too small: the buffer is available again */
	run(A);
	assert_int_equal(rx_taken(B), 0);
	old = fake_guest_ptr(guest(B), guest(B)->buf[NET_RX][0], 100);
	heal(B);
	guest(B)->buf[NET_RX][0] = fake_guest_alloc(guest(B), 2048);
	send(A, 60, 2);
	assert_false(run(A));
	for (int i = 0; i < 100; i++)
		assert_int_equal(old[i], 0);
	fake_guest_fill_rx(guest(B));
	run(A);
	expect_frame(B, 60, 2);
}

/* The other way round: the sender's reset does not cost the receiver its buffer. */
static void test_tried_buffer_survives_sender(void **state)
{
	(void)state;
	bring_up(64, 2048, true);
	give_rx(B, 100);
	send(A, 500, 1);
	run(A);
	heal(A);
	assert_int_equal(rx_taken(B), 0);
	send(A, 60, 2);
	run(A);
	expect_frame(B, 60, 2);
}

static void test_reset_storm(void **state)
{
	(void)state;
	bring_up(64, 2048, true);
	for (unsigned i = 0; i < 500; i++) {
		unsigned who = i & 1;

		fake_guest_fill_rx(guest(A));
		fake_guest_fill_rx(guest(B));
		send(A, 60, i);
		send(B, 60, i);
		if (i % 3)
			run(i % 2);
		heal(who);
		heal(1 - who);
		expect_traffic(A, 1);
		expect_traffic(B, 1);
	}
}

/* ------------------------------------------------------------------ budget and kicks */

static void test_budget(void **state)
{
	(void)state;
	bring_up(64, 2048, true);
	fake_guest_fill_rx(guest(B));
	for (unsigned i = 0; i < 10; i++)
		send(A, 60, i);
	assert_true(flow_run(&fx->flow[A], fx->notifier, 4));
	assert_int_equal(fx->flow[A].stats.frames, 4);
	assert_int_equal(fake_used_idx(queue(B, NET_RX)), 4); /* all visible after a turn */
	assert_int_equal(fake_used_idx(queue(A, NET_TX)), 4);
	assert_true(flow_run(&fx->flow[A], fx->notifier, 4));
	assert_false(flow_run(&fx->flow[A], fx->notifier, 4));
	assert_int_equal(fx->flow[A].stats.frames, 10);
	for (unsigned i = 0; i < 10; i++)
		expect_frame(B, 60, i);
}

/* Drops are work too: a flood of frames that go nowhere does not outrun the budget. */
static void test_budget_counts_drops(void **state)
{
	(void)state;
	bring_up(64, 2048, true);
	attack(queue(B, NET_RX), &rx_rows[0]);
	for (unsigned i = 0; i < 10; i++)
		send(A, 60, i);
	assert_true(flow_run(&fx->flow[A], fx->notifier, 4));
	assert_int_equal(fx->flow[A].stats.dropped, 4);
}

static void test_starved(void **state)
{
	bool kick;

	bring_up(64, 2048, *(const bool *)*state);
	send(A, 60, 7);
	assert_false(run(A));
	assert_int_equal(fx->flow[A].stats.starved, 1);
	assert_int_equal(fx->flow[A].stats.dropped, 0);
	assert_int_equal(fake_guest_reap_tx(guest(A)), 0);
	assert_false(flow_enable_kicks(&fx->flow[A])); /* now it may sleep */
	kick = fake_guest_fill_rx(guest(B));
	assert_true(kick); /* and this must wake it */
	run(A);
	expect_frame(B, 60, 7);
	assert_int_equal(fake_guest_reap_tx(guest(A)), 1);
}

static void test_idle_wants_tx_kick(void **state)
{
	bool kick;

	bring_up(64, 2048, *(const bool *)*state);
	fake_guest_fill_rx(guest(B));
	assert_false(run(A));
	assert_int_equal(fx->flow[A].stats.starved, 0);
	assert_false(flow_enable_kicks(&fx->flow[A]));
	assert_int_equal(fx->side[A].port.count[NET_TX].asked, 1);
	assert_int_equal(fx->side[B].port.count[NET_RX].asked, 0);
	assert_true(fake_guest_send(guest(A), 60, 1, &kick));
	assert_true(kick);
}

static void test_frame_in_between(void **state)
{
	bring_up(64, 2048, *(const bool *)*state);
	fake_guest_fill_rx(guest(B));
	assert_false(run(A));
	send(A, 60, 1);
	assert_true(flow_enable_kicks(&fx->flow[A]));
	run(A);
	expect_frame(B, 60, 1);
	assert_false(flow_enable_kicks(&fx->flow[A]));
}

static void test_buffer_in_between(void **state)
{
	bring_up(64, 2048, *(const bool *)*state);
	send(A, 60, 1);
	assert_false(run(A));
	fake_guest_fill_rx(guest(B));
	assert_true(flow_enable_kicks(&fx->flow[A]));
	run(A);
	expect_frame(B, 60, 1);
}

/*
 * The queue breaks at the last look before the sleep: there is something to do (drop what waits,
 * tell the owner), and no kick will come for it.
 */
static void test_rx_breaks_at_last_look(void **state)
{
	(void)state;
	bring_up(64, 2048, true);
	send(A, 60, 1);
	assert_false(run(A));
	fake_set_avail_idx(queue(B, NET_RX), 1000);
	assert_true(flow_enable_kicks(&fx->flow[A]));
	run(A);
	expect_break(B, NET_RX, VIRTQ_BAD_AVAIL_INDEX);
	assert_int_equal(fx->flow[A].stats.dropped, 1);
	assert_int_equal(fake_guest_reap_tx(guest(A)), 1);
}

static void test_tx_breaks_at_last_look(void **state)
{
	(void)state;
	bring_up(64, 2048, true);
	fake_guest_fill_rx(guest(B));
	assert_false(run(A));
	fake_set_avail_idx(queue(A, NET_TX), 1000);
	if (flow_enable_kicks(&fx->flow[A]))
		run(A);
	expect_break(A, NET_TX, VIRTQ_BAD_AVAIL_INDEX);
}

/* ------------------------------------------------------------------ calls */

/* With event indices: one call for each time the driver armed, none in between. */
static void test_calls_event_idx(void **state)
{
	(void)state;
	bring_up(64, 2048, true);
	for (unsigned i = 0; i < 200; i++) {
		fake_guest_fill_rx(guest(B));
		assert_false(fake_arm_call(queue(B, NET_RX)));
		for (unsigned k = 0; k < 3; k++) {
			send(A, 60, k);
			run(A);
		}
		assert_int_equal(calls(B), 1);
		assert_int_equal(last_rx_idx(B), (uint16_t)(3 * i + 1));
		for (unsigned k = 0; k < 3; k++)
			expect_frame(B, 60, k);
		fake_guest_reap_tx(guest(A));
	}
	assert_int_equal(calls(A), 1); /* it never armed again: once, for index 0 */
	assert_int_equal(fake_guest_read(guest(B), 0x60), 1);
}

static void test_calls_flags(void **state)
{
	(void)state;
	bring_up(64, 2048, false);
	fake_set_avail_flags(queue(A, NET_TX), VRING_AVAIL_F_NO_INTERRUPT);
	fake_set_avail_flags(queue(B, NET_RX), VRING_AVAIL_F_NO_INTERRUPT);
	expect_traffic(A, 10);
	assert_int_equal(calls(A) + calls(B), 0);
	assert_int_equal(fake_guest_read(guest(B), 0x60), 0);
	fake_arm_call(queue(B, NET_RX));
	expect_traffic(A, 1);
	assert_int_equal(calls(B), 1);
	assert_int_equal(calls(A), 0);
	fake_arm_call(queue(A, NET_TX));
	expect_traffic(A, 1);
	assert_int_equal(calls(A), 1);
	assert_int_equal(fake_guest_read(guest(A), 0x60), 1);
	assert_int_equal(fx->side[B].port.count[NET_RX].published, 12);
	assert_int_equal(fx->side[B].port.count[NET_RX].wanted, 2);
	assert_int_equal(fx->side[A].port.count[NET_TX].published, 12);
	assert_int_equal(fx->side[A].port.count[NET_TX].wanted, 1);
}

/* A large batch becomes visible in steps, and the last step is told as well. */
static void test_calls_of_a_batch(void **state)
{
	(void)state;
	bring_up(256, 2048, false);
	fake_guest_fill_rx(guest(B));
	for (unsigned i = 0; i < 200; i++)
		send(A, 60, i);
	flow_run(&fx->flow[A], fx->notifier, 256);
	assert_uint_in_range(calls(B), 1, 49);
	assert_int_equal(last_rx_idx(B), 200);
	for (unsigned i = 0; i < 200; i++)
		expect_frame(B, 60, i);
}

static void test_no_call_without_work(void **state)
{
	(void)state;
	bring_up(64, 2048, false);
	fake_guest_fill_rx(guest(A));
	fake_guest_fill_rx(guest(B));
	for (int i = 0; i < 100; i++) {
		assert_false(run(A));
		assert_false(run(B));
		assert_false(flow_enable_kicks(&fx->flow[A]));
	}
	assert_int_equal(calls(A) + calls(B), 0);
}

static void add_rows(struct suite *s)
{
	static char names[64][128];
	size_t n = 0;

	for (size_t i = 0; i < ARRAY_SIZE(cuts); i++, n++) {
		snprintf(names[n], sizeof(names[n]),
			 "5.1.6 copies whole, sent as %s, received as any", cuts[i].name);
		suite_add(s, names[n], test_segmentation, &cuts[i]);
	}
	for (size_t i = 0; i < ARRAY_SIZE(tx_rows); i++, n++) {
		snprintf(names[n], sizeof(names[n]), "%s breaks that queue only", tx_rows[i].name);
		suite_add(s, names[n], test_broken_tx, &tx_rows[i]);
	}
	for (size_t i = 0; i < ARRAY_SIZE(rx_rows); i++, n++) {
		snprintf(names[n], sizeof(names[n]), "%s does not stop the sender",
			 rx_rows[i].name);
		suite_add(s, names[n], test_broken_rx, &rx_rows[i]);
	}
}

int main(void)
{
	static const bool flags = false, events = true;
	static struct suite s = { .setup = set_up, .teardown = tear_down };

	add_rows(&s);
	suite_add(&s, "5.1.6 copies whole, both sides cut at every place", test_every_cut, NULL);
	suite_add(&s, "frames and bytes are counted", test_statistics, NULL);
	suite_add(&s, "both directions at once", test_both_ways, NULL);
	suite_add(&s, "a buffer too small drops the frame and is kept", test_too_small, NULL);
	suite_add(&s, "buffers too small for ever do not stop the sender", test_too_small_for_ever,
		  NULL);
	suite_add(&s, "a frame of 256 MiB is dropped", test_huge_frame, NULL);
	suite_add(&s, "5.1.4.1 a frame longer than the MTU is dropped", test_mtu, NULL);
	suite_add(&s, "a frame is told although its sender is gone",
		  test_sender_gone_before_the_call, NULL);
	suite_add(&s, "2.7.10 a busy backend wants no kicks, flags", test_busy_wants_no_kicks,
		  NULL);
	suite_add(&s, "frames before the break in its batch arrive", test_frames_before_break,
		  NULL);
	suite_add(&s, "two broken queues are counted once each", test_two_breaks, NULL);
	suite_add(&s, "2.1.2 the driver of a broken queue is called", test_break_is_notified, NULL);
	suite_add(&s, "receive buffers over the rings harm only their owner",
		  test_buffers_over_rings, NULL);
	suite_add(&s, "2.7 a layout in the peer's memory is refused", test_bad_layout, NULL);
	suite_add(&s, "a port with a queue that is not ready is refused", test_queue_not_ready,
		  NULL);
	suite_add(&s, "frames wait for a peer that is not up", test_inactive_peer, NULL);
	suite_add(&s, "2.4.1 a buffer in hand is forgotten at reset", test_tried_buffer_forgotten,
		  NULL);
	suite_add(&s, "a buffer in hand survives the sender's reset",
		  test_tried_buffer_survives_sender, NULL);
	suite_add(&s, "resets under load", test_reset_storm, NULL);
	suite_add(&s, "a turn ends with its budget", test_budget, NULL);
	suite_add(&s, "dropped frames count against the budget", test_budget_counts_drops, NULL);
	suite_add(&s, "starved: waits for a receive buffer's kick, flags", test_starved, &flags);
	suite_add(&s, "starved: waits for a receive buffer's kick, event indices", test_starved,
		  &events);
	suite_add(&s, "idle: waits for a frame's kick, flags", test_idle_wants_tx_kick, &flags);
	suite_add(&s, "idle: waits for a frame's kick, event indices", test_idle_wants_tx_kick,
		  &events);
	suite_add(&s, "a frame that came in between is seen, flags", test_frame_in_between, &flags);
	suite_add(&s, "a frame that came in between is seen, event indices", test_frame_in_between,
		  &events);
	suite_add(&s, "a buffer that came in between is seen, flags", test_buffer_in_between,
		  &flags);
	suite_add(&s, "a buffer that came in between is seen, event indices",
		  test_buffer_in_between, &events);
	suite_add(&s, "2.7.6 a receive queue that breaks at the last look is dealt with",
		  test_rx_breaks_at_last_look, NULL);
	suite_add(&s, "2.7.6 a transmit queue that breaks at the last look is reported",
		  test_tx_breaks_at_last_look, NULL);
	for (size_t i = 0; i < ARRAY_SIZE(header_rows); i++)
		suite_add(&s, header_rows[i].name, test_headers, &header_rows[i]);
	suite_add(&s, "5.1.6 nine bytes are no legacy header", test_short_legacy_header, NULL);
	suite_add(&s, "each queue has its own call fd, or none", test_call_fd_of_each_queue, NULL);
	suite_add(&s, "a port goes on from the indices it stopped at", test_base_goes_on, NULL);
	suite_add(&s, "2.7.7 one call for each arming, event indices", test_calls_event_idx, NULL);
	suite_add(&s, "2.7.7 no call with NO_INTERRUPT", test_calls_flags, NULL);
	suite_add(&s, "2.7.7 the end of a batch is called", test_calls_of_a_batch, NULL);
	suite_add(&s, "no call without work", test_no_call_without_work, NULL);
	return suite_run(&s, "flow");
}

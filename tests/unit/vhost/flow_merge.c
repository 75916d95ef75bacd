// SPDX-License-Identifier: BSD-2-Clause
// Mergeable receive buffers (virtio 1.2, 5.1.6.3.1 and 5.1.6.4): one frame in several buffers.
#include "tests/common/suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/common/fakedriver.h"
#include "vhost/flow.h"

#define A 0u
#define B 1u
#define RING 16u
#define MEMORY (4u << 20)
#define HEAP 0x10000u /* behind the rings */
#define FRAME_BYTES 65536u

#define LEGACY 0ull
#define MODERN (1ull << VIRTIO_F_VERSION_1)
#define MERGEABLE (1ull << VIRTIO_NET_F_MRG_RXBUF)
#define EVENTS VIRTQ_EVENT_IDX

static const uint64_t base[2] = { 0x40000000ull, 0x1c0000000ull };

struct side {
	struct gmem mem;
	struct fake_queue queue[NET_QUEUES];
	struct port port;
	uint64_t heap;
};

static struct side side[2];
static struct flow flow; /* from A to B */

static struct virtq_layout place(unsigned i, unsigned q)
{
	return fake_layout(base[i] + q * fake_layout_bytes(RING), RING);
}

static void bring_up(unsigned i, uint64_t features)
{
	struct side *s = &side[i];
	struct port_setup setup = { .mem = &s->mem,
				    .features = features,
				    .frame_max = FRAME_BYTES };

	for (unsigned q = 0; q < NET_QUEUES; q++) {
		struct virtq_layout at = place(i, q);

		fake_init(&s->queue[q], &s->mem, &at, features & EVENTS);
		setup.queue[q] = (struct queue_setup){ .at = at, .kick_fd = -1, .call_fd = -1 };
	}
	assert_int_equal(port_start(&s->port, &setup), 0);
}

static int set_up(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		side[i] = (struct side){ .heap = base[i] + HEAP };
		assert_int_equal(gmem_create(&side[i].mem, "merge", gpa(base[i]), MEMORY), 0);
		assert_int_equal(port_init(&side[i].port, i, VIRTQ_SIZE_MAX), 0);
	}
	return flow_init(&flow, &side[A].port, &side[B].port, VIRTQ_SIZE_MAX);
}

static int tear_down(void **state)
{
	(void)state;
	flow_fini(&flow);
	for (unsigned i = 0; i < 2; i++) {
		port_fini(&side[i].port);
		for (unsigned q = 0; q < NET_QUEUES; q++)
			fake_fini(&side[i].queue[q]);
		gmem_destroy(&side[i].mem);
	}
	return 0;
}

static uint64_t alloc(unsigned i, uint32_t bytes)
{
	uint64_t at = side[i].heap;

	side[i].heap += bytes + 64;
	return at;
}

static uint8_t *memory(unsigned i, uint64_t at, uint32_t bytes)
{
	uint8_t *p = gmem_ptr(&side[i].mem, gpa(at), bytes);

	assert_non_null(p);
	return p;
}

static uint8_t content(uint64_t seq, uint32_t i)
{
	return (uint8_t)(i * 31 + seq * 7 + (i >> 8) + 1);
}

/* A frame of `bytes` behind a header that must not arrive. */
static void send(uint64_t seq, uint32_t bytes)
{
	uint32_t hdr = side[A].port.hdr_bytes;
	struct fake_buf buf = { alloc(A, hdr + bytes), hdr + bytes, false };
	uint8_t *p = memory(A, buf.addr, buf.len);

	memset(p, 0xee, hdr);
	for (uint32_t i = 0; i < bytes; i++)
		p[hdr + i] = content(seq, i);
	assert_true(fake_add(&side[A].queue[NET_TX], &buf, 1) >= 0);
	fake_publish(&side[A].queue[NET_TX]);
}

/* Makes one receive buffer available; is a kick wanted? */
static bool give(uint32_t bytes, uint64_t *at)
{
	struct fake_buf buf = { alloc(B, bytes), bytes, true };

	*at = buf.addr;
	memset(memory(B, buf.addr, bytes), 0xdd, bytes);
	assert_true(fake_add(&side[B].queue[NET_RX], &buf, 1) >= 0);
	return fake_publish(&side[B].queue[NET_RX]);
}

/* A turn of a backend that copies in user mode, or of one whose kernel would. */
static bool run(bool in_kernel)
{
	struct copy_job jobs[64];
	unsigned n;

	if (!in_kernel)
		return flow_run(&flow, NULL, 64);
	n = flow_collect(&flow, jobs, 64);
	for (unsigned i = 0; i < n; i++)
		if (jobs[i].bytes)
			memcpy(jobs[i].to, jobs[i].from, jobs[i].bytes);
	flow_complete(&flow, jobs, n);
	return n;
}

/* So many frames were taken from A. */
static unsigned sent(void)
{
	struct vring_used_elem e;
	unsigned n = 0;

	while (fake_take(&side[A].queue[NET_TX], &e))
		n++;
	return n;
}

/* Receive buffers that the device has not taken. */
static unsigned available(void)
{
	return (uint16_t)(side[B].queue[NET_RX].avail_visible -
			  side[B].port.queue[NET_RX].avail_next);
}

/*
 * Takes the buffers at[] of one frame, of `each` bytes, in their order: only the last one is not
 * full, and the header counts them.
 */
static void expect_frame(uint64_t seq, uint32_t bytes, const uint64_t *at, const uint32_t *each,
			 uint32_t n)
{
	struct virtio_net_hdr_v1 want = { .num_buffers = (uint16_t)n };
	uint8_t hdr[NET_HDR_BYTES];
	uint32_t done = 0, all = NET_HDR_BYTES + bytes;
	struct vring_used_elem e;

	for (uint32_t k = 0; k < n; k++) {
		const uint8_t *p = memory(B, at[k], each[k]);
		uint32_t len = all - done < each[k] ? all - done : each[k];

		assert_true(fake_take(&side[B].queue[NET_RX], &e));
		assert_int_equal(e.len, len);
		for (uint32_t i = 0; i < len; i++, done++) {
			if (done < NET_HDR_BYTES)
				hdr[done] = p[i];
			else
				assert_int_equal(p[i], content(seq, done - NET_HDR_BYTES));
		}
		for (uint32_t i = len; i < each[k]; i++)
			assert_int_equal(p[i], 0xdd);
	}
	assert_int_equal(done, all);
	assert_memory_equal(hdr, &want, sizeof(want));
}

static void expect_nothing(void)
{
	struct vring_used_elem e;

	assert_false(fake_take(&side[B].queue[NET_RX], &e));
}

/* ---- one frame in many buffers ---- */

struct row {
	const char *name;
	uint64_t from;
	uint32_t bytes;	     /* of the frame */
	uint32_t each[RING]; /* the receive buffers, all of them needed */
};

static const struct row rows[] = {
	{ "one buffer, exactly", MODERN, 100, { 112 } },
	{ "a byte too much for one buffer", MODERN, 101, { 112, 64 } },
	{ "the header alone in its buffer", MODERN, 60, { 12, 60 } },
	{ "the header alone, then a byte a buffer", MODERN, 4, { 12, 1, 1, 1, 1 } },
	{ "the header over two buffers", MODERN, 60, { 7, 5, 100 } },
	{ "the header in single bytes", MODERN, 1, { 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1 } },
	{ "1500 bytes in buffers of 600", MODERN, 1500, { 600, 600, 600 } },
	{ "9000 bytes, as DPDK's mbufs", MODERN, 9000, { 2060, 2060, 2060, 2060, 2060 } },
	{ "9000 bytes, as Linux 7.3's buffers", MODERN, 9000, { 1536, 2560, 1536, 2560, 1536 } },
	{ "every buffer of a ring but one",
	  MODERN,
	  15 * 100 - 12,
	  { 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100 } },
	{ "every buffer of a ring",
	  MODERN,
	  16 * 100 - 12,
	  { 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100 } },
	{ "a sender whose header has 10 bytes", LEGACY, 1500, { 600, 600, 600 } },
	{ "a sender that merges, too", MODERN | MERGEABLE, 1500, { 600, 600, 600 } },
	{ "the longest frame", MODERN, 65536, { 32768, 32768, 32768 } },
};

static uint32_t buffers(const struct row *row)
{
	uint32_t n = 0;

	while (n < RING && row->each[n])
		n++;
	return n;
}

static void frame_arrives(const struct row *row, uint64_t to, bool in_kernel)
{
	uint32_t n = buffers(row);
	uint64_t at[RING];

	bring_up(A, row->from);
	bring_up(B, to);
	for (unsigned turn = 0; turn < 5; turn++) { /* the indices move on */
		for (uint32_t k = 0; k < n; k++)
			give(row->each[k], &at[k]);
		send(turn, row->bytes);
		run(in_kernel);
		assert_int_equal(sent(), 1);
		expect_frame(turn, row->bytes, at, row->each, n);
		expect_nothing();
		assert_int_equal(available(), 0);
	}
	assert_int_equal(flow.stats.frames, 5);
	assert_int_equal(flow.stats.bytes, 5ull * row->bytes);
	assert_int_equal(flow.stats.too_small + flow.stats.dropped, 0);
}

static void test_row(void **state)
{
	frame_arrives(*state, MODERN | MERGEABLE, false);
}

static void test_row_in_kernel(void **state)
{
	frame_arrives(*state, MODERN | MERGEABLE | EVENTS, true);
}

/* Before version 1 the header has 12 bytes as soon as buffers are mergeable. */
static void test_row_of_a_legacy_driver(void **state)
{
	frame_arrives(*state, LEGACY | MERGEABLE, false);
}

/* A chain of several descriptors is one buffer. */
static void test_chains(void **state)
{
	struct fake_buf bufs[2][3];
	struct vring_used_elem e;
	const uint8_t *hdr;

	(void)state;
	bring_up(A, MODERN);
	bring_up(B, MODERN | MERGEABLE);
	for (unsigned k = 0; k < 2; k++) {
		for (unsigned i = 0; i < 3; i++)
			bufs[k][i] = (struct fake_buf){ alloc(B, 50), 50, true };
		assert_true(fake_add(&side[B].queue[NET_RX], bufs[k], 3) >= 0);
	}
	fake_publish(&side[B].queue[NET_RX]);
	send(1, 200);
	run(false);
	hdr = memory(B, bufs[0][0].addr, NET_HDR_BYTES);
	assert_int_equal(hdr[10], 2);
	assert_true(fake_take(&side[B].queue[NET_RX], &e));
	assert_int_equal(e.len, 150);
	assert_true(fake_take(&side[B].queue[NET_RX], &e));
	assert_int_equal(e.len, 62);
	assert_int_equal(*memory(B, bufs[1][1].addr, 1), content(1, 150 + 50 - NET_HDR_BYTES));
}

/*
 * As iPXE does it: every chain has the same buffer for its header, and one of its own for the
 * frame. Device-writable buffers may overlap; each frame writes that header again.
 */
static void rule_10_chains_share_a_header_buffer(void **state)
{
	bool in_kernel = *(const bool *)*state;
	uint64_t hdr = alloc(B, NET_HDR_BYTES), at[8];
	struct virtio_net_hdr_v1 want = { .num_buffers = 1 };
	struct vring_used_elem e;

	bring_up(A, MODERN);
	bring_up(B, MODERN);
	for (unsigned k = 0; k < 8; k++) {
		struct fake_buf bufs[] = { { hdr, NET_HDR_BYTES, true },
					   { at[k] = alloc(B, 1518), 1518, true } };

		assert_true(fake_add(&side[B].queue[NET_RX], bufs, 2) >= 0);
	}
	fake_publish(&side[B].queue[NET_RX]);
	for (unsigned k = 0; k < 8; k++)
		send(k, 1518 - k);
	run(in_kernel);
	assert_int_equal(sent(), 8);
	for (unsigned k = 0; k < 8; k++) {
		assert_true(fake_take(&side[B].queue[NET_RX], &e));
		assert_int_equal(e.len, NET_HDR_BYTES + 1518 - k);
		for (uint32_t i = 0; i < 1518 - k; i++)
			assert_int_equal(*memory(B, at[k] + i, 1), content(k, i));
	}
	assert_memory_equal(memory(B, hdr, NET_HDR_BYTES), &want, sizeof(want));
}

/* ---- buffers that run out ---- */

/* The frame waits, both sides as if nothing had been popped; what came before it has arrived. */
static void test_runs_out(void **state)
{
	bool in_kernel = *(const bool *)*state;
	static const uint32_t each[] = { 200, 200, 200 };
	uint64_t at[4];

	bring_up(A, MODERN);
	bring_up(B, MODERN | MERGEABLE | EVENTS);
	give(200, &at[3]);
	send(1, 100);
	send(2, 500);
	send(3, 50);
	for (unsigned k = 0; k < 3; k++) {
		run(in_kernel);
		run(in_kernel);
		if (!k) {
			expect_frame(1, 100, &at[3], each, 1);
			assert_int_equal(sent(), 1);
		}
		expect_nothing();
		assert_int_equal(sent(), 0);
		assert_int_equal(available(), k);
		assert_int_equal(virtq_pending(&side[A].port.queue[NET_TX]), 2);
		give(200, &at[k]);
	}
	give(200, &at[3]);
	run(in_kernel);
	run(in_kernel);
	expect_frame(2, 500, at, each, 3);
	expect_frame(3, 50, &at[3], each, 1);
	assert_int_equal(sent(), 2);
	assert_int_equal(flow.stats.too_small + flow.stats.dropped, 0);
}

/* It may sleep although buffers are there, and wakes at the next one; it does not spin. */
static void test_waits_for_the_next_buffer(void **state)
{
	bool in_kernel = *(const bool *)*state;
	uint64_t at;

	bring_up(A, MODERN | EVENTS);
	bring_up(B, MODERN | MERGEABLE | EVENTS);
	send(1, 900);
	for (unsigned k = 0; k < 4; k++) {
		give(200, &at);
		run(in_kernel);
		assert_false(flow_has_work(&flow));
		assert_false(flow_enable_kicks(&flow));
	}
	assert_true(give(200, &at)); /* the kick is wanted */
	assert_true(flow_has_work(&flow));
	run(in_kernel);
	assert_int_equal(sent(), 1);
}

/* One that comes between the last look and the sleep is seen. */
static void test_buffer_in_between(void **state)
{
	uint64_t at;

	(void)state;
	bring_up(A, MODERN);
	bring_up(B, MODERN | MERGEABLE);
	send(1, 300);
	give(200, &at);
	run(false);
	give(200, &at);
	assert_true(flow_enable_kicks(&flow));
	run(false);
	assert_int_equal(sent(), 1);
	assert_false(flow_enable_kicks(&flow));
}

/* A sender that resets takes its long frame along: a short one goes into the buffers there are. */
static void test_sender_resets(void **state)
{
	static const uint32_t each[] = { 200 };
	uint64_t at;

	(void)state;
	bring_up(A, MODERN);
	bring_up(B, MODERN | MERGEABLE);
	give(200, &at);
	send(1, 1000);
	run(false);
	port_stop(&side[A].port, NULL);
	fake_fini(&side[A].queue[NET_RX]);
	fake_fini(&side[A].queue[NET_TX]);
	bring_up(A, MODERN);
	send(2, 100);
	run(false);
	expect_frame(2, 100, &at, each, 1);
}

/* ---- frames that never fit ---- */

/* The ring is full of buffers, and they do not suffice: no more can come. */
static void test_longer_than_all_buffers(void **state)
{
	bool in_kernel = *(const bool *)*state;
	static const uint32_t each[RING] = { 100, 100, 100, 100, 100, 100, 100, 100,
					     100, 100, 100, 100, 100, 100, 100, 100 };
	uint64_t at[RING];

	bring_up(A, MODERN);
	bring_up(B, MODERN | MERGEABLE);
	for (unsigned k = 0; k < RING; k++)
		give(100, &at[k]);
	send(1, RING * 100 - NET_HDR_BYTES + 1);
	send(2, RING * 100 - NET_HDR_BYTES);
	run(in_kernel);
	run(in_kernel);
	assert_int_equal(flow.stats.too_small, 1);
	expect_frame(2, RING * 100 - NET_HDR_BYTES, at, each, RING);
	assert_int_equal(sent(), 2);
}

static void test_longer_than_the_mtu(void **state)
{
	uint64_t at;

	bring_up(A, MODERN);
	bring_up(B, MODERN | MERGEABLE);
	give(200, &at);
	send(1, FRAME_BYTES + 1);
	run(*(const bool *)*state);
	assert_int_equal(flow.stats.dropped, 1);
	assert_int_equal(sent(), 1);
	assert_int_equal(available(), 1);
}

/* ---- hostile ones ---- */

struct hostile {
	const char *name;
	enum virtq_break why;
	struct vring_desc desc; /* of the second buffer */
	uint16_t head;
};

#define GOOD_B (0x1c0000000ull + HEAP)

static const struct hostile hostile[] = {
	{ "5.1.6.3 the second buffer is readable", VIRTQ_BAD_DIRECTION, { GOOD_B, 500, 0, 0 }, 1 },
	{ "2.7.13 the second head is out of range", VIRTQ_BAD_HEAD, { 0 }, RING },
	{ "2.7.13 the second head is the first again", VIRTQ_HEAD_IN_FLIGHT, { 0 }, 0 },
	{ "2.7.5 the second buffer is the peer's memory",
	  VIRTQ_BAD_BUFFER,
	  { 0x40000000ull, 500, VRING_DESC_F_WRITE, 0 },
	  1 },
	{ "2.7.5 the second buffer has no bytes",
	  VIRTQ_ZERO_LENGTH,
	  { GOOD_B, 0, VRING_DESC_F_WRITE, 0 },
	  1 },
	{ "2.7.5.2 the second chain loops",
	  VIRTQ_LOOP,
	  { GOOD_B, 1, VRING_DESC_F_WRITE | VRING_DESC_F_NEXT, 1 },
	  1 },
};

/* That queue breaks and nothing of the frame is used; the sender goes on. */
static void breaks(const struct hostile *row, bool in_kernel)
{
	struct fake_queue *rx = &side[B].queue[NET_RX];

	bring_up(A, MODERN);
	bring_up(B, MODERN | MERGEABLE);
	fake_set_desc(rx, 0, (struct vring_desc){ GOOD_B, 100, VRING_DESC_F_WRITE, 0 });
	fake_set_desc(rx, 1, row->desc);
	fake_offer(rx, 0);
	fake_offer(rx, row->head);
	fake_publish(rx);
	send(1, 500);
	send(2, 60);
	run(in_kernel);
	run(in_kernel);
	flow_decide(&flow);
	assert_int_equal(side[B].port.last_break, row->why);
	assert_int_equal(side[B].port.breaks, 1);
	assert_int_equal(side[A].port.breaks, 0);
	assert_int_equal(flow.stats.dropped, 2);
	assert_int_equal(sent(), 2);
	expect_nothing();
}

static void test_hostile(void **state)
{
	breaks(*state, false);
}

static void test_hostile_in_kernel(void **state)
{
	breaks(*state, true);
}

/* ---- random ones ---- */

/* Frames and buffers of any length, as they come: all arrive, in order, byte for byte. */
static void test_any_lengths(void **state)
{
	bool in_kernel = *(const bool *)*state;
	uint64_t at[RING], seq = 0;
	uint32_t each[RING], len[RING], have = 0, waiting = 0;

	bring_up(A, MODERN | EVENTS);
	bring_up(B, MODERN | MERGEABLE | EVENTS);
	for (unsigned step = 0; step < 3000; step++) {
		side[A].heap = base[A] + HEAP + step % 40 * 20000;
		side[B].heap = base[B] + HEAP + step % 40 * 4000;
		if (have < RING) {
			each[have] = 12 + (uint32_t)(rand() % 3000);
			give(each[have], &at[have]);
			have++;
		}
		if (!waiting && step % 3) {
			len[0] = (uint32_t)(rand() % 9000);
			send(seq, len[0]);
			waiting = 1;
		}
		run(in_kernel);
		if (waiting && sent()) {
			uint32_t room = 0, n = 0;

			while (room < len[0] + NET_HDR_BYTES)
				room += each[n++];
			expect_frame(seq++, len[0], at, each, n);
			have -= n;
			memmove(at, at + n, have * sizeof(*at));
			memmove(each, each + n, have * sizeof(*each));
			waiting = 0;
		}
		expect_nothing();
		assert_int_equal(available(), have);
	}
	assert_true(seq > 300);
	assert_int_equal(flow.stats.frames, seq);
}

static void add_rows(struct suite *s)
{
	static char names[3 * ARRAY_SIZE(rows) + 2 * ARRAY_SIZE(hostile)][128];
	size_t n = 0;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		snprintf(names[n], sizeof(names[n]), "5.1.6.4 merged: %s", rows[i].name);
		suite_add(s, names[n++], test_row, &rows[i]);
		snprintf(names[n], sizeof(names[n]), "5.1.6.4 merged, a producer in the kernel: %s",
			 rows[i].name);
		suite_add(s, names[n++], test_row_in_kernel, &rows[i]);
		snprintf(names[n], sizeof(names[n]), "5.1.6.1 merged, a legacy receiver: %s",
			 rows[i].name);
		suite_add(s, names[n++], test_row_of_a_legacy_driver, &rows[i]);
	}
	for (size_t i = 0; i < ARRAY_SIZE(hostile); i++) {
		snprintf(names[n], sizeof(names[n]), "%s: breaks that queue only", hostile[i].name);
		suite_add(s, names[n++], test_hostile, &hostile[i]);
		snprintf(names[n], sizeof(names[n]), "%s, a producer in the kernel: the same",
			 hostile[i].name);
		suite_add(s, names[n++], test_hostile_in_kernel, &hostile[i]);
	}
}

static void add_both(struct suite *s, const char *user, const char *kernel,
		     void (*test)(void **state))
{
	static const bool ways[] = { false, true };

	suite_add(s, user, test, &ways[0]);
	suite_add(s, kernel, test, &ways[1]);
}

int main(void)
{
	static struct suite s = { .setup = set_up, .teardown = tear_down };

	add_rows(&s);
	suite_add(&s, "5.1.6.4 a chain of descriptors is one buffer", test_chains, NULL);
	add_both(&s, "rule 10: receive chains share a header buffer, as iPXE's do",
		 "rule 10: a shared header buffer, a producer in the kernel",
		 rule_10_chains_share_a_header_buffer);
	add_both(&s, "buffers run out: the frame waits, both sides as before",
		 "buffers run out, a producer in the kernel", test_runs_out);
	add_both(&s, "2.7.10 it sleeps until the next buffer comes",
		 "2.7.10 it sleeps until the next buffer comes, a producer in the kernel",
		 test_waits_for_the_next_buffer);
	suite_add(&s, "2.7.10 a buffer that comes before it sleeps is seen", test_buffer_in_between,
		  NULL);
	suite_add(&s, "a frame that waits goes with its sender's reset", test_sender_resets, NULL);
	add_both(&s, "a frame longer than all buffers of a full ring is dropped",
		 "a frame longer than all buffers, a producer in the kernel",
		 test_longer_than_all_buffers);
	add_both(&s, "5.1.4.1 a frame longer than the MTU is dropped, and takes no buffer",
		 "5.1.4.1 a frame longer than the MTU, a producer in the kernel",
		 test_longer_than_the_mtu);
	add_both(&s, "frames and buffers of any lengths", "any lengths, a producer in the kernel",
		 test_any_lengths);
	return suite_run(&s, "flow_merge");
}

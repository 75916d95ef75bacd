// SPDX-License-Identifier: BSD-2-Clause
// The kernel's own vhost between two guests, in the lab: its life, what it leaves, a driver that
// lies.
#include "tests/pair/fixture.h"

#include <stdio.h>
#include <string.h>

#include "tests/common/proc.h"
#include "vhost/strategies.h"
#include "vhost/wire.h"

#define CYCLES 50u

static struct pair *pairs[2];

static int tear_down(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(pairs); i++) {
		pair_destroy(pairs[i]);
		pairs[i] = NULL;
	}
	return 0;
}

/* A tap may drop what comes before the other side listens: it is sent again. */
static struct pair_config config(const struct notify_ops *notify, uint32_t workload, uint32_t frame)
{
	struct pair_config c = test_config(&accel_thread, notify, workload);

	c.producer = producer_find("vhost-net");
	c.frame_bytes = frame;
	c.rto_us = 200000;
	return c;
}

static struct pair *make_live(const struct pair_config *c)
{
	struct pair *p = NULL;

	assert_int_equal(pair_create(&p, c), 0);
	return p;
}

static void assert_whole(const struct pair *p)
{
	const struct tandem_report *a = pair_report(p, SIDE_A), *b = pair_report(p, SIDE_B);
	struct backend_stats w = backend_stats(pair_backend(p));

	assert_int_equal(b->rx_frames, a->next_seq);
	assert_int_equal(a->acked_seq, a->next_seq);
	for (unsigned i = 0; i < SIDES; i++) {
		assert_int_equal(pair_report(p, i)->rx_corrupt, 0);
		assert_int_equal(w.port[i].breaks, 0);
		assert_int_equal(w.port[i].decided, w.port[i].delivered + w.port[i].coalesced);
	}
}

struct row {
	const char *notify;
	uint32_t frame, flags;
	bool rr;
};

static void frames_flow(void **state)
{
	const struct row *r = *state;
	struct pair_config c = config(notify_find(r->notify),
				      r->rr ? TANDEM_RR_PING : TANDEM_STREAM_SEND, r->frame);

	c.flags = r->flags;
	pairs[0] = make_live(&c);
	start_pair(pairs[0]);
	assert_true(wait_frames(pairs[0], 2000));
	drain_pair(pairs[0]);
	pair_stop(pairs[0]);
	assert_whole(pairs[0]);
	assert_int_equal(backend_stats(pair_backend(pairs[0])).uncounted,
			 notify_by_producer(c.notify));
}

static void live_once(unsigned i)
{
	static const char *const names[] = { "direct", "deferred", "unbound" };
	struct pair_config c = config(notify_find(names[i % 3]), TANDEM_STREAM_SEND, 1514);

	pairs[0] = make_live(&c);
	assert_int_equal(pair_start(pairs[0]), 0);
	if (i % 4 == 0)
		assert_true(wait_frames(pairs[0], 1));
	pair_stop(pairs[0]);
	tear_down(NULL);
}

static void cycles_leave_nothing_behind(void **state)
{
	unsigned fds, threads;

	(void)state;
	live_once(0);
	threads = proc_threads_settled(PROC_ALONE);
	fds = proc_fds();
	for (unsigned i = 0; i < CYCLES; i++)
		live_once(i);
	assert_int_equal(proc_threads_settled(threads), threads);
	assert_int_equal(proc_fds(), fds);
}

static void two_pairs_run_in_one_process(void **state)
{
	struct pair_config c = config(&notify_direct, TANDEM_STREAM_SEND, 1514);

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		pairs[i] = make_live(&c);
		start_pair(pairs[i]);
	}
	for (unsigned i = 0; i < 2; i++)
		assert_true(wait_frames(pairs[i], frames_accepted(pairs[i]) + 500));
	for (unsigned i = 0; i < 2; i++)
		drain_pair(pairs[i]);
	for (unsigned i = 0; i < 2; i++) {
		pair_stop(pairs[i]);
		assert_whole(pairs[i]);
	}
}

/* The descriptors of B's receive buffers, where guest/net.c puts them: at the heap's begin. */
static struct vring_desc *receive_descriptors(const struct pair *p)
{
	uint8_t *ram = (uint8_t *)(uintptr_t)pair_report(p, SIDE_B) - TANDEM_REPORT_OFFSET;

	return (struct vring_desc *)(void *)(ram + TANDEM_HEAP_OFFSET);
}

/* Its own device is lost to it; the other pair, on the same modules, goes on. */
static void a_driver_that_lies_harms_itself(void **state)
{
	struct pair_config c = config(&notify_direct, TANDEM_STREAM_SEND, 1514);
	struct backend_stats w;
	unsigned ms;

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		pairs[i] = make_live(&c);
		start_pair(pairs[i]);
	}
	assert_true(wait_frames(pairs[0], 100));
	for (unsigned i = 0; i < c.ring_size; i++)
		shared_store(&receive_descriptors(pairs[0])[i].addr, 1ull << 60);
	for (ms = 0; ms < PATIENCE_MS; ms++, sleep_ms(1)) {
		w = backend_stats(pair_backend(pairs[0]));
		if (w.port[SIDE_B].breaks)
			break;
	}
	assert_int_equal(w.port[SIDE_B].breaks, 1);
	assert_int_equal(w.port[SIDE_B].breaks_by[VIRTQ_REFUSED], 1);
	assert_int_equal(w.port[SIDE_A].breaks, 0);
	pair_stop(pairs[0]);
	assert_true(wait_frames(pairs[1], frames_accepted(pairs[1]) + 500));
	drain_pair(pairs[1]);
	pair_stop(pairs[1]);
	assert_whole(pairs[1]);
}

static const struct row rows[] = {
	{ "direct", 1514, TANDEM_VERIFY_FULL, false },
	{ "direct", 64, 0, true },
	{ "direct", 60, 0, false },
	{ "direct", 9014, TANDEM_VERIFY_FULL, false },
	{ "direct", WIRE_FRAME_MAX, TANDEM_VERIFY_FULL, false },
	{ "direct", WIRE_FRAME_MAX, 0, true },
	{ "deferred", 1514, 0, false },
	{ "deferred", 64, 0, true },
	{ "unbound", 1514, 0, false },
	{ "unbound", 64, 0, true },
};

int main(void)
{
	static struct suite s = { .teardown = tear_down };
	static char names[ARRAY_SIZE(rows)][64];
	char why[WIRE_WHY_BYTES];

	if (producer_find("vhost-net")->check(why)) {
		puts(why);
		return 77;
	}
	test_clock_hz();
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct row *r = &rows[i];

		snprintf(names[i], sizeof(names[i]), "frames_flow_%s_%s_%u%s",
			 r->rr ? "rr" : "stream", r->notify, r->frame, r->flags ? "_verified" : "");
		suite_add(&s, names[i], frames_flow, r);
	}
	suite_add(&s, "cycles_leave_nothing_behind", cycles_leave_nothing_behind, NULL);
	suite_add(&s, "two_pairs_run_in_one_process", two_pairs_run_in_one_process, NULL);
	suite_add(&s, "a_driver_that_lies_harms_itself", a_driver_that_lies_harms_itself, NULL);
	return suite_run(&s, "pair: kernel");
}

// SPDX-License-Identifier: BSD-2-Clause
// The guest driver against a wire played here: indices wrap; frames get lost, doubled, damaged.
#include "tests/pair/fixture.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>

#include "lib/fd.h"
#include "lib/gmem.h"
#include "lib/thread.h"
#include "tandem/frame.h"
#include "tandem/hosted.h"
#include "virtio/mmio.h"
#include "vmm/vm.h"

enum trouble { NO_TROUBLE, LOSE, DOUBLE, SWAP, DAMAGE_HEAD, DAMAGE_TAIL, SHORTEN, TROUBLES };

struct wire;

/* One guest: its machine, and the device half that the wire drives. */
struct end {
	struct wire *wire;
	struct gmem mem;
	struct virtio_device dev;
	struct virtio_mmio mmio;
	struct virtq queue[NET_QUEUES];
	struct virtq_room room;
	struct hosted_machine machine;
	struct thread thread;
	bool up;   /* the driver said DRIVER_OK */
	int state; /* enum tandem_state */
	/* Written by the wire. */
	uint64_t taken, given, damaged, calls;
	uint64_t seq; /* of the last frame or acknowledgement taken from it */
	uint64_t most_in_flight;
};

struct trouble_spec {
	enum trouble what;
	unsigned side;	/* whose frames */
	unsigned every; /* one in so many; never the first */
};

struct trial {
	char name[160];
	uint32_t workload, frame, ring, window, tick_us, rto_us, flags;
	uint64_t features;
	uint64_t frames; /* accepted by B */
	unsigned batch;	 /* frames per publication at most */
	struct trouble_spec trouble;
	bool whole; /* wraps in a shortened run of tests (TANDEM_TEST_SCALE), too */
	bool aged;  /* the wire gives a's frames other times, see sent_at() */
};

/* Two guests and, between them, the thread that is their device. */
struct wire {
	const struct trial *trial;
	uint64_t began; /* clock */
	struct end end[SIDES];
	struct thread thread;
	bool stop;
	int stop_fd;
	uint64_t seed;
	bool held; /* SWAP: a frame waits for the next one */
	uint32_t held_bytes;
	uint8_t hold[FRAME_VNET_HDR + FRAME_MAX];
};

static struct wire *wire;

/* ------------------------------------------------------------------ the machine */

static uint32_t read_register(void *ctx, uint64_t at, unsigned len)
{
	struct end *e = ctx;

	return (uint32_t)mmio_read(&e->mmio, at - vm_layout()->virtio_gpa, len);
}

static void write_register(void *ctx, uint64_t at, unsigned len, uint32_t value)
{
	struct end *e = ctx;

	if (at == vm_layout()->ctl_gpa + TANDEM_CTL_STATE)
		shared_store_release(&e->state, (int)value);
	else
		mmio_write(&e->mmio, at - vm_layout()->virtio_gpa, len, value);
}

static int on_activate(void *ctx)
{
	struct end *e = ctx;

	for (unsigned q = 0; q < NET_QUEUES; q++)
		if (virtq_start(&e->queue[q], &e->mem, &e->dev.queue[q].at, e->dev.accepted,
				virtq_first(e->dev.accepted)))
			return -1;
	shared_store_release(&e->up, true);
	return 0;
}

static void on_reset(void *ctx)
{
	(void)ctx;
}

static void on_kick(void *ctx, uint32_t queue)
{
	struct end *e = ctx;

	fd_signal(e->machine.kick_fd[queue]);
}

static const struct virtio_device_ops ops = { on_activate, on_reset, on_kick };

static void write_boot_page(struct end *e, unsigned side)
{
	const struct trial *t = e->wire->trial;
	uint64_t hz = test_clock_hz();

	*(struct tandem_boot *)(void *)(e->mem.host + TANDEM_BOOT_OFFSET) = (struct tandem_boot){
		.magic = TANDEM_BOOT_MAGIC,
		.workload = t->workload + side,
		.flags = TANDEM_IRQ_IS_MESSAGE | t->flags,
		.ram_gpa = e->mem.base,
		.ram_bytes = e->mem.bytes,
		.virtio_gpa = vm_layout()->virtio_gpa,
		.ctl_gpa = vm_layout()->ctl_gpa,
		.ring_size = t->ring,
		.frame_bytes = t->frame,
		.window = t->window,
		.clock_hz = hz,
		.rto_cycles = hz / 1000000 * t->rto_us,
		.tick_us = t->tick_us,
		.features = t->features,
	};
}

static void make_end(struct wire *w, unsigned side)
{
	const struct trial *t = w->trial;
	struct virtio_device_kind net = net_device(side, t->frame, t->ring);
	uint64_t bytes = TANDEM_HEAP_OFFSET + 2 * frame_queue_bytes(t->ring, t->frame);
	struct end *e = &w->end[side];

	e->wire = w;
	net.offered = t->features;
	assert_int_equal(gmem_create(&e->mem, "test-driver", gpa(vm_layout()->ram_gpa), bytes), 0);
	device_init(&e->dev, &net, &ops, e);
	mmio_init(&e->mmio, &e->dev);
	for (unsigned q = 0; q < NET_QUEUES; q++)
		assert_int_equal(virtq_init(&e->queue[q], t->ring), 0);
	e->room = (struct virtq_room){ calloc(t->ring, sizeof(struct virtq_seg)), t->ring };
	assert_non_null(e->room.segs);
	e->machine = (struct hosted_machine){
		.ram = e->mem.host,
		.ram_gpa = e->mem.base,
		.ctx = e,
		.read = read_register,
		.write = write_register,
		.kick_fd = { fd_eventfd(), fd_eventfd() },
		.call_fd = { fd_eventfd(), -1 },
		.echo_fd = -1,
	};
	write_boot_page(e, side);
}

static const struct tandem_report *report(unsigned side)
{
	return (const void *)(wire->end[side].mem.host + TANDEM_REPORT_OFFSET);
}

/* ------------------------------------------------------------------ the wire */

/* The guests' bytes at chance: is this frame one that something happens to? */
static bool strikes(struct wire *w, unsigned side)
{
	const struct trouble_spec *t = &w->trial->trouble;

	return t->what && t->side == side && w->end[side].taken > 1 &&
	       suite_random(&w->seed) % t->every == 0;
}

static void damage(uint8_t *frame, uint32_t *bytes, enum trouble what)
{
	if (what == SHORTEN)
		--*bytes;
	else
		frame[what == DAMAGE_HEAD ? FRAME_VNET_HDR + FRAME_ETH_HDR : *bytes - 1] ^= 0x55;
}

#define OLDEST 1001u   /* so many frames are as old as can be told */
#define YOUNGEST 2003u /* from this one on they are not yet sent; between, half as old */

/* Cycles that there have been, and that have a bucket. */
static uint64_t longest_age(uint64_t now)
{
	return now < 1ull << 43 ? now : 1ull << 43;
}

static uint64_t sent_at(uint64_t seq, uint64_t now)
{
	uint64_t longest = longest_age(now);

	return seq < OLDEST ? now - longest : seq < YOUNGEST ? now - longest / 2 : UINT64_MAX;
}

/* Of a's data frames only. */
static void age_frame(const struct end *to, uint8_t *frame)
{
	uint8_t *payload = frame + FRAME_VNET_HDR + FRAME_ETH_HDR;
	uint64_t word, sent;

	if (!to->wire->trial->aged || to != &to->wire->end[SIDE_B])
		return;
	memcpy(&word, payload, sizeof(word));
	sent = sent_at(word & FRAME_SEQ_MASK, to->wire->began);
	memcpy(payload + FRAME_TIME, &sent, sizeof(sent));
}

/* Into the receiver's next buffer; false: it has none, so the frame is lost. */
static bool give(struct end *to, const uint8_t *frame, uint32_t bytes, enum trouble what)
{
	struct virtq *q = &to->queue[NET_RX];
	struct virtq_chain rx;

	if (virtq_pop(q, to->room, &rx) != 1)
		return false;
	memcpy(rx.segs->p, frame, bytes);
	age_frame(to, rx.segs->p);
	if (what >= DAMAGE_HEAD) {
		damage(rx.segs->p, &bytes, what);
		to->damaged++;
	}
	virtq_push_used(q, &rx, bytes);
	shared_store(&to->given, to->given + 1);
	return true;
}

static void hold(struct wire *w, const struct virtq_chain *tx)
{
	memcpy(w->hold, tx->segs->p, tx->bytes);
	w->held_bytes = (uint32_t)tx->bytes;
	w->held = true;
}

static void release(struct wire *w, struct end *to)
{
	if (w->held)
		give(to, w->hold, w->held_bytes, NO_TROUBLE);
	w->held = false;
}

/* The sender knows of no more acknowledgements than were taken from the receiver. */
static void note_flight(struct wire *w, unsigned side, const struct virtq_chain *tx)
{
	uint64_t word, flight;

	memcpy(&word, tx->segs->p + FRAME_VNET_HDR + FRAME_ETH_HDR, sizeof(word));
	w->end[side].seq = word & FRAME_SEQ_MASK;
	flight = w->end[SIDE_A].seq + 1 - w->end[SIDE_B].seq;
	if (side == SIDE_A && flight < UINT32_MAX && flight > w->end[SIDE_A].most_in_flight)
		w->end[SIDE_A].most_in_flight = flight;
}

static void carry(struct wire *w, unsigned side, const struct virtq_chain *tx)
{
	enum trouble what = strikes(w, side) ? w->trial->trouble.what : NO_TROUBLE;
	struct end *to = &w->end[1 - side];

	note_flight(w, side, tx);
	if (what == SWAP && !w->held) {
		hold(w, tx);
		return;
	}
	if (what != LOSE)
		give(to, tx->segs->p, (uint32_t)tx->bytes, what);
	if (what == DOUBLE)
		give(to, tx->segs->p, (uint32_t)tx->bytes, NO_TROUBLE);
	if (w->trial->trouble.side == side)
		release(w, to);
}

static void call(struct end *e, struct virtq *q)
{
	virtq_publish(q);
	if (!virtq_wants_call(q))
		return;
	e->calls++;
	fd_signal(e->machine.call_fd[0]);
}

/* A batch of one guest's frames. Without trouble a frame waits until there is a buffer for it. */
static unsigned move(struct wire *w, unsigned side)
{
	struct virtq *from = &w->end[side].queue[NET_TX], *to = &w->end[1 - side].queue[NET_RX];
	struct virtq_chain tx;
	unsigned n = 0;

	while (n < w->trial->batch && virtq_pending(from) && virtq_pending(to) &&
	       virtq_pop(from, w->end[side].room, &tx) == 1) {
		shared_store(&w->end[side].taken, w->end[side].taken + 1);
		carry(w, side, &tx);
		virtq_push_used(from, &tx, 0);
		n++;
	}
	call(&w->end[1 - side], to);
	call(&w->end[side], from);
	return n;
}

/* Every queue is asked for a kick before the wire sleeps. true: something came in the meantime. */
static bool enable_kicks(struct wire *w, unsigned side)
{
	struct virtq *from = &w->end[side].queue[NET_TX], *to = &w->end[1 - side].queue[NET_RX];

	return virtq_enable_kick(from) && virtq_enable_kick(to);
}

static void sleep_until_kicked(struct wire *w)
{
	struct pollfd p[] = {
		{ .fd = w->stop_fd, .events = POLLIN },
		{ .fd = w->end[0].machine.kick_fd[0], .events = POLLIN },
		{ .fd = w->end[0].machine.kick_fd[1], .events = POLLIN },
		{ .fd = w->end[1].machine.kick_fd[0], .events = POLLIN },
		{ .fd = w->end[1].machine.kick_fd[1], .events = POLLIN },
	};

	poll(p, ARRAY_SIZE(p), -1);
	for (size_t i = 1; i < ARRAY_SIZE(p); i++)
		if (p[i].revents)
			fd_take(p[i].fd);
}

/* Each driver's last act of coming up is to publish receive buffers and, being asked, to kick. */
static bool both_up(struct wire *w)
{
	return shared_load_acquire(&w->end[0].up) && shared_load_acquire(&w->end[1].up);
}

static void wire_main(void *arg)
{
	struct wire *w = arg;

	while (!shared_load_acquire(&w->stop)) {
		unsigned moved = 0;

		if (both_up(w)) {
			for (unsigned side = 0; side < SIDES; side++)
				moved += move(w, side);
			if (moved || enable_kicks(w, 0) || enable_kicks(w, 1))
				continue;
		}
		sleep_until_kicked(w);
	}
}

/* ------------------------------------------------------------------ a trial */

static void guest_main_of(void *arg)
{
	hosted_guest_run(&((struct end *)arg)->machine);
}

static void start_all(void)
{
	assert_int_equal(thread_start(&wire->thread, "test-wire", NULL, wire_main, wire), 0);
	for (unsigned i = 0; i < SIDES; i++)
		assert_int_equal(thread_start(&wire->end[i].thread, "test-guest", NULL,
					      guest_main_of, &wire->end[i]),
				 0);
}

static void set_up(const struct trial *t)
{
	wire = calloc(1, sizeof(*wire));
	assert_non_null(wire);
	wire->trial = t;
	wire->began = clock_now();
	wire->seed = 0x7461646e65;
	wire->stop_fd = fd_eventfd();
	for (unsigned i = 0; i < SIDES; i++)
		make_end(wire, i);
	start_all();
}

static void stop_guest(struct end *e)
{
	shared_store_release(&e->machine.quit, 1);
	fd_signal(e->machine.call_fd[0]);
	thread_join(&e->thread);
}

static void stop_wire(void)
{
	shared_store_release(&wire->stop, true);
	fd_signal(wire->stop_fd);
	thread_join(&wire->thread);
}

static void stop_all(void)
{
	for (unsigned i = 0; i < SIDES; i++)
		stop_guest(&wire->end[i]);
	stop_wire();
}

static void drop_end(struct end *e)
{
	for (unsigned q = 0; q < NET_QUEUES; q++) {
		virtq_fini(&e->queue[q]);
		fd_close(&e->machine.kick_fd[q]);
	}
	free(e->room.segs);
	fd_close(&e->machine.call_fd[0]);
	gmem_destroy(&e->mem);
}

static int tear_down(void **state)
{
	(void)state;
	stop_all();
	for (unsigned i = 0; i < SIDES; i++)
		drop_end(&wire->end[i]);
	fd_close(&wire->stop_fd);
	free(wire);
	wire = NULL;
	return 0;
}

/* Gives up when nothing more comes for too long. */
static void wait_accepted(uint64_t n)
{
	uint64_t last = 0, now = 0;

	for (unsigned ms = 0; ms < PATIENCE_MS && now < n; ms = now == last ? ms + 1 : 0) {
		last = now;
		sleep_ms(1);
		now = shared_load(&report(SIDE_B)->rx_frames);
	}
	assert_true(now >= n);
}

static void end_guest(unsigned side)
{
	struct end *e = &wire->end[side];

	shared_store(&((struct tandem_boot *)(void *)(e->mem.host + TANDEM_BOOT_OFFSET))->stop, 1);
	fd_signal(e->machine.call_fd[0]);
	for (unsigned ms = 0; ms < PATIENCE_MS; ms++) {
		if (shared_load_acquire(&e->state) == TANDEM_DONE)
			return;
		sleep_ms(1);
	}
	assert_int_equal(e->state, TANDEM_DONE);
}

static uint64_t looked_at(void)
{
	const struct tandem_report *b = report(SIDE_B);

	return shared_load(&b->rx_frames) + shared_load(&b->rx_corrupt) +
	       shared_load(&b->rx_out_of_order) + shared_load(&b->rx_duplicates);
}

/* Frames that A sent again although B had them may still be on their way. */
static void wait_wire_empty(void)
{
	const struct tandem_report *a = report(SIDE_A);

	for (unsigned ms = 0; ms < PATIENCE_MS; ms++) {
		if (shared_load(&wire->end[SIDE_A].taken) == shared_load(&a->tx_frames) &&
		    shared_load(&wire->end[SIDE_B].given) == looked_at())
			return;
		sleep_ms(1);
	}
	assert_int_equal(wire->end[SIDE_A].taken, a->tx_frames);
	assert_int_equal(wire->end[SIDE_B].given, looked_at());
}

static void run_trial(const struct trial *t)
{
	set_up(t);
	wait_accepted(t->frames);
	end_guest(SIDE_A);
	wait_wire_empty();
	end_guest(SIDE_B);
	stop_all();
}

static void assert_all_accepted(void)
{
	const struct tandem_report *a = report(SIDE_A), *b = report(SIDE_B);

	assert_int_equal(b->rx_frames, a->next_seq);
	assert_int_equal(a->acked_seq, a->next_seq);
	for (unsigned i = 0; i < SIDES; i++)
		for (unsigned q = 0; q < NET_QUEUES; q++)
			assert_int_equal(wire->end[i].queue[q].broken, VIRTQ_OK);
	if (wire->trial->workload == TANDEM_STREAM_SEND)
		assert_true(wire->end[SIDE_A].most_in_flight <= wire->trial->window);
}

/* What was received and not accepted was recognized for what it is. */
static void assert_kinds(const struct trouble_spec *t)
{
	const struct tandem_report *r = report(1 - t->side);
	bool stream = wire->trial->workload == TANDEM_STREAM_SEND;

	/* A ends with its last frame acknowledged, whatever is still on its way. */
	if (t->side == SIDE_A)
		assert_int_equal(r->rx_corrupt, wire->end[SIDE_B].damaged);
	assert_true(r->rx_corrupt <= wire->end[1 - t->side].damaged);
	assert_true((t->what >= DAMAGE_HEAD) == (r->rx_corrupt > 0));
	/* Acknowledgements are cumulative: the next one makes up for any. */
	if (t->side == SIDE_B && stream)
		return;
	if (t->what == LOSE || t->what == SWAP)
		assert_true(!stream || r->rx_out_of_order > 0);
	if (t->what == DOUBLE)
		assert_true(r->rx_duplicates > 0);
	else
		assert_true(report(SIDE_A)->retransmits > 0);
}

static void stream_recovers(void **state)
{
	const struct trial *t = *state;

	run_trial(t);
	assert_all_accepted();
	assert_kinds(&t->trouble);
	assert_int_equal(wire->end[SIDE_B].given, looked_at());
	assert_true(report(SIDE_A)->acks_rx <= wire->end[SIDE_A].given);
}

static void rr_recovers(void **state)
{
	const struct trial *t = *state;

	run_trial(t);
	assert_all_accepted();
	assert_kinds(&t->trouble);
}

/* One interrupt for both, and no tick. */
static void a_request_to_stop_that_comes_with_a_frame_is_heard(void **state)
{
	const struct trial *t = *state;
	uint8_t stray[FRAME_VNET_HDR + FRAME_MAX] = { 0 };
	struct end *b;

	set_up(t);
	b = &wire->end[SIDE_B];
	wait_accepted(t->frames);
	end_guest(SIDE_A);
	wait_wire_empty();
	stop_wire();
	sleep_ms(20); /* it sleeps */
	assert_true(give(b, stray, FRAME_VNET_HDR + t->frame, NO_TROUBLE));
	virtq_publish(&b->queue[NET_RX]);
	end_guest(SIDE_B);
	stop_all();
	assert_int_equal(report(SIDE_B)->ticks, 0);
	assert_int_equal(report(SIDE_B)->rx_corrupt, 1);
}

/* No trouble, no ticks: each kick and each call must be right for it to end at all. */
static void indices_wrap_and_no_wake_up_is_lost(void **state)
{
	const struct trial *t = *state;

	run_trial(t);
	assert_all_accepted();
	for (unsigned i = 0; i < SIDES; i++) {
		const struct tandem_report *r = report(i);

		assert_int_equal(r->ticks, 0);
		assert_int_equal(r->retransmits, 0);
		assert_int_equal(r->rx_corrupt + r->rx_out_of_order + r->rx_duplicates, 0);
		assert_true(r->interrupts <= wire->end[i].calls + 1);
	}
}

/* Batches of several times are split where the time changes, wherever in the ring that is. */
static void each_frame_has_its_own_age(void **state)
{
	const struct tandem_report *b;
	uint64_t of[3] = { 0 }, old;

	run_trial(*state);
	assert_all_accepted();
	b = report(SIDE_B);
	old = longest_age(wire->began) / 8 * 7;
	for (unsigned i = 0; i < CYCLES_BUCKETS; i++)
		of[i >= cycles_bucket_of(old) ? 0 : i ? 1 : 2] += b->age[i];
	assert_int_equal(of[0], OLDEST);
	assert_int_equal(of[1], YOUNGEST - OLDEST);
	assert_int_equal(of[2], b->rx_frames - YOUNGEST);
}

/* Switched off in the middle of a lap, and on again: the rings are as they were left. */
static void a_driver_comes_up_again_over_its_old_rings(void **state)
{
	const struct trial *t = *state;

	set_up(t);
	wait_accepted(t->frames);
	stop_all();
	for (unsigned i = 0; i < SIDES; i++) {
		struct end *e = &wire->end[i];

		memset(e->mem.host + TANDEM_REPORT_OFFSET, 0, sizeof(struct tandem_report));
		e->machine.quit = 0;
		e->up = false;
		e->state = TANDEM_BOOTING;
		e->taken = e->given = e->calls = e->seq = 0;
	}
	wire->stop = false;
	start_all();
	wait_accepted(t->frames);
	end_guest(SIDE_A);
	wait_wire_empty();
	end_guest(SIDE_B);
	stop_all();
	assert_all_accepted();
	for (unsigned i = 0; i < SIDES; i++)
		assert_int_equal(report(i)->ticks + report(i)->retransmits, 0);
}

/* ------------------------------------------------------------------ tables */

#define A_STREAM TANDEM_STREAM_SEND
#define A_PING TANDEM_RR_PING

static struct trial troubles[] = {
	{ "stream_survives_lost_frames", A_STREAM, .trouble = { LOSE, SIDE_A, 50 } },
	{ "stream_survives_lost_acknowledgements", A_STREAM, .trouble = { LOSE, SIDE_B, 2 } },
	{ "stream_tells_doubled_frames", A_STREAM, .trouble = { DOUBLE, SIDE_A, 50 } },
	{ "stream_survives_doubled_acknowledgements", A_STREAM, .trouble = { DOUBLE, SIDE_B, 2 } },
	{ "stream_survives_swapped_frames", A_STREAM, .trouble = { SWAP, SIDE_A, 50 } },
	{ "stream_survives_swapped_acknowledgements", A_STREAM, .trouble = { SWAP, SIDE_B, 2 } },
	{ "stream_refuses_frames_with_a_wrong_head", A_STREAM,
	  .trouble = { DAMAGE_HEAD, SIDE_A, 50 } },
	{ "stream_refuses_frames_with_a_wrong_tail", A_STREAM,
	  .trouble = { DAMAGE_TAIL, SIDE_A, 50 } },
	{ "stream_refuses_frames_that_are_too_short", A_STREAM,
	  .trouble = { SHORTEN, SIDE_A, 50 } },
	{ "stream_refuses_damaged_acknowledgements", A_STREAM,
	  .trouble = { DAMAGE_TAIL, SIDE_B, 2 } },
	{ "rr_survives_lost_requests", A_PING, .trouble = { LOSE, SIDE_A, 50 } },
	{ "rr_survives_lost_responses", A_PING, .trouble = { LOSE, SIDE_B, 50 } },
	{ "rr_tells_doubled_requests", A_PING, .trouble = { DOUBLE, SIDE_A, 50 } },
	{ "rr_tells_doubled_responses", A_PING, .trouble = { DOUBLE, SIDE_B, 50 } },
	{ "rr_refuses_damaged_requests", A_PING, .trouble = { DAMAGE_TAIL, SIDE_A, 50 } },
	{ "rr_refuses_damaged_responses", A_PING, .trouble = { DAMAGE_TAIL, SIDE_B, 50 } },
};

#define WRAPS 70000u /* frames that take all 16-bit indices past their end */

static struct trial wraps[] = {
	{ "stream_wraps_with_its_window_kept", A_STREAM, .ring = 64, .window = 5, .batch = 64,
	  .whole = true },
	{ "stream_wraps_one_frame_at_a_time", A_STREAM, .ring = 8, .window = 8, .batch = 1 },
	{ "stream_wraps_by_halves_of_the_ring", A_STREAM, .ring = 8, .window = 8, .batch = 4 },
	{ "stream_wraps_in_the_largest_ring", A_STREAM, .ring = 32768, .window = 32768,
	  .batch = 40000 },
	{ "stream_wraps_in_a_ring_of_two", A_STREAM, .ring = 2, .window = 2, .batch = 2 },
	{ "rr_wraps", A_PING, .ring = 4, .window = 1, .batch = 1, .whole = true },
};

#define FOR_EVER .tick_us = NEVER_TICK_US, .rto_us = NEVER_RTO_US

static struct trial others[] = {
	{ "each_frame_has_its_own_age", A_STREAM, .frame = 60, .ring = 64, .window = 64,
	  .batch = 64, .frames = 3000, .aged = true, FOR_EVER },
	{ "a_request_to_stop_that_comes_with_a_frame_is_heard_by_a_receiver", A_STREAM, .frame = 60,
	  .ring = 8, .window = 4, .batch = 4, .frames = 100, FOR_EVER },
	{ "a_request_to_stop_that_comes_with_a_frame_is_heard_by_a_pong", A_PING, .frame = 60,
	  .ring = 8, .window = 1, .batch = 1, .frames = 100, FOR_EVER },
	{ "a_sender_comes_up_again_over_its_old_rings", A_STREAM, .frame = 60, .ring = 16,
	  .window = 16, .batch = 4, .frames = 1000, FOR_EVER },
	{ "a_ping_comes_up_again_over_its_old_rings", A_PING, .frame = 60, .ring = 4, .window = 1,
	  .batch = 1, .frames = 1000, FOR_EVER },
};

static void set_default(uint32_t *v, uint32_t value)
{
	if (!*v)
		*v = value;
}

/* The same over other rings; a quick run takes each row over one of these. NULL: not taken. */
static struct trial *over(const struct trial *row, size_t i, size_t k)
{
	static struct trial trials[SUITE_MAX];
	static size_t n;
	struct trial *t = &trials[n];

	if (k && !suite_takes(i, k - 1, ARRAY_SIZE(ring_kinds) - 1))
		return NULL;
	n++;
	*t = *row;
	t->features = features_usual() ^ ring_kinds[k].changes;
	strcat(t->name, ring_kinds[k].name);
	return t;
}

static void add_trouble(struct suite *s, struct trial *t)
{
	t->frame = t->workload == A_STREAM ? 1500 : 64;
	t->ring = 64;
	t->window = 16;
	t->batch = 8;
	t->tick_us = 1000;
	t->rto_us = 3000;
	t->frames = t->workload == A_STREAM ? 3000 : 1000;
	t->flags = TANDEM_VERIFY_FULL;
	suite_add(s, t->name, t->workload == A_STREAM ? stream_recovers : rr_recovers, t);
}

static void add_wrap(struct suite *s, struct trial *t)
{
	set_default(&t->frame, 60);
	t->tick_us = NEVER_TICK_US;
	t->rto_us = NEVER_RTO_US;
	t->frames = suite_scaled(WRAPS, t->whole ? WRAPS : 0);
	if (t->frames < WRAPS)
		strcat(t->name, "_but_for_the_wrap");
	suite_add(s, t->name, indices_wrap_and_no_wake_up_is_lost, t);
}

static void add_over(struct suite *s, size_t k)
{
	static const CMUnitTestFunction other[] = {
		each_frame_has_its_own_age, a_request_to_stop_that_comes_with_a_frame_is_heard,
		a_request_to_stop_that_comes_with_a_frame_is_heard,
		a_driver_comes_up_again_over_its_old_rings,
		a_driver_comes_up_again_over_its_old_rings
	};
	struct trial *t;

	for (size_t i = 0; i < ARRAY_SIZE(troubles); i++)
		if ((t = over(&troubles[i], i, k)))
			add_trouble(s, t);
	for (size_t i = 0; i < ARRAY_SIZE(wraps); i++)
		if ((t = over(&wraps[i], i, k)))
			add_wrap(s, t);
	for (size_t i = 0; i < ARRAY_SIZE(others); i++)
		if ((t = over(&others[i], i, k)))
			suite_add(s, t->name, other[i], t);
}

int main(void)
{
	static struct suite s = { .teardown = tear_down };

	for (size_t k = 0; k < ARRAY_SIZE(ring_kinds); k++)
		add_over(&s, k);
	return suite_run(&s, "pair: driver");
}

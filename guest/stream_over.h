// SPDX-License-Identifier: BSD-2-Clause
// Workload "stream": a windowed, reliable, one-way stream with cumulative acknowledgements.
// Compiled for each kind of ring.
#ifndef GUEST_STREAM_OVER_H
#define GUEST_STREAM_OVER_H

#include "guest.h"
#include "load.h"
#include "payload.h"

/* Frames published, and the device asked whether it wants a kick, this many at a time. */
#define SEND_BATCH 32u

/*
 * The loops over frames are unrolled by four: where guest code is interpreted, counting the loop
 * costs as much as what it does.
 */
#define UNROLL 4u

static uint32_t min32(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

/* Slots from the one that index `idx` falls on to the end of the ring. */
static uint32_t run_length(const struct ring *r, uint16_t idx)
{
	return r->size - (idx & (r->size - 1u));
}

static uint8_t *payload_at(const struct ring *r, uint16_t idx)
{
	return r->slots + (uint64_t)(idx & (r->size - 1u)) * r->stride + FRAME_HEAD;
}

/* One fence for both queues: new receive buffers and new frames. */
static void kick_both(struct guest *g)
{
	shared_fence(); /* (D) */
	if (ring_wants_kick(&g->tx)) {
		plat_kick(g, g->tx.queue);
		plat_count(&g->report->kicks, 1);
	}
	if (ring_wants_kick(&g->rx)) {
		plat_kick(g, g->rx.queue);
		plat_count(&g->report->kicks, 1);
	}
}

static void reclaim_tx(struct guest *g)
{
	g->tx.used_seen = (uint16_t)(g->tx.used_seen + ring_used(&g->tx));
}

/* ---- sender ---- */

struct sender {
	uint64_t acked; /* all below is acknowledged */
	uint64_t next;	/* sent next; below `top` while retransmitting */
	uint64_t top;	/* never sent before */
	/* when the last one was acknowledged: ticks, or, in an open loop, cycles */
	uint64_t progress;
	uint64_t rto;
	uint32_t tail;
	bool full;
	bool open;
};

static uint64_t time_now(const struct guest *g, const struct sender *s)
{
	return s->open ? plat_clock() : g->report->ticks;
}

static void take_ack(struct guest *g, struct sender *s, const uint8_t *payload, uint32_t len)
{
	uint64_t word = *(const word_t *)payload, seq = word & FRAME_SEQ_MASK;
	bool whole = len == FRAME_VNET_HDR + FRAME_MIN &&
		     payload_is(payload, payload_tail(FRAME_MIN), FRAME_KIND_ACK | seq);

	if (!whole || seq > s->top) {
		plat_count(&g->report->rx_corrupt, 1);
		return;
	}
	if (seq <= s->acked)
		return;
	s->acked = seq;
	s->progress = time_now(g, s);
	if (s->next < seq)
		s->next = seq;
}

static void take_acks(struct guest *g, struct sender *s, uint16_t n)
{
	struct ring *rx = &g->rx;

	for (uint16_t i = 0; i < n; i++) {
		const ring_elem *e = ring_elem_at(rx, rx->used_seen);

		take_ack(g, s, payload_at(rx, rx->used_seen), shared_load(&e->len));
		rx->used_seen++;
	}
	ring_publish(rx, n);
	plat_count(&g->report->acks_rx, n);
	shared_store(&g->report->acked_seq, s->acked);
}

HOT void fill_slot(uint8_t *payload, uint32_t tail, uint64_t word, uint64_t now)
{
	payload_put(payload, tail, word);
	payload_set_time(payload, now);
}

/* Published together, they are sent at one time. */
static void fill_slots(uint8_t *payload, uint32_t stride, uint32_t tail, uint64_t word, uint32_t n)
{
	uint64_t now = plat_clock();

	for (; n >= UNROLL; n -= UNROLL) {
		fill_slot(payload, tail, word, now);
		payload += stride;
		fill_slot(payload, tail, word + 1, now);
		payload += stride;
		fill_slot(payload, tail, word + 2, now);
		payload += stride;
		fill_slot(payload, tail, word + 3, now);
		payload += stride;
		word += UNROLL;
	}
	for (; n; n--) {
		fill_slot(payload, tail, word++, now);
		payload += stride;
	}
}

static void fill_bodies(uint8_t *payload, uint32_t stride, uint32_t tail, uint64_t word, uint32_t n)
{
	do {
		payload_fill_body(payload, tail, word++);
		payload += stride;
	} while (--n);
}

/* n: no further than the ring's end. */
static void send_batch(struct guest *g, struct sender *s, uint32_t n)
{
	struct ring *tx = &g->tx;
	uint8_t *payload = payload_at(tx, tx->avail_idx);
	uint64_t word = FRAME_KIND_DATA | s->next;

	if (s->full)
		fill_bodies(payload, tx->stride, s->tail, word, n);
	fill_slots(payload, tx->stride, s->tail, word, n);
	ring_publish(tx, (uint16_t)n);
	kick_both(g);
	if (s->next < s->top)
		plat_count(&g->report->retransmits, min32(n, (uint32_t)(s->top - s->next)));
	s->next += n;
	if (s->top < s->next)
		s->top = s->next;
	shared_store(&g->report->next_seq, s->top);
	plat_count(&g->report->tx_frames, n);
}

/* Go-back-N: after a timeout all that was not acknowledged is sent again. */
static void check_timeout(struct guest *g, struct sender *s)
{
	if (s->acked == s->top || time_now(g, s) - s->progress < s->rto)
		return;
	s->next = s->acked;
	s->progress = time_now(g, s);
}

static void wait_for_room(struct guest *g, struct sender *s)
{
	bool tx_full = ring_outstanding(&g->tx) == g->tx.size;
	uint16_t n;

	ring_arm(&g->rx, 1);
	if (tx_full)
		ring_arm(&g->tx, g->tx.size / 2 ? g->tx.size / 2 : 1);
	kick_both(g); /* the fence (C) is in here */
	if (tx_full && ring_has_used(&g->tx)) {
		ring_answered(&g->rx);
		ring_answered(&g->tx);
		return;
	}
	n = guest_wait_rx(g);
	if (n)
		take_acks(g, s, n);
	else
		check_timeout(g, s);
	ring_disarm(&g->tx);
}

static uint32_t room(const struct guest *g, const struct sender *s)
{
	uint64_t flying = s->next - s->acked;
	uint32_t window = g->boot->window, slots = g->tx.size - ring_outstanding(&g->tx);

	return flying < window ? min32((uint32_t)(window - flying), slots) : 0;
}

/*
 * Open loop: new frames that are due by now, at most n. The first after a pause starts its own
 * timeout.
 */
static uint32_t take_due(struct sender *s, struct load *l, uint32_t n)
{
	uint64_t now = plat_clock();

	n = load_take(l, now, n);
	if (!n)
		return 0;
	if (s->acked == s->top)
		s->progress = now;
	load_mark(l, now, s->top + n);
	return n;
}

/*
 * Frames to send now, as many as lie in one piece: retransmissions at once, new ones as they are
 * due.
 */
static uint32_t choose(const struct guest *g, struct sender *s, struct load *l, bool stopping)
{
	uint32_t n = min32(room(g, s), min32(SEND_BATCH, run_length(&g->tx, g->tx.avail_idx)));

	if (stopping || (s->open && s->next < s->top))
		return min32(n, (uint32_t)(s->top - s->next));
	return s->open ? take_due(s, l, n) : n;
}

/* With the window full an acknowledgement is what wakes the sender; else the next frame's time. */
static void set_timer(struct guest *g, const struct sender *s, const struct load *l)
{
	load_set_timer(g, l, room(g, s) && !guest_stopping(g) ? l->due : UINT64_MAX);
}

static void send_loop(struct guest *g, struct sender *s, struct load *l)
{
	for (;;) {
		uint16_t acks = ring_used(&g->rx);
		bool stopping = guest_stopping(g);
		uint32_t n;

		if (acks)
			take_acks(g, s, acks);
		reclaim_tx(g);
		if (stopping && s->acked == s->top)
			return;
		n = choose(g, s, l, stopping);
		if (n) {
			send_batch(g, s, n);
			continue;
		}
		if (s->open)
			set_timer(g, s, l);
		wait_for_room(g, s);
	}
}

static void stream_send(struct guest *g)
{
	uint64_t tick = g->boot->clock_hz / 1000000 * g->boot->tick_us;
	struct sender s = {
		.tail = payload_tail(g->boot->frame_bytes),
		.rto = g->boot->rto_cycles / tick + 1,
		.full = g->boot->flags & TANDEM_VERIFY_FULL,
	};
	struct load l;

	if (g->boot->load_gpa) {
		l = load_open(g);
		load_begin(g, &l);
		s.open = true;
		s.rto = g->boot->rto_cycles;
	}
	send_loop(g, &s, &l);
}

/* ---- receiver ---- */

struct receiver {
	uint64_t expected;
	uint32_t unacked; /* frames taken since the last acknowledgement, bad ones too */
	uint32_t ack_every;
	uint32_t tail;
	uint32_t len; /* of a used buffer that holds a whole frame */
	bool full;
};

HOT bool is_frame(const uint8_t *payload, const ring_elem *e, uint32_t len, uint32_t tail,
		  uint64_t word)
{
	return shared_load(&e->len) == len && payload_is(payload, tail, word);
}

/* How many of the n slots from `payload` on hold the next frames in order, whole. */
static uint32_t check_run(const uint8_t *payload, const ring_elem *e, const struct ring *rx,
			  const struct receiver *r, uint32_t n)
{
	uint64_t word = FRAME_KIND_DATA | r->expected, stride = rx->stride;
	uint32_t len = r->len, tail = r->tail, left = n;

	for (; left >= UNROLL; left -= UNROLL) {
		const uint8_t *second = payload + stride, *third = second + stride;

		if (!is_frame(payload, &e[0], len, tail, word) ||
		    !is_frame(second, &e[1], len, tail, word + 1) ||
		    !is_frame(third, &e[2], len, tail, word + 2) ||
		    !is_frame(third + stride, &e[3], len, tail, word + 3))
			break;
		payload = third + 2 * stride;
		word += UNROLL;
		e += UNROLL;
	}
	for (; left && is_frame(payload, e, len, tail, word); left--, e++, word++)
		payload += stride;
	return n - left;
}

static uint32_t check_bodies(const uint8_t *payload, const struct ring *rx,
			     const struct receiver *r, uint32_t n)
{
	uint64_t word = FRAME_KIND_DATA | r->expected;

	for (uint32_t i = 0; i < n; i++, payload += rx->stride)
		if (!payload_body_is(payload, r->tail, word + i))
			return i;
	return n;
}

/* A frame that is not the next one: which kind of wrong is it? */
static void count_bad_frame(struct guest *g, const struct receiver *r, const uint8_t *payload,
			    uint32_t len)
{
	uint64_t word = *(const word_t *)payload, seq = word & FRAME_SEQ_MASK;
	bool whole = len == r->len && (word & ~FRAME_SEQ_MASK) == FRAME_KIND_DATA &&
		     payload_is(payload, r->tail, word);

	if (!whole || seq == r->expected)
		plat_count(&g->report->rx_corrupt, 1);
	else if (seq < r->expected)
		plat_count(&g->report->rx_duplicates, 1);
	else
		plat_count(&g->report->rx_out_of_order, 1);
}

/* Of n frames in order, at least one: how many were sent when the first was? */
static uint32_t sent_together(const uint8_t *payload, uint64_t stride, uint32_t n)
{
	uint64_t sent = payload_time(payload);
	uint32_t low = 1, high = n;

	if (payload_time(payload + (n - 1) * stride) == sent)
		return n;
	while (low < high) {
		uint32_t middle = (low + high) / 2;

		if (payload_time(payload + middle * stride) == sent)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/*
 * The ages of n frames in order. None was sent earlier than the one before it, so what lies between
 * two of one time is of that time, and not looked at.
 */
static void count_ages(struct guest *g, const uint8_t *payload, uint64_t now, uint32_t n)
{
	uint64_t stride = g->rx.stride;

	while (n) {
		uint32_t same = sent_together(payload, stride, n);

		guest_count_age(g, payload_time(payload), now, same);
		payload += same * stride;
		n -= same;
	}
}

/* Takes up to n used buffers, at least one, that were there at `now`. */
static void take_frames(struct guest *g, struct receiver *r, uint64_t now, uint32_t n)
{
	struct ring *rx = &g->rx;
	const uint8_t *payload = payload_at(rx, rx->used_seen);
	const ring_elem *e = ring_elem_at(rx, rx->used_seen);
	uint32_t good;

	n = min32(n, run_length(rx, rx->used_seen));
	good = check_run(payload, e, rx, r, n);
	if (r->full)
		good = check_bodies(payload, rx, r, good);
	r->expected += good;
	count_ages(g, payload, now, good);
	if (good < n) {
		count_bad_frame(g, r, payload + (uint64_t)good * rx->stride,
				shared_load(&e[good].len));
		good++;
	}
	r->unacked += good;
	rx->used_seen = (uint16_t)(rx->used_seen + good);
	ring_publish(rx, (uint16_t)good);
	shared_store(&g->report->rx_frames, r->expected);
}

static void send_ack(struct guest *g, struct receiver *r)
{
	struct ring *tx = &g->tx;

	reclaim_tx(g);
	if (ring_outstanding(tx) == tx->size)
		return; /* the next frames are acknowledged together with these */
	payload_put(payload_at(tx, tx->avail_idx), payload_tail(FRAME_MIN),
		    FRAME_KIND_ACK | r->expected);
	ring_publish(tx, 1);
	r->unacked = 0;
	plat_count(&g->report->acks_tx, 1);
}

/* Takes up to n used buffers; in an open loop says when they were there. */
static void take_at(struct guest *g, struct receiver *r, struct load *l, uint32_t n)
{
	uint64_t t4 = plat_clock(), expected = r->expected;

	take_frames(g, r, t4, n);
	if (l && r->expected != expected)
		load_mark(l, t4, r->expected);
}

static void stream_receive(struct guest *g)
{
	struct load load = load_open(g), *l = g->boot->load_gpa ? &load : NULL;
	struct receiver r = {
		.ack_every = min32(g->boot->window / 4 + 1, g->rx.size),
		.tail = payload_tail(g->boot->frame_bytes),
		.len = FRAME_VNET_HDR + g->boot->frame_bytes,
		.full = g->boot->flags & TANDEM_VERIFY_FULL,
	};

	for (;;) {
		uint16_t n = ring_used(&g->rx);

		if (n) {
			take_at(g, &r, l, n);
			if (r.unacked < r.ack_every)
				continue;
			send_ack(g, &r);
			kick_both(g);
			continue;
		}
		if (guest_stopping(g))
			return;
		ring_arm(&g->rx, 1);
		if (r.unacked)
			send_ack(g, &r);
		kick_both(g); /* the fence (C) is in here */
		guest_wait_rx(g);
	}
}

#endif

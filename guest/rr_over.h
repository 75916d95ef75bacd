// SPDX-License-Identifier: BSD-2-Clause
// Workload "rr": request and response, one at a time; every instruction is latency.
// Compiled for each kind of ring: whoever includes this has included rr_split.h or rr_any.h before.
#ifndef GUEST_RR_OVER_H
#define GUEST_RR_OVER_H

#include "guest.h"
#include "load.h"
#include "payload.h"

/*
 * Where guest code is interpreted an instruction costs a third of a microsecond, one that touches
 * memory half of one, and all that stands between the interrupt and the kick is on the round trip's
 * way. So the loop keeps what it needs in local variables, has the next frame written before it is
 * wanted, does bookkeeping after the kick, and calls nothing the compiler can't see but for what is
 * rare. Ping and pong are the same loop, entered at different points.
 */
struct rr {
	struct guest *g;
	uint64_t word; /* of the next frame, either way */
	uint32_t tail;
	uint32_t len; /* of a used buffer that holds a whole frame */
	struct rr_rings rings;
	/* Receive queue: the next buffer. */
	const uint8_t *rx_payload;
	uint32_t rx_stride;
	uint16_t seen;
	/* Transmit queue. */
	uint8_t *tx_payload, *tx_end;
	uint32_t tx_stride;
	uint16_t tx_idx;
};

static struct rr rr_init(struct guest *g)
{
	const struct ring *rx = &g->rx, *tx = &g->tx;

	return (struct rr){
		.g = g,
		.word = FRAME_KIND_DATA,
		.tail = payload_tail(g->boot->frame_bytes),
		.len = FRAME_VNET_HDR + g->boot->frame_bytes,
		.rings = rr_rings_of(g),
		.rx_payload = rx->slots + FRAME_HEAD,
		.rx_stride = rx->stride,
		.tx_payload = tx->slots + FRAME_HEAD,
		.tx_end = tx->slots + FRAME_HEAD + (uint64_t)tx->size * tx->stride,
		.tx_stride = tx->stride,
	};
}

/* Writes the next frame into the next transmit slot. It is not the device's yet. */
HOT void prepare(struct rr *rr, bool full)
{
	payload_put(rr->tx_payload, rr->tail, rr->word);
	if (full)
		payload_fill_body(rr->tx_payload, rr->tail, rr->word);
}

/*
 * Sends the frame that was prepared, at `now`. The receive interrupt is armed first, so that one
 * fence serves both "does the device want a kick?" (D) and "has something arrived?" (C).
 */
HOT void send_frame(struct rr *rr, uint16_t armed_for, uint64_t now)
{
	payload_set_time(rr->tx_payload, now);
	rr_arm(&rr->rings, rr->g, armed_for);
	rr_publish_tx(&rr->rings, rr->g, rr->tx_idx);
	shared_fence();
	if (__builtin_expect(rr_tx_wants_kick(&rr->rings, rr->g, rr->tx_idx), 1)) {
		plat_kick(rr->g, 1);
		plat_count(&rr->g->report->kicks, 1);
	}
}

/* After send_frame(), when nobody waits for us any more. */
HOT void next_tx(struct rr *rr)
{
	struct guest *g = rr->g;

	rr->tx_idx++;
	rr->tx_payload += rr->tx_stride;
	if (rr->tx_payload == rr->tx_end)
		rr->tx_payload = g->tx.slots + FRAME_HEAD;
	plat_count(&g->report->tx_frames, 1);
}

/* The buffer that was looked at is the device's again; kicks it if it was out of buffers. */
HOT void give_back(struct rr *rr)
{
	uint16_t idx = rr->seen;

	rr->seen++;
	rr->rx_payload += rr->rx_stride;
	if (rr_next_rx(&rr->rings, rr->g))
		rr->rx_payload = rr->g->rx.slots + FRAME_HEAD;
	rr_publish_rx(&rr->rings, rr->g, idx);
	shared_fence(); /* (D) */
	if (__builtin_expect(rr_rx_wants_kick(&rr->rings, rr->g, idx), 0)) {
		plat_kick(rr->g, 0);
		plat_count(&rr->g->report->kicks, 1);
	}
}

HOT bool is_expected(const struct rr *rr, bool full)
{
	if (rr_rx_len(&rr->rings, rr->g) != rr->len ||
	    !payload_is(rr->rx_payload, rr->tail, rr->word))
		return false;
	return !full || payload_body_is(rr->rx_payload, rr->tail, rr->word);
}

/* Not the frame expected: which kind of wrong is it? */
static __attribute__((noinline)) void count_bad(struct guest *g, const uint8_t *payload,
						uint32_t tail, uint64_t expected)
{
	uint64_t word = *(const word_t *)payload;
	struct tandem_report *r = g->report;

	if (!payload_is(payload, tail, word) || (word & ~FRAME_SEQ_MASK) != FRAME_KIND_DATA ||
	    word == expected)
		plat_count(&r->rx_corrupt, 1);
	else
		plat_count(word < expected ? &r->rx_duplicates : &r->rx_out_of_order, 1);
}

/* Has the response been awaited for longer than the retransmission timeout? */
static __attribute__((noinline)) bool overdue(const struct guest *g, uint64_t since)
{
	const struct tandem_boot *b = g->boot;
	uint64_t rto_ticks = b->rto_cycles / (b->clock_hz / 1000000 * b->tick_us) + 1;

	return g->report->ticks - since >= rto_ticks;
}

/*
 * Are enough transmit slots free? Quick: two, as the next frame is written at once. A slot the
 * device may still read is not.
 */
static bool can_resend(const struct rr *rr, bool quick)
{
	return rr_with_device(&rr->rings, rr->g, rr->tx_idx) + quick < rr->g->tx.size;
}

/* In an open loop the timer does not go on by itself. */
static __attribute__((noinline)) void take_tick(struct guest *g)
{
	struct load l;

	plat_count(&g->report->ticks, 1);
	if (!g->boot->load_gpa)
		return;
	l = load_open(g);
	load_set_timer(g, &l, UINT64_MAX);
}

/*
 * Waits until something was received, with an interrupt or without. t4: when it was there. false:
 * a tick passed, or an interrupt brought nothing.
 */
HOT bool wait_rx(struct rr *rr, uint64_t *t4)
{
	struct guest *g = rr->g;

	if (rr_has_rx(&rr->rings, g, rr->seen)) {
		shared_store(&g->stamp->t3, 0);
		*t4 = plat_clock();
		return true;
	}
	if (__builtin_expect(plat_idle(g, &g->stamp->t3) == PLAT_TICK, 0)) {
		take_tick(g);
		return false;
	}
	if (__builtin_expect(!rr_has_rx(&rr->rings, g, rr->seen), 0)) {
		plat_count(&g->report->interrupts, 1);
		guest_stamp(g, 0, rr->seen);
		return false;
	}
	*t4 = plat_clock();
	return true;
}

/* Bookkeeping for a frame taken at t4. */
HOT void took(struct rr *rr, uint64_t t4)
{
	struct guest *g = rr->g;

	if (shared_load(&g->stamp->t3))
		plat_count(&g->report->interrupts, 1);
	give_back(rr);
	guest_stamp(g, t4, rr->seen);
}

/* The same of a frame that was expected. */
HOT void accepted(struct rr *rr, uint64_t t4)
{
	guest_count_age(rr->g, payload_time(rr->rx_payload), t4, 1);
	took(rr, t4);
}

/*
 * When the frame that follows the one taken at t4 is sent. Quick: then, as nothing is left to do
 * for it, and a clock costs as much as all the rest.
 */
HOT uint64_t sending_time(uint64_t t4, bool quick)
{
	return quick ? t4 : plat_clock();
}

/* A request that was answered already: its response must have been lost, so it is sent again. */
HOT void answer_again(struct rr *rr, bool quick, bool full)
{
	rr->word--;
	prepare(rr, full);
	send_frame(rr, rr->seen, plat_clock());
	next_tx(rr);
	rr->word++;
	if (quick)
		prepare(rr, full);
}

/* Drops a buffer that holds something else than what was expected, and listens again. */
HOT void reject(struct rr *rr, bool ping, bool quick, bool full, uint64_t t4)
{
	bool again = !ping && payload_is(rr->rx_payload, rr->tail, rr->word - 1) &&
		     can_resend(rr, quick);

	count_bad(rr->g, rr->rx_payload, rr->tail, rr->word);
	took(rr, t4);
	if (again)
		answer_again(rr, quick, full);
	rr_arm(&rr->rings, rr->g, rr->seen);
	shared_fence(); /* (C) */
}

/* Writes the request after the one whose response is expected. */
HOT void prepare_next(struct rr *rr, bool full)
{
	rr->word++;
	prepare(rr, full);
	rr->word--;
}

/* The response is overdue: the request is sent once more. */
HOT void resend(struct rr *rr, bool quick, bool full)
{
	plat_count(&rr->g->report->retransmits, 1);
	prepare(rr, full);
	send_frame(rr, rr->seen, plat_clock());
	next_tx(rr);
	if (quick)
		prepare_next(rr, full);
}

/*
 * A pong about to sleep. The request to stop may have come with the interrupt of the frame before:
 * there will be none for it alone.
 */
HOT bool told_to_stop(const struct rr *rr)
{
	return __builtin_expect(guest_stopping(rr->g), 0) &&
	       !rr_has_rx(&rr->rings, rr->g, rr->seen);
}

/*
 * Waits for the frame expected next; it stays in its buffer. A ping sends again when it takes too
 * long. false: a pong was told to stop.
 */
HOT bool await_frame(struct rr *rr, bool ping, bool quick, bool full, uint64_t *t4)
{
	uint64_t since = rr->g->report->ticks;

	for (;;) {
		if (!ping && told_to_stop(rr))
			return false;
		if (__builtin_expect(wait_rx(rr, t4), 1)) {
			if (__builtin_expect(is_expected(rr, full), 1))
				return true;
			reject(rr, ping, quick, full, *t4);
		} else if (ping && overdue(rr->g, since) && can_resend(rr, quick)) {
			resend(rr, quick, full);
			since = rr->g->report->ticks;
		}
	}
}

static void start_listening(struct rr *rr)
{
	rr_arm(&rr->rings, rr->g, rr->seen);
	shared_fence(); /* (C) */
}

/*
 * A's side. Quick: the request after the one under way is written while its response is awaited.
 * That takes a second slot, and leaves no time for filling whole frames.
 */
HOT void ping_loop(struct guest *g, bool quick)
{
	bool full = !quick && g->boot->flags & TANDEM_VERIFY_FULL, more = true;
	struct rr rr = rr_init(g);
	uint64_t t4 = 0;

	prepare(&rr, full);
	send_frame(&rr, rr.seen, plat_clock());
	while (more) {
		next_tx(&rr);
		shared_store(&g->report->next_seq, (rr.word & FRAME_SEQ_MASK) + 1);
		if (quick)
			prepare_next(&rr, full);
		await_frame(&rr, true, quick, full, &t4);
		more = !guest_stopping(g);
		if (!quick)
			prepare_next(&rr, full);
		if (more)
			send_frame(&rr, (uint16_t)(rr.seen + 1), sending_time(t4, quick));
		accepted(&rr, t4);
		rr.word++;
		shared_store(&g->report->acked_seq, rr.word & FRAME_SEQ_MASK);
	}
}

/*
 * Open loop, between two requests: sleeps until the next one is due. false: told to stop. An
 * interrupt that comes now is that of a response which was found without it, or the request to
 * stop.
 */
static bool await_time(struct rr *rr, const struct load *l)
{
	struct guest *g = rr->g;

	while (!guest_stopping(g)) {
		if (l->due <= plat_clock())
			return true;
		load_set_timer(g, l, l->due);
		if (plat_idle(g, &g->stamp->t3) == PLAT_TICK) {
			plat_count(&g->report->ticks, 1);
			continue;
		}
		plat_count(&g->report->interrupts, 1);
		guest_stamp(g, 0, rr->seen);
	}
	return false;
}

/*
 * A's side in an open loop: requests are sent when the schedule says so, or, where the one before
 * was not yet answered, as soon as it is. Here the way from interrupt to kick is not what is
 * measured.
 */
static void ping_on_time(struct guest *g)
{
	bool full = g->boot->flags & TANDEM_VERIFY_FULL;
	struct load l = load_open(g);
	struct rr rr = rr_init(g);
	uint64_t t4 = 0;

	load_begin(g, &l);
	while (await_time(&rr, &l)) {
		prepare(&rr, full);
		send_frame(&rr, rr.seen, plat_clock());
		load_set_timer(g, &l, UINT64_MAX);
		next_tx(&rr);
		shared_store(&g->report->next_seq, (rr.word & FRAME_SEQ_MASK) + 1);
		await_frame(&rr, true, false, full, &t4);
		accepted(&rr, t4);
		load_advance(&l);
		rr.word++;
		load_mark(&l, t4, rr.word & FRAME_SEQ_MASK);
		shared_store(&g->report->acked_seq, rr.word & FRAME_SEQ_MASK);
	}
}

/* B's side. The response is written before its request is there: it is known what to expect. */
HOT void pong_loop(struct guest *g, bool quick)
{
	bool full = !quick && g->boot->flags & TANDEM_VERIFY_FULL;
	struct rr rr = rr_init(g);
	uint64_t t4 = 0;

	if (quick)
		prepare(&rr, full);
	start_listening(&rr);
	while (await_frame(&rr, false, quick, full, &t4)) {
		if (!quick)
			prepare(&rr, full);
		send_frame(&rr, (uint16_t)(rr.seen + 1), sending_time(t4, quick));
		next_tx(&rr);
		accepted(&rr, t4);
		rr.word++;
		shared_store(&g->report->rx_frames, rr.word & FRAME_SEQ_MASK);
		if (quick)
			prepare(&rr, full);
	}
}

static bool can_be_quick(const struct guest *g)
{
	return g->tx.size > 1 && !(g->boot->flags & TANDEM_VERIFY_FULL);
}

static void rr_ping(struct guest *g)
{
	if (g->boot->load_gpa)
		ping_on_time(g);
	else if (can_be_quick(g))
		ping_loop(g, true);
	else
		ping_loop(g, false);
}

static void rr_pong(struct guest *g)
{
	if (can_be_quick(g))
		pong_loop(g, true);
	else
		pong_loop(g, false);
}

#endif

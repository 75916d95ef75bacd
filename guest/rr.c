// SPDX-License-Identifier: BSD-2-Clause
// Workload "rr": request and response, one at a time; every microsecond is latency.
#include "guest.h"
#include "payload.h"

struct rr {
	uint64_t word; /* of the next frame */
	uint32_t tail;
	uint32_t len; /* of a used buffer that holds a whole frame */
	uint32_t rto_ticks;
	bool full;
};

static struct rr rr_init(const struct guest *g)
{
	const struct tandem_boot *b = g->boot;

	return (struct rr){
		.word = FRAME_KIND_DATA,
		.tail = payload_tail(b->frame_bytes),
		.len = FRAME_VNET_HDR + b->frame_bytes,
		.rto_ticks = (uint32_t)(b->rto_cycles / (b->clock_hz / 1000000 * b->tick_us) + 1),
		.full = b->flags & TANDEM_VERIFY_FULL,
	};
}

static uint8_t *slot(const struct ring *r, uint16_t idx)
{
	return r->slots + (uint64_t)(idx & (r->size - 1u)) * r->stride + FRAME_HEAD;
}

/* Sends one frame. Arms the receive interrupt first: one fence serves both. */
static void send_frame(struct guest *g, const struct rr *rr)
{
	struct ring *tx = &g->tx;
	uint8_t *payload = slot(tx, tx->avail_idx);

	payload_put(payload, rr->tail, rr->word);
	if (rr->full)
		payload_fill_body(payload, rr->tail, rr->word);
	ring_arm(&g->rx, 1);
	ring_publish(tx, 1);
	guest_kick(g, tx); /* the fence (C) is in here, too */
	shared_store(&g->report->tx_frames, g->report->tx_frames + 1);
}

/* Takes one used buffer and gives it back. true: it is the frame that was expected. */
static bool take_frame(struct guest *g, const struct rr *rr)
{
	struct ring *rx = &g->rx;
	const struct vring_used_elem *e = &rx->used->ring[rx->used_seen & (rx->size - 1)];
	const uint8_t *payload = slot(rx, rx->used_seen);
	bool good = shared_load(&e->len) == rr->len && payload_is(payload, rr->tail, rr->word);

	if (good && rr->full)
		good = payload_body_is(payload, rr->tail, rr->word);
	rx->used_seen++;
	ring_publish(rx, 1);
	return good;
}

static void count_bad(struct guest *g, const struct rr *rr)
{
	const uint8_t *payload = slot(&g->rx, (uint16_t)(g->rx.used_seen - 1));
	uint64_t word = *(const word_t *)payload;
	struct tandem_report *r = g->report;
	uint64_t *counter = &r->rx_corrupt;

	if (payload_is(payload, rr->tail, word) && (word & ~FRAME_SEQ_MASK) == FRAME_KIND_DATA)
		counter = word < rr->word ? &r->rx_duplicates : &r->rx_out_of_order;
	shared_store(counter, *counter + 1);
}

/* Waits for the frame expected next, resending after a timeout when `resend`. false: told to stop. */
static bool await_frame(struct guest *g, const struct rr *rr, bool resend)
{
	uint64_t since = g->report->ticks;

	for (;;) {
		if (guest_wait_rx(g)) {
			if (take_frame(g, rr))
				return true;
			count_bad(g, rr);
			ring_arm(&g->rx, 1);
			guest_kick(g, &g->rx); /* fence (C) */
			continue;
		}
		if (guest_stopping(g) && !resend)
			return false;
		if (resend && g->report->ticks - since >= rr->rto_ticks &&
		    ring_outstanding(&g->tx) < g->tx.size) {
			shared_store(&g->report->retransmits, g->report->retransmits + 1);
			send_frame(g, rr);
			since = g->report->ticks;
		}
	}
}

static void reclaim_tx(struct guest *g)
{
	g->tx.used_seen = shared_load_acquire(&g->tx.used->idx); /* (B) */
}

static void count_round(struct guest *g)
{
	struct tandem_report *r = g->report;

	shared_store(&r->rx_frames, r->rx_frames + 1);
}

void rr_ping(struct guest *g)
{
	struct rr rr = rr_init(g);

	while (!guest_stopping(g)) {
		send_frame(g, &rr);
		shared_store(&g->report->next_seq, (rr.word & FRAME_SEQ_MASK) + 1);
		await_frame(g, &rr, true);
		count_round(g);
		reclaim_tx(g);
		rr.word++;
		shared_store(&g->report->acked_seq, rr.word & FRAME_SEQ_MASK);
	}
}

void rr_pong(struct guest *g)
{
	struct rr rr = rr_init(g);

	ring_arm(&g->rx, 1);
	shared_fence(); /* (C) */
	while (await_frame(g, &rr, false)) {
		reclaim_tx(g);
		send_frame(g, &rr);
		count_round(g);
		rr.word++;
	}
}

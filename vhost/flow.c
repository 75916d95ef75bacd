// SPDX-License-Identifier: BSD-2-Clause
// One direction between two ports.
#include "vhost/flow.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static void count(uint64_t *counter, uint64_t n)
{
	shared_store(counter, *counter + n);
}

/* 1: a receive chain is taken; 0: the driver has given none; -EPROTO: its queue is broken. */
static int take_rx(struct flow *f, struct virtq_chain *rx)
{
	struct virtq *q = &f->to->queue[NET_RX];
	int got = virtq_pop(q, f->rx_room, rx);

	if (got == 1 && rx->readable)
		return virtq_fail(q, VIRTQ_BAD_DIRECTION);
	return got;
}

static int take_tx(struct flow *f, struct virtq_chain *tx)
{
	struct virtq *q = &f->from->queue[NET_TX];
	int got = virtq_pop(q, f->tx_room, tx);

	if (got != 1)
		return got;
	if (tx->readable != tx->nsegs)
		return virtq_fail(q, VIRTQ_BAD_DIRECTION);
	if (tx->bytes < f->from->hdr_bytes)
		return virtq_fail(q, VIRTQ_SHORT);
	return 1;
}

static void give_back_rx(struct flow *f, const struct virtq_chain *rx, int have_rx)
{
	if (have_rx == 1)
		virtq_unpop(&f->to->queue[NET_RX], rx, 1);
}

/* In one piece on both sides, as nearly always. */
static bool is_whole(const struct flow *f, const struct virtq_chain *rx,
		     const struct virtq_chain *tx)
{
	return rx->nsegs == 1 && tx->nsegs == 1 && f->to->hdr_bytes == NET_HDR_BYTES;
}

static void put_header(const struct virtq_chain *rx)
{
	struct virtio_net_hdr_v1 hdr = net_rx_header();

	memcpy(rx->segs->p, &hdr, sizeof(hdr));
}

/*
 * The one copy. No offload is negotiated, so the sender's header says nothing the receiver needs
 * (5.1.6.2): it gets a clean one.
 */
static void copy_frame(const struct flow *f, const struct virtq_chain *rx,
		       const struct virtq_chain *tx)
{
	uint32_t from_hdr = f->from->hdr_bytes;

	if (!is_whole(f, rx, tx)) {
		pieces_copy(rx, f->to->hdr_bytes, tx, from_hdr, 1);
		return;
	}
	put_header(rx);
	memcpy(rx->segs->p + NET_HDR_BYTES, tx->segs->p + from_hdr, tx->segs->len - from_hdr);
}

/* Bytes of the receive buffer that the frame takes. */
static uint32_t needed(const struct flow *f, const struct virtq_chain *tx)
{
	return (uint32_t)tx->bytes - f->from->hdr_bytes + f->to->hdr_bytes;
}

/* Does the frame fit into this one receive buffer, as nearly always? */
static bool fits(const struct flow *f, const struct virtq_chain *tx, const struct virtq_chain *rx,
		 int have_rx)
{
	return have_rx > 0 && tx->bytes <= f->from->chain_max && needed(f, tx) <= rx->bytes;
}

/* What a turn has moved: counted once, at its end. */
struct moved {
	uint64_t frames, bytes;
};

static void count_moved(struct flow *f, const struct moved *m)
{
	if (!m->frames)
		return;
	count(&f->stats.frames, m->frames);
	count(&f->stats.bytes, m->bytes);
}

static void count_frame(const struct flow *f, struct moved *m, const struct virtq_chain *tx)
{
	m->frames++;
	m->bytes += tx->bytes - f->from->hdr_bytes;
}

/* What may become of a frame that does not fit into one receive buffer. */
enum outcome { DELIVERED, DROPPED, WAITS };

static enum outcome drop(uint64_t *why)
{
	count(why, 1);
	return DROPPED;
}

/* The receiver takes it in several buffers, all at hand, or it waits for them. */
static enum outcome merge(struct flow *f, const struct virtq_chain *tx,
			  const struct virtq_chain *first, struct moved *m)
{
	struct virtq *q = &f->to->queue[NET_RX];
	struct merge *all = &f->merge;
	enum merged done = merge_take(all, q, f->rx_room, first, needed(f, tx));

	if (done == MERGE_BROKEN)
		return drop(&f->stats.dropped);
	if (done != MERGE_DONE) {
		merge_give_back(all, q);
		f->rx_short = done == MERGE_WAITS ? all->n : 0;
		return done == MERGE_WAITS ? WAITS : drop(&f->stats.too_small);
	}
	pieces_copy(&all->whole, f->to->hdr_bytes, tx, f->from->hdr_bytes, (uint16_t)all->n);
	merge_push_used(all, q, needed(f, tx));
	count_frame(f, m, tx);
	return DELIVERED;
}

/* Out of line, as is all that is not in one buffer: it would slow the others down. */
static __attribute__((noinline)) enum outcome deliver_unfit(struct flow *f,
							    const struct virtq_chain *tx,
							    const struct virtq_chain *rx,
							    int have_rx, struct moved *m)
{
	if (have_rx < 0)
		return drop(&f->stats.dropped);
	if (f->to->mergeable && tx->bytes <= f->from->chain_max)
		return merge(f, tx, rx, m);
	give_back_rx(f, rx, have_rx);
	return drop(tx->bytes > f->from->chain_max ? &f->stats.dropped : &f->stats.too_small);
}

static enum outcome deliver(struct flow *f, const struct virtq_chain *tx,
			    const struct virtq_chain *rx, int have_rx, struct moved *m)
{
	if (!fits(f, tx, rx, have_rx))
		return deliver_unfit(f, tx, rx, have_rx, m);
	copy_frame(f, rx, tx);
	virtq_push_used(&f->to->queue[NET_RX], rx, needed(f, tx));
	count_frame(f, m, tx);
	return DELIVERED;
}

/* A driver that gave no call fd looks by itself. */
static void tell(struct flow_calls *calls, struct port *p, unsigned queue)
{
	struct notify_target *who = p->who[queue];

	if (who->call_fd >= 0)
		calls->call[calls->n++] = (struct flow_call){ who, p->queue[NET_RX].used_visible };
}

static void tell_used(struct flow_calls *calls, struct port *p, unsigned queue)
{
	if (p->dev)
		device_raise_used(p->dev);
	tell(calls, p, queue);
}

/* 2.1.2: the driver is told through the status and a notification. */
static void report_break(struct flow_calls *calls, struct port *p, unsigned queue)
{
	if (!p->queue[queue].broken || p->break_reported[queue])
		return;
	port_note_break(p, queue);
	tell(calls, p, queue);
}

static void publish(struct flow *f)
{
	virtq_publish(&f->to->queue[NET_RX]);
	virtq_publish(&f->from->queue[NET_TX]);
}

/* virtq_wants_call(), counted where there was something to ask about. */
static bool wants_call(struct virtq *q, struct queue_stats *s)
{
	uint16_t called = q->used_called;
	bool wants = virtq_wants_call(q);

	if (called == q->used_called)
		return wants;
	count(&s->published, 1);
	count(&s->wanted, wants);
	return wants;
}

/*
 * Also for a port whose peer has gone since: what was completed is told. A stopped queue asks
 * for nothing.
 */
const struct flow_calls *flow_decide(struct flow *f)
{
	struct flow_calls *calls = &f->calls;

	calls->n = 0;
	if (wants_call(&f->to->queue[NET_RX], &f->to->count[NET_RX]))
		tell_used(calls, f->to, NET_RX);
	if (wants_call(&f->from->queue[NET_TX], &f->from->count[NET_TX]))
		tell_used(calls, f->from, NET_TX);
	report_break(calls, f->from, NET_TX);
	report_break(calls, f->to, NET_RX);
	return calls;
}

static void call(struct flow *f, struct notifier *n)
{
	const struct flow_calls *calls = flow_decide(f);

	for (unsigned i = 0; i < calls->n; i++)
		notify_send(n, calls->call[i].target, calls->call[i].rx_idx);
}

bool flow_run(struct flow *f, struct notifier *n, unsigned budget)
{
	struct virtq *tx_queue = &f->from->queue[NET_TX];
	struct moved moved = { 0 };
	int have_rx = 1;

	if (!f->from->active || !f->to->active)
		return false;
	f->rx_short = 0;
	for (; budget && virtq_pending(tx_queue); budget--) {
		struct virtq_chain tx, rx;

		have_rx = take_rx(f, &rx);
		if (have_rx == 0)
			break;
		if (take_tx(f, &tx) != 1) {
			give_back_rx(f, &rx, have_rx);
			break;
		}
		if (deliver(f, &tx, &rx, have_rx, &moved) == WAITS) {
			virtq_unpop(tx_queue, &tx, 1);
			have_rx = 0;
			break;
		}
		virtq_push_used(tx_queue, &tx, 0);
	}
	publish(f);
	count_moved(f, &moved);
	call(f, n);
	if (have_rx == 0)
		count(&f->stats.starved, 1);
	return !budget;
}

/* A frame in one piece on both sides is copied elsewhere; any other right here. */
static void make_job(struct flow *f, struct copy_job *job)
{
	job->written = needed(f, &job->tx);
	if (!is_whole(f, &job->rx, &job->tx)) {
		pieces_copy(&job->rx, f->to->hdr_bytes, &job->tx, f->from->hdr_bytes, 1);
		return;
	}
	put_header(&job->rx);
	job->to = job->rx.segs->p + NET_HDR_BYTES;
	job->from = job->tx.segs->p + f->from->hdr_bytes;
	job->bytes = job->tx.segs->len - f->from->hdr_bytes;
}

/* Pops a frame and its receive buffer: as take_rx(), or 0 when there is no frame to take. */
static int take_both(struct flow *f, struct copy_job *job, int *have_rx)
{
	*job = (struct copy_job){ .bytes = 0 };
	*have_rx = take_rx(f, &job->rx);
	if (*have_rx == 0)
		return 0;
	if (take_tx(f, &job->tx) == 1)
		return *have_rx;
	give_back_rx(f, &job->rx, *have_rx);
	return 0;
}

/*
 * Frames are used in their order: one that takes several buffers is delivered at once where no
 * job is open, and else has to wait until they are completed.
 */
static enum outcome merge_alone(struct flow *f, struct copy_job *job, int have_rx, bool alone)
{
	struct moved moved = { 0 };
	enum outcome done = WAITS;

	if (alone)
		done = deliver_unfit(f, &job->tx, &job->rx, have_rx, &moved);
	else
		give_back_rx(f, &job->rx, have_rx);
	if (done == WAITS)
		virtq_unpop(&f->from->queue[NET_TX], &job->tx, 1);
	else
		virtq_push_used(&f->from->queue[NET_TX], &job->tx, 0);
	publish(f);
	count_moved(f, &moved);
	return done;
}

static bool may_merge(const struct flow *f, const struct copy_job *job, int have_rx)
{
	return have_rx > 0 && f->to->mergeable && job->tx.bytes <= f->from->chain_max;
}

unsigned flow_collect(struct flow *f, struct copy_job *jobs, unsigned max)
{
	struct virtq *tx_queue = &f->from->queue[NET_TX];
	struct moved none = { 0 };
	unsigned n = 0;
	int have_rx = 1;

	if (!f->from->active || !f->to->active || f->held)
		return 0;
	f->rx_short = 0;
	for (unsigned frames = 0; frames < max && virtq_pending(tx_queue); frames++) {
		struct copy_job *job = &jobs[n];

		if (!take_both(f, job, &have_rx))
			break;
		if (fits(f, &job->tx, &job->rx, have_rx)) {
			make_job(f, job);
		} else if (may_merge(f, job, have_rx)) {
			if (merge_alone(f, job, have_rx, !n) == WAITS)
				break;
			continue;
		} else {
			deliver_unfit(f, &job->tx, &job->rx, have_rx, &none);
		}
		n++;
	}
	if (have_rx == 0 || f->rx_short)
		count(&f->stats.starved, 1);
	return n;
}

void flow_complete(struct flow *f, const struct copy_job *jobs, unsigned njobs)
{
	struct moved moved = { 0 };

	for (unsigned i = 0; i < njobs; i++) {
		if (jobs[i].written) {
			virtq_push_used(&f->to->queue[NET_RX], &jobs[i].rx, jobs[i].written);
			moved.frames++;
			moved.bytes += jobs[i].written - f->to->hdr_bytes;
		}
		virtq_push_used(&f->from->queue[NET_TX], &jobs[i].tx, 0);
	}
	publish(f);
	count_moved(f, &moved);
}

static bool unreported(const struct port *p, unsigned queue)
{
	return p->queue[queue].broken && !p->break_reported[queue];
}

bool flow_has_work(struct flow *f)
{
	struct virtq *rx = &f->to->queue[NET_RX];

	if (!f->from->active || !f->to->active || !virtq_pending(&f->from->queue[NET_TX]))
		return false;
	return rx->broken || virtq_has_more(rx, f->rx_short);
}

bool flow_enable_kicks(struct flow *f)
{
	struct virtq *tx = &f->from->queue[NET_TX], *rx = &f->to->queue[NET_RX];

	if (!f->from->active || !f->to->active)
		return false;
	count(&f->from->count[NET_TX].asked, 1);
	if (!virtq_enable_kick(tx))
		return unreported(f->from, NET_TX);
	/* Frames wait: is it for a buffer? Then only the receiver's kick helps. */
	if (rx->broken)
		return true;
	count(&f->to->count[NET_RX].asked, 1);
	return virtq_enable_kick_after(rx, f->rx_short) || unreported(f->to, NET_RX);
}

void flow_disable_kicks(struct flow *f)
{
	virtq_disable_kick(&f->from->queue[NET_TX]);
	virtq_disable_kick(&f->to->queue[NET_RX]);
}

static int make_room(struct virtq_room *room, uint32_t max)
{
	*room = (struct virtq_room){ calloc(max, sizeof(*room->segs)), max };
	return room->segs ? 0 : -ENOMEM;
}

int flow_init(struct flow *f, struct port *from, struct port *to, uint32_t queue_size_max)
{
	*f = (struct flow){ .from = from, .to = to };
	if (make_room(&f->rx_room, queue_size_max) || make_room(&f->tx_room, queue_size_max) ||
	    merge_init(&f->merge, queue_size_max)) {
		flow_fini(f);
		return -ENOMEM;
	}
	return 0;
}

void flow_fini(struct flow *f)
{
	merge_fini(&f->merge);
	free(f->rx_room.segs);
	free(f->tx_room.segs);
	f->rx_room.segs = f->tx_room.segs = NULL;
}

// SPDX-License-Identifier: BSD-2-Clause
// One direction between two ports.
#include "vhost/flow.h"

#include <errno.h>
#include <string.h>

#include "lib/fd.h"
#include "lib/log.h"

static void count(uint64_t *counter, uint64_t n)
{
	shared_store(counter, *counter + n);
}

/* 1: a receive chain is in hand; 0: the driver has given none; -EPROTO: its queue is broken. */
static int hold_rx(struct flow *f)
{
	int got;

	if (f->rx_held)
		return 1;
	got = virtq_pop(&f->to->queue[NET_RX], &f->rx);
	if (got == 1 && f->rx.readable)
		return virtq_fail(&f->to->queue[NET_RX], VIRTQ_BAD_DIRECTION);
	f->rx_held = got == 1;
	return got;
}

static int take_tx(struct flow *f, struct virtq_chain *tx)
{
	struct virtq *q = &f->from->queue[NET_TX];
	int got = virtq_pop(q, tx);

	if (got != 1)
		return got;
	if (tx->readable != tx->nsegs)
		return virtq_fail(q, VIRTQ_BAD_DIRECTION);
	if (tx->bytes < NET_HDR_BYTES)
		return virtq_fail(q, VIRTQ_SHORT);
	return 1;
}

/* A place in a chain. */
struct cursor {
	const struct virtq_seg *seg;
	uint32_t offset;
};

static void advance(struct cursor *c, uint32_t n)
{
	c->offset += n;
	while (c->offset && c->offset >= c->seg->len) {
		c->offset -= c->seg->len;
		c->seg++;
	}
}

static uint32_t room(const struct cursor *c)
{
	return c->seg->len - c->offset;
}

static void copy_chain(struct cursor to, struct cursor from, uint64_t bytes)
{
	while (bytes) {
		uint32_t n = room(&to) < room(&from) ? room(&to) : room(&from);

		if (n > bytes)
			n = (uint32_t)bytes;
		memcpy(to.seg->p + to.offset, from.seg->p + from.offset, n);
		bytes -= n;
		if (!bytes)
			return;
		advance(&to, n);
		advance(&from, n);
	}
}

/*
 * The one copy. No offload is negotiated, so the sender's header says nothing the receiver needs
 * (5.1.6.2): it gets a clean one.
 */
static void copy_frame(const struct virtq_chain *rx, const struct virtq_chain *tx)
{
	struct virtio_net_hdr_v1 hdr = net_rx_header();
	struct virtq_seg hdr_seg = { (uint8_t *)&hdr, sizeof(hdr) };
	struct cursor to = { rx->segs, 0 }, from = { tx->segs, 0 };

	if (rx->nsegs == 1 && tx->nsegs == 1) {
		memcpy(rx->segs->p, &hdr, sizeof(hdr));
		memcpy(rx->segs->p + sizeof(hdr), tx->segs->p + sizeof(hdr),
		       tx->segs->len - sizeof(hdr));
		return;
	}
	copy_chain(to, (struct cursor){ &hdr_seg, 0 }, sizeof(hdr));
	if (tx->bytes == sizeof(hdr))
		return;
	advance(&to, sizeof(hdr));
	advance(&from, sizeof(hdr));
	copy_chain(to, from, tx->bytes - sizeof(hdr));
}

static void count_frame(struct flow *f, uint64_t bytes)
{
	count(&f->stats.frames, 1);
	count(&f->stats.bytes, bytes - NET_HDR_BYTES);
}

/* Can the frame be received? Counts why not. */
static bool fits(struct flow *f, const struct virtq_chain *tx, int have_rx)
{
	if (have_rx < 0 || tx->bytes > f->from->chain_max)
		count(&f->stats.dropped, 1);
	else if (tx->bytes > f->rx.bytes)
		count(&f->stats.too_small, 1);
	else
		return true;
	return false;
}

static void deliver(struct flow *f, const struct virtq_chain *tx, int have_rx)
{
	if (!fits(f, tx, have_rx))
		return;
	copy_frame(&f->rx, tx);
	virtq_push_used(&f->to->queue[NET_RX], f->rx.head, (uint32_t)tx->bytes);
	f->rx_held = false;
	count_frame(f, tx->bytes);
}

static void call(struct flow *f, struct port *p, struct notifier *n)
{
	uint16_t rx_idx = p->queue[NET_RX].used_visible;
	int fd;

	if (!f->later) {
		notify_send(n, &p->target, rx_idx);
		return;
	}
	fd = notify_prepare(n, &p->target, rx_idx, f->cpu);
	if (fd >= 0 && f->later->n < SIGNALS_MAX)
		f->later->fd[f->later->n++] = fd;
	else if (fd >= 0)
		fd_signal(fd);
}

static void call_used(struct flow *f, struct port *p, struct notifier *n)
{
	device_raise_used(p->dev);
	call(f, p, n);
}

static void note_break(struct port *p, unsigned queue)
{
	struct virtq *q = &p->queue[queue];

	p->break_reported[queue] = true;
	shared_store(&p->last_break, q->broken);
	count(&p->breaks, 1);
	count(&p->breaks_by[q->broken], 1);
	device_need_reset(p->dev);
	/* A driver that breaks its queues over and over must not fill the log: once for each reason. */
	if (p->breaks_by[q->broken] > 1)
		return;
	log_warn("device %c: %s queue is broken: %s; it stays so until its driver resets the device "
		 "(said once, then counted)",
		 p->name, queue == NET_RX ? "receive" : "transmit", virtq_break_text(q->broken));
}

/* 2.1.2: the driver is told through the status and a notification. */
static void report_break(struct flow *f, struct port *p, unsigned queue, struct notifier *n)
{
	if (!p->queue[queue].broken || p->break_reported[queue])
		return;
	note_break(p, queue);
	call(f, p, n);
}

static void report_breaks(struct flow *f, struct notifier *n)
{
	report_break(f, f->from, NET_TX, n);
	report_break(f, f->to, NET_RX, n);
}

static void publish(struct flow *f)
{
	virtq_publish(&f->to->queue[NET_RX]);
	virtq_publish(&f->from->queue[NET_TX]);
}

static void decide(struct flow *f, struct notifier *n)
{
	if (virtq_wants_call(&f->to->queue[NET_RX]))
		call_used(f, f->to, n);
	if (virtq_wants_call(&f->from->queue[NET_TX]))
		call_used(f, f->from, n);
}

bool flow_run(struct flow *f, struct notifier *n, unsigned budget)
{
	struct virtq *tx_queue = &f->from->queue[NET_TX];
	int have_rx = 1;

	if (!f->from->active || !f->to->active)
		return false;
	for (; budget && virtq_pending(tx_queue); budget--) {
		struct virtq_chain tx;

		have_rx = hold_rx(f);
		if (have_rx == 0 || take_tx(f, &tx) != 1)
			break;
		deliver(f, &tx, have_rx);
		virtq_push_used(tx_queue, tx.head, 0);
	}
	publish(f);
	decide(f, n);
	report_breaks(f, n);
	if (have_rx == 0)
		count(&f->stats.starved, 1);
	return !budget;
}

/* A frame in one piece on both sides is copied elsewhere; any other right here. */
static struct copy_job make_job(struct flow *f, const struct virtq_chain *tx)
{
	struct virtio_net_hdr_v1 hdr = net_rx_header();
	struct copy_job job = { .tx_head = tx->head,
				.rx_head = f->rx.head,
				.written = (uint32_t)tx->bytes };

	if (f->rx.nsegs == 1 && tx->nsegs == 1) {
		memcpy(f->rx.segs->p, &hdr, sizeof(hdr));
		job.to = f->rx.segs->p + sizeof(hdr);
		job.from = tx->segs->p + sizeof(hdr);
		job.bytes = tx->segs->len - (uint32_t)sizeof(hdr);
	} else {
		copy_frame(&f->rx, tx);
	}
	f->rx_held = false;
	return job;
}

unsigned flow_collect(struct flow *f, struct copy_job *jobs, unsigned max)
{
	struct virtq *tx_queue = &f->from->queue[NET_TX];
	unsigned n = 0;
	int have_rx = 1;

	if (!f->from->active || !f->to->active)
		return 0;
	while (n < max && virtq_pending(tx_queue)) {
		struct virtq_chain tx;

		have_rx = hold_rx(f);
		if (have_rx == 0 || take_tx(f, &tx) != 1)
			break;
		if (fits(f, &tx, have_rx))
			jobs[n++] = make_job(f, &tx);
		else
			jobs[n++] = (struct copy_job){ .tx_head = tx.head };
	}
	if (have_rx == 0)
		count(&f->stats.starved, 1);
	return n;
}

void flow_complete(struct flow *f, const struct copy_job *jobs, unsigned njobs)
{
	for (unsigned i = 0; i < njobs; i++) {
		if (jobs[i].written) {
			virtq_push_used(&f->to->queue[NET_RX], jobs[i].rx_head, jobs[i].written);
			count_frame(f, jobs[i].written);
		}
		virtq_push_used(&f->from->queue[NET_TX], jobs[i].tx_head, 0);
	}
	publish(f);
}

/* Also for a port whose peer has gone since: what was completed is told. A stopped queue asks for nothing. */
void flow_decide(struct flow *f, struct notifier *n)
{
	decide(f, n);
	report_breaks(f, n);
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
	return f->rx_held || rx->broken || virtq_pending(rx);
}

bool flow_enable_kicks(struct flow *f)
{
	struct virtq *tx = &f->from->queue[NET_TX], *rx = &f->to->queue[NET_RX];

	if (!f->from->active || !f->to->active)
		return false;
	if (!virtq_enable_kick(tx))
		return unreported(f->from, NET_TX);
	/* Frames wait: is it for a buffer? Then only the receiver's kick helps. */
	if (f->rx_held || rx->broken)
		return true;
	return virtq_enable_kick(rx) || unreported(f->to, NET_RX);
}

void flow_disable_kicks(struct flow *f)
{
	virtq_disable_kick(&f->from->queue[NET_TX]);
	virtq_disable_kick(&f->to->queue[NET_RX]);
}

void flow_forget(struct flow *f, const struct port *port)
{
	if (f->to == port)
		f->rx_held = false;
}

int port_start(struct port *p, const struct gmem *mem)
{
	bool event_idx = p->dev->accepted & 1ull << VIRTIO_RING_F_EVENT_IDX;

	for (unsigned i = 0; i < NET_QUEUES; i++) {
		struct virtq_layout at = p->dev->queue[i].at;

		p->break_reported[i] = false;
		if (!p->dev->queue[i].ready)
			at.size = 0;
		if (virtq_start(&p->queue[i], mem, &at, event_idx) < 0) {
			note_break(p, i);
			return -EINVAL;
		}
	}
	p->chain_max = NET_HDR_BYTES + net_frame_max(p->dev);
	p->active = true;
	return 0;
}

void port_stop(struct port *p)
{
	p->active = false;
	for (unsigned i = 0; i < NET_QUEUES; i++)
		virtq_stop(&p->queue[i]);
}

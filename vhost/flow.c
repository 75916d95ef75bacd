// SPDX-License-Identifier: BSD-2-Clause
// One direction between two ports.
#include "vhost/flow.h"

#include <errno.h>
#include <string.h>

#include "lib/log.h"

/*
 * Used entries become visible, and the guests are asked whether they want to know, after this many
 * bytes or frames: late enough to spare fences with small frames, early enough that the receiver
 * of large ones works while the next is copied.
 */
#define PUBLISH_BYTES (32 * 1024)
#define PUBLISH_FRAMES 32

static void count(uint64_t *counter, uint64_t n)
{
	shared_store(counter, *counter + n);
}

static void report_break(struct port *p, unsigned queue)
{
	struct virtq *q = &p->queue[queue];

	if (!q->broken || p->break_reported[queue])
		return;
	p->break_reported[queue] = true;
	p->last_break = q->broken;
	count(&p->breaks, 1);
	mmio_needs_reset(p->dev);
	log_warn("device %c: %s queue is broken: %s; it stays so until its driver resets the device",
		 p->name, queue == NET_RX ? "receive" : "transmit", virtq_break_text(q->broken));
}

static void report_breaks(struct port *p)
{
	for (unsigned i = 0; i < NET_QUEUES; i++)
		report_break(p, i);
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

/* Bytes moved; 0 when the frame was dropped. */
static uint64_t deliver(struct flow *f, const struct virtq_chain *tx, int have_rx)
{
	if (have_rx < 0) {
		count(&f->stats.dropped, 1);
		return 0;
	}
	if (tx->bytes > f->rx.bytes) {
		count(&f->stats.too_small, 1);
		return 0;
	}
	copy_frame(&f->rx, tx);
	virtq_push_used(&f->to->queue[NET_RX], f->rx.head, (uint32_t)tx->bytes);
	f->rx_held = false;
	count(&f->stats.frames, 1);
	count(&f->stats.bytes, tx->bytes - NET_HDR_BYTES);
	return tx->bytes;
}

static void call(struct port *p, struct virtq *q, struct notifier *n)
{
	virtq_publish(q);
	if (!virtq_wants_call(q))
		return;
	mmio_raise_used(p->dev);
	notify_send(n, &p->target, p->queue[NET_RX].used_visible);
}

static void publish(struct flow *f, struct notifier *n)
{
	call(f->to, &f->to->queue[NET_RX], n);
	call(f->from, &f->from->queue[NET_TX], n);
}

bool flow_run(struct flow *f, struct notifier *n, unsigned budget)
{
	struct virtq *tx_queue = &f->from->queue[NET_TX];
	unsigned frames = 0;
	uint64_t bytes = 0;
	int have_rx = 1;

	if (!f->from->active || !f->to->active)
		return false;
	for (; budget && virtq_pending(tx_queue); budget--) {
		struct virtq_chain tx;

		have_rx = hold_rx(f);
		if (have_rx == 0 || take_tx(f, &tx) != 1)
			break;
		bytes += deliver(f, &tx, have_rx);
		virtq_push_used(tx_queue, tx.head, 0);
		if (++frames < PUBLISH_FRAMES && bytes < PUBLISH_BYTES)
			continue;
		publish(f, n);
		frames = 0;
		bytes = 0;
	}
	publish(f, n);
	report_breaks(f->from);
	report_breaks(f->to);
	if (have_rx == 0)
		count(&f->stats.starved, 1);
	return !budget;
}

bool flow_enable_kicks(struct flow *f)
{
	bool again;

	if (!f->from->active || !f->to->active)
		return false;
	again = virtq_enable_kick(&f->from->queue[NET_TX]);
	if (!again)
		return false;
	/* Frames wait: is it for a buffer? Then only the receiver's kick helps. */
	if (f->rx_held || f->to->queue[NET_RX].broken)
		return true;
	return virtq_enable_kick(&f->to->queue[NET_RX]);
}

void flow_forget(struct flow *f, const struct port *port)
{
	if (f->to == port)
		f->rx_held = false;
}

int port_start(struct port *p, const struct gmem *mem)
{
	bool event_idx = p->dev->driver_features & 1ull << VIRTIO_RING_F_EVENT_IDX;

	for (unsigned i = 0; i < NET_QUEUES; i++) {
		struct virtq_layout at = p->dev->queue[i].at;

		p->break_reported[i] = false;
		if (!p->dev->queue[i].ready)
			at.size = 0;
		if (virtq_start(&p->queue[i], mem, &at, event_idx) < 0) {
			report_break(p, i);
			return -EINVAL;
		}
	}
	p->active = true;
	return 0;
}

void port_stop(struct port *p)
{
	p->active = false;
	for (unsigned i = 0; i < NET_QUEUES; i++)
		virtq_stop(&p->queue[i]);
}

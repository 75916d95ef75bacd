// SPDX-License-Identifier: BSD-2-Clause
// Frames that are not in one piece on both sides.
#include "vhost/pieces.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

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

void pieces_copy(const struct virtq_chain *to, uint32_t to_hdr, const struct virtq_chain *from,
		 uint32_t from_hdr, uint16_t nbuffers)
{
	struct virtio_net_hdr_v1 hdr = net_rx_header();
	struct virtq_seg hdr_seg = { (uint8_t *)&hdr, sizeof(hdr) };
	struct cursor at = { to->segs, 0 }, read = { from->segs, 0 };

	hdr.num_buffers = nbuffers;
	copy_chain(at, (struct cursor){ &hdr_seg, 0 }, to_hdr);
	if (from->bytes == from_hdr)
		return;
	advance(&at, to_hdr);
	advance(&read, from_hdr);
	copy_chain(at, read, from->bytes - from_hdr);
}

int merge_init(struct merge *m, uint32_t queue_size_max)
{
	*m = (struct merge){ .chains = calloc(queue_size_max, sizeof(*m->chains)) };
	return m->chains ? 0 : -ENOMEM;
}

void merge_fini(struct merge *m)
{
	free(m->chains);
	m->chains = NULL;
}

static void add_chain(struct merge *m, const struct virtq_chain *c)
{
	m->chains[m->n++] = *c;
	m->whole.nsegs += c->nsegs;
	m->whole.bytes += c->bytes;
}

/* 1: another chain is popped behind those that are there; else as virtq_pop(). */
static int pop_next(struct merge *m, struct virtq *q, struct virtq_room room)
{
	struct virtq_room rest = { room.segs + m->whole.nsegs, room.max - m->whole.nsegs };
	struct virtq_chain next;
	int got = virtq_pop(q, rest, &next);

	if (got != 1)
		return got;
	if (next.readable)
		return virtq_fail(q, VIRTQ_BAD_DIRECTION);
	add_chain(m, &next);
	return 1;
}

/*
 * Whoever needs as many segments as the queue has descriptors would wait for ever: the driver
 * has given all it can.
 */
static bool is_all(const struct merge *m, const struct virtq *q)
{
	return m->whole.nsegs >= q->size;
}

enum merged merge_take(struct merge *m, struct virtq *q, struct virtq_room room,
		       const struct virtq_chain *first, uint64_t bytes)
{
	int got;

	m->n = 0;
	m->whole = (struct virtq_chain){ .segs = room.segs };
	add_chain(m, first);
	while (m->whole.bytes < bytes) {
		if (is_all(m, q))
			return MERGE_TOO_LONG;
		got = pop_next(m, q, room);
		if (got != 1)
			return got < 0 ? MERGE_BROKEN : MERGE_WAITS;
	}
	return MERGE_DONE;
}

void merge_give_back(const struct merge *m, struct virtq *q)
{
	virtq_unpop(q, m->chains, m->n);
}

/* 5.1.6.4.1: each is filled before the next is begun. */
void merge_push_used(const struct merge *m, struct virtq *q, uint32_t bytes)
{
	for (uint32_t i = 0; i < m->n; i++) {
		uint64_t room = m->chains[i].bytes;
		uint32_t written = room < bytes ? (uint32_t)room : bytes;

		virtq_push_used(q, &m->chains[i], written);
		bytes -= written;
	}
}

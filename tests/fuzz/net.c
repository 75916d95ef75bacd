// SPDX-License-Identifier: BSD-2-Clause
// Fuzz target: two network devices and the flows between them. Input: what both hostile guests do, and when.
#include <linux/virtio_mmio.h>

#include "tests/common/fakedriver.h"
#include "tests/fuzz/fuzz.h"
#include "vhost/flow.h"
#include "virtio/mmio.h"

#define RAM_BYTES 0x2000u
#define BLOCK 256u /* compared at once */
#define HEADS 32u
#define JOBS 8u
#define NO_FD 0x7fffffff

static const uint64_t base[2] = { 0x40000000ull, 0x1c0000000ull };

/* A device's queue, as seen from outside. */
struct outside {
	uint8_t in_hand[HEADS]; /* taken by the device and not given back */
	uint16_t avail, used;	/* private indices of the queue before the step */
	bool overrun; /* completions were overwritten: no more counting until the next start */
};

struct side {
	struct world *world;
	unsigned index;
	struct gmem mem;
	struct virtio_device dev;
	struct virtio_mmio mmio;
	struct port port;
	uint8_t *shadow;
	uint8_t *may;		 /* 1: the device may write this byte now */
	uint8_t held[RAM_BYTES]; /* buffers popped in earlier steps: still the device's */
	struct outside out[NET_QUEUES];
	bool crooked; /* rings overlap each other or buffers: the device's own writes are the driver's */
};

struct world {
	struct input *in;
	struct notifier notifier;
	struct side side[2];
	struct flow flow[2];
	struct copy_job jobs[JOBS];
	unsigned njobs, from; /* of copies in flight */
};

/* ---- a notifier without file descriptors ---- */

static int queue_nothing(struct notifier *n, struct notify_target *target, uint64_t id,
			 unsigned cpu)
{
	(void)n;
	(void)cpu;
	notify_stamp(target, id, 0);
	notify_delivered(target);
	return -1;
}

static const struct notify_ops silent = { .name = "silent", .queue = queue_nothing };

/* ---- the device's owner ---- */

static int on_activate(void *ctx)
{
	/* No kicks; an eventfd that nobody writes, as the strategy delivers nothing. */
	static const int no_kicks[NET_QUEUES] = { -1, -1 };
	struct side *s = ctx;
	struct port_setup setup = port_setup_of(&s->dev, &s->mem, no_kicks, NO_FD);

	memset(s->out, 0, sizeof(s->out));
	return port_start(&s->port, &setup);
}

static void finish_batch(struct world *w);

/* Whatever stops the device: the backend ends what it is at, and only then lets the queues go. */
static void on_reset(void *ctx)
{
	struct side *s = ctx;

	if (s->world->njobs)
		finish_batch(s->world);
	port_stop(&s->port, NULL);
	memset(s->held, 0, RAM_BYTES);
}

static void on_kick(void *ctx, uint32_t queue)
{
	(void)ctx;
	(void)queue;
}

static const struct virtio_device_ops ops = { on_activate, on_reset, on_kick };

/* ---- what the device may write ---- */

static void mark(uint8_t *map, struct side *s, uint64_t addr, uint64_t len)
{
	const uint8_t *p = len ? gmem_ptr(&s->mem, gpa(addr), len) : NULL;

	if (p)
		memset(map + (p - s->mem.host), 1, len);
}

static bool marked(const uint8_t *map, struct side *s, uint64_t addr, uint64_t len)
{
	const uint8_t *p = gmem_ptr(&s->mem, gpa(addr), len);

	return p && memchr(map + (p - s->mem.host), 1, len);
}

/* Marks the rings of a side in `map`; crooked when a byte is in two of them. */
static void mark_rings(struct side *s, uint8_t *map)
{
	for (unsigned q = 0; q < NET_QUEUES; q++) {
		const struct virtq_layout *at = &s->dev.queue[q].at;
		uint64_t n = s->port.queue[q].size;
		const uint64_t ring[3][2] = { { at->desc.v, 16 * n },
					      { at->driver.v, 6 + 2 * n },
					      { at->device.v, 6 + 8 * n } };

		for (int i = 0; n && i < 3; i++) {
			s->crooked |= marked(map, s, ring[i][0], ring[i][1]);
			mark(map, s, ring[i][0], ring[i][1]);
		}
	}
}

/* The writable buffers of a chain, as the driver has them now. */
static void mark_chain(struct side *s, const struct virtq *q, uint32_t head)
{
	for (uint32_t steps = 0; steps < q->size && head < q->size; steps++) {
		struct vring_desc d = q->desc[head];

		if (d.flags & VRING_DESC_F_WRITE)
			mark(s->may, s, d.addr, d.len);
		if (!(d.flags & VRING_DESC_F_NEXT))
			return;
		head = d.next;
	}
}

static void mark_available(struct side *s)
{
	const struct virtq *q = &s->port.queue[NET_RX];

	if (!q->size)
		return;
	for (uint32_t i = 0; i < q->size; i++) {
		uint16_t at = (uint16_t)(q->avail_next + i);

		if (at == q->avail->idx)
			break;
		mark_chain(s, q, q->avail->ring[at & (q->size - 1)]);
	}
}

static bool overlap(const uint8_t *a, const uint8_t *b)
{
	for (uint32_t i = 0; i < RAM_BYTES; i += 8) {
		uint64_t x, y;

		memcpy(&x, a + i, 8);
		memcpy(&y, b + i, 8);
		if (x & y)
			return true;
	}
	return false;
}

/* Before the device takes a step: what is there, and what of it may change. */
static void remember(struct side *s)
{
	static uint8_t rings[RAM_BYTES];

	memset(rings, 0, RAM_BYTES);
	s->crooked = false;
	memcpy(s->shadow, s->mem.host, RAM_BYTES);
	memcpy(s->may, s->held, RAM_BYTES);
	if (!s->port.active)
		return;
	mark_available(s);
	mark_rings(s, rings);
	s->crooked |= overlap(rings, s->may);
	for (unsigned i = 0; i < NET_QUEUES; i++) {
		struct virtq *q = &s->port.queue[i];

		s->out[i].avail = q->avail_next;
		s->out[i].used = q->used_next;
		mark(s->may, s, s->dev.queue[i].at.device.v, q->size ? 6 + 8ull * q->size : 0);
	}
}

/* Heads taken and given back in the step: none twice, none that the driver did not offer. */
static void count_heads(struct side *s, unsigned queue)
{
	const struct virtq *q = &s->port.queue[queue];
	struct outside *o = &s->out[queue];

	/* Offered again while still in hand: some entries were written twice, and are the driver's loss. */
	o->overrun |= (uint16_t)(q->used_next - o->used) > q->size;
	if (o->overrun)
		return;
	for (uint16_t i = o->avail; i != q->avail_next; i++) {
		uint16_t head = q->avail->ring[i & (q->size - 1)];

		CHECK(head < q->size);
		o->in_hand[head]++;
	}
	for (uint16_t i = o->used; i != q->used_next; i++) {
		uint32_t head = q->used->ring[i & (q->size - 1)].id;

		CHECK(head < q->size && o->in_hand[head]);
		o->in_hand[head]--;
	}
	for (uint32_t i = 0; i < HEADS; i++)
		CHECK(o->in_hand[i] <= 1);
}

static void compare(struct side *s)
{
	for (unsigned q = 0; q < NET_QUEUES; q++)
		CHECK(s->port.queue[q].broken < VIRTQ_BREAKS);
	for (unsigned q = 0; q < NET_QUEUES; q++)
		s->out[q].overrun |= s->crooked;
	if (s->crooked || !s->port.active)
		return;
	for (uint32_t i = 0; i < RAM_BYTES; i++) {
		if (i % BLOCK == 0 && !memcmp(s->shadow + i, s->mem.host + i, BLOCK))
			i += BLOCK - 1;
		else
			CHECK(s->shadow[i] == s->mem.host[i] || s->may[i]);
	}
	for (unsigned q = 0; q < NET_QUEUES; q++)
		if (s->port.queue[q].size)
			count_heads(s, q);
}

/* What the device holds from now on: copies in flight. */
static void note_held(struct world *w)
{
	for (unsigned i = 0; i < 2; i++) {
		struct side *s = &w->side[1 - i];

		memset(s->held, 0, RAM_BYTES);
		for (unsigned k = 0; w->from == i && k < w->njobs; k++)
			if (w->jobs[k].bytes)
				memset(s->held + (w->jobs[k].to - s->mem.host), 1,
				       w->jobs[k].bytes);
	}
}

/* ---- the steps ---- */

static uint64_t accounted(const struct flow *f)
{
	return f->stats.frames + f->stats.dropped + f->stats.too_small;
}

static void run(struct world *w, unsigned from, unsigned budget)
{
	struct flow *f = &w->flow[from];
	struct virtq *tx = &w->side[from].port.queue[NET_TX];
	uint16_t used = tx->used_next;
	uint64_t before = accounted(f);

	flow_run(f, &w->notifier, budget);
	CHECK(accounted(f) - before == (uint16_t)(tx->used_next - used));
	CHECK(accounted(f) - before <= budget);
	CHECK(!f->from->active || !f->to->active || tx->used_visible == tx->used_next);
}

static void collect(struct world *w, unsigned from)
{
	w->from = from;
	w->njobs = flow_collect(&w->flow[from], w->jobs, JOBS);
	CHECK(w->njobs <= JOBS);
	for (unsigned i = 0; i < w->njobs; i++) {
		const struct copy_job *j = &w->jobs[i];
		const struct gmem *a = &w->side[from].mem, *b = &w->side[1 - from].mem;

		if (!j->bytes)
			continue;
		CHECK(j->from >= a->host && j->from + j->bytes <= a->host + RAM_BYTES);
		CHECK(j->to >= b->host && j->to + j->bytes <= b->host + RAM_BYTES);
	}
}

static void complete(struct world *w)
{
	const struct flow_calls *calls;

	for (unsigned i = 0; i < w->njobs; i++)
		if (w->jobs[i].bytes)
			memcpy(w->jobs[i].to, w->jobs[i].from, w->jobs[i].bytes);
	flow_complete(&w->flow[w->from], w->jobs, w->njobs);
	w->njobs = 0;
	calls = flow_decide(&w->flow[w->from]);
	CHECK(calls->n <= FLOW_CALLS_MAX);
	for (unsigned i = 0; i < calls->n; i++)
		notify_send(&w->notifier, calls->call[i].target, calls->call[i].rx_idx);
}

static void before_step(struct world *w)
{
	for (unsigned i = 0; i < 2; i++)
		remember(&w->side[i]);
}

static void after_step(struct world *w)
{
	for (unsigned i = 0; i < 2; i++)
		compare(&w->side[i]);
	note_held(w);
}

static void finish_batch(struct world *w)
{
	before_step(w);
	complete(w);
	after_step(w);
}

static void device_step(struct world *w, uint8_t what)
{
	unsigned from = what >> 7;

	if (w->njobs) { /* nothing else happens meanwhile, in the backend */
		finish_batch(w);
		return;
	}
	before_step(w);
	if (what & 16) {
		collect(w, from);
	} else if (what & 32) {
		flow_enable_kicks(&w->flow[from]);
		flow_has_work(&w->flow[from]);
	} else {
		run(w, from, take8(w->in) % 80);
	}
	after_step(w);
}

static struct virtq *queue_of(struct world *w, uint8_t what, struct side **side)
{
	*side = &w->side[what >> 7];
	return &(*side)->port.queue[what >> 6 & 1];
}

static void write_desc(struct world *w, uint8_t what)
{
	struct side *s;
	struct virtq *q = queue_of(w, what, &s);
	uint8_t i = take8(w->in), flags = take8(w->in);
	struct vring_desc d = {
		.addr = s->mem.base + (uint64_t)(int64_t)(int16_t)take16(w->in),
		.len = take16(w->in) & (flags & 64 ? 0xffff : 0x1ff),
		.flags = flags & 7,
		.next = flags >> 3 & 7,
	};

	if (q->size)
		q->desc[i & (q->size - 1)] = d;
}

static void offer(struct world *w, uint8_t what)
{
	struct side *s;
	struct virtq *q = queue_of(w, what, &s);
	uint8_t head = take8(w->in);

	if (!q->size)
		return;
	q->avail->ring[q->avail->idx & (q->size - 1)] = head & 0x80 ? head : head & (q->size - 1);
	q->avail->idx++;
}

/* A buffer as it should be, available: else few inputs would move a frame. */
static void offer_good(struct world *w, uint8_t what)
{
	struct side *s;
	struct virtq *q = queue_of(w, what, &s);
	uint8_t i = take8(w->in);
	uint64_t at = s->mem.base + 0x1000 + (i & 31) * 64ull;
	uint16_t flags = what >> 6 & 1 ? 0 : VRING_DESC_F_WRITE;

	if (!q->size)
		return;
	i &= (uint8_t)(q->size - 1);
	q->desc[i] = (struct vring_desc){ .addr = at, .len = what & 32 ? 64 : 40, .flags = flags };
	q->avail->ring[q->avail->idx & (q->size - 1)] = i;
	q->avail->idx++;
}

static void raw_write(struct world *w, uint8_t what)
{
	uint32_t at = take16(w->in) % RAM_BYTES, n = 1 + take8(w->in) % 16;

	for (; n && at < RAM_BYTES; n--)
		w->side[what >> 7].mem.host[at++] = take8(w->in);
}

static void set(struct side *s, uint64_t offset, uint64_t value)
{
	mmio_write(&s->mmio, offset, 4, value & 0xffffffff);
}

static void raw_register(struct world *w, uint8_t what)
{
	uint8_t reg = take8(w->in);
	uint32_t value = take32(w->in);

	set(&w->side[what >> 7], (uint64_t)reg, value);
}

/* A driver that comes up as it should, with rings where it likes. */
static void bring_up(struct world *w, uint8_t what)
{
	struct side *s = &w->side[what >> 7];
	uint8_t b = take8(w->in);
	uint32_t size = 1u << (b & 7) % 6;

	set(s, VIRTIO_MMIO_STATUS, 0);
	set(s, VIRTIO_MMIO_STATUS, 3);
	set(s, VIRTIO_MMIO_DRIVER_FEATURES, b & 8 ? 1u << VIRTIO_RING_F_EVENT_IDX : 0);
	set(s, VIRTIO_MMIO_DRIVER_FEATURES_SEL, 1);
	set(s, VIRTIO_MMIO_DRIVER_FEATURES, 1);
	set(s, VIRTIO_MMIO_STATUS, 11);
	for (unsigned q = 0; q < NET_QUEUES; q++) {
		uint64_t start = s->mem.base + q * fake_layout_bytes(16) / 2;
		struct virtq_layout at = fake_layout(start, size);

		if (b & 16)
			at.device.v = s->mem.base + take16(w->in);
		if (b & 32)
			at.desc.v = s->mem.base + take16(w->in);
		set(s, VIRTIO_MMIO_QUEUE_SEL, q);
		set(s, VIRTIO_MMIO_QUEUE_NUM, at.size);
		set(s, VIRTIO_MMIO_QUEUE_DESC_LOW, at.desc.v);
		set(s, VIRTIO_MMIO_QUEUE_DESC_HIGH, at.desc.v >> 32);
		set(s, VIRTIO_MMIO_QUEUE_AVAIL_LOW, at.driver.v);
		set(s, VIRTIO_MMIO_QUEUE_AVAIL_HIGH, at.driver.v >> 32);
		set(s, VIRTIO_MMIO_QUEUE_USED_LOW, at.device.v);
		set(s, VIRTIO_MMIO_QUEUE_USED_HIGH, at.device.v >> 32);
		set(s, VIRTIO_MMIO_QUEUE_READY, 1);
	}
	set(s, VIRTIO_MMIO_STATUS, 15);
}

static void step(struct world *w)
{
	uint8_t what = take8(w->in);

	switch (what & 15) {
	case 0:
		raw_write(w, what);
		break;
	case 1:
	case 2:
	case 3:
		write_desc(w, what);
		break;
	case 4:
		offer(w, what);
		break;
	case 5:
	case 6:
		offer_good(w, what);
		break;
	case 7:
		raw_register(w, what);
		break;
	case 8:
		bring_up(w, what);
		break;
	default:
		device_step(w, what);
	}
}

static void make_side(struct world *w, unsigned i)
{
	struct side *s = &w->side[i];
	struct port *p = &s->port;
	struct virtio_device_kind net = net_device(i, 65536, HEADS);

	s->world = w;
	memset(s->held, 0, RAM_BYTES);
	memset(s->out, 0, sizeof(s->out));
	s->mem = (struct gmem){
		.base = base[i], .bytes = RAM_BYTES, .host = calloc(1, RAM_BYTES), .fd = -1
	};
	s->shadow = malloc(RAM_BYTES);
	s->may = malloc(RAM_BYTES);
	CHECK(s->mem.host && s->shadow && s->may);
	device_init(&s->dev, &net, &ops, s);
	mmio_init(&s->mmio, &s->dev);
	p->active = false;
	p->stamps.head = 0; /* its entries are too many to be cleared for every input */
	p->last_break = VIRTQ_OK;
	p->breaks = 0;
	CHECK(port_init(p, i, HEADS) == 0);
	CHECK(flow_init(&w->flow[i], p, &w->side[1 - i].port, HEADS) == 0);
}

static void drop_side(struct side *s)
{
	port_fini(&s->port);
	free(s->mem.host);
	free(s->shadow);
	free(s->may);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct world world;
	struct input in = { data, size };
	struct world *w = &world;

	w->in = &in;
	w->njobs = 0;
	w->notifier.ops = &silent;
	for (unsigned i = 0; i < 2; i++)
		make_side(w, i);
	while (more(&in))
		step(w);
	for (unsigned i = 0; i < 2; i++) {
		CHECK(port_is_quiet(&w->side[i].port));
		flow_fini(&w->flow[i]);
		drop_side(&w->side[i]);
	}
	return 0;
}

// SPDX-License-Identifier: BSD-2-Clause
// Fuzz target: the virtio-mmio register file. Input: a driver's reads and writes of every width.
#include <linux/virtio_mmio.h>

#include "tests/fuzz/fuzz.h"
#include "virtio/mmio.h"
#include "virtio/net.h"

#define QUEUE_MAX 256u
#define OK_BITS (VIRTIO_CONFIG_S_FEATURES_OK | VIRTIO_CONFIG_S_DRIVER_OK)

/* The owner of the rings, who trusts the register file to keep the order of events. */
struct owner {
	struct virtio_device dev;
	struct virtio_mmio mmio;
	bool active;
	bool refuses; /* the next activation fails */
	struct virtio_queue taken[NET_QUEUES];
	uint64_t features;
};

static int on_activate(void *ctx)
{
	struct owner *o = ctx;

	CHECK(!o->active);
	CHECK(device_accepts(&o->dev, o->dev.accepted));
	CHECK((o->dev.status & OK_BITS) == OK_BITS);
	o->active = true;
	memcpy(o->taken, o->dev.queue, sizeof(o->taken));
	o->features = o->dev.accepted;
	return o->refuses ? -1 : 0;
}

static void on_reset(void *ctx)
{
	struct owner *o = ctx;

	CHECK(o->active);
	o->active = false;
}

static void on_kick(void *ctx, uint32_t queue)
{
	struct owner *o = ctx;

	CHECK(o->active && queue < NET_QUEUES);
}

static const struct virtio_device_ops ops = { on_activate, on_reset, on_kick };

static void check(const struct owner *o)
{
	const struct virtio_device *d = &o->dev;

	CHECK(d->running == o->active);
	CHECK(!(d->status & VIRTIO_CONFIG_S_FEATURES_OK) || device_accepts(d, d->accepted));
	CHECK(!(d->status & VIRTIO_CONFIG_S_DRIVER_OK) || d->active);
	CHECK(!o->active || !memcmp(o->taken, d->queue, sizeof(o->taken)));
	CHECK(!o->active || o->features == d->accepted);
	CHECK(d->kind.queue_size_max == QUEUE_MAX);
}

static void read_somewhere(struct owner *o, uint64_t offset, unsigned len)
{
	struct owner before = *o;
	uint64_t v = mmio_read(&o->mmio, offset, len);

	CHECK(memcmp(&before, o, sizeof(before)) == 0); /* no register changes by being read */
	CHECK(len >= 8 || !(v >> 8 * len));
	CHECK(offset < VIRTIO_MMIO_CONFIG ||
	      offset - VIRTIO_MMIO_CONFIG < o->dev.kind.config_bytes || !v);
	if (len == 4 && offset == VIRTIO_MMIO_QUEUE_NUM_MAX)
		CHECK(v == (o->mmio.queue_sel < NET_QUEUES ? QUEUE_MAX : 0));
	if (len == 4 && offset == VIRTIO_MMIO_DEVICE_FEATURES)
		CHECK(!(v & ~(net_features() | net_features() >> 32)));
}

static void reset_leaves_nothing(struct owner *o)
{
	const struct virtio_device *d = &o->dev;

	mmio_write(&o->mmio, VIRTIO_MMIO_STATUS, 4, 0);
	CHECK(!d->status && !d->isr && !d->active && !d->accepted);
	CHECK(!o->mmio.queue_sel && !o->mmio.device_features_sel && !o->mmio.driver_features_sel);
	for (unsigned i = 0; i < NET_QUEUES; i++) {
		const struct virtq_layout *at = &d->queue[i].at;

		CHECK(!d->queue[i].ready);
		CHECK(!at->size && !at->desc.v && !at->driver.v && !at->device.v);
	}
}

/* What a driver does right, up to the n-th step: else few inputs would come far. */
static void go_ahead(struct virtio_mmio *m, unsigned n)
{
	static const uint32_t row[][2] = {
		{ VIRTIO_MMIO_STATUS, 3 },	    { VIRTIO_MMIO_DRIVER_FEATURES_SEL, 1 },
		{ VIRTIO_MMIO_DRIVER_FEATURES, 1 }, { VIRTIO_MMIO_STATUS, 11 },
		{ VIRTIO_MMIO_QUEUE_NUM, 16 },	    { VIRTIO_MMIO_QUEUE_READY, 1 },
		{ VIRTIO_MMIO_STATUS, 15 },
	};

	for (unsigned i = 0; i < n && i < sizeof(row) / sizeof(row[0]); i++)
		mmio_write(m, row[i][0], 4, row[i][1]);
}

static void step(struct owner *o, struct input *in)
{
	uint8_t what = take8(in), reg = take8(in);
	uint64_t offset = (uint64_t)reg << 2 | (what >> 6), value;

	switch (what & 15) {
	case 0:
		read_somewhere(o, offset, 1u << (what >> 4 & 3));
		return;
	case 1:
		read_somewhere(o, offset << 32 | take32(in), take8(in) % 9);
		return;
	case 2:
		o->refuses = what & 16;
		return;
	case 3: /* the backend */
		device_raise_used(&o->dev);
		CHECK(o->dev.isr & VIRTIO_MMIO_INT_VRING);
		return;
	case 4:
		device_need_reset(&o->dev);
		CHECK(o->dev.status & VIRTIO_CONFIG_S_NEEDS_RESET);
		return;
	case 5:
		go_ahead(&o->mmio, reg % 8);
		return;
	case 6:
		reset_leaves_nothing(o);
		return;
	case 7: /* any width */
		value = take32(in);
		mmio_write(&o->mmio, offset, what >> 4, value << 32 | take32(in));
		return;
	case 8: /* a small value */
		mmio_write(&o->mmio, (uint64_t)reg << 2, 4, what >> 4);
		return;
	default:
		mmio_write(&o->mmio, (uint64_t)reg << 2, 4, take32(in));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct virtio_device_kind net = net_device(0, 1514, QUEUE_MAX);
	struct input in = { data, size };
	struct owner o;

	memset(&o, 0, sizeof(o));
	device_init(&o.dev, &net, &ops, &o);
	mmio_init(&o.mmio, &o.dev);
	while (more(&in)) {
		step(&o, &in);
		check(&o);
	}
	reset_leaves_nothing(&o);
	CHECK(memcmp(&o.dev.kind, &net, sizeof(net)) == 0);
	return 0;
}

// SPDX-License-Identifier: BSD-2-Clause
// A guest played by the test.
#include "tests/common/fakeguest.h"

#include <assert.h>
#include <linux/virtio_mmio.h>
#include <string.h>

void fake_guest_create(struct fake_guest *g, uint64_t base, uint64_t bytes, uint32_t ring_size,
		       uint32_t buf_bytes, const struct virtio_device_ops *ops, void *ctx)
{
	struct virtio_device_kind net = net_device(0, 65536, 32768);
	int err;

	memset(g, 0, sizeof(*g));
	err = gmem_create(&g->mem, "fake-guest", gpa(base), bytes);
	assert(!err);
	(void)err;
	device_init(&g->dev, &net, ops, ctx);
	mmio_init(&g->mmio, &g->dev);
	g->ring_size = ring_size;
	g->heap = base + NET_QUEUES * fake_layout_bytes(ring_size);
	g->buf_bytes = buf_bytes;
	for (unsigned q = 0; q < NET_QUEUES; q++)
		for (uint32_t i = 0; buf_bytes && i < ring_size; i++)
			g->buf[q][i] = fake_guest_alloc(g, buf_bytes);
}

static void drop_queues(struct fake_guest *g)
{
	for (unsigned q = 0; q < NET_QUEUES; q++)
		fake_fini(&g->queue[q]);
}

void fake_guest_destroy(struct fake_guest *g)
{
	drop_queues(g);
	gmem_destroy(&g->mem);
}

uint64_t fake_guest_alloc(struct fake_guest *g, uint64_t bytes)
{
	uint64_t at = (g->heap + 63) & ~63ull;

	g->heap = at + bytes;
	assert(gmem_ptr(&g->mem, gpa(at), bytes));
	return at;
}

void *fake_guest_ptr(struct fake_guest *g, uint64_t at, uint64_t len)
{
	void *p = gmem_ptr(&g->mem, gpa(at), len);

	assert(p);
	return p;
}

void fake_guest_write(struct fake_guest *g, uint64_t offset, uint32_t value)
{
	mmio_write(&g->mmio, offset, 4, value);
}

uint32_t fake_guest_read(struct fake_guest *g, uint64_t offset)
{
	return (uint32_t)mmio_read(&g->mmio, offset, 4);
}

static void write_gpa(struct fake_guest *g, uint64_t low, gpa_t at)
{
	fake_guest_write(g, low, (uint32_t)at.v);
	fake_guest_write(g, low + 4, (uint32_t)(at.v >> 32));
}

static void set_up_queue(struct fake_guest *g, unsigned q, bool event_idx)
{
	uint64_t start = g->mem.base + q * fake_layout_bytes(g->ring_size);
	struct virtq_layout at = fake_layout(start, g->ring_size);

	fake_init(&g->queue[q], &g->mem, &at, event_idx);
	fake_guest_write(g, VIRTIO_MMIO_QUEUE_SEL, q);
	fake_guest_write(g, VIRTIO_MMIO_QUEUE_NUM, at.size);
	write_gpa(g, VIRTIO_MMIO_QUEUE_DESC_LOW, at.desc);
	write_gpa(g, VIRTIO_MMIO_QUEUE_AVAIL_LOW, at.driver);
	write_gpa(g, VIRTIO_MMIO_QUEUE_USED_LOW, at.device);
	fake_guest_write(g, VIRTIO_MMIO_QUEUE_READY, 1);
}

static void negotiate(struct fake_guest *g, bool event_idx)
{
	fake_guest_write(g, VIRTIO_MMIO_STATUS, VIRTIO_CONFIG_S_ACKNOWLEDGE);
	fake_guest_write(g, VIRTIO_MMIO_STATUS,
			 VIRTIO_CONFIG_S_ACKNOWLEDGE | VIRTIO_CONFIG_S_DRIVER);
	fake_guest_write(g, VIRTIO_MMIO_DRIVER_FEATURES_SEL, 0);
	fake_guest_write(g, VIRTIO_MMIO_DRIVER_FEATURES,
			 event_idx ? 1u << VIRTIO_RING_F_EVENT_IDX : 0);
	fake_guest_write(g, VIRTIO_MMIO_DRIVER_FEATURES_SEL, 1);
	fake_guest_write(g, VIRTIO_MMIO_DRIVER_FEATURES, 1u << (VIRTIO_F_VERSION_1 - 32));
	fake_guest_write(g, VIRTIO_MMIO_STATUS,
			 VIRTIO_CONFIG_S_ACKNOWLEDGE | VIRTIO_CONFIG_S_DRIVER |
				 VIRTIO_CONFIG_S_FEATURES_OK);
}

uint32_t fake_guest_start(struct fake_guest *g, bool event_idx)
{
	drop_queues(g);
	negotiate(g, event_idx);
	for (unsigned q = 0; q < NET_QUEUES; q++)
		set_up_queue(g, q, event_idx);
	fake_guest_write(g, VIRTIO_MMIO_STATUS,
			 VIRTIO_CONFIG_S_ACKNOWLEDGE | VIRTIO_CONFIG_S_DRIVER |
				 VIRTIO_CONFIG_S_FEATURES_OK | VIRTIO_CONFIG_S_DRIVER_OK);
	return fake_guest_read(g, VIRTIO_MMIO_STATUS);
}

void fake_guest_reset(struct fake_guest *g)
{
	fake_guest_write(g, VIRTIO_MMIO_STATUS, 0);
}

bool fake_guest_fill_rx(struct fake_guest *g)
{
	struct fake_queue *d = &g->queue[NET_RX];

	while (d->nfree) {
		struct fake_buf buf = { g->buf[NET_RX][d->free], g->buf_bytes, true };

		fake_add(d, &buf, 1);
	}
	return fake_publish(d);
}

uint8_t fake_frame_byte(uint64_t seq, uint32_t i)
{
	return i < 8 ? (uint8_t)(seq >> 8 * i) : (uint8_t)(i * 31 + seq * 7 + (i >> 8));
}

bool fake_guest_send(struct fake_guest *g, uint32_t bytes, uint64_t seq, bool *kick)
{
	struct fake_queue *d = &g->queue[NET_TX];
	struct fake_buf buf = { g->buf[NET_TX][d->free & 255], bytes + NET_HDR_BYTES, false };
	uint8_t *p;

	*kick = false;
	if (!d->nfree)
		return false;
	assert(buf.len <= g->buf_bytes);
	p = fake_guest_ptr(g, buf.addr, buf.len);
	memset(p, 0xee, NET_HDR_BYTES); /* nothing of this may reach the receiver */
	for (uint32_t i = 0; i < bytes; i++)
		p[NET_HDR_BYTES + i] = fake_frame_byte(seq, i);
	fake_add(d, &buf, 1);
	*kick = fake_publish(d);
	return true;
}

unsigned fake_guest_reap_tx(struct fake_guest *g)
{
	struct vring_used_elem used;
	unsigned n = 0;

	while (fake_take(&g->queue[NET_TX], &used))
		n++;
	return n;
}

static bool header_is_clean(const uint8_t *p)
{
	struct virtio_net_hdr_v1 want = { .num_buffers = 1 };

	return memcmp(p, &want, sizeof(want)) == 0;
}

int fake_guest_take_frame(struct fake_guest *g, uint64_t *seq, uint32_t *bytes)
{
	struct vring_used_elem used;
	const uint8_t *p;

	if (!fake_take(&g->queue[NET_RX], &used))
		return 0;
	if (used.id >= g->ring_size || used.len < NET_HDR_BYTES + 8 || used.len > g->buf_bytes)
		return -1;
	p = fake_guest_ptr(g, g->buf[NET_RX][used.id], used.len);
	if (!header_is_clean(p))
		return -1;
	p += NET_HDR_BYTES;
	*bytes = used.len - NET_HDR_BYTES;
	*seq = 0;
	for (uint32_t i = 0; i < 8; i++)
		*seq |= (uint64_t)p[i] << 8 * i;
	for (uint32_t i = 0; i < *bytes; i++)
		if (p[i] != fake_frame_byte(*seq, i))
			return -1;
	return 1;
}

// SPDX-License-Identifier: BSD-2-Clause
// A guest with packed rings and one with split rings: frames pass between them, both ways.
#include "tests/common/fakepacked.h"
#include "tests/common/suite.h"

#include <string.h>

#include "vhost/flow.h"

#define PACKED 0u
#define SPLIT 1u
#define RING 8u
#define MEMORY (1u << 20)
#define HEAP 0x10000u /* behind the rings */
#define FRAME 1500u
#define BUF (FRAME + NET_HDR_BYTES)

static const uint64_t base[2] = { 0x40000000ull, 0x1c0000000ull };

static struct {
	struct gmem mem[2];
	struct packed_queue packed[NET_QUEUES];
	struct fake_queue split[NET_QUEUES];
	struct virtio_device dev;
	struct port port[2];
	struct flow flow[2]; /* [PACKED]: from the one with packed rings */
} fx;

static const struct virtio_device_ops no_ops;

/* A driver that has set its device up with packed rings. */
static void start_packed(uint64_t features)
{
	static const int no_kicks[NET_QUEUES] = { -1, -1 };
	struct virtio_device_kind kind = net_device(0, FRAME, RING);
	struct port_setup setup;

	device_init(&fx.dev, &kind, &no_ops, NULL);
	fx.dev.accepted = features | VIRTQ_PACKED;
	for (unsigned q = 0; q < NET_QUEUES; q++) {
		fx.dev.queue[q].at =
			packed_layout(base[PACKED] + q * packed_layout_bytes(RING), RING);
		fx.dev.queue[q].ready = true;
		packed_init(&fx.packed[q], &fx.mem[PACKED], &fx.dev.queue[q].at, true);
	}
	setup = port_setup_of(&fx.dev, &fx.mem[PACKED], no_kicks, -1);
	assert_int_equal(port_start(&fx.port[PACKED], &setup), 0);
}

static void start_split(uint64_t features)
{
	struct port_setup setup = { .mem = &fx.mem[SPLIT],
				    .features = features,
				    .frame_max = FRAME };

	for (unsigned q = 0; q < NET_QUEUES; q++) {
		struct virtq_layout at =
			fake_layout(base[SPLIT] + q * fake_layout_bytes(RING), RING);

		fake_init(&fx.split[q], &fx.mem[SPLIT], &at, true);
		setup.queue[q] = (struct queue_setup){ .at = at, .kick_fd = -1, .call_fd = -1 };
	}
	assert_int_equal(port_start(&fx.port[SPLIT], &setup), 0);
}

static int set_up(void **state)
{
	(void)state;
	memset(&fx, 0, sizeof(fx));
	for (unsigned i = 0; i < 2; i++) {
		assert_int_equal(gmem_create(&fx.mem[i], "packed", gpa(base[i]), MEMORY), 0);
		assert_int_equal(port_init(&fx.port[i], i, RING), 0);
	}
	for (unsigned i = 0; i < 2; i++)
		assert_int_equal(flow_init(&fx.flow[i], &fx.port[i], &fx.port[1 - i], RING), 0);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		flow_fini(&fx.flow[i]);
		port_fini(&fx.port[i]);
		packed_fini(&fx.packed[i]);
		fake_fini(&fx.split[i]);
		gmem_destroy(&fx.mem[i]);
	}
	return 0;
}

static struct fake_buf buffer(unsigned side, unsigned queue, uint32_t n, uint32_t len)
{
	return (struct fake_buf){ base[side] + HEAP + (queue * RING + n) * 4096, len,
				  queue == NET_RX };
}

static uint8_t *at(unsigned side, struct fake_buf b)
{
	return gmem_ptr(&fx.mem[side], gpa(b.addr), b.len);
}

/* Over many laps of both rings, three frames at a time. */
static void frames_pass_from_packed_to_split(void **state)
{
	struct vring_packed_desc used;
	struct vring_used_elem e;

	(void)state;
	start_packed(VIRTQ_EVENT_IDX | 1ull << VIRTIO_F_VERSION_1);
	start_split(VIRTQ_EVENT_IDX | 1ull << VIRTIO_F_VERSION_1);
	for (uint32_t lap = 0; lap < 50; lap++) {
		for (uint32_t i = 0; i < 3; i++) {
			struct fake_buf tx = buffer(PACKED, NET_TX, i, BUF);
			struct fake_buf rx = buffer(SPLIT, NET_RX, i, BUF);

			memset(at(PACKED, tx) + NET_HDR_BYTES, (int)(lap + i), FRAME);
			assert_true(packed_add(&fx.packed[NET_TX], &tx, 1) >= 0);
			assert_true(fake_add(&fx.split[NET_RX], &rx, 1) >= 0);
		}
		fake_publish(&fx.split[NET_RX]);
		assert_true(flow_has_work(&fx.flow[PACKED]));
		assert_false(flow_run(&fx.flow[PACKED], NULL, 64));
		for (uint32_t i = 0; i < 3; i++) {
			assert_true(packed_take(&fx.packed[NET_TX], &used));
			assert_true(fake_take(&fx.split[NET_RX], &e));
			assert_int_equal(e.len, BUF);
			assert_int_equal(at(SPLIT, buffer(SPLIT, NET_RX, i, BUF))[BUF - 1],
					 (uint8_t)(lap + i));
		}
		assert_false(flow_has_work(&fx.flow[PACKED]));
		assert_false(flow_enable_kicks(&fx.flow[PACKED]));
	}
	assert_int_equal(fx.flow[PACKED].stats.frames, 150);
}

/* One frame takes three of the packed ring's buffers, and waits until they are there. */
static void a_frame_waits_for_several_packed_buffers(void **state)
{
	struct fake_buf tx = buffer(SPLIT, NET_TX, 0, BUF);
	struct vring_packed_desc used;
	struct vring_used_elem e;

	(void)state;
	start_packed(VIRTQ_EVENT_IDX | 1ull << VIRTIO_F_VERSION_1 | 1ull << VIRTIO_NET_F_MRG_RXBUF);
	start_split(VIRTQ_EVENT_IDX | 1ull << VIRTIO_F_VERSION_1);
	for (uint32_t lap = 0; lap < 50; lap++) {
		uint32_t bytes = 0;

		memset(at(SPLIT, tx) + NET_HDR_BYTES, (int)lap, FRAME);
		assert_true(fake_add(&fx.split[NET_TX], &tx, 1) >= 0);
		fake_publish(&fx.split[NET_TX]);
		for (uint32_t i = 0; i < 3; i++) {
			struct fake_buf rx = buffer(PACKED, NET_RX, i, 600);

			assert_false(flow_run(&fx.flow[SPLIT], NULL, 64));
			assert_false(packed_take(&fx.packed[NET_RX], &used));
			assert_false(flow_enable_kicks(&fx.flow[SPLIT]));
			assert_true(packed_add(&fx.packed[NET_RX], &rx, 1) >= 0);
			assert_true(packed_wants_kick(&fx.packed[NET_RX]));
		}
		assert_true(flow_has_work(&fx.flow[SPLIT]));
		assert_false(flow_run(&fx.flow[SPLIT], NULL, 64));
		assert_true(fake_take(&fx.split[NET_TX], &e));
		for (uint32_t i = 0; i < 3; i++) {
			assert_true(packed_take(&fx.packed[NET_RX], &used));
			bytes += used.len;
		}
		assert_int_equal(bytes, BUF);
		assert_false(packed_take(&fx.packed[NET_RX], &used));
	}
	assert_int_equal(fx.flow[SPLIT].stats.frames, 50);
	assert_int_equal(fx.flow[SPLIT].stats.too_small, 0);
}

/* An id out of range breaks the sender's queue; the receiver keeps its buffer. */
static void a_broken_packed_queue_harms_only_its_own(void **state)
{
	struct fake_buf rx = buffer(SPLIT, NET_RX, 0, BUF);
	struct vring_packed_desc d = { base[PACKED] + HEAP, BUF, RING, PACKED_AVAIL };
	struct vring_used_elem e;

	(void)state;
	start_packed(1ull << VIRTIO_F_VERSION_1);
	start_split(1ull << VIRTIO_F_VERSION_1);
	assert_true(fake_add(&fx.split[NET_RX], &rx, 1) >= 0);
	fake_publish(&fx.split[NET_RX]);
	packed_set(&fx.packed[NET_TX], 0, d);
	assert_false(flow_run(&fx.flow[PACKED], NULL, 64));
	assert_int_equal(fx.port[PACKED].queue[NET_TX].broken, VIRTQ_BAD_ID);
	assert_int_equal(fx.port[PACKED].last_break, VIRTQ_BAD_ID);
	assert_false(fake_take(&fx.split[NET_RX], &e));
	assert_int_equal(virtq_pending(&fx.port[SPLIT].queue[NET_RX]), 1);
}

#define ADD(test) suite_add(&s, #test, test, NULL)

int main(void)
{
	static struct suite s = { .setup = set_up, .teardown = tear_down };

	ADD(frames_pass_from_packed_to_split);
	ADD(a_frame_waits_for_several_packed_buffers);
	ADD(a_broken_packed_queue_harms_only_its_own);
	return suite_run(&s, "flow_packed");
}

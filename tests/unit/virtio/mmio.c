// SPDX-License-Identifier: BSD-2-Clause
// The virtio-mmio register file: what a driver may do, and what happens when it does anything else.
#include "tests/common/suite.h"

#include <errno.h>
#include <linux/virtio_ids.h>
#include <linux/virtio_mmio.h>
#include <stdlib.h>
#include <string.h>

#include "virtio/mmio.h"
#include "virtio/net.h"

#define QUEUE_MAX 256u

#define ACK VIRTIO_CONFIG_S_ACKNOWLEDGE
#define DRIVER VIRTIO_CONFIG_S_DRIVER
#define FEATURES_OK VIRTIO_CONFIG_S_FEATURES_OK
#define DRIVER_OK VIRTIO_CONFIG_S_DRIVER_OK
#define NEEDS_RESET VIRTIO_CONFIG_S_NEEDS_RESET
#define FAILED VIRTIO_CONFIG_S_FAILED

#define VERSION_1 (1ull << VIRTIO_F_VERSION_1)
#define EVENT_IDX (1ull << VIRTIO_RING_F_EVENT_IDX)

/* The device under test and what it asked of its owner. */
struct fixture {
	struct virtio_device dev;
	struct virtio_mmio mmio;
	unsigned activated, resets, kicks;
	uint32_t last_kick;
	int activate_answer;
	bool active_at_reset;
};

static struct fixture fx;

static int on_activate(void *ctx)
{
	struct fixture *f = ctx;

	f->activated++;
	return f->activate_answer;
}

static void on_reset(void *ctx)
{
	struct fixture *f = ctx;

	f->resets++;
	f->active_at_reset = f->dev.active;
}

static void on_kick(void *ctx, uint32_t queue)
{
	struct fixture *f = ctx;

	f->kicks++;
	f->last_kick = queue;
}

static const struct virtio_device_ops ops = { on_activate, on_reset, on_kick };

static int set_up(void **state)
{
	struct virtio_device_kind net = net_device(1, 1514, QUEUE_MAX);

	(void)state;
	memset(&fx, 0, sizeof(fx));
	device_init(&fx.dev, &net, &ops, &fx);
	mmio_init(&fx.mmio, &fx.dev);
	return 0;
}

static uint32_t rd(uint64_t offset)
{
	return (uint32_t)mmio_read(&fx.mmio, offset, 4);
}

static void wr(uint64_t offset, uint32_t value)
{
	mmio_write(&fx.mmio, offset, 4, value);
}

static uint32_t set_status(uint32_t value)
{
	wr(VIRTIO_MMIO_STATUS, value);
	return rd(VIRTIO_MMIO_STATUS);
}

static void set_features(uint64_t features)
{
	wr(VIRTIO_MMIO_DRIVER_FEATURES_SEL, 0);
	wr(VIRTIO_MMIO_DRIVER_FEATURES, (uint32_t)features);
	wr(VIRTIO_MMIO_DRIVER_FEATURES_SEL, 1);
	wr(VIRTIO_MMIO_DRIVER_FEATURES, (uint32_t)(features >> 32));
}

static void set_queue(uint32_t queue, uint32_t size)
{
	wr(VIRTIO_MMIO_QUEUE_SEL, queue);
	wr(VIRTIO_MMIO_QUEUE_NUM, size);
	wr(VIRTIO_MMIO_QUEUE_DESC_LOW, 0x11110000u + queue);
	wr(VIRTIO_MMIO_QUEUE_DESC_HIGH, 0x1u + queue);
	wr(VIRTIO_MMIO_QUEUE_AVAIL_LOW, 0x22220000u + queue);
	wr(VIRTIO_MMIO_QUEUE_AVAIL_HIGH, 0x20u + queue);
	wr(VIRTIO_MMIO_QUEUE_USED_LOW, 0x33330000u + queue);
	wr(VIRTIO_MMIO_QUEUE_USED_HIGH, 0x300u + queue);
	wr(VIRTIO_MMIO_QUEUE_READY, 1);
}

/* 3.1.1 up to and including FEATURES_OK. */
static uint32_t negotiate(uint64_t features)
{
	set_status(ACK);
	set_status(ACK | DRIVER);
	set_features(features);
	return set_status(ACK | DRIVER | FEATURES_OK);
}

static void bring_up(void)
{
	assert_int_equal(negotiate(VERSION_1 | EVENT_IDX), ACK | DRIVER | FEATURES_OK);
	set_queue(NET_RX, 64);
	set_queue(NET_TX, 128);
	assert_int_equal(set_status(ACK | DRIVER | FEATURES_OK | DRIVER_OK),
			 ACK | DRIVER | FEATURES_OK | DRIVER_OK);
}

/* ------------------------------------------------------------------ identity */

static void test_identity(void **state)
{
	(void)state;
	assert_int_equal(rd(VIRTIO_MMIO_MAGIC_VALUE), 0x74726976);
	assert_int_equal(rd(VIRTIO_MMIO_VERSION), 2);
	assert_int_equal(rd(VIRTIO_MMIO_DEVICE_ID), VIRTIO_ID_NET);
	assert_int_not_equal(rd(VIRTIO_MMIO_VENDOR_ID), 0);
	assert_int_equal(rd(VIRTIO_MMIO_STATUS), 0);
	assert_int_equal(rd(VIRTIO_MMIO_INTERRUPT_STATUS), 0);
	assert_int_equal(rd(VIRTIO_MMIO_CONFIG_GENERATION), 0);
}

static void test_identity_is_read_only(void **state)
{
	static const uint32_t registers[] = {
		VIRTIO_MMIO_MAGIC_VALUE,      VIRTIO_MMIO_VERSION,
		VIRTIO_MMIO_DEVICE_ID,	      VIRTIO_MMIO_VENDOR_ID,
		VIRTIO_MMIO_DEVICE_FEATURES,  VIRTIO_MMIO_QUEUE_NUM_MAX,
		VIRTIO_MMIO_INTERRUPT_STATUS, VIRTIO_MMIO_CONFIG_GENERATION,
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(registers); i++) {
		uint32_t before = rd(registers[i]);
		struct fixture copy = fx;

		wr(registers[i], ~before);
		assert_int_equal(rd(registers[i]), before);
		assert_memory_equal(&copy, &fx, sizeof(copy));
	}
}

/* ------------------------------------------------------------------ features */

static uint64_t offered(void)
{
	uint64_t low, high;

	wr(VIRTIO_MMIO_DEVICE_FEATURES_SEL, 0);
	low = rd(VIRTIO_MMIO_DEVICE_FEATURES);
	wr(VIRTIO_MMIO_DEVICE_FEATURES_SEL, 1);
	high = rd(VIRTIO_MMIO_DEVICE_FEATURES);
	return high << 32 | low;
}

static void test_features_offered(void **state)
{
	(void)state;
	assert_true(offered() == net_features());
	assert_true(offered() & VERSION_1);
	assert_true(offered() & EVENT_IDX);
	assert_true(offered() & 1ull << VIRTIO_NET_F_MAC);
	for (uint32_t sel = 2; sel; sel <<= 1) {
		wr(VIRTIO_MMIO_DEVICE_FEATURES_SEL, sel);
		assert_int_equal(rd(VIRTIO_MMIO_DEVICE_FEATURES), 0);
	}
}

static void test_every_subset_bit(void **state)
{
	(void)state;
	for (unsigned bit = 0; bit < 64; bit++) {
		uint64_t features = VERSION_1 | 1ull << bit;
		bool ok = net_features() & 1ull << bit;

		assert_int_equal(device_accepts(&fx.dev, features), ok);
		set_status(0);
		assert_int_equal(negotiate(features) & FEATURES_OK, ok ? FEATURES_OK : 0);
	}
}

static void test_missing_version_1(void **state)
{
	(void)state;
	assert_false(device_accepts(&fx.dev, 0));
	assert_false(device_accepts(&fx.dev, net_features() & ~VERSION_1));
	assert_int_equal(negotiate(EVENT_IDX), ACK | DRIVER);
	assert_int_equal(negotiate(0), ACK | DRIVER);
	assert_int_equal(negotiate(VERSION_1), ACK | DRIVER | FEATURES_OK);
}

/* 2.2.1: a driver that was refused may try again with less. */
static void test_second_try(void **state)
{
	(void)state;
	assert_int_equal(negotiate(VERSION_1 | 1ull << VIRTIO_RING_F_INDIRECT_DESC), ACK | DRIVER);
	assert_int_equal(negotiate(VERSION_1 | EVENT_IDX), ACK | DRIVER | FEATURES_OK);
	assert_true(fx.dev.accepted == (VERSION_1 | EVENT_IDX));
}

static void test_features_after_ok(void **state)
{
	(void)state;
	negotiate(VERSION_1);
	set_features(~0ull);
	assert_true(fx.dev.accepted == VERSION_1);
	set_features(0);
	assert_true(fx.dev.accepted == VERSION_1);
	set_queue(0, 64);
	set_status(ACK | DRIVER | FEATURES_OK | DRIVER_OK);
	set_features(VERSION_1 | EVENT_IDX);
	assert_true(fx.dev.accepted == VERSION_1);
}

static void test_features_sel_out_of_range(void **state)
{
	(void)state;
	set_features(VERSION_1);
	for (uint32_t sel = 2; sel; sel <<= 1) {
		wr(VIRTIO_MMIO_DRIVER_FEATURES_SEL, sel);
		wr(VIRTIO_MMIO_DRIVER_FEATURES, 0xffffffff);
		wr(VIRTIO_MMIO_DRIVER_FEATURES_SEL, sel + 1);
		wr(VIRTIO_MMIO_DRIVER_FEATURES, 0xffffffff);
		assert_true(fx.dev.accepted == VERSION_1);
	}
}

/* ------------------------------------------------------------------ status */

static void test_driver_ok_too_early(void **state)
{
	(void)state;
	assert_int_equal(set_status(DRIVER_OK) & DRIVER_OK, 0);
	assert_int_equal(set_status(ACK | DRIVER | DRIVER_OK) & DRIVER_OK, 0);
	set_features(VERSION_1 | 1ull << 60); /* refused, and DRIVER_OK with it */
	assert_int_equal(set_status(ACK | DRIVER | FEATURES_OK | DRIVER_OK), ACK | DRIVER);
	assert_int_equal(fx.activated, 0);
	assert_false(fx.dev.active);
}

static void test_bits_stay(void **state)
{
	(void)state;
	bring_up();
	assert_int_equal(set_status(ACK), ACK | DRIVER | FEATURES_OK | DRIVER_OK);
	assert_int_equal(set_status(FAILED), ACK | DRIVER | FEATURES_OK | DRIVER_OK | FAILED);
	assert_int_equal(fx.resets, 0);
}

static void test_driver_ok_once(void **state)
{
	(void)state;
	bring_up();
	for (int i = 0; i < 5; i++)
		set_status(ACK | DRIVER | FEATURES_OK | DRIVER_OK);
	set_status(DRIVER_OK);
	assert_int_equal(fx.activated, 1);
}

static void test_activate_sees_layout(void **state)
{
	(void)state;
	bring_up();
	for (uint32_t q = 0; q < NET_QUEUES; q++) {
		const struct virtio_queue *queue = &fx.dev.queue[q];

		assert_true(queue->ready);
		assert_int_equal(queue->at.size, q == NET_RX ? 64 : 128);
		assert_true(queue->at.desc.v == (((1ull + q) << 32) | (0x11110000u + q)));
		assert_true(queue->at.driver.v == (((0x20ull + q) << 32) | (0x22220000u + q)));
		assert_true(queue->at.device.v == (((0x300ull + q) << 32) | (0x33330000u + q)));
	}
}

static void test_activate_fails(void **state)
{
	(void)state;
	fx.activate_answer = -EINVAL;
	negotiate(VERSION_1);
	assert_true(set_status(ACK | DRIVER | FEATURES_OK | DRIVER_OK) & NEEDS_RESET);
	assert_int_equal(rd(VIRTIO_MMIO_INTERRUPT_STATUS), VIRTIO_MMIO_INT_CONFIG);
	set_status(ACK | DRIVER | FEATURES_OK | DRIVER_OK);
	assert_int_equal(fx.activated, 1);
	assert_int_equal(set_status(0), 0);
	fx.activate_answer = 0;
	bring_up();
	assert_int_equal(fx.activated, 2);
}

static void test_needs_reset(void **state)
{
	(void)state;
	bring_up();
	device_need_reset(&fx.dev);
	assert_int_equal(rd(VIRTIO_MMIO_STATUS),
			 ACK | DRIVER | FEATURES_OK | DRIVER_OK | NEEDS_RESET);
	assert_int_equal(rd(VIRTIO_MMIO_INTERRUPT_STATUS), VIRTIO_MMIO_INT_CONFIG);
	assert_true(set_status(ACK | DRIVER | FEATURES_OK | DRIVER_OK) & NEEDS_RESET);
	assert_int_equal(set_status(0), 0);
	assert_int_equal(rd(VIRTIO_MMIO_INTERRUPT_STATUS), 0);
}

static void test_driver_cannot_set_needs_reset(void **state)
{
	(void)state;
	assert_int_equal(set_status(ACK | NEEDS_RESET), ACK);
	bring_up();
	assert_int_equal(set_status(0xff) & NEEDS_RESET, 0);
}

/* ------------------------------------------------------------------ reset */

static void assert_fresh(void)
{
	struct virtio_device_kind net = net_device(1, 1514, QUEUE_MAX);

	assert_ptr_equal(fx.dev.ops, &ops);
	assert_ptr_equal(fx.dev.ctx, &fx);
	assert_memory_equal(&fx.dev.kind, &net, sizeof(net));
	assert_int_equal(fx.mmio.device_features_sel | fx.mmio.driver_features_sel, 0);
	assert_true(fx.dev.accepted == 0);
	assert_int_equal(fx.mmio.queue_sel, 0);
	for (unsigned q = 0; q < NET_QUEUES; q++) {
		assert_false(fx.dev.queue[q].ready);
		assert_int_equal(fx.dev.queue[q].at.size, 0);
		assert_true(fx.dev.queue[q].at.desc.v == 0);
		assert_true(fx.dev.queue[q].at.driver.v == 0);
		assert_true(fx.dev.queue[q].at.device.v == 0);
	}
	assert_false(fx.dev.active);
	assert_int_equal(rd(VIRTIO_MMIO_STATUS), 0);
	assert_int_equal(rd(VIRTIO_MMIO_INTERRUPT_STATUS), 0);
}

static void test_reset_clears_all(void **state)
{
	(void)state;
	bring_up();
	wr(VIRTIO_MMIO_DEVICE_FEATURES_SEL, 1);
	device_raise_used(&fx.dev);
	device_need_reset(&fx.dev);
	set_status(0);
	assert_int_equal(fx.resets, 1);
	assert_true(fx.active_at_reset); /* nothing was forgotten before the rings were let go */
	assert_fresh();
	set_status(0);
	assert_int_equal(fx.resets, 1);
}

static void test_reset_of_idle_device(void **state)
{
	(void)state;
	set_status(0);
	negotiate(VERSION_1);
	set_queue(0, 8);
	set_status(0);
	assert_int_equal(fx.resets, 0);
	assert_fresh();
}

static void test_reset_loop(void **state)
{
	(void)state;
	for (unsigned i = 1; i <= 1000; i++) {
		bring_up();
		set_status(0);
		assert_int_equal(fx.activated, i);
		assert_int_equal(fx.resets, i);
	}
	assert_fresh();
}

/* ------------------------------------------------------------------ queues */

static const uint32_t queue_registers[] = {
	VIRTIO_MMIO_QUEUE_NUM,	     VIRTIO_MMIO_QUEUE_DESC_LOW,   VIRTIO_MMIO_QUEUE_DESC_HIGH,
	VIRTIO_MMIO_QUEUE_AVAIL_LOW, VIRTIO_MMIO_QUEUE_AVAIL_HIGH, VIRTIO_MMIO_QUEUE_USED_LOW,
	VIRTIO_MMIO_QUEUE_USED_HIGH,
};

static void scribble(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(queue_registers); i++)
		wr(queue_registers[i], 0xdeadbeefu + (uint32_t)i);
}

static void test_queue_num_max(void **state)
{
	(void)state;
	for (uint32_t q = 0; q < NET_QUEUES; q++) {
		wr(VIRTIO_MMIO_QUEUE_SEL, q);
		assert_int_equal(rd(VIRTIO_MMIO_QUEUE_NUM_MAX), QUEUE_MAX);
		assert_int_equal(rd(VIRTIO_MMIO_QUEUE_READY), 0);
	}
}

static void test_queue_sel_out_of_range(void **state)
{
	static const uint32_t wild[] = { 2, 3, 255, 256, 0x10000, 0x7fffffff, 0xffffffff };
	struct fixture before;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(wild); i++) {
		wr(VIRTIO_MMIO_QUEUE_SEL, wild[i]);
		before = fx;
		assert_int_equal(rd(VIRTIO_MMIO_QUEUE_NUM_MAX), 0);
		assert_int_equal(rd(VIRTIO_MMIO_QUEUE_READY), 0);
		scribble();
		wr(VIRTIO_MMIO_QUEUE_READY, 1);
		assert_int_equal(rd(VIRTIO_MMIO_QUEUE_READY), 0);
		assert_memory_equal(&before, &fx, sizeof(before));
	}
}

static void test_queue_ready_freezes(void **state)
{
	struct virtio_queue before;

	(void)state;
	set_queue(NET_TX, 16);
	before = fx.dev.queue[NET_TX];
	scribble();
	assert_memory_equal(&before.at, &fx.dev.queue[NET_TX].at, sizeof(before.at));
	wr(VIRTIO_MMIO_QUEUE_READY, 0);
	assert_int_equal(rd(VIRTIO_MMIO_QUEUE_READY), 0);
	wr(VIRTIO_MMIO_QUEUE_NUM, 32);
	assert_int_equal(fx.dev.queue[NET_TX].at.size, 32);
	assert_int_equal(fx.dev.queue[NET_RX].at.size, 0); /* the other is not touched */
}

static void test_queue_active_freezes(void **state)
{
	struct fixture before;

	(void)state;
	bring_up();
	before = fx;
	for (uint32_t q = 0; q < NET_QUEUES; q++) {
		wr(VIRTIO_MMIO_QUEUE_SEL, q);
		scribble();
	}
	assert_memory_equal(before.dev.queue, fx.dev.queue, sizeof(before.dev.queue));
	assert_int_equal(fx.resets, 0);
}

/* When 0 reads back the device does not touch the queue any more; the other one alone moves no frames. */
static void test_queue_stopped(void **state)
{
	(void)state;
	for (uint32_t q = 0; q < NET_QUEUES; q++) {
		bring_up();
		fx.resets = 0;
		wr(VIRTIO_MMIO_QUEUE_SEL, q);
		wr(VIRTIO_MMIO_QUEUE_READY, 0);
		assert_int_equal(rd(VIRTIO_MMIO_QUEUE_READY), 0);
		assert_int_equal(fx.resets, 1);
		wr(VIRTIO_MMIO_QUEUE_NOTIFY, q);
		assert_int_equal(fx.kicks, 0);
		/* It does not come back without a reset of the device. */
		wr(VIRTIO_MMIO_QUEUE_READY, 1);
		assert_int_equal(rd(VIRTIO_MMIO_QUEUE_READY), 0);
		fx.activated = 0;
		set_status(ACK | DRIVER | FEATURES_OK | DRIVER_OK);
		assert_int_equal(fx.activated, 0);
		set_status(0);
		assert_int_equal(fx.resets, 1);
	}
}

/* A queue that was not set up before DRIVER_OK can't be smuggled in afterwards. */
static void test_queue_after_driver_ok(void **state)
{
	(void)state;
	negotiate(VERSION_1);
	set_queue(NET_RX, 8);
	set_status(ACK | DRIVER | FEATURES_OK | DRIVER_OK);
	set_queue(NET_TX, 8);
	assert_int_equal(rd(VIRTIO_MMIO_QUEUE_READY), 0);
	assert_int_equal(fx.dev.queue[NET_TX].at.size, 0);
}

static void test_queue_ready_bits(void **state)
{
	(void)state;
	wr(VIRTIO_MMIO_QUEUE_READY, 0xfffffffe);
	assert_int_equal(rd(VIRTIO_MMIO_QUEUE_READY), 0);
	wr(VIRTIO_MMIO_QUEUE_READY, 1);
	assert_int_equal(rd(VIRTIO_MMIO_QUEUE_READY), 1);
}

static void test_notify(void **state)
{
	(void)state;
	wr(VIRTIO_MMIO_QUEUE_NOTIFY, NET_TX);
	negotiate(VERSION_1);
	wr(VIRTIO_MMIO_QUEUE_NOTIFY, NET_TX);
	assert_int_equal(fx.kicks, 0); /* before DRIVER_OK */
	set_status(0);
	bring_up();
	wr(VIRTIO_MMIO_QUEUE_NOTIFY, NET_TX);
	assert_int_equal(fx.kicks, 1);
	assert_int_equal(fx.last_kick, NET_TX);
	wr(VIRTIO_MMIO_QUEUE_NOTIFY, NET_RX);
	assert_int_equal(fx.kicks, 2);
	assert_int_equal(fx.last_kick, NET_RX);
	wr(VIRTIO_MMIO_QUEUE_NOTIFY, 2);
	wr(VIRTIO_MMIO_QUEUE_NOTIFY, 0x10001);
	wr(VIRTIO_MMIO_QUEUE_NOTIFY, 0xffffffff);
	assert_int_equal(fx.kicks, 2);
	set_status(0);
	wr(VIRTIO_MMIO_QUEUE_NOTIFY, NET_TX);
	assert_int_equal(fx.kicks, 2);
}

/* ------------------------------------------------------------------ interrupts */

static void test_interrupt_status(void **state)
{
	(void)state;
	bring_up();
	device_raise_used(&fx.dev);
	device_raise_used(&fx.dev);
	assert_int_equal(rd(VIRTIO_MMIO_INTERRUPT_STATUS), VIRTIO_MMIO_INT_VRING);
	assert_int_equal(rd(VIRTIO_MMIO_INTERRUPT_STATUS), VIRTIO_MMIO_INT_VRING);
	wr(VIRTIO_MMIO_INTERRUPT_ACK, VIRTIO_MMIO_INT_CONFIG); /* not that one */
	assert_int_equal(rd(VIRTIO_MMIO_INTERRUPT_STATUS), VIRTIO_MMIO_INT_VRING);
	device_need_reset(&fx.dev);
	assert_int_equal(rd(VIRTIO_MMIO_INTERRUPT_STATUS),
			 VIRTIO_MMIO_INT_VRING | VIRTIO_MMIO_INT_CONFIG);
	wr(VIRTIO_MMIO_INTERRUPT_ACK, VIRTIO_MMIO_INT_VRING);
	assert_int_equal(rd(VIRTIO_MMIO_INTERRUPT_STATUS), VIRTIO_MMIO_INT_CONFIG);
	wr(VIRTIO_MMIO_INTERRUPT_ACK, 0xffffffff);
	assert_int_equal(rd(VIRTIO_MMIO_INTERRUPT_STATUS), 0);
	wr(VIRTIO_MMIO_INTERRUPT_ACK, 0xffffffff);
	assert_int_equal(rd(VIRTIO_MMIO_INTERRUPT_STATUS), 0);
}

/* ------------------------------------------------------------------ every width at every offset */

static const unsigned widths[] = { 1, 2, 4, 8 };

static const uint64_t far_offsets[] = {
	0x200,
	0x201,
	0x300,
	0xfff,
	0x1000,
	0x10000,
	0x7fffffff,
	0x80000000ull,
	0xffffffffull,
	0x100000000ull,
	UINT64_MAX,
	UINT64_MAX - 1,
	UINT64_MAX - 3,
	UINT64_MAX - 7,
	UINT64_MAX - 0xff,
	UINT64_MAX - 0x100,
	1ull << 63,
};

static uint64_t config_bytes(uint64_t offset, unsigned len)
{
	const uint8_t *config = fx.dev.kind.config;
	uint64_t value = 0;

	if (offset + len > fx.dev.kind.config_bytes)
		return 0;
	for (unsigned i = 0; i < len; i++)
		value |= (uint64_t)config[offset + i] << 8 * i;
	return value;
}

static void test_config_space(void **state)
{
	struct virtio_net_config c = net_config(&fx.dev);

	(void)state;
	for (uint64_t offset = 0; offset < 0x100; offset++)
		for (size_t w = 0; w < ARRAY_SIZE(widths); w++)
			assert_true(mmio_read(&fx.mmio, 0x100 + offset, widths[w]) ==
				    config_bytes(offset, widths[w]));
	for (uint64_t i = 0; i < 6; i++)
		assert_int_equal(mmio_read(&fx.mmio, 0x100 + i, 1), c.mac[i]);
	assert_int_equal(c.mac[0] & 3, 2); /* locally administered, not multicast */
	assert_int_equal(mmio_read(&fx.mmio, 0x106, 2), VIRTIO_NET_S_LINK_UP);
	assert_int_equal(mmio_read(&fx.mmio, 0x10a, 2), 1500);
}

static void test_config_of_two_devices(void **state)
{
	struct virtio_device_kind smallest = net_device(0, 60, 1),
				  largest = net_device(1, 65536, 1);
	struct virtio_net_config a, b;

	(void)state;
	memcpy(&a, smallest.config, sizeof(a));
	memcpy(&b, largest.config, sizeof(b));
	assert_int_not_equal(a.mac[5], b.mac[5]);
	assert_int_equal(a.mtu, 68); /* the least there may be: 5.1.4.1 */
	assert_int_equal(b.mtu, 65522);
}

static bool defined_32(uint64_t offset)
{
	switch (offset) {
	case VIRTIO_MMIO_MAGIC_VALUE:
	case VIRTIO_MMIO_VERSION:
	case VIRTIO_MMIO_DEVICE_ID:
	case VIRTIO_MMIO_VENDOR_ID:
	case VIRTIO_MMIO_DEVICE_FEATURES:
	case VIRTIO_MMIO_QUEUE_NUM_MAX:
	case VIRTIO_MMIO_QUEUE_READY:
	case VIRTIO_MMIO_INTERRUPT_STATUS:
	case VIRTIO_MMIO_STATUS:
	case VIRTIO_MMIO_SHM_LEN_LOW:
	case VIRTIO_MMIO_SHM_LEN_HIGH:
		return true;
	default:
		return false;
	}
}

static void test_no_shared_memory(void **state)
{
	(void)state;
	for (uint32_t id = 0; id < 3; id++) {
		wr(VIRTIO_MMIO_SHM_SEL, id);
		assert_int_equal(rd(VIRTIO_MMIO_SHM_LEN_LOW), 0xffffffff);
		assert_int_equal(rd(VIRTIO_MMIO_SHM_LEN_HIGH), 0xffffffff);
	}
}

/* Reading changes nothing, and what is not defined reads as 0. */
static void test_reads_everywhere(void **state)
{
	struct fixture before;

	(void)state;
	bring_up();
	device_raise_used(&fx.dev);
	before = fx;
	for (uint64_t offset = 0; offset < 0x100; offset++)
		for (size_t w = 0; w < ARRAY_SIZE(widths); w++)
			if (mmio_read(&fx.mmio, offset, widths[w]))
				assert_true(widths[w] == 4 && defined_32(offset));
	for (size_t i = 0; i < ARRAY_SIZE(far_offsets); i++)
		for (size_t w = 0; w < ARRAY_SIZE(widths); w++)
			assert_true(mmio_read(&fx.mmio, far_offsets[i], widths[w]) == 0);
	assert_memory_equal(&before, &fx, sizeof(before));
}

static void test_odd_widths(void **state)
{
	static const unsigned odd[] = { 0, 3, 5, 6, 7, 9, 16, 64, 0x80000000u, 0xffffffffu };
	struct fixture before = fx;

	(void)state;
	for (size_t w = 0; w < ARRAY_SIZE(odd); w++) {
		for (uint64_t offset = 0; offset < 0x200; offset++) {
			uint64_t v = mmio_read(&fx.mmio, offset, odd[w]);

			assert_true(v == 0 || (offset >= 0x100 && odd[w] < 8));
			mmio_write(&fx.mmio, offset, odd[w], UINT64_MAX);
		}
	}
	assert_memory_equal(&before, &fx, sizeof(before));
}

static bool writable_32(uint64_t offset)
{
	for (size_t i = 0; i < ARRAY_SIZE(queue_registers); i++)
		if (offset == queue_registers[i])
			return true;
	return offset == VIRTIO_MMIO_DEVICE_FEATURES_SEL || offset == VIRTIO_MMIO_DRIVER_FEATURES ||
	       offset == VIRTIO_MMIO_DRIVER_FEATURES_SEL || offset == VIRTIO_MMIO_QUEUE_SEL ||
	       offset == VIRTIO_MMIO_QUEUE_READY || offset == VIRTIO_MMIO_QUEUE_NOTIFY ||
	       offset == VIRTIO_MMIO_INTERRUPT_ACK || offset == VIRTIO_MMIO_STATUS;
}

/* Writes of any width but 32 bits, and of any width to what is no register, change nothing. */
static void writes_change_nothing(void)
{
	struct fixture before = fx;

	for (uint64_t offset = 0; offset < 0x200; offset++)
		for (size_t w = 0; w < ARRAY_SIZE(widths); w++)
			if (widths[w] != 4 || !writable_32(offset))
				mmio_write(&fx.mmio, offset, widths[w], 0x0101010101010101ull);
	for (size_t i = 0; i < ARRAY_SIZE(far_offsets); i++)
		for (size_t w = 0; w < ARRAY_SIZE(widths); w++)
			mmio_write(&fx.mmio, far_offsets[i], widths[w], 0);
	assert_memory_equal(&before, &fx, sizeof(before));
}

static void test_writes_everywhere(void **state)
{
	(void)state;
	writes_change_nothing();
	negotiate(VERSION_1);
	writes_change_nothing();
	set_status(0);
	bring_up();
	device_raise_used(&fx.dev);
	writes_change_nothing();
}

/* Anything at all, for a while: ops stay paired and the state within its bounds. */
static void test_random_accesses(void **state)
{
	uint64_t seed = 42;

	(void)state;
	for (int i = 0; i < 100000; i++) {
		uint32_t r = suite_random(&seed), value = suite_random(&seed);
		uint64_t offset = (r & 0x3f) * 4 + (r & 0x700 ? 0 : r >> 16 & 0xff);

		if (r & 0x3000)
			value &= 0xff >> (value >> 28 & 7);
		if (suite_random(&seed) % 64 == 0)
			negotiate(VERSION_1);
		if (suite_random(&seed) % 64 == 0)
			set_status(DRIVER_OK);
		mmio_write(&fx.mmio, offset, r & 0xc000 ? 4 : 8, value);
		mmio_read(&fx.mmio, offset, r & 0x8000 ? 4 : 1);
		assert_true(fx.activated - fx.resets <= 1);
		assert_int_equal(fx.activated - fx.resets, fx.dev.running);
		assert_true(fx.dev.active || !fx.dev.running);
		if (fx.dev.status & FEATURES_OK)
			assert_true(device_accepts(&fx.dev, fx.dev.accepted));
		assert_true(!fx.dev.active || fx.dev.status & DRIVER_OK);
	}
	assert_true(fx.activated > 20);
}

int main(void)
{
	static struct suite s = { .setup = set_up };

	suite_add(&s, "4.2.2 magic, version and device id", test_identity, NULL);
	suite_add(&s, "4.2.2 read-only registers ignore writes", test_identity_is_read_only, NULL);
	suite_add(&s, "4.2.2 features are offered in two halves", test_features_offered, NULL);
	suite_add(&s, "2.2.2 each feature bit: FEATURES_OK only for what was offered",
		  test_every_subset_bit, NULL);
	suite_add(&s, "6.1 without VERSION_1 FEATURES_OK does not stay", test_missing_version_1,
		  NULL);
	suite_add(&s, "2.2.2 a refused driver may try again", test_second_try, NULL);
	suite_add(&s, "3.1.1 features written after FEATURES_OK are ignored",
		  test_features_after_ok, NULL);
	suite_add(&s, "4.2.2 feature words beyond the second are ignored",
		  test_features_sel_out_of_range, NULL);
	suite_add(&s, "3.1.1 DRIVER_OK before FEATURES_OK is refused", test_driver_ok_too_early,
		  NULL);
	suite_add(&s, "2.1.1 status bits are never cleared but by reset", test_bits_stay, NULL);
	suite_add(&s, "3.1.1 DRIVER_OK twice activates once", test_driver_ok_once, NULL);
	suite_add(&s, "4.2.2 the queues' addresses arrive whole", test_activate_sees_layout, NULL);
	suite_add(&s, "2.1.2 a refused layout needs a reset", test_activate_fails, NULL);
	suite_add(&s, "2.1.2 NEEDS_RESET stays until reset", test_needs_reset, NULL);
	suite_add(&s, "2.1.2 a driver can't set NEEDS_RESET", test_driver_cannot_set_needs_reset,
		  NULL);
	suite_add(&s, "2.4.1 reset calls the owner once and clears all", test_reset_clears_all,
		  NULL);
	suite_add(&s, "2.4.1 reset of an inactive device calls nobody", test_reset_of_idle_device,
		  NULL);
	suite_add(&s, "2.4.1 a thousand resets", test_reset_loop, NULL);
	suite_add(&s, "4.2.2 QueueNumMax of each queue", test_queue_num_max, NULL);
	suite_add(&s, "4.2.2 a queue selected out of range is not there",
		  test_queue_sel_out_of_range, NULL);
	suite_add(&s, "4.2.2.2 a ready queue ignores changes", test_queue_ready_freezes, NULL);
	suite_add(&s, "4.2.2.2 an active device's queues ignore changes", test_queue_active_freezes,
		  NULL);
	suite_add(&s, "4.2.2.2 a queue is stopped when 0 reads back", test_queue_stopped, NULL);
	suite_add(&s, "4.2.2.2 a queue can't be added after DRIVER_OK", test_queue_after_driver_ok,
		  NULL);
	suite_add(&s, "4.2.2 QueueReady has one bit", test_queue_ready_bits, NULL);
	suite_add(&s, "4.2.2 QueueNotify kicks a queue that is there, after DRIVER_OK", test_notify,
		  NULL);
	suite_add(&s, "4.2.2 InterruptStatus and InterruptACK", test_interrupt_status, NULL);
	suite_add(&s, "5.1.4 configuration space, every width at every offset", test_config_space,
		  NULL);
	suite_add(&s, "5.1.4 configurations follow from index and frame size",
		  test_config_of_two_devices, NULL);
	suite_add(&s, "4.2.2.2 reads of every width at every offset", test_reads_everywhere, NULL);
	suite_add(&s, "4.2.2 a shared memory region that is not there has length -1",
		  test_no_shared_memory, NULL);
	suite_add(&s, "4.2.2.2 accesses of no width at all", test_odd_widths, NULL);
	suite_add(&s, "4.2.2.2 writes of every width at every offset", test_writes_everywhere,
		  NULL);
	suite_add(&s, "random accesses keep the device consistent", test_random_accesses, NULL);
	return suite_run(&s, "mmio");
}

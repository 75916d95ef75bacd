// SPDX-License-Identifier: BSD-2-Clause
// Two pairs of queues that send to one: a frame of many buffers is not passed by small ones.
#include "vhost/copier_pairs.h"

#include <string.h>

#include "tests/common/fakedriver.h"
#include "tests/common/suite.h"
#include "vhost/producers.h"

#define PORTS 4u
#define RING 16u
#define MEMORY (1u << 20)
#define HEAP 0x10000u /* behind the rings */
#define FEATURES (1ull << VIRTIO_F_VERSION_1 | 1ull << VIRTIO_NET_F_MRG_RXBUF)
#define BUF_BYTES 1000u
#define BIG 4500u /* in five of these */
#define SMALL 100u

enum { TX_0, TX_1, RX, QUEUES };

static struct copier c;
static struct port port[PORTS]; /* a's first pair, b's first, a's second, b's second */
static struct flow flow[PORTS];
static struct gmem mem;
static struct fake_queue queue[QUEUES];
static uint64_t heap;

/* A port of which one queue runs. */
static void start(unsigned i, unsigned q, unsigned which)
{
	struct virtq_layout at = fake_layout(which * fake_layout_bytes(RING), RING);
	struct port_setup setup = { .mem = &mem, .features = FEATURES, .frame_max = 9000 };

	fake_init(&queue[which], &mem, &at, false);
	setup.queue[1 - q].absent = true;
	setup.queue[q] = (struct queue_setup){ .at = at, .kick_fd = -1, .call_fd = -1 };
	assert_int_equal(port_start(&port[i], &setup), 0);
}

static int set_up(void **state)
{
	(void)state;
	c = (struct copier){ .port = port, .flow = flow, .nports = PORTS, .budget = 64 };
	c.producer = producer_find("user");
	heap = HEAP;
	assert_int_equal(gmem_create(&mem, "pairs", gpa(0), MEMORY), 0);
	memset(port, 0, sizeof(port));
	for (unsigned i = 0; i < PORTS; i++) {
		assert_int_equal(port_init(&port[i], i, RING), 0);
		assert_int_equal(flow_init(&flow[i], &port[i], &port[i ^ 1], RING), 0);
		steer_add(&c.steer[i % BACKEND_PORTS], &flow[i]);
	}
	start(0, NET_TX, TX_0);
	start(1, NET_RX, RX);
	start(2, NET_TX, TX_1);
	copier_aim(&c, 1);
	copier_turn_pairs(&c); /* in the next one the first pair is first */
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	for (unsigned i = 0; i < PORTS; i++) {
		port_fini(&port[i]);
		flow_fini(&flow[i]);
	}
	for (unsigned i = 0; i < QUEUES; i++)
		fake_fini(&queue[i]);
	gmem_destroy(&mem);
	return 0;
}

static void add(unsigned which, uint32_t bytes)
{
	struct fake_buf buf = { heap, bytes, which == RX };

	heap += bytes;
	assert_true(fake_add(&queue[which], &buf, 1) >= 0);
	fake_publish(&queue[which]);
}

static void give(unsigned n)
{
	while (n--)
		add(RX, BUF_BYTES);
}

static unsigned used(unsigned which)
{
	struct vring_used_elem e;
	unsigned n = 0;

	while (fake_take(&queue[which], &e))
		n++;
	return n;
}

/* After some turns: so many frames of each pair have gone. */
static void assert_gone(unsigned of_first, unsigned of_second)
{
	for (unsigned i = 0; i < 5; i++)
		copier_turn_pairs(&c);
	assert_int_equal(used(TX_0), of_first);
	assert_int_equal(used(TX_1), of_second);
}

static void a_big_frame_is_not_passed_by_small_ones(void **state)
{
	(void)state;
	add(TX_0, NET_HDR_BYTES + BIG);
	add(TX_1, NET_HDR_BYTES + SMALL);
	give(3);
	assert_gone(0, 0);
	assert_false(flow_has_work(&flow[0]) || flow_has_work(&flow[2]));
	assert_false(flow_enable_kicks(&flow[0]) || flow_enable_kicks(&flow[2]));
	give(1);
	assert_gone(0, 0);
	give(1);
	assert_gone(1, 0);
	assert_int_equal(used(RX), 5);
	give(1);
	assert_gone(0, 1);
}

/* Where the kernel copies, a flow that is held is asked all the same: it may have calls to make. */
static void who_is_held_takes_nothing(void **state)
{
	struct copy_job job;

	(void)state;
	add(TX_1, NET_HDR_BYTES + SMALL);
	give(1);
	flow[2].held = true;
	assert_int_equal(flow_collect(&flow[2], &job, 1), 0);
	flow[2].held = false;
	assert_int_equal(flow_collect(&flow[2], &job, 1), 1);
	flow_complete(&flow[2], &job, 1);
	assert_int_equal(used(TX_1), 1);
}

int main(void)
{
	static struct suite s = { .setup = set_up, .teardown = tear_down };

	suite_add(&s, "a big frame is not passed by small ones",
		  a_big_frame_is_not_passed_by_small_ones, NULL);
	suite_add(&s, "who is held takes nothing", who_is_held_takes_nothing, NULL);
	return suite_run(&s, "copier_pairs");
}

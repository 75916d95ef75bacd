// SPDX-License-Identifier: BSD-2-Clause
// vhost-user's conversation: recorded ones of real front ends replayed, and orders that nobody recorded.
#include "vhost/user.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "lib/fd.h"
#include "tests/common/proc.h"
#include "tests/common/suite.h"

#define MODERN (1ull << 32)
#define MQ (1ull << 22)
#define PAGE 4096u
#define RAM_BYTES (64u * PAGE)
#define USER_AT 0x7f0000000000ull
#define GUEST_AT 0x40000000ull

/* ---- whoever would move the frames ---- */

struct owner {
	bool running[USER_RINGS_MAX];
	unsigned starts, stops, calls;
	uint32_t base[USER_RINGS_MAX]; /* at the last start */
	struct virtq_layout at[USER_RINGS_MAX];
	int call_fd[USER_RINGS_MAX];
	uint32_t moved; /* added to the base at a stop */
	int refuse;
};

static struct owner owner;
static struct user u;
static struct user_message reply;

static int on_start(void *ctx, unsigned ring, const struct virtq_layout *at, uint32_t base)
{
	(void)ctx;
	assert_false(owner.running[ring]);
	assert_int_not_equal(at->size, 0);
	if (owner.refuse)
		return owner.refuse;
	owner.running[ring] = true;
	owner.starts++;
	owner.base[ring] = base;
	owner.at[ring] = *at;
	return 0;
}

static uint32_t on_stop(void *ctx, unsigned ring)
{
	(void)ctx;
	assert_true(owner.running[ring]);
	owner.running[ring] = false;
	owner.stops++;
	return owner.base[ring] + owner.moved;
}

static void on_call(void *ctx, unsigned ring, int fd)
{
	(void)ctx;
	assert_true(owner.running[ring]);
	owner.calls++;
	owner.call_fd[ring] = fd;
}

static const struct user_ops ops = { on_start, on_stop, on_call };

static const uint8_t config[12] = { 2, 't', 'n', 'd', 'm', 'a', 1, 0, 1, 0, 0xdc, 5 };

static struct user_offer offer_of(uint64_t features, uint64_t protocol, uint64_t queues)
{
	return (struct user_offer){ features,	    protocol, queues,
				    USER_RINGS_MAX, config,   sizeof(config) };
}

static int set_up(void **state)
{
	struct user_offer offer = offer_of(MODERN | USER_F_PROTOCOL_FEATURES,
					   USER_PROTOCOL_REPLY_ACK | USER_PROTOCOL_CONFIG |
						   USER_PROTOCOL_MEM_SLOTS | USER_PROTOCOL_STATUS,
					   2);

	(void)state;
	memset(&owner, 0, sizeof(owner));
	user_init(&u, &offer, &ops, NULL);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	user_fini(&u);
	return 0;
}

/* ---- messages ---- */

static int send_fd(uint32_t request, uint32_t flags, const void *payload, uint32_t size, int fd)
{
	struct user_message m = { .h = { request, flags, size }, .fds = { fd }, .nfds = fd >= 0 };

	memcpy(&m.p, payload, size);
	return user_handle(&u, &m, &reply);
}

static int send_u64(uint32_t request, uint64_t value)
{
	return send_fd(request, USER_VERSION, &value, 8, -1);
}

static int send_state(uint32_t request, uint32_t ring, uint32_t num)
{
	struct user_vring_state s = { ring, num };

	return send_fd(request, USER_VERSION, &s, 8, -1);
}

static int ask(uint32_t request)
{
	return send_fd(request, USER_VERSION, "", 0, -1);
}

static int memory_fd(uint64_t bytes)
{
	int fd = memfd_create("test-user", MFD_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, (off_t)bytes), 0);
	return fd;
}

static int send_memory(void)
{
	struct user_mem_table t = { .n = 1, .region = { { GUEST_AT, RAM_BYTES, USER_AT, 0 } } };

	return send_fd(USER_SET_MEM_TABLE, USER_VERSION, &t, 40, memory_fd(RAM_BYTES));
}

static int send_addr(uint32_t ring)
{
	uint64_t at = USER_AT + ring * 3 * PAGE;
	struct user_vring_addr a = { ring, 0, at, at + 2 * PAGE, at + PAGE, 0 };

	return send_fd(USER_SET_VRING_ADDR, USER_VERSION, &a, 40, -1);
}

static int send_kick(uint32_t ring)
{
	uint64_t index = ring;

	return send_fd(USER_SET_VRING_KICK, USER_VERSION, &index, 8, fd_eventfd());
}

static int send_call(uint32_t ring)
{
	uint64_t index = ring;

	return send_fd(USER_SET_VRING_CALL, USER_VERSION, &index, 8, fd_eventfd());
}

static void modern(void)
{
	assert_int_equal(send_u64(USER_SET_FEATURES, MODERN | USER_F_PROTOCOL_FEATURES), 0);
}

static void bring_up(uint32_t ring)
{
	modern();
	assert_int_equal(send_memory(), 0);
	assert_int_equal(send_state(USER_SET_VRING_NUM, ring, 256), 0);
	assert_int_equal(send_addr(ring), 0);
	assert_int_equal(send_kick(ring), 0);
	assert_int_equal(send_state(USER_SET_VRING_ENABLE, ring, 1), 0);
	assert_true(owner.running[ring]);
}

/* ------------------------------------------------------------------ when a ring runs */

enum step { NUM, ADDR, KICK, CALL, ENABLE, FEATURES, MEMORY, STEPS };

static int take(enum step what)
{
	switch (what) {
	case NUM:
		return send_state(USER_SET_VRING_NUM, 0, 256);
	case ADDR:
		return send_addr(0);
	case KICK:
		return send_kick(0);
	case CALL:
		return send_call(0);
	case ENABLE:
		return send_state(USER_SET_VRING_ENABLE, 0, 1);
	case FEATURES:
		return send_u64(USER_SET_FEATURES, MODERN | USER_F_PROTOCOL_FEATURES);
	default:
		return send_memory();
	}
}

/* Of the rest an order is chosen; the ring starts with the last one that counts, and not before. */
static void try_orders(unsigned taken, unsigned n)
{
	static const unsigned counts = 1u << NUM | 1u << ADDR | 1u << KICK | 1u << ENABLE |
				       1u << MEMORY;
	static enum step order[STEPS];

	for (unsigned s = 0; s < STEPS && n < STEPS; s++) {
		if (taken & 1u << s)
			continue;
		order[n] = (enum step)s;
		try_orders(taken | 1u << s, n + 1);
	}
	if (n < STEPS)
		return;
	set_up(NULL);
	taken = 0;
	for (unsigned i = 0; i < STEPS; i++) {
		taken |= 1u << order[i];
		assert_int_equal(take(order[i]), 0);
		assert_int_equal(user_ring_runs(&u, 0), (taken & counts) == counts);
	}
	assert_int_equal(owner.starts - owner.stops, 1);
	user_fini(&u);
}

static void rule_1_kick_and_enable_in_any_order(void **state)
{
	(void)state;
	user_fini(&u);
	try_orders(0, 0);
	set_up(NULL);
}

static void rule_1_get_base_voids_the_addresses(void **state)
{
	(void)state;
	bring_up(0);
	assert_int_equal(send_state(USER_GET_VRING_BASE, 0, 0), 1);
	assert_false(owner.running[0]);
	for (int i = 0; i < 7; i++)
		assert_int_equal(send_state(USER_SET_VRING_ENABLE, 0, 1), 0);
	assert_int_equal(send_kick(0), 0);
	assert_false(owner.running[0]);
	assert_int_equal(send_addr(0), 0);
	assert_true(owner.running[0]);
}

static void rule_2_started_without_features_owner_or_call(void **state)
{
	(void)state;
	assert_int_equal(send_memory(), 0);
	assert_int_equal(send_state(USER_SET_VRING_NUM, 0, 256), 0);
	assert_int_equal(send_addr(0), 0);
	assert_int_equal(send_kick(0), 0);
	assert_false(owner.running[0]);
	assert_int_equal(send_state(USER_SET_VRING_ENABLE, 0, 1), 0);
	assert_true(owner.running[0]);
	assert_int_equal(u.ring[0].call_fd, -1);
	assert_true(u.features == 0);
}

static void rule_3_a_ring_never_described_may_be_asked_first(void **state)
{
	(void)state;
	assert_int_equal(send_state(USER_SET_VRING_ENABLE, 0, 0), 0);
	assert_int_equal(send_state(USER_GET_VRING_BASE, 1, 0xdead), 1);
	assert_int_equal(reply.h.size, 8);
	assert_int_equal(reply.p.state.index, 1);
	assert_int_equal(reply.p.state.num, 0);
}

static void put_used_idx(uint32_t ring, uint16_t idx)
{
	uint8_t *p = gmem_ptr(&u.mem, gpa(GUEST_AT + ring * 3 * PAGE + 2 * PAGE), 4);

	assert_non_null(p);
	memcpy(p + 2, &idx, 2);
}

static void rule_3_and_8_a_split_ring_goes_on_at_its_used_index(void **state)
{
	(void)state;
	modern();
	assert_int_equal(send_memory(), 0);
	put_used_idx(0, 4711);
	assert_int_equal(send_state(USER_SET_VRING_NUM, 0, 256), 0);
	assert_int_equal(send_state(USER_SET_VRING_BASE, 0, 0), 0);
	assert_int_equal(send_addr(0), 0);
	assert_int_equal(send_kick(0), 0);
	assert_int_equal(send_state(USER_SET_VRING_ENABLE, 0, 1), 0);
	assert_int_equal(owner.base[0], 4711);
	owner.moved = 9;
	assert_int_equal(send_state(USER_GET_VRING_BASE, 0, 0), 1);
	assert_int_equal(reply.p.state.num, 4720);
}

static void rule_8_a_packed_ring_goes_on_at_the_base_it_was_told(void **state)
{
	struct user_offer offer = offer_of(MODERN | 1ull << 34 | USER_F_PROTOCOL_FEATURES, 0, 2);

	(void)state;
	user_init(&u, &offer, &ops, NULL);
	assert_int_equal(send_u64(USER_SET_FEATURES, offer.features), 0);
	assert_int_equal(send_memory(), 0);
	put_used_idx(0, 4711);
	assert_int_equal(send_state(USER_SET_VRING_NUM, 0, 256), 0);
	assert_int_equal(send_state(USER_SET_VRING_BASE, 0, 0x8000), 0);
	assert_int_equal(send_addr(0), 0);
	assert_int_equal(send_kick(0), 0);
	assert_int_equal(send_state(USER_SET_VRING_ENABLE, 0, 1), 0);
	assert_int_equal(owner.base[0], 0x8000);
}

/* Both of its places, with their wrap counters, go to the front end and come back. */
static void rule_8_a_packed_ring_that_stopped_goes_on(void **state)
{
	struct user_offer offer = offer_of(MODERN | 1ull << 34 | USER_F_PROTOCOL_FEATURES, 0, 2);

	(void)state;
	user_init(&u, &offer, &ops, NULL);
	assert_int_equal(send_u64(USER_SET_FEATURES, offer.features), 0);
	assert_int_equal(send_memory(), 0);
	assert_int_equal(send_state(USER_SET_VRING_NUM, 0, 256), 0);
	assert_int_equal(send_addr(0), 0);
	assert_int_equal(send_kick(0), 0);
	assert_int_equal(send_state(USER_SET_VRING_ENABLE, 0, 1), 0);
	assert_int_equal(owner.base[0], 0x80008000); /* nobody said where it begins */
	owner.moved = 0x00050005;
	assert_int_equal(send_state(USER_GET_VRING_BASE, 0, 0), 1);
	assert_int_equal(reply.p.state.num, 0x80058005);
	assert_int_equal(send_addr(0), 0);
	assert_int_equal(send_kick(0), 0);
	assert_int_equal(send_state(USER_SET_VRING_ENABLE, 0, 1), 0);
	assert_int_equal(owner.base[0], 0x80058005);
}

static void rule_4_rings_that_were_not_offered_are_ignored(void **state)
{
	struct user_vring_addr nowhere = { .index = 3 };

	(void)state;
	bring_up(0);
	assert_int_equal(send_state(USER_SET_VRING_NUM, 3, 0), 0);
	assert_int_equal(send_state(USER_SET_VRING_BASE, 3, 0), 0);
	assert_int_equal(send_fd(USER_SET_VRING_ADDR, USER_VERSION, &nowhere, 40, -1), 0);
	assert_int_equal(send_kick(3), 0);
	assert_false(owner.running[3]);
	assert_true(owner.running[0]);
	assert_int_equal(send_state(USER_SET_VRING_NUM, USER_RINGS_MAX, 1), -EPROTO);
	assert_int_equal(send_kick(255), -EPROTO);
}

static void rule_5_memory_changes_under_running_rings(void **state)
{
	(void)state;
	bring_up(0);
	bring_up(1);
	put_used_idx(0, 7);
	owner.moved = 3;
	assert_int_equal(owner.starts, 3); /* the second bring-up brought memory anew, too */
	assert_int_equal(send_memory(), 0);
	assert_true(owner.running[0] && owner.running[1]);
	assert_int_equal(owner.starts, 5);
	assert_int_equal(owner.stops, 3);
	assert_true(owner.at[1].desc.v == GUEST_AT + 3 * PAGE);
}

static void rule_5_memory_outlives_a_reset(void **state)
{
	(void)state;
	bring_up(0);
	assert_int_equal(send_state(USER_GET_VRING_BASE, 0, 0), 1);
	assert_int_equal(send_addr(0), 0);
	assert_int_equal(send_kick(0), 0);
	assert_int_equal(send_state(USER_SET_VRING_ENABLE, 0, 1), 0);
	assert_true(owner.running[0]);
}

static void rule_5_a_table_that_is_wrong_leaves_the_old_one(void **state)
{
	struct user_mem_table t = { .n = 1, .region = { { GUEST_AT, RAM_BYTES, USER_AT, PAGE } } };

	(void)state;
	bring_up(0);
	assert_int_equal(send_fd(USER_SET_MEM_TABLE, USER_VERSION, &t, 40, memory_fd(RAM_BYTES)),
			 -EPROTO);
	assert_non_null(strstr(u.why, "shorter"));
	assert_true(owner.running[0]);
}

static void rule_5_regions_come_one_by_one(void **state)
{
	struct user_mem_reg r = { 0, { GUEST_AT, RAM_BYTES, USER_AT, 0 } };

	(void)state;
	modern();
	assert_int_equal(send_fd(USER_ADD_MEM_REG, USER_VERSION, &r, 40, memory_fd(RAM_BYTES)), 0);
	assert_int_equal(send_state(USER_SET_VRING_NUM, 0, 256), 0);
	assert_int_equal(send_addr(0), 0);
	assert_int_equal(send_kick(0), 0);
	assert_int_equal(send_state(USER_SET_VRING_ENABLE, 0, 1), 0);
	assert_true(owner.running[0]);
	assert_int_equal(send_fd(USER_REM_MEM_REG, USER_VERSION, &r, 40, -1), 0);
	assert_false(owner.running[0]); /* its memory is gone */
	assert_int_equal(send_fd(USER_REM_MEM_REG, USER_VERSION, &r, 40, -1), -EPROTO);
	assert_int_equal(ask(USER_GET_MAX_MEM_SLOTS), 1);
	assert_int_equal(reply.p.u64, GMEM_REGIONS_MAX);
}

static void rule_6_protocol_features_are_always_offered(void **state)
{
	(void)state;
	assert_int_equal(ask(USER_GET_FEATURES), 1);
	assert_true(reply.p.u64 & USER_F_PROTOCOL_FEATURES);
	assert_int_equal(reply.h.flags, 5);
}

/* Without the feature there is no ENABLE: the ring is on from the start. Who sends it all the same may. */
static void rule_6_without_them_a_ring_is_enabled(void **state)
{
	(void)state;
	assert_int_equal(send_u64(USER_SET_FEATURES, MODERN), 0);
	assert_int_equal(send_memory(), 0);
	assert_int_equal(send_state(USER_SET_VRING_NUM, 0, 256), 0);
	assert_int_equal(send_addr(0), 0);
	assert_int_equal(send_kick(0), 0);
	assert_true(owner.running[0]);
	assert_int_equal(send_state(USER_SET_VRING_ENABLE, 0, 1), 0);
	assert_true(owner.running[0]);
}

static void rule_7_what_asks_for_a_reply_gets_one(void **state)
{
	uint64_t index = 0;

	(void)state;
	assert_int_equal(send_fd(USER_SET_VRING_CALL, 9, &index, 8, fd_eventfd()), 0);
	assert_int_equal(send_u64(USER_SET_PROTOCOL_FEATURES, USER_PROTOCOL_REPLY_ACK), 0);
	assert_int_equal(send_fd(USER_SET_VRING_CALL, 9, &index, 8, fd_eventfd()), 1);
	assert_int_equal(reply.h.flags, 5);
	assert_int_equal(reply.h.size, 8);
	assert_int_equal(reply.p.u64, 0);
	index = 99;
	assert_int_equal(send_fd(USER_SET_VRING_ERR, 9, &index, 8, fd_eventfd()), 1);
	assert_int_equal(reply.p.u64, 1);
	for (int i = 0; i < 3; i++)
		assert_int_equal(send_u64(USER_SET_PROTOCOL_FEATURES, USER_PROTOCOL_REPLY_ACK), 0);
}

static void rule_9_features_that_were_not_offered_are_left_out(void **state)
{
	(void)state;
	assert_int_equal(send_u64(USER_SET_FEATURES, MODERN | 1ull << 18 | 1ull << 22), 0);
	assert_true(u.features == MODERN);
}

/*
 * As QEMU's, in any order; the second lies at other places for the guest, the front end and its
 * file.
 */
static void rule_11_regions_in_any_order(void **state)
{
	static const uint64_t guest[] = { GUEST_AT + 0x100000, GUEST_AT, 0 };
	struct user_mem_table t = { .n = 3 };
	struct user_message m = { .h = { USER_SET_MEM_TABLE, USER_VERSION, 8 + 3 * 32 },
				  .nfds = 3 };
	const uint64_t user = USER_AT + RAM_BYTES; /* of the second one */

	(void)state;
	modern();
	for (unsigned i = 0; i < 3; i++) {
		uint64_t offset = i == 1 ? 16 * PAGE : 0;

		t.region[i] = (struct user_region){ guest[i], RAM_BYTES, USER_AT + i * RAM_BYTES,
						    offset };
		m.fds[i] = memory_fd(offset + RAM_BYTES);
	}
	memcpy(&m.p.table, &t, sizeof(t));
	assert_int_equal(user_handle(&u, &m, &reply), 0);
	for (uint32_t ring = 0; ring < 2; ring++) {
		uint64_t at = user + ring * 3 * PAGE;
		struct user_vring_addr a = { ring, 0, at, at + 2 * PAGE, at + PAGE, 0 };

		assert_int_equal(send_state(USER_SET_VRING_NUM, ring, 256), 0);
		assert_int_equal(send_fd(USER_SET_VRING_ADDR, USER_VERSION, &a, 40, -1), 0);
		assert_int_equal(send_kick(ring), 0);
		assert_int_equal(send_state(USER_SET_VRING_ENABLE, ring, 1), 0);
		assert_true(owner.running[ring]);
		assert_true(owner.at[ring].desc.v == GUEST_AT + ring * 3 * PAGE);
	}
}

/* DPDK without huge pages: one region, whose guest address is its own virtual address. */
static void rule_11_guest_addresses_are_the_front_ends_own(void **state)
{
	struct user_mem_table t = { .n = 1, .region = { { USER_AT, RAM_BYTES, USER_AT, 0 } } };

	(void)state;
	modern();
	assert_int_equal(send_fd(USER_SET_MEM_TABLE, USER_VERSION, &t, 40, memory_fd(RAM_BYTES)),
			 0);
	assert_int_equal(send_state(USER_SET_VRING_NUM, 0, 256), 0);
	assert_int_equal(send_addr(0), 0);
	assert_int_equal(send_kick(0), 0);
	assert_int_equal(send_state(USER_SET_VRING_ENABLE, 0, 1), 0);
	assert_true(owner.at[0].desc.v == USER_AT);
}

static void rule_12_power_off_stops_twice_and_enables_twice(void **state)
{
	(void)state;
	bring_up(0);
	for (int i = 0; i < 2; i++)
		assert_int_equal(send_state(USER_GET_VRING_BASE, 0, 0), 1);
	for (int i = 0; i < 2; i++)
		assert_int_equal(send_state(USER_SET_VRING_ENABLE, 0, 1), 0);
	assert_int_equal(owner.starts, 1);
	assert_int_equal(owner.stops, 1);
}

static void rule_13_what_was_not_offered_is_refused(void **state)
{
	static const uint32_t never[] = {
		4 + 2, 7, 19, 20, 21, 22, 23, 31, 32, 34, 35, 41, 0, 999
	};

	(void)state;
	assert_int_equal(send_u64(USER_SET_PROTOCOL_FEATURES, USER_PROTOCOL_REPLY_ACK), 0);
	for (size_t i = 0; i < ARRAY_SIZE(never); i++) {
		assert_int_equal(send_fd(never[i], 9, "", 0, -1), 1);
		assert_int_equal(reply.p.u64, 1);
		assert_int_equal(send_fd(never[i], 1, "", 0, -1), -EPROTO);
	}
}

static void rule_13_a_protocol_feature_brings_its_requests(void **state)
{
	struct user_offer offer = offer_of(MODERN, USER_PROTOCOL_REPLY_ACK, 2);

	(void)state;
	user_init(&u, &offer, &ops, NULL);
	assert_int_equal(send_u64(USER_SET_PROTOCOL_FEATURES, UINT64_MAX), 0);
	assert_true(u.protocol == USER_PROTOCOL_REPLY_ACK);
	assert_int_equal(ask(USER_GET_STATUS), -EPROTO);
	assert_int_equal(ask(USER_GET_MAX_MEM_SLOTS), -EPROTO);
	assert_non_null(strstr(u.why, "not offered"));
}

/* ------------------------------------------------------------------ several pairs of queues */

#define TWO_PAIRS 4u /* rings */

static void offer_two_pairs(void)
{
	struct user_offer offer = offer_of(MODERN | MQ | USER_F_PROTOCOL_FEATURES,
					   USER_PROTOCOL_MQ | USER_PROTOCOL_REPLY_ACK, TWO_PAIRS);

	offer.rings = TWO_PAIRS;
	user_fini(&u);
	user_init(&u, &offer, &ops, NULL);
	assert_int_equal(send_u64(USER_SET_PROTOCOL_FEATURES,
				  USER_PROTOCOL_MQ | USER_PROTOCOL_REPLY_ACK),
			 0);
}

static void all_rings_of_all_pairs_run(void **state)
{
	(void)state;
	offer_two_pairs();
	assert_int_equal(ask(USER_GET_QUEUE_NUM), 1);
	assert_int_equal(reply.p.u64, TWO_PAIRS);
	for (uint32_t i = 0; i < TWO_PAIRS; i++)
		bring_up(i);
	assert_int_equal(send_state(USER_SET_VRING_ENABLE, 2, 0), 0);
	assert_int_equal(send_state(USER_GET_VRING_BASE, 1, 0), 1);
	assert_true(owner.running[0] && owner.running[3]);
	assert_false(owner.running[1] || owner.running[2]);
}

/* Each request that names a ring, with an index that there is not. */
struct index_row {
	const char *name;
	uint32_t request, size;
	bool answered; /* so it cannot be refused otherwise than by hanging up */
	uint32_t index;
};

#define INDEX_ROWS(index)                                                        \
	{ "NUM " #index, USER_SET_VRING_NUM, 8, false, index },                  \
		{ "BASE " #index, USER_SET_VRING_BASE, 8, false, index },        \
		{ "GET BASE " #index, USER_GET_VRING_BASE, 8, true, index },     \
		{ "ADDR " #index, USER_SET_VRING_ADDR, 40, false, index },       \
		{ "ENABLE " #index, USER_SET_VRING_ENABLE, 8, false, index },    \
		{ "KICK " #index, USER_SET_VRING_KICK, 8, false, (index)&0xff }, \
		{ "CALL " #index, USER_SET_VRING_CALL, 8, false, (index)&0xff }, \
	{                                                                        \
		"ERR " #index, USER_SET_VRING_ERR, 8, false, (index)&0xff        \
	}

static const struct index_row index_rows[] = {
	INDEX_ROWS(4),		INDEX_ROWS(5),		INDEX_ROWS(16),		INDEX_ROWS(255),
	INDEX_ROWS(0x7fffffff), INDEX_ROWS(0xfffffffc), INDEX_ROWS(0xffffffff),
};

/* It is refused, and named; rings that run go on. */
static void a_ring_of_no_pair_is_refused(void **state)
{
	const struct index_row *row = *state;
	struct user_vring_addr payload = { .index = row->index };
	bool fd = row->request >= USER_SET_VRING_KICK && row->request <= USER_SET_VRING_ERR;
	char want[64];

	offer_two_pairs();
	bring_up(3);
	assert_int_equal(send_fd(row->request, USER_VERSION | USER_NEED_REPLY, &payload, row->size,
				 fd ? fd_eventfd() : -1),
			 row->answered ? -EPROTO : 1);
	if (!row->answered)
		assert_int_equal(reply.p.u64, 1);
	snprintf(want, sizeof(want), "vring index %u is not one of 0 to 3", row->index);
	assert_non_null(strstr(u.why, want));
	assert_true(owner.running[3]);
	assert_int_equal(owner.starts, 1);
}

/* As QEMU 7.2 does, for each pair: no ring stands still for it, and each must be taken away. */
static void a_region_that_comes_again_is_counted(void **state)
{
	struct user_mem_reg r = { 0, { GUEST_AT, RAM_BYTES, USER_AT, 0 } };
	int file = memory_fd(RAM_BYTES);
	unsigned stops;

	(void)state;
	offer_two_pairs();
	u.offer.protocol |= USER_PROTOCOL_MEM_SLOTS;
	bring_up(0);
	assert_int_equal(send_fd(USER_ADD_MEM_REG, 9, &r, 40, memory_fd(RAM_BYTES)), 1);
	assert_int_equal(reply.p.u64, 1); /* another file */
	assert_int_equal(send_fd(USER_REM_MEM_REG, 9, &r, 40, -1), 1);
	assert_int_equal(send_fd(USER_ADD_MEM_REG, 9, &r, 40, dup(file)), 1);
	assert_int_equal(reply.p.u64, 0);
	assert_true(owner.running[0]);
	stops = owner.stops;
	for (int i = 0; i < 2; i++) {
		assert_int_equal(send_fd(USER_ADD_MEM_REG, 9, &r, 40, dup(file)), 1);
		assert_int_equal(reply.p.u64, 0);
	}
	assert_int_equal(owner.stops, stops);
	assert_int_equal(u.mem.nregions, 1);
	for (unsigned left = 3; left; left--) {
		assert_true(owner.running[0]);
		assert_int_equal(send_fd(USER_REM_MEM_REG, 9, &r, 40, -1), 1);
		assert_int_equal(reply.p.u64, 0);
	}
	assert_false(owner.running[0]);
	assert_int_equal(u.mem.nregions, 0);
	fd_close(&file);
}

static void a_kick_without_fd_is_polled(void **state)
{
	(void)state;
	modern();
	assert_int_equal(send_memory(), 0);
	assert_int_equal(send_state(USER_SET_VRING_NUM, 0, 256), 0);
	assert_int_equal(send_addr(0), 0);
	assert_int_equal(send_u64(USER_SET_VRING_KICK, 0 | USER_NO_FD), 0);
	assert_int_equal(send_state(USER_SET_VRING_ENABLE, 0, 1), 0);
	assert_true(owner.running[0]);
	assert_int_equal(u.ring[0].kick_fd, -1);
	assert_int_equal(send_u64(USER_SET_VRING_KICK, 0), -EPROTO); /* neither fd nor bit */
}

static int full_eventfd(void)
{
	int fd = eventfd(0, EFD_CLOEXEC);
	uint64_t all = UINT64_MAX - 1;

	assert_int_equal(write(fd, &all, sizeof(all)), sizeof(all));
	return fd;
}

/* One that is, say, a socket: whoever polls or signals it would not do what it should. */
static int fd_of_kind(const char *kind)
{
	int fds[2];

	switch (kind[0]) {
	case 'r':
		return memory_fd(PAGE);
	case 'p':
		assert_int_equal(pipe(fds), 0);
		break;
	case 's':
		assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
		break;
	case 'd':
		return open(kind[1] == 'i' ? "/" : "/dev/null", O_RDONLY | O_CLOEXEC);
	default:
		return kind[0] == 't' ? timerfd_create(CLOCK_MONOTONIC, 0) : epoll_create1(0);
	}
	close(fds[0]);
	return fds[1];
}

static const struct kind_row {
	const char *kind, *why;
} kind_rows[] = {
	{ "regular", "a regular file, not an eventfd" },
	{ "pipe", "a pipe, not an eventfd" },
	{ "socket", "a socket, not an eventfd" },
	{ "directory", "a directory, not an eventfd" },
	{ "device", "a device, not an eventfd" },
	{ "timer", "not an eventfd" },
	{ "epoll", "not an eventfd" },
};

/* Refused by name, and what there was stays: the ring runs on with its eventfds. */
static void kicks_and_calls_are_eventfds(void **state)
{
	static const uint32_t requests[] = { USER_SET_VRING_KICK, USER_SET_VRING_CALL,
					     USER_SET_VRING_ERR };
	unsigned fds;
	uint64_t ring = 0;

	(void)state;
	bring_up(0);
	assert_int_equal(send_call(0), 0);
	assert_int_equal(send_u64(USER_SET_PROTOCOL_FEATURES, USER_PROTOCOL_REPLY_ACK), 0);
	fds = proc_fds();
	for (size_t i = 0; i < ARRAY_SIZE(kind_rows); i++)
		for (size_t k = 0; k < ARRAY_SIZE(requests); k++) {
			int call_fd = u.ring[0].call_fd, fd = fd_of_kind(kind_rows[i].kind);

			assert_true(fd >= 0);
			assert_int_equal(send_fd(requests[k], 9, &ring, 8, fd), 1);
			assert_int_equal(reply.p.u64, 1);
			assert_non_null(strstr(u.why, kind_rows[i].why));
			assert_true(owner.running[0]);
			assert_int_equal(u.ring[0].call_fd, call_fd);
		}
	assert_int_equal(proc_fds(), fds);
	assert_int_equal(owner.calls, 1);
	assert_int_equal(send_fd(USER_SET_VRING_KICK, 9, &ring, 8, eventfd(7, EFD_SEMAPHORE)), 1);
	assert_int_equal(reply.p.u64, 0);
	assert_int_equal(send_fd(USER_SET_VRING_CALL, 9, &ring, 8, full_eventfd()), 1);
	assert_int_equal(reply.p.u64, 0);
}

static void another_call_fd_is_passed_on_while_the_ring_runs(void **state)
{
	(void)state;
	bring_up(0);
	assert_int_equal(send_call(0), 0);
	assert_int_equal(owner.calls, 1);
	assert_int_equal(owner.call_fd[0], u.ring[0].call_fd);
	assert_int_equal(send_u64(USER_SET_VRING_CALL, 0 | USER_NO_FD), 0);
	assert_int_equal(owner.call_fd[0], -1);
}

static void the_configuration_is_read_in_parts(void **state)
{
	struct user_config c = { .offset = 0, .bytes = 6 };

	(void)state;
	assert_int_equal(send_fd(USER_GET_CONFIG, USER_VERSION, &c, 18, -1), 1);
	assert_int_equal(reply.h.size, 18);
	assert_memory_equal(reply.p.config.data, config, 6);
	c.offset = 10;
	assert_int_equal(send_fd(USER_GET_CONFIG, USER_VERSION, &c, 18, -1), 1);
	assert_int_equal(reply.h.size, 12);
	assert_int_equal(reply.p.config.bytes, 0);
	c.offset = UINT32_MAX;
	assert_int_equal(send_fd(USER_GET_CONFIG, USER_VERSION, &c, 18, -1), 1);
	assert_int_equal(reply.p.config.bytes, 0);
}

static void a_header_that_is_none_ends_the_connection(void **state)
{
	static const struct user_header wrong[] = {
		{ USER_GET_FEATURES, 0, 0 },	 { USER_GET_FEATURES, 2, 0 },
		{ USER_GET_FEATURES, 5, 0 },	 { USER_GET_FEATURES, 1, 8 },
		{ USER_SET_FEATURES, 1, 7 },	 { USER_SET_VRING_ADDR, 1, 8 },
		{ USER_SET_MEM_TABLE, 1, 4096 }, { 999, 1, 1u << 31 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		struct user_message m = { .h = wrong[i], .fds = { fd_eventfd() }, .nfds = 1 };

		assert_false(user_header_ok(&wrong[i]));
		assert_int_equal(user_handle(&u, &m, &reply), -EPROTO);
		assert_int_equal(m.nfds, 0);
	}
}

static void table_sizes_and_fds_must_agree(void **state)
{
	struct user_mem_table t = { .n = 2, .region = { { GUEST_AT, RAM_BYTES, USER_AT, 0 } } };

	(void)state;
	assert_int_equal(send_fd(USER_SET_MEM_TABLE, 1, &t, 72, memory_fd(RAM_BYTES)), -EPROTO);
	t.n = 1;
	assert_int_equal(send_fd(USER_SET_MEM_TABLE, 1, &t, 72, memory_fd(RAM_BYTES)), -EPROTO);
	assert_int_equal(send_fd(USER_SET_MEM_TABLE, 1, &t, 40, -1), -EPROTO);
	t.n = UINT32_MAX;
	assert_int_equal(send_fd(USER_SET_MEM_TABLE, 1, &t, 40, memory_fd(RAM_BYTES)), -EPROTO);
	assert_int_equal(send_fd(USER_SET_MEM_TABLE, 1, &t, 4, -1), -EPROTO);
	assert_int_equal(u.mem.nregions, 0);
}

static void more_fds_than_a_request_brings_are_closed(void **state)
{
	unsigned fds = proc_fds();
	struct user_message m = { .h = { USER_SET_FEATURES, 1, 8 },
				  .fds = { fd_eventfd(), fd_eventfd() },
				  .nfds = 2 };

	(void)state;
	assert_int_equal(user_handle(&u, &m, &reply), 0);
	assert_int_equal(proc_fds(), fds);
}

static void a_connection_leaves_nothing_behind(void **state)
{
	unsigned fds = proc_fds();

	(void)state;
	for (int i = 0; i < 50; i++) {
		bring_up(0);
		bring_up(1);
		send_call(0);
		send_call(0);
		user_fini(&u);
		set_up(NULL);
	}
	assert_int_equal(proc_fds(), fds);
}

/* ------------------------------------------------------------------ recorded conversations */

static unsigned unhex(const char *text, uint8_t *to, unsigned max)
{
	unsigned n = 0, byte;

	for (; n < max && sscanf(text + 2 * n, "%2x", &byte) == 1; n++)
		to[n] = (uint8_t)byte;
	return n;
}

static uint32_t request_of(const char *name)
{
	for (uint32_t i = 0; i < 64; i++)
		if (strcmp(user_request_name(i), name) == 0)
			return i;
	return 21; /* SET_BACKEND_REQ_FD: never offered */
}

/* The fds as the recorded front end had them: memory as large as the region, else eventfds. */
static void make_fds(struct user_message *m, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		const struct user_region *r =
			m->h.request == USER_ADD_MEM_REG ? &m->p.reg.region : &m->p.table.region[i];
		bool memory = m->h.request == USER_SET_MEM_TABLE ||
			      m->h.request == USER_ADD_MEM_REG;

		m->fds[i] = memory ? memory_fd(r->offset + r->bytes) : fd_eventfd();
	}
	m->nfds = n;
}

/* "C SET_VRING_NUM 0x1 8 0 0000000000010000" */
static int replay_message(const char *line)
{
	struct user_message m = { .h = { 0 } };
	char name[64], hex[4096];
	unsigned nfds;

	memset(&reply, 0, sizeof(reply));
	assert_int_equal(
		sscanf(line, "C %63s %x %u %u %4095s", name, &m.h.flags, &m.h.size, &nfds, hex), 5);
	m.h.request = request_of(name);
	assert_int_equal(unhex(hex, m.p.bytes, sizeof(m.p.bytes)), m.h.size);
	make_fds(&m, nfds);
	return user_handle(&u, &m, &reply);
}

/* Answered as the recorded back end did, but for indices, which are of its traffic. */
static void compare_reply(const char *line, int got)
{
	char name[64], hex[1024];
	uint8_t want[256];
	unsigned n;

	assert_int_equal(sscanf(line, "S %63s %1023s", name, hex), 2);
	n = unhex(hex, want, sizeof(want));
	assert_int_equal(got, 1);
	if (strcmp(name, "SET_BACKEND_REQ_FD") == 0) { /* that back end offered it */
		assert_int_equal(reply.p.u64, 1);
		return;
	}
	assert_string_equal(user_request_name(reply.h.request), name);
	assert_int_equal(reply.h.size, n);
	if (reply.h.request == USER_GET_MAX_MEM_SLOTS)
		assert_int_equal(reply.p.u64, GMEM_REGIONS_MAX);
	else if (reply.h.request == USER_GET_VRING_BASE)
		assert_memory_equal(reply.p.bytes, want, 4);
	else
		assert_memory_equal(reply.p.bytes, want, n);
}

static void new_connection(uint64_t features, uint64_t protocol, unsigned queues)
{
	struct user_offer offer = offer_of(features, protocol, queues);

	user_fini(&u);
	memset(&owner, 0, sizeof(owner));
	user_init(&u, &offer, &ops, NULL);
}

static FILE *open_trace(const char *name)
{
	char path[512];
	FILE *f;

	snprintf(path, sizeof(path), "%s/tests/vhost-user/%s",
		 getenv("TANDEM_SRC") ? getenv("TANDEM_SRC") : ".", name);
	f = fopen(path, "re");
	if (!f)
		fail_msg("%s: %s", path, strerror(errno));
	return f;
}

/* A back end that refused on purpose is not followed: only that nothing breaks. */
static void a_recorded_conversation_is_answered_alike(void **state)
{
	const char *name = *state;
	bool refuses = strstr(name, "nack");
	unsigned long long features = 0, protocol = 0;
	unsigned queues = 2, ring, lineno = 0;
	FILE *f = open_trace(name);
	char line[8192];
	int got = 0;

	while (fgets(line, sizeof(line), f)) {
		lineno++;
		sscanf(line, "# back end: features=%llx", &features);
		if (sscanf(line, "# back end: protocol=%llx", &protocol) == 1 &&
		    strstr(line, "queues="))
			sscanf(strstr(line, "queues="), "queues=%u", &queues);
		if (line[0] == 'X' && strstr(line, "connected"))
			new_connection(features, protocol, queues);
		else if (line[0] == 'C')
			got = replay_message(line);
		else if (line[0] == 'S' && !refuses)
			compare_reply(line, got);
		else if (sscanf(line, "K ring=%u", &ring) == 1 && strstr(line, "enabled=1") &&
			 !refuses && (ring < 2 || (features & MQ)) && !user_ring_runs(&u, ring))
			fail_msg("line %u: ring %u was kicked and does not run", lineno, ring);
	}
	fclose(f);
}

#define TRACES_MAX 64

static int is_trace(const struct dirent *e)
{
	return strstr(e->d_name, ".txt") != NULL;
}

/* In the lab, say. */
static void recordings_are_not_here(void **state)
{
	(void)state;
	print_message("# tests/vhost-user is not here\n");
	skip();
}

static void add_traces(struct suite *s)
{
	char dir[512];
	struct dirent **names;
	int n;

	snprintf(dir, sizeof(dir), "%s/tests/vhost-user",
		 getenv("TANDEM_SRC") ? getenv("TANDEM_SRC") : ".");
	n = scandir(dir, &names, is_trace, alphasort);
	if (n < 0 && errno == ENOENT) {
		suite_add(s, "recorded_conversations", recordings_are_not_here, NULL);
		return;
	}
	assert_true(n > 0 && n < TRACES_MAX);
	for (int i = 0; i < n; i++)
		suite_add(s, names[i]->d_name, a_recorded_conversation_is_answered_alike,
			  names[i]->d_name);
	free(names); /* the list, not what it lists */
}

#define ADD(test) suite_add(&s, #test, test, NULL)

int main(void)
{
	static struct suite s = { .setup = set_up, .teardown = tear_down };

	ADD(rule_1_kick_and_enable_in_any_order);
	ADD(rule_1_get_base_voids_the_addresses);
	ADD(rule_2_started_without_features_owner_or_call);
	ADD(rule_3_a_ring_never_described_may_be_asked_first);
	ADD(rule_3_and_8_a_split_ring_goes_on_at_its_used_index);
	ADD(rule_8_a_packed_ring_goes_on_at_the_base_it_was_told);
	ADD(rule_8_a_packed_ring_that_stopped_goes_on);
	ADD(rule_4_rings_that_were_not_offered_are_ignored);
	ADD(rule_5_memory_changes_under_running_rings);
	ADD(rule_5_memory_outlives_a_reset);
	ADD(rule_5_a_table_that_is_wrong_leaves_the_old_one);
	ADD(rule_5_regions_come_one_by_one);
	ADD(rule_6_protocol_features_are_always_offered);
	ADD(rule_6_without_them_a_ring_is_enabled);
	ADD(rule_7_what_asks_for_a_reply_gets_one);
	ADD(rule_9_features_that_were_not_offered_are_left_out);
	ADD(rule_11_regions_in_any_order);
	ADD(rule_11_guest_addresses_are_the_front_ends_own);
	ADD(rule_12_power_off_stops_twice_and_enables_twice);
	ADD(rule_13_what_was_not_offered_is_refused);
	ADD(rule_13_a_protocol_feature_brings_its_requests);
	ADD(all_rings_of_all_pairs_run);
	ADD(a_region_that_comes_again_is_counted);
	for (size_t i = 0; i < ARRAY_SIZE(index_rows); i++)
		suite_add(&s, index_rows[i].name, a_ring_of_no_pair_is_refused, &index_rows[i]);
	ADD(a_kick_without_fd_is_polled);
	ADD(kicks_and_calls_are_eventfds);
	ADD(another_call_fd_is_passed_on_while_the_ring_runs);
	ADD(the_configuration_is_read_in_parts);
	ADD(a_header_that_is_none_ends_the_connection);
	ADD(table_sizes_and_fds_must_agree);
	ADD(more_fds_than_a_request_brings_are_closed);
	ADD(a_connection_leaves_nothing_behind);
	add_traces(&s);
	return suite_run(&s, "vhost-user");
}

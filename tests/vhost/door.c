// SPDX-License-Identifier: BSD-2-Clause
// The front door with a backend behind it, and two front ends that this program plays.
#include "tests/common/suite.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/clock.h"
#include "lib/fd.h"
#include "lib/filter.h"
#include "tests/common/front.h"
#include "tests/common/proc.h"
#include "vhost/producers.h"
#include "vhost/strategies.h"
#include "vhost/user_door.h"
#include "vhost/user_socket.h"

#define A 0u
#define B 1u
#define SIDES 2u
#define SECOND 1000000000ll
#define PATIENCE ((int64_t)suite_patience(10 * SECOND)) /* what takes longer is lost */

/* How the backend works. */
struct mode {
	const char *name;
	const struct notify_ops *notify;
	const char *producer;
};

static const struct mode modes[] = {
	{ "direct", &notify_direct, "user" },	{ "deferred", &notify_deferred, "user" },
	{ "unbound", &notify_unbound, "user" }, { "batch", &notify_direct, "batch" },
	{ "sqpoll", &notify_direct, "sqpoll" },
};

static struct backend *backend;
static struct user_door *door[SIDES];
static struct front front[SIDES];
/* Their second pairs of queues, where a test has them. */
static struct front more[SIDES];
static bool has_more[SIDES];
static unsigned pairs; /* that a front end may have */
static char dir[64], path[SIDES][96];
static unsigned fds_before;

/* ---- two doors ---- */

static int set_up(void **state)
{
	(void)state;
	suite_watch(60);
	pairs = 1;
	fds_before = proc_fds();
	snprintf(dir, sizeof(dir), "/tmp/tandem-door.XXXXXX");
	assert_non_null(mkdtemp(dir));
	for (unsigned i = 0; i < SIDES; i++) {
		snprintf(path[i], sizeof(path[i]), "%s/%c", dir, 'a' + i);
		front_create(&front[i], (1 + i) * 0x40000000ull, 64);
	}
	return 0;
}

static void drop_more(unsigned side)
{
	if (!has_more[side])
		return;
	front_leave(&more[side]);
	front_destroy(&more[side]);
	has_more[side] = false;
}

static void close_doors(void)
{
	for (unsigned i = 0; i < SIDES; i++) {
		user_door_destroy(door[i]);
		door[i] = NULL;
	}
	backend_destroy(backend);
	backend = NULL;
}

/* Whatever happened, nothing is left open and no path is left. */
static int tear_down(void **state)
{
	(void)state;
	close_doors();
	for (unsigned i = 0; i < SIDES; i++) {
		drop_more(i);
		front_destroy(&front[i]);
	}
	assert_int_equal(rmdir(dir), 0);
	assert_int_equal(proc_fds(), fds_before);
	assert_int_equal(proc_threads_settled(PROC_ALONE), PROC_ALONE);
	return 0;
}

static void make_backend(const struct mode *mode)
{
	struct backend_config config = { .pairs = pairs,
					 .notify = mode->notify,
					 .producer = producer_find(mode->producer),
					 .batch = 64,
					 .budget = 64,
					 .sq_idle_ms = 10,
					 .frame_max = 2048,
					 .queue_size_max = 256 };

	sched_getaffinity(0, sizeof(config.backend_cpus), &config.backend_cpus);
	config.notifier_cpus = config.backend_cpus;
	assert_int_equal(backend_create(&backend, &config), 0);
	assert_int_equal(backend_start(backend), 0);
}

static void open_doors(const struct mode *mode, bool client)
{
	make_backend(mode);
	for (unsigned i = 0; i < SIDES; i++) {
		struct user_door_config config = { .path = path[i],
						   .client = client,
						   .port = i,
						   .backend = backend,
						   .pairs = pairs,
						   .features = user_door_features(pairs),
						   .frame_bytes = 2048 };

		assert_int_equal(user_door_create(&door[i], &config), 0);
		assert_int_equal(user_door_start(door[i]), 0);
	}
}

static void attach(unsigned side)
{
	assert_int_equal(front_attach(&front[side], path[side]), 0);
}

static void attach_both(void)
{
	attach(A);
	attach(B);
}

/* True when it became so in time. */
static bool comes(bool (*is)(const struct user_door_stats *), unsigned side)
{
	int64_t end = (int64_t)clock_mono_ns() + PATIENCE;

	while ((int64_t)clock_mono_ns() < end) {
		struct user_door_stats s = user_door_stats(door[side]);

		if (is(&s))
			return true;
		usleep(1000);
	}
	return false;
}

static bool is_gone(const struct user_door_stats *s)
{
	return !s->connected;
}

static bool is_refused(const struct user_door_stats *s)
{
	return s->refusals > 0;
}

static void go(unsigned side)
{
	front_hang_up(&front[side]);
	assert_true(comes(is_gone, side));
}

/* ---- frames ---- */

static void assert_next(unsigned to, uint64_t want)
{
	uint64_t seq;

	assert_int_equal(front_take_frame(&front[to], &seq, PATIENCE), 1);
	assert_int_equal(seq, want);
}

/* One at a time, so that both sleep in between and each frame needs its kick and its call. */
static void ping(unsigned from, uint64_t first, unsigned n)
{
	for (uint64_t seq = first; seq < first + n; seq++) {
		assert_true(front_send_frame(&front[from], seq, 64 + seq % 1400));
		assert_next(1 - from, seq);
	}
}

static void both_ways(uint64_t first)
{
	ping(A, first, 20);
	ping(B, first + 1000, 20);
}

static void frames_go_both_ways(void **state)
{
	open_doors(*state, false);
	attach_both();
	both_ways(1);
	assert_int_equal(user_door_stats(door[A]).rings, 2);
	assert_int_equal(user_door_stats(door[A]).features, front[A].features);
	assert_int_equal(user_door_stats(door[A]).refusals, 0);
}

/* As many as the rings take, without waiting for any. */
static void a_burst_comes_in_order(void **state)
{
	open_doors(*state, false);
	attach_both();
	for (unsigned round = 0; round < 50; round++) {
		for (uint64_t i = 0; i < 40; i++)
			assert_true(front_send_frame(&front[A], round * 40 + i, 900));
		for (uint64_t i = 0; i < 40; i++)
			assert_next(B, round * 40 + i);
	}
}

static void frames_wait_for_a_peer_that_comes_later(void **state)
{
	open_doors(*state, false);
	attach(A);
	for (uint64_t i = 0; i < 10; i++)
		assert_true(front_send_frame(&front[A], i, 200));
	attach(B);
	for (uint64_t i = 0; i < 10; i++)
		assert_next(B, i);
}

/* ---- coming and going ---- */

static void a_side_goes_and_comes_back(void **state)
{
	open_doors(*state, false);
	attach_both();
	for (unsigned i = 0; i < 10; i++) {
		unsigned side = i % 2;

		both_ways(i * 10000);
		go(side);
		attach(side);
	}
	both_ways(1);
	assert_int_equal(user_door_stats(door[A]).connections, 6);
	assert_int_equal(user_door_stats(door[B]).connections, 6);
}

/* As in a guest's reset: the rings stop, the memory stays, the rings start afresh. */
static void rings_stop_and_start(void **state)
{
	uint32_t base[NET_QUEUES];

	open_doors(*state, false);
	attach_both();
	for (unsigned i = 0; i < 10; i++) {
		both_ways(i * 10000);
		assert_int_equal(front_stop(&front[B], base), 0);
		assert_int_equal(base[NET_RX], fake_used_idx(&front[B].guest.queue[NET_RX]));
		assert_int_equal(base[NET_TX], fake_used_idx(&front[B].guest.queue[NET_TX]));
		assert_int_equal(user_door_stats(door[B]).rings, 0);
		assert_int_equal(front_start(&front[B]), 0);
	}
}

/* What is known of the rings once nobody polls their kick fds any more. */
static void rings_are_counted_when_they_stop(void **state)
{
	struct user_door_stats a, b;
	uint32_t base[NET_QUEUES];

	open_doors(*state, false);
	attach_both();
	ping(A, 1, 20);
	for (unsigned i = 0; i < 5; i++)
		fd_signal(front[A].kick[NET_RX]);
	go(A);
	assert_int_equal(front_stop(&front[B], base), 0);
	a = user_door_stats(door[A]);
	b = user_door_stats(door[B]);
	assert_int_equal(a.ring[NET_TX].size, 64);
	assert_int_equal(a.ring[NET_TX].base, 20);
	assert_int_equal(b.ring[NET_RX].base, base[NET_RX]);
	assert_true(a.ring[NET_TX].kicks >= 1);
	assert_true(a.ring[NET_RX].kicks >= 5);
	assert_int_equal(b.ring[NET_TX].base, 0);
	user_door_stop(door[A]);
	user_door_stop(door[A]);
	assert_false(user_door_stats(door[A]).connected);
}

/* What the peer sends meanwhile is neither lost nor reordered. */
static void frames_wait_while_the_receiver_stands_still(void **state)
{
	open_doors(*state, false);
	attach_both();
	ping(A, 1, 5);
	assert_int_equal(front_stop(&front[B], NULL), 0);
	for (uint64_t i = 100; i < 110; i++)
		assert_true(front_send_frame(&front[A], i, 100));
	assert_int_equal(front_start(&front[B]), 0);
	for (uint64_t i = 100; i < 110; i++)
		assert_next(B, i);
}

/* A call fd that is replaced under way, as for a masked interrupt: no call is lost. */
static void a_call_fd_is_replaced_under_traffic(void **state)
{
	open_doors(*state, false);
	attach_both();
	for (unsigned i = 0; i < 200; i++) {
		uint64_t index = NET_RX;
		int other = fd_eventfd(), old = front[B].call[NET_RX];

		assert_true(front_send_frame(&front[A], i, 100));
		front[B].call[NET_RX] = other;
		assert_int_equal(
			front_set(&front[B], USER_SET_VRING_CALL, &index, sizeof(index), other), 0);
		fd_close(&old);
		assert_next(B, i);
	}
}

/* Used buffers that were told through the old fd, or through none, are looked at again. */
static void a_new_call_fd_is_called(void **state)
{
	uint64_t index = NET_RX;
	int other = fd_eventfd();

	open_doors(*state, false);
	attach_both();
	assert_int_equal(front_set(&front[B], USER_SET_VRING_CALL, &index, sizeof(index), other),
			 0);
	assert_true(fd_wait(other, PATIENCE));
	fd_close(&other);
}

/* In mid-batch: frames are under way when it is gone. The other side does not notice. */
static void a_front_end_vanishes_in_mid_batch(void **state)
{
	open_doors(*state, false);
	attach_both();
	for (unsigned i = 0; i < 20; i++) {
		for (uint64_t k = 0; k < 40; k++)
			front_send_frame(&front[A], k, 1000);
		front_hang_up(&front[B]);
		while (front_send_frame(&front[A], 99, 1000))
			;
		assert_true(comes(is_gone, B));
		attach(B);
		go(A);
		attach(A);
		/* What A's last life had sent may still lie in B's buffers. */
		go(B);
		attach(B);
		both_ways(1);
	}
}

static void a_backend_that_ends_under_traffic(void **state)
{
	open_doors(*state, false);
	attach_both();
	while (front_send_frame(&front[A], 1, 1000))
		;
	close_doors();
	assert_int_not_equal(access(path[A], F_OK), 0);
	assert_int_not_equal(access(path[B], F_OK), 0);
}

/* ---- the other role ---- */

static int listen_at(const char *at)
{
	struct user_listener l;

	assert_int_equal(user_listener_open(&l, at), 0);
	return l.fd;
}

static void accept_and_start(struct front *f, int listener)
{
	assert_true(fd_wait(listener, PATIENCE));
	assert_int_equal(front_accept(f, listener), 0);
	assert_int_equal(front_negotiate(f), 0);
	assert_int_equal(front_start(f), 0);
}

static void front_ends_that_listen_are_found_again(void **state)
{
	int listener[SIDES];

	open_doors(*state, true);
	for (unsigned i = 0; i < SIDES; i++)
		listener[i] = listen_at(path[i]);
	for (unsigned round = 0; round < 3; round++) {
		for (unsigned i = 0; i < SIDES; i++)
			accept_and_start(&front[i], listener[i]);
		both_ways(1);
		for (unsigned i = 0; i < SIDES; i++)
			front_hang_up(&front[i]);
	}
	for (unsigned i = 0; i < SIDES; i++) {
		fd_close(&listener[i]);
		unlink(path[i]);
	}
}

/*
 * DPDK that listens (server=1) is found by the next backend; its rings have moved, and it may have
 * posted all its buffers before.
 */
static void rule_14_a_backend_that_returns_finds_who_listens(void **state)
{
	int listener[SIDES];

	open_doors(*state, true);
	for (unsigned i = 0; i < SIDES; i++)
		listener[i] = listen_at(path[i]);
	for (unsigned life = 0; life < 3; life++) {
		for (unsigned i = 0; i < SIDES; i++)
			accept_and_start(&front[i], listener[i]);
		both_ways(life * 10000);
		close_doors();
		for (unsigned i = 0; i < SIDES; i++)
			front_hang_up(&front[i]);
		open_doors(*state, true);
	}
	close_doors();
	for (unsigned i = 0; i < SIDES; i++) {
		fd_close(&listener[i]);
		unlink(path[i]);
	}
}

/*
 * DPDK that connects does not come back once its backend went. A backend that took the sockets
 * again waits for it without a word, and serves the side that did come back as soon as it has a
 * peer.
 */
static void rule_14_who_connected_may_stay_away(void **state)
{
	open_doors(*state, false);
	attach_both();
	both_ways(1);
	close_doors();
	open_doors(*state, false);
	front_hang_up(&front[A]);
	front_hang_up(&front[B]);
	attach(B);
	assert_int_equal(user_door_stats(door[A]).connections, 0);
	for (uint64_t i = 0; i < 10; i++)
		assert_true(front_send_frame(&front[B], i, 100));
	assert_false(user_door_stats(door[A]).connected);
	attach(A);
	for (uint64_t i = 0; i < 10; i++)
		assert_next(A, i);
	assert_int_equal(user_door_stats(door[B]).refusals, 0);
}

/* ---- front ends that break the rules ---- */

/* A's fault: B's connection, rings and traffic stay as they are. */
static void assert_b_is_whole(void)
{
	assert_int_equal(user_door_stats(door[B]).connections, 1);
	assert_int_equal(user_door_stats(door[B]).rings, 2);
	go(A);
	attach(A);
	both_ways(1);
	assert_int_equal(user_door_stats(door[B]).connections, 1);
}

struct offence {
	const char *name;
	uint32_t request, flags, bytes;
	uint8_t payload[64];
};

#define NEED (USER_VERSION | USER_NEED_REPLY)

static const struct offence offences[] = {
	{ "a request that nobody knows", 99, USER_VERSION, 8, { 0 } },
	{ "a version that nobody knows", USER_SET_FEATURES, 2, 8, { 0 } },
	{ "an answer for a request", USER_SET_FEATURES, USER_VERSION | USER_REPLY, 8, { 0 } },
	{ "a payload longer than any", USER_SET_FEATURES, USER_VERSION, 1u << 30, { 0 } },
	{ "a payload of another size", USER_SET_FEATURES, USER_VERSION, 4, { 0 } },
	{ "a ring that there is not", USER_SET_VRING_NUM, USER_VERSION, 8, { 200 } },
	{ "memory without fds", USER_SET_MEM_TABLE, USER_VERSION, 40, { 1 } },
	{ "a call without fd or bit 8", USER_SET_VRING_CALL, USER_VERSION, 8, { 0 } },
};

/* The connection ends; the process and the other side go on. */
static void an_offence_ends_its_own_connection(void **state)
{
	const struct offence *o = *state;
	union user_payload p;

	open_doors(&modes[0], false);
	attach_both();
	if (o->bytes > 64) { /* no payload: the header is enough to end it */
		struct user_header h = { o->request, o->flags, o->bytes };

		assert_int_equal(send(front[A].sock, &h, sizeof(h), MSG_NOSIGNAL), sizeof(h));
	} else {
		assert_int_equal(
			front_send(&front[A], o->request, o->flags, o->payload, o->bytes, -1), 0);
	}
	assert_true(front_receive(&front[A], &p) <= 0);
	assert_b_is_whole();
}

static void with_an_acknowledgement_it_is_refused_and_goes_on(void **state)
{
	struct user_vring_state s = { 200, 1 };

	open_doors(*state, false);
	attach_both();
	assert_int_equal(front_set(&front[A], USER_SET_VRING_NUM, &s, sizeof(s), -1), 1);
	assert_true(comes(is_refused, A));
	both_ways(1);
}

/* Refused; its own rings and the other side's run on. */
static void a_call_fd_that_is_a_pipe_is_refused(void **state)
{
	uint64_t ring = NET_RX;
	int fds[2];

	open_doors(*state, false);
	attach_both();
	assert_int_equal(pipe(fds), 0);
	for (unsigned i = 0; i < 2; i++)
		assert_int_equal(front_set(&front[A], i ? USER_SET_VRING_CALL : USER_SET_VRING_KICK,
					   &ring, sizeof(ring), fds[1]),
				 1);
	assert_true(comes(is_refused, A));
	close(fds[0]);
	close(fds[1]);
	both_ways(1);
}

/* From here on a write of it waits, for whoever writes it. */
static void make_full_and_blocking(int fd)
{
	uint64_t most = UINT64_MAX - 1;

	do
		fd_take(fd); /* a notification of before may still come */
	while (fd_write_all(fd, &most, sizeof(most)));
	assert_int_equal(fcntl(fd, F_SETFL, 0), 0);
}

/* Takes what the peer sent before, until the one that is looked for. */
static void assert_comes(unsigned to, uint64_t want)
{
	uint64_t seq = 0;

	while (seq != want)
		assert_int_equal(front_take_frame(&front[to], &seq, PATIENCE), 1);
}

/* The backend's or the notifier's write waits: it is freed, and A's connection is closed. */
static void a_full_call_fd_that_blocks_costs_its_own_side(void **state)
{
	open_doors(*state, false);
	attach_both();
	ping(B, 1, 3);
	make_full_and_blocking(front[A].call[NET_RX]);
	assert_true(front_send_frame(&front[B], 4, 100));
	assert_true(comes(is_gone, A));
	assert_int_equal(user_door_stats(door[A]).refusals, 1);
	assert_int_equal(user_door_stats(door[B]).connections, 1);
	front_hang_up(&front[A]);
	assert_int_equal(fcntl(front[A].call[NET_RX], F_SETFL, O_NONBLOCK), 0);
	attach(A);
	assert_true(front_send_frame(&front[B], 5, 100));
	assert_comes(A, 5);
	both_ways(10);
	assert_int_equal(user_door_stats(door[B]).connections, 1);
}

static void floods_and_silence_harm_nobody_else(void **state)
{
	uint64_t ring = NET_RX;

	open_doors(*state, false);
	attach_both();
	fd_close(&front[A].sock);
	assert_int_equal(front_connect(&front[A], path[A]), 0);
	/* Asks and never reads, until its socket and ours are full. */
	for (int i = 0; i < 100000; i++) {
		struct user_header h = { USER_GET_FEATURES, USER_VERSION, 0 };

		if (send(front[A].sock, &h, sizeof(h), MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
			break;
	}
	assert_int_equal(front_set(&front[B], USER_SET_VRING_CALL, &ring, sizeof(ring),
				   front[B].call[NET_RX]),
			 0);
	assert_b_is_whole();
}

/* A's memory is gone under the backend's hands: B's rings run on, and A may come again. */
static void memory_cut_short_costs_its_own_side(void **state)
{
	assert_int_equal(filter_outlive_cuts(), 0);
	open_doors(*state, false);
	front_soften(&front[A]);
	attach_both();
	both_ways(1);
	front_cut(&front[A]);
	front_send_frame(&front[B], 1, 100);
	assert_true(comes(is_gone, A));
	front_destroy(&front[A]);
	front_create(&front[A], 0x40000000ull, 64);
	go(B); /* what it sent into the void may still come */
	attach_both();
	both_ways(1);
}

/* More front ends than one: the next waits until the first has gone. */
static void a_second_front_end_waits(void **state)
{
	struct front other;
	uint64_t features;

	open_doors(*state, false);
	attach_both();
	front_create(&other, 0x80000000ull, 64);
	assert_int_equal(front_connect(&other, path[A]), 0);
	both_ways(1);
	front_hang_up(&front[A]);
	assert_int_equal(front_get(&other, USER_GET_FEATURES, &features), 0);
	front_destroy(&other);
}

/* ---- several pairs of queues ---- */

#define SECOND_PAIR 0x100000ull /* frames of second pairs are numbered from here on */

/* The side's second pair joins its conversation. */
static void join(unsigned side)
{
	front_create(&more[side], (5 + side) * 0x40000000ull, 64);
	has_more[side] = true;
	assert_int_equal(front_join(&more[side], &front[side], 1), 0);
}

/* Both sides may have two pairs; a has n_a of them, b n_b. */
static void open_pairs(const struct mode *mode, unsigned n_a, unsigned n_b)
{
	pairs = 2;
	open_doors(mode, false);
	attach_both();
	if (n_a > 1)
		join(A);
	if (n_b > 1)
		join(B);
}

static void assert_takes(struct front *to, uint64_t want)
{
	uint64_t seq;

	assert_int_equal(front_take_frame(to, &seq, PATIENCE), 1);
	assert_int_equal(seq, want);
}

static void ping_pair(struct front *from, struct front *to, uint64_t first)
{
	for (uint64_t seq = first; seq < first + 20; seq++) {
		assert_true(front_send_frame(from, seq, 64 + seq % 1400));
		assert_takes(to, seq);
	}
}

static void assert_pairs_are_apart(uint64_t first)
{
	ping_pair(&front[A], &front[B], first);
	ping_pair(&more[A], &more[B], SECOND_PAIR + first);
	ping_pair(&more[B], &more[A], SECOND_PAIR + first);
	ping_pair(&front[B], &front[A], first);
}

static void each_pair_sends_to_its_like(void **state)
{
	open_pairs(*state, 2, 2);
	assert_int_equal(user_door_stats(door[A]).rings, 4);
	for (uint64_t i = 0; i < 5; i++)
		assert_pairs_are_apart(i * 100);
	assert_int_equal(backend_stats(backend).pair[A][0].frames, 100);
	assert_int_equal(backend_stats(backend).pair[B][1].frames, 100);
	assert_int_equal(user_door_stats(door[A]).refusals, 0);
}

/* Once there is a descriptor for it. */
static void send_soon(struct front *from, uint64_t seq)
{
	int64_t end = (int64_t)clock_mono_ns() + PATIENCE;

	while (!front_send_frame(from, seq, 900)) {
		assert_true((int64_t)clock_mono_ns() < end);
		usleep(100);
	}
}

/* Takes n frames of both of the peer's pairs; each pair's come in order. */
static void assert_both_in_order(struct front *to, unsigned n, uint64_t next[2])
{
	uint64_t seq;

	for (unsigned i = 0; i < n; i++) {
		unsigned pair;

		assert_int_equal(front_take_frame(to, &seq, PATIENCE), 1);
		pair = seq >= SECOND_PAIR;
		assert_int_equal(seq, next[pair]);
		next[pair]++;
	}
}

static void two_pairs_send_to_one(void **state)
{
	uint64_t next[2] = { 0, SECOND_PAIR };

	open_pairs(*state, 2, 1);
	for (uint64_t i = 0; i < 2000; i++) {
		send_soon(&front[A], i);
		send_soon(&more[A], SECOND_PAIR + i);
		if (i % 40 == 39)
			assert_both_in_order(&front[B], 80, next);
	}
	ping_pair(&front[B], &front[A], 1);
}

/* Both have more to send than the receiver takes, and it gives back one buffer at a time. */
static void no_pair_starves(void **state)
{
	uint64_t seq, count[2] = { 0 };

	open_pairs(*state, 2, 1);
	for (unsigned i = 0; i < 4000; i++) {
		while (front_send_frame(&front[A], 1, 64))
			;
		while (front_send_frame(&more[A], SECOND_PAIR, 64))
			;
		assert_int_equal(front_take_frame(&front[B], &seq, PATIENCE), 1);
		count[seq >= SECOND_PAIR]++;
	}
	assert_true(count[0] >= 1800);
	assert_true(count[1] >= 1800);
}

static void a_pair_that_is_disabled_gets_nothing(void **state)
{
	open_pairs(*state, 2, 2);
	for (uint64_t i = 0; i < 10; i++) {
		assert_pairs_are_apart(i * 1000);
		assert_int_equal(front_enable(&more[B], false), 0);
		assert_int_equal(user_door_stats(door[B]).rings, 2);
		ping_pair(&more[A], &front[B], SECOND_PAIR + i * 1000 + 500);
		ping_pair(&front[A], &front[B], i * 1000 + 500);
		assert_int_equal(front_enable(&more[B], true), 0);
	}
	assert_int_equal(front_enable(&front[B], false), 0);
	ping_pair(&front[A], &more[B], 1);
	assert_int_equal(front_enable(&front[B], true), 0);
	assert_pairs_are_apart(1);
}

/* Its rings begin anew; the other pair does not notice. */
static void a_pair_stops_while_the_other_runs(void **state)
{
	uint32_t base[NET_QUEUES];

	open_pairs(*state, 2, 2);
	for (uint64_t i = 0; i < 10; i++) {
		assert_pairs_are_apart(i * 1000);
		assert_true(front_send_frame(&front[A], i, 100));
		assert_int_equal(front_stop(&more[B], base), 0);
		assert_int_equal(base[NET_RX], fake_used_idx(&more[B].guest.queue[NET_RX]));
		assert_int_equal(base[NET_TX], fake_used_idx(&more[B].guest.queue[NET_TX]));
		assert_takes(&front[B], i);
		ping_pair(&front[B], &front[A], i * 1000 + 500);
		assert_int_equal(front_start(&more[B]), 0);
	}
	assert_pairs_are_apart(1);
}

static void memory_changes_under_the_rings_of_all_pairs(void **state)
{
	struct front other;

	front_create(&other, 9 * 0x40000000ull, 64);
	open_pairs(*state, 2, 2);
	for (uint64_t i = 0; i < 30; i++) {
		for (uint64_t k = 0; k < 20; k++) {
			send_soon(&front[A], i * 20 + k);
			send_soon(&more[A], SECOND_PAIR + i * 20 + k);
		}
		assert_int_equal(front_borrow_memory(&front[i % SIDES], &other), 0);
		for (uint64_t k = 0; k < 20; k++) {
			assert_takes(&front[B], i * 20 + k);
			assert_takes(&more[B], SECOND_PAIR + i * 20 + k);
		}
	}
	front_destroy(&other);
	assert_pairs_are_apart(1);
}

/* In mid-batch: both of its pairs are gone at once. The other side does not notice. */
static void a_front_end_of_two_pairs_vanishes_in_mid_batch(void **state)
{
	open_pairs(*state, 2, 2);
	for (unsigned i = 0; i < 10; i++) {
		for (uint64_t k = 0; k < 40; k++) {
			front_send_frame(&front[A], k, 1000);
			front_send_frame(&more[A], SECOND_PAIR + k, 1000);
		}
		for (unsigned side = 0; side < SIDES; side++) {
			drop_more(B - side);
			go(B - side);
		}
		attach_both();
		join(A);
		join(B);
		assert_pairs_are_apart(1);
	}
	assert_int_equal(user_door_stats(door[A]).refusals, 0);
}

/* As crosvm's, whose third ring is a control queue. */
static void a_front_end_that_knows_of_one_pair_has_one(void **state)
{
	pairs = 2;
	open_doors(*state, false);
	front[A].one_pair = true;
	attach_both();
	join(A);
	assert_int_equal(user_door_stats(door[A]).rings, 2);
	assert_true(front_send_frame(&more[A], 1, 100));
	both_ways(1);
	assert_int_equal(fake_guest_reap_tx(&more[A].guest), 0);
}

static void a_ring_of_no_pair_is_refused_and_it_goes_on(void **state)
{
	struct user_vring_state s = { 4, 1 };

	open_pairs(*state, 2, 2);
	assert_int_equal(front_set(&front[A], USER_SET_VRING_ENABLE, &s, sizeof(s), -1), 1);
	assert_true(comes(is_refused, A));
	assert_pairs_are_apart(1);
}

static void add_pairs(struct suite *s, const struct mode *m)
{
	suite_add(s, "each pair sends to its like", each_pair_sends_to_its_like, m);
	suite_add(s, "two pairs send to one", two_pairs_send_to_one, m);
	suite_add(s, "no pair starves", no_pair_starves, m);
	suite_add(s, "a pair that is disabled gets nothing", a_pair_that_is_disabled_gets_nothing,
		  m);
	suite_add(s, "a pair stops while the other runs", a_pair_stops_while_the_other_runs, m);
	suite_add(s, "memory changes under the rings of all pairs",
		  memory_changes_under_the_rings_of_all_pairs, m);
	suite_add(s, "a front end of two pairs vanishes in mid-batch",
		  a_front_end_of_two_pairs_vanishes_in_mid_batch, m);
}

int main(void)
{
	static struct suite s;

	s.setup = set_up;
	s.teardown = tear_down;
	for (size_t i = 0; i < ARRAY_SIZE(modes); i++) {
		const struct mode *m = &modes[i];

		suite_add(&s, "frames go both ways", frames_go_both_ways, m);
		suite_add(&s, "a burst comes in order", a_burst_comes_in_order, m);
		suite_add(&s, "rings stop and start", rings_stop_and_start, m);
		suite_add(&s, "a call fd is replaced under traffic",
			  a_call_fd_is_replaced_under_traffic, m);
		suite_add(&s, "a front end vanishes in mid-batch",
			  a_front_end_vanishes_in_mid_batch, m);
		suite_add(&s, "a backend that ends under traffic",
			  a_backend_that_ends_under_traffic, m);
	}
	suite_add(&s, "rings are counted when they stop", rings_are_counted_when_they_stop,
		  &modes[0]);
	suite_add(&s, "a new call fd is called", a_new_call_fd_is_called, &modes[0]);
	suite_add(&s, "frames wait for a peer that comes later",
		  frames_wait_for_a_peer_that_comes_later, &modes[0]);
	suite_add(&s, "a side goes and comes back", a_side_goes_and_comes_back, &modes[0]);
	suite_add(&s, "frames wait while the receiver stands still",
		  frames_wait_while_the_receiver_stands_still, &modes[0]);
	suite_add(&s, "front ends that listen are found again",
		  front_ends_that_listen_are_found_again, &modes[0]);
	suite_add(&s, "rule 14: a backend that returns finds who listens",
		  rule_14_a_backend_that_returns_finds_who_listens, &modes[0]);
	suite_add(&s, "rule 14: who connected may stay away", rule_14_who_connected_may_stay_away,
		  &modes[0]);
	for (size_t i = 0; i < ARRAY_SIZE(offences); i++)
		suite_add(&s, offences[i].name, an_offence_ends_its_own_connection, &offences[i]);
	suite_add(&s, "with an acknowledgement it is refused, and goes on",
		  with_an_acknowledgement_it_is_refused_and_goes_on, &modes[0]);
	for (size_t i = 0; i < ARRAY_SIZE(modes); i++)
		suite_add(&s, "a call fd that is a pipe is refused",
			  a_call_fd_that_is_a_pipe_is_refused, &modes[i]);
	for (size_t i = 0; i < ARRAY_SIZE(modes); i++)
		suite_add(&s, "a full call fd that blocks costs its own side",
			  a_full_call_fd_that_blocks_costs_its_own_side, &modes[i]);
	suite_add(&s, "floods and silence harm nobody else", floods_and_silence_harm_nobody_else,
		  &modes[0]);
	for (size_t i = 0; i < ARRAY_SIZE(modes); i++)
		suite_add(&s, "memory cut short costs its own side",
			  memory_cut_short_costs_its_own_side, &modes[i]);
	suite_add(&s, "a second front end waits", a_second_front_end_waits, &modes[0]);
	for (size_t i = 0; i < ARRAY_SIZE(modes); i++)
		add_pairs(&s, &modes[i]);
	suite_add(&s, "a front end that knows of one pair has one",
		  a_front_end_that_knows_of_one_pair_has_one, &modes[0]);
	suite_add(&s, "a ring of no pair is refused, and it goes on",
		  a_ring_of_no_pair_is_refused_and_it_goes_on, &modes[0]);
	return suite_run(&s, "door");
}

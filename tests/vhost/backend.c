// SPDX-License-Identifier: BSD-2-Clause
// The backend thread on its real io_uring, between two guests that this program plays.
#include "tests/common/suite.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "lib/clock.h"
#include "lib/cpulist.h"
#include "lib/fd.h"
#include "tests/common/fakeguest.h"
#include "tests/common/proc.h"
#include "vhost/producers.h"
#include "vhost/strategies.h"

#define A 0u
#define B 1u
#define SECOND 1000000000ll
#define PATIENCE ((int64_t)suite_patience(10 * SECOND)) /* what takes longer is lost */

#define STATUS 0x70
#define NEEDS_RESET VIRTIO_CONFIG_S_NEEDS_RESET

/* How a pair is made. */
struct mode {
	const struct notify_ops *notify;
	const struct producer_ops *producer;
	bool event_idx;
	unsigned busy_poll_us;
	unsigned budget; /* 0: 64 */
};

static const struct mode direct = { .notify = &notify_direct, .event_idx = true };
static const struct mode deferred = { .notify = &notify_deferred, .event_idx = true };
static const struct mode unbound = { .notify = &notify_unbound, .event_idx = true };
static const struct mode flags = { .notify = &notify_unbound };

struct pair;

/* One guest and its eventfds. */
struct side {
	struct pair *pair;
	unsigned index;
	struct fake_guest guest;
	int kick_fd[NET_QUEUES];
	int call_fd;
	int attach_error; /* of the last attach */
};

struct pair {
	struct backend *backend;
	struct backend_config config;
	struct side side[2];
	bool event_idx;
	bool detached; /* starting a guest does not attach it */
};

/* Two pairs: the second stands beside the one that suffers. */
static struct pair *pairs[2];

/* ------------------------------------------------------------------ a pair */

static int attach(struct side *s)
{
	struct port_setup setup =
		port_setup_of(&s->guest.dev, &s->guest.mem, s->kick_fd, s->call_fd);

	return backend_attach(s->pair->backend, s->index, &setup);
}

static int on_activate(void *ctx)
{
	struct side *s = ctx;

	if (s->pair->detached)
		return 0;
	s->attach_error = attach(s);
	return s->attach_error;
}

static void on_reset(void *ctx)
{
	struct side *s = ctx;

	backend_detach(s->pair->backend, s->index, NULL);
}

static void on_kick(void *ctx, uint32_t queue)
{
	struct side *s = ctx;

	fd_signal(s->kick_fd[queue]);
}

static const struct virtio_device_ops ops = { on_activate, on_reset, on_kick };

static void make_config(struct pair *p, const struct mode *mode)
{
	memset(&p->config, 0, sizeof(p->config));
	p->config.notify = mode->notify;
	p->config.producer = mode->producer;
	p->config.budget = p->config.batch = mode->budget ? mode->budget : 64;
	p->config.busy_poll_us = mode->busy_poll_us;
	p->config.sq_idle_ms = 10;
	p->config.frame_max = 2048;
	p->config.queue_size_max = 256;
	sched_getaffinity(0, sizeof(p->config.backend_cpus), &p->config.backend_cpus);
	p->config.notifier_cpus = p->config.backend_cpus;
}

static struct pair *make_pair(const struct mode *mode)
{
	struct pair *p = calloc(1, sizeof(*p));

	assert_non_null(p);
	p->event_idx = mode->event_idx;
	for (unsigned i = 0; i < 2; i++) {
		struct side *s = &p->side[i];

		s->pair = p;
		s->index = i;
		s->call_fd = fd_eventfd();
		for (unsigned q = 0; q < NET_QUEUES; q++)
			s->kick_fd[q] = fd_eventfd();
		fake_guest_create(&s->guest, (1 + i) * 0x40000000ull, 1 << 20, 64, 2048, &ops, s);
	}
	make_config(p, mode);
	return p;
}

static void start_backend(struct pair *p)
{
	assert_int_equal(backend_create(&p->backend, &p->config), 0);
	assert_int_equal(backend_start(p->backend), 0);
}

static void start_guest(struct pair *p, unsigned i)
{
	assert_int_equal(fake_guest_start(&p->side[i].guest, p->event_idx), 0xf);
}

static void heal(struct pair *p, unsigned i)
{
	fake_guest_reset(&p->side[i].guest);
	start_guest(p, i);
}

static struct pair *start_pair(const struct mode *mode)
{
	struct pair *p = make_pair(mode);

	pairs[pairs[0] != NULL] = p;
	start_backend(p);
	start_guest(p, A);
	start_guest(p, B);
	return p;
}

static void drop_pair(struct pair *p)
{
	if (!p)
		return;
	backend_destroy(p->backend);
	for (unsigned i = 0; i < 2; i++) {
		fake_guest_destroy(&p->side[i].guest);
		fd_close(&p->side[i].call_fd);
		for (unsigned q = 0; q < NET_QUEUES; q++)
			fd_close(&p->side[i].kick_fd[q]);
	}
	free(p);
}

static int set_up(void **state)
{
	(void)state;
	suite_watch(40);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	for (int i = 0; i < 2; i++) {
		drop_pair(pairs[i]);
		pairs[i] = NULL;
	}
	return 0;
}

static uint64_t breaks_of(struct pair *p, unsigned i)
{
	return backend_stats(p->backend).port[i].breaks;
}

static bool needs_reset(struct pair *p, unsigned i)
{
	return fake_guest_read(&p->side[i].guest, STATUS) & NEEDS_RESET;
}

static void pause_ms(unsigned ms)
{
	const struct timespec ts = { .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000l };

	nanosleep(&ts, NULL);
}

/* ------------------------------------------------------------------ a guest's workload */

/*
 * Sends n frames and receives n, sleeping on its eventfd when there is nothing to do, as a guest
 * does: any lost kick or call ends in "no call". Runs on a thread of its own, so asserts nothing.
 */
struct player {
	struct side *side;
	uint64_t to_send, to_receive;
	uint64_t sent, received, reaped;
	const char *error;
	pthread_t thread;
};

static void kick(struct side *s, unsigned queue, bool wanted)
{
	if (wanted)
		fake_guest_write(&s->guest, 0x50, queue);
}

static uint32_t frame_bytes(uint64_t seq)
{
	return 60 + (uint32_t)(seq * 37 % 1400);
}

static bool play_rx(struct player *p)
{
	bool progress = false;
	uint32_t bytes;
	uint64_t seq;
	int got;

	kick(p->side, NET_RX, fake_guest_fill_rx(&p->side->guest));
	while ((got = fake_guest_take_frame(&p->side->guest, &seq, &bytes))) {
		if (got < 0)
			p->error = "a frame is damaged";
		else if (seq != p->received || bytes != frame_bytes(seq))
			p->error = "a frame is lost or out of order";
		if (p->error)
			return true;
		p->received++;
		progress = true;
	}
	return progress;
}

static bool play_tx(struct player *p)
{
	unsigned n = fake_guest_reap_tx(&p->side->guest);
	bool progress = n, wanted;

	p->reaped += n;
	while (p->sent < p->to_send &&
	       fake_guest_send(&p->side->guest, frame_bytes(p->sent), p->sent, &wanted)) {
		kick(p->side, NET_TX, wanted);
		p->sent++;
		progress = true;
	}
	return progress;
}

static void play_wait(struct player *p)
{
	struct fake_queue *queue = p->side->guest.queue;
	bool more = fake_arm_call(&queue[NET_RX]);

	if (p->reaped < p->sent)
		more |= fake_arm_call(&queue[NET_TX]);
	if (more)
		return;
	if (!fd_wait(p->side->call_fd, PATIENCE))
		p->error = "no call came";
	fd_take(p->side->call_fd);
}

static void *play(void *arg)
{
	struct player *p = arg;

	while (!p->error &&
	       (p->received < p->to_receive || p->sent < p->to_send || p->reaped < p->sent)) {
		bool progress = play_rx(p);

		progress |= play_tx(p);
		if (!progress)
			play_wait(p);
	}
	return NULL;
}

static void check_player(const struct player *p)
{
	if (p->error)
		fail_msg("guest %u: %s (sent %lu, returned %lu, received %lu)", p->side->index,
			 p->error, (unsigned long)p->sent, (unsigned long)p->reaped,
			 (unsigned long)p->received);
}

/* Both guests at once, n frames each way. */
static void exchange(struct pair *pair, uint64_t n)
{
	struct player players[2] = { 0 };

	for (unsigned i = 0; i < 2; i++) {
		players[i] = (struct player){ &pair->side[i], .to_send = n, .to_receive = n };
		pthread_create(&players[i].thread, NULL, play, &players[i]);
	}
	for (unsigned i = 0; i < 2; i++)
		pthread_join(players[i].thread, NULL);
	for (unsigned i = 0; i < 2; i++)
		check_player(&players[i]);
}

static void expect_clean_exchange(struct pair *p)
{
	heal(p, A);
	heal(p, B);
	exchange(p, 50);
	assert_false(needs_reset(p, A) || needs_reset(p, B));
}

/* The one frame a test is about: does it arrive without anybody helping? */
static void send_one(struct pair *p, unsigned from, uint64_t seq, bool *wanted)
{
	assert_true(fake_guest_send(&p->side[from].guest, frame_bytes(seq), seq, wanted));
}

static void expect_one(struct pair *p, unsigned at, uint64_t seq)
{
	uint64_t end = clock_mono_ns() + PATIENCE, got_seq = 0;
	uint32_t bytes = 0;
	int got;

	while (!(got = fake_guest_take_frame(&p->side[at].guest, &got_seq, &bytes)) &&
	       clock_mono_ns() < end)
		pause_ms(1);
	assert_int_equal(got, 1);
	assert_int_equal(got_seq, seq);
	assert_int_equal(bytes, frame_bytes(seq));
}

/*
 * Until the backend has found nothing to do for a while; false: it never does. Quiet alone says
 * little where there are few CPUs: a thread that was woken, or an SQPOLL thread that has yet to
 * complete something, may wait longer than that for its turn.
 */
static bool wait_asleep(struct pair *p)
{
	uint64_t end = clock_mono_ns() + PATIENCE;

	while (clock_mono_ns() < end) {
		struct backend_stats before = backend_stats(p->backend), after;

		pause_ms(10);
		after = backend_stats(p->backend);
		if (proc_others_sleep() && after.turns == before.turns &&
		    after.sleeps != after.wakes)
			return true;
	}
	return false;
}

/* ------------------------------------------------------------------ traffic */

static void test_traffic(void **state)
{
	struct pair *p = start_pair(*state);
	struct backend_stats s;

	exchange(p, 1000);
	backend_stop(p->backend);
	s = backend_stats(p->backend);
	for (unsigned i = 0; i < 2; i++) {
		assert_int_equal(s.flow[i].frames, 1000);
		assert_int_equal(s.flow[i].dropped + s.flow[i].too_small, 0);
		assert_int_equal(s.port[i].decided, s.port[i].delivered + s.port[i].coalesced);
		assert_int_equal(s.port[i].decided, backend_stamps(p->backend, i)->head);
		assert_int_equal(s.port[i].breaks, 0);
	}
}

/* One frame at a time, to and fro: every one of them needs a kick and a call. */
static void *ping(void *arg)
{
	struct player *p = arg;

	for (uint64_t n = p->to_send; n && !p->error; n--) {
		p->to_send = p->sent + 1;
		p->to_receive = p->received + 1;
		play(p);
	}
	return NULL;
}

static void *pong(void *arg)
{
	struct player *p = arg;
	uint64_t n = p->to_send;

	for (p->to_send = 0; p->to_send < n && !p->error; p->to_send++) {
		p->to_receive = p->to_send + 1;
		play(p); /* receives one, has sent all it may */
		p->to_send++;
		play(p); /* sends the answer */
		p->to_send--;
	}
	return NULL;
}

static void test_ping_pong(void **state)
{
	struct pair *p = start_pair(*state);
	uint64_t n = suite_scaled(500, 50);
	struct player players[2] = { { &p->side[A], .to_send = n }, { &p->side[B], .to_send = n } };

	pthread_create(&players[A].thread, NULL, ping, &players[A]);
	pthread_create(&players[B].thread, NULL, pong, &players[B]);
	pthread_join(players[A].thread, NULL);
	pthread_join(players[B].thread, NULL);
	check_player(&players[A]);
	check_player(&players[B]);
	assert_int_equal(players[A].received, n);
	assert_int_equal(players[B].received, n);
}

static void test_two_pairs(void **state)
{
	struct pair *p = start_pair(*state), *q = start_pair(&flags);
	struct player players[4] = { 0 };

	for (unsigned i = 0; i < 4; i++) {
		struct side *s = i < 2 ? &p->side[i] : &q->side[i - 2];

		players[i] = (struct player){ s, .to_send = 1000, .to_receive = 1000 };
		pthread_create(&players[i].thread, NULL, play, &players[i]);
	}
	for (unsigned i = 0; i < 4; i++)
		pthread_join(players[i].thread, NULL);
	for (unsigned i = 0; i < 4; i++)
		check_player(&players[i]);
}

/* ------------------------------------------------------------------ kicks and sleep */

static void test_idle_sleeps(void **state)
{
	struct pair *p = start_pair(*state);

	exchange(p, 10);
	assert_true(wait_asleep(p));
}

static void test_kick_wakes(void **state)
{
	struct pair *p = start_pair(*state);

	for (uint64_t i = 0; i < 5; i++) {
		bool wanted;

		fake_guest_fill_rx(&p->side[B].guest);
		assert_true(wait_asleep(p));
		send_one(p, A, i, &wanted);
		assert_true(wanted);
		kick(&p->side[A], NET_TX, true);
		expect_one(p, B, i);
		fake_guest_reap_tx(&p->side[A].guest);
	}
}

/* Starved, then asleep: the receiver's buffer wakes it. */
static void test_buffer_wakes(void **state)
{
	struct pair *p = start_pair(*state);
	bool wanted;

	send_one(p, A, 1, &wanted);
	kick(&p->side[A], NET_TX, wanted);
	assert_true(wait_asleep(p));
	assert_true(backend_stats(p->backend).flow[A].starved > 0);
	wanted = fake_guest_fill_rx(&p->side[B].guest);
	assert_true(wanted);
	kick(&p->side[B], NET_RX, true);
	expect_one(p, B, 1);
}

/* Nothing may depend on the kick itself: it came when the backend did not know the port. */
static void test_kick_before_attach(void **state)
{
	struct pair *p = make_pair(*state);
	bool wanted;

	pairs[0] = p;
	p->detached = true;
	start_backend(p);
	start_guest(p, A);
	start_guest(p, B);
	fake_guest_fill_rx(&p->side[B].guest);
	send_one(p, A, 5, &wanted);
	kick(&p->side[B], NET_RX, true);
	kick(&p->side[A], NET_TX, true);
	assert_true(wait_asleep(p));
	assert_int_equal(attach(&p->side[A]), 0);
	assert_int_equal(attach(&p->side[B]), 0);
	expect_one(p, B, 5);
}

static void test_kick_storm(void **state)
{
	struct pair *p = start_pair(*state);
	struct backend_stats s;

	for (int i = 0; i < 20000; i++)
		kick(&p->side[i & 1], i >> 1 & 1, true);
	assert_true(wait_asleep(p));
	s = backend_stats(p->backend);
	assert_int_equal(s.flow[A].frames + s.flow[B].frames, 0);
	assert_int_equal(s.port[A].decided + s.port[B].decided, 0);
	exchange(p, 20);
}

/* A peer that gives no buffers, or is not up, costs the backend its sleep only for a moment. */
static void expect_no_spin(struct pair *p)
{
	uint64_t turns;

	pause_ms(20);
	turns = backend_stats(p->backend).turns;
	pause_ms(100);
	assert_uint_in_range(backend_stats(p->backend).turns - turns, 0, 200);
}

static void test_starved_busy_poll(void **state)
{
	struct pair *p = make_pair(*state);
	bool wanted;

	pairs[0] = p;
	p->config.busy_poll_us = 100;
	start_backend(p);
	start_guest(p, A);
	start_guest(p, B);
	send_one(p, A, 1, &wanted);
	kick(&p->side[A], NET_TX, true);
	expect_no_spin(p);
	kick(&p->side[B], NET_RX, fake_guest_fill_rx(&p->side[B].guest));
	expect_one(p, B, 1);
}

static void test_peerless_busy_poll(void **state)
{
	struct pair *p = make_pair(*state);
	bool wanted;

	pairs[0] = p;
	p->config.busy_poll_us = 100;
	start_backend(p);
	start_guest(p, A);
	send_one(p, A, 1, &wanted);
	kick(&p->side[A], NET_TX, true);
	expect_no_spin(p);
}

/* ------------------------------------------------------------------ attach and detach */

static void test_attach_when_stopped(void **state)
{
	struct pair *p = make_pair(*state);

	pairs[0] = p;
	assert_int_equal(backend_create(&p->backend, &p->config), 0);
	assert_int_equal(attach(&p->side[A]), -ESHUTDOWN);
	backend_detach(p->backend, A, NULL); /* harmless */
	assert_int_equal(backend_start(p->backend), 0);
	start_guest(p, A);
	backend_stop(p->backend);
	assert_int_equal(attach(&p->side[A]), -ESHUTDOWN);
	backend_detach(p->backend, A, NULL);
	backend_stop(p->backend);
}

static void test_attach_bad_layout(void **state)
{
	struct pair *p = start_pair(*state);
	struct fake_guest *g = &p->side[A].guest;
	struct backend_stats s;

	fake_guest_reset(g);
	p->detached = true;
	start_guest(p, A);
	g->dev.queue[NET_TX].at.device = gpa(0x10);
	fd_take(p->side[A].call_fd);
	assert_int_equal(attach(&p->side[A]), -EINVAL);
	/* 2.1.2: it is told, too. */
	assert_true(fd_wait(p->side[A].call_fd, 10000));
	p->detached = false;
	s = backend_stats(p->backend);
	assert_int_equal(s.port[A].breaks, 1);
	assert_int_equal(s.port[A].last_break, VIRTQ_BAD_RING);
	assert_true(needs_reset(p, A));
	assert_false(needs_reset(p, B));
	expect_clean_exchange(p);
}

/* A signal that the kernel could not write is counted, and the backend goes on. */
static void test_signal_fails(void **state)
{
	struct pair *p = make_pair(*state);
	uint64_t seq;
	uint32_t bytes;
	int ends[2], good = p->side[B].call_fd;
	bool wanted;

	pairs[0] = p;
	assert_int_equal(pipe(ends), 0);
	p->side[B].call_fd = ends[0]; /* not for writing */
	start_backend(p);
	start_guest(p, A);
	start_guest(p, B);
	kick(&p->side[B], NET_RX, fake_guest_fill_rx(&p->side[B].guest));
	assert_true(fake_guest_send(&p->side[A].guest, 60, 1, &wanted));
	kick(&p->side[A], NET_TX, true);
	while (!backend_stats(p->backend).producer.failures)
		pause_ms(1);
	assert_int_equal(fake_guest_take_frame(&p->side[B].guest, &seq, &bytes), 1);
	assert_true(wait_asleep(p));
	backend_stop(p->backend);
	assert_int_equal(backend_stats(p->backend).producer.failures, 1);
	p->side[B].call_fd = good;
	close(ends[0]);
	close(ends[1]);
}

static void renew_fd(int *fd)
{
	fd_close(fd);
	*fd = fd_eventfd();
	assert_true(*fd >= 0);
}

/* A front end that comes back brings other eventfds; the old ones are closed, their numbers used again. */
static void test_other_fds(void **state)
{
	struct pair *p = start_pair(*state);
	unsigned fds = proc_fds();

	for (unsigned i = 0, n = (unsigned)suite_scaled(200, 20); i < n; i++) {
		struct side *s = &p->side[i & 1];

		expect_clean_exchange(p);
		fake_guest_reset(&s->guest);
		renew_fd(&s->kick_fd[i / 2 & 1]);
		renew_fd(&s->call_fd);
		start_guest(p, i & 1);
	}
	expect_clean_exchange(p);
	assert_int_equal(proc_fds(), fds);
}

/* What was the port's is nobody's after detach: a kick wakes no one, and the file is closed for good. */
static void test_detach_lets_go(void **state)
{
	struct pair *p = start_pair(*state);
	struct side *s = &p->side[A];
	uint64_t wakes, end;
	int ends[2], good = s->kick_fd[NET_TX];
	char c = 0;

	assert_true(wait_asleep(p));
	fake_guest_reset(&s->guest);
	assert_int_equal(pipe(ends), 0);
	s->kick_fd[NET_TX] = ends[0];
	start_guest(p, A);
	assert_true(wait_asleep(p));
	fake_guest_reset(&s->guest);
	s->kick_fd[NET_TX] = good;
	assert_true(wait_asleep(p));
	wakes = backend_stats(p->backend).wakes;
	fd_signal(good);
	pause_ms(20);
	assert_int_equal(backend_stats(p->backend).wakes, wakes);
	close(ends[0]);
	signal(SIGPIPE, SIG_IGN);
	/* The last reader is gone only when the ring has let go of it, too; it does so by task work. */
	end = clock_mono_ns() + PATIENCE;
	while (clock_mono_ns() < end && write(ends[1], "", 1) == 1)
		pause_ms(1);
	assert_int_equal(write(ends[1], &c, 1), -1);
	close(ends[1]);
	start_guest(p, A);
	expect_clean_exchange(p);
}

/* Detached in mid-stream, attached again at the indices it was told: not a frame lost, none twice. */
static void test_indices_come_back(void **state)
{
	struct pair *p = start_pair(*state);
	struct fake_guest *a = &p->side[A].guest, *b = &p->side[B].guest;
	uint64_t seq;
	uint32_t bytes;
	bool wanted;

	for (uint64_t n = 0; n < 100; n++) {
		struct side *s = &p->side[n & 1];
		struct port_setup setup =
			port_setup_of(&s->guest.dev, &s->guest.mem, s->kick_fd, s->call_fd);
		uint32_t base[PORT_QUEUES];

		backend_detach(p->backend, n & 1, base);
		fake_guest_fill_rx(b);
		assert_true(fake_guest_send(a, 60, n, &wanted));
		for (unsigned q = 0; q < PORT_QUEUES; q++)
			setup.queue[q].base = base[q];
		assert_int_equal(backend_attach(p->backend, n & 1, &setup), 0);
		for (int i = 0; i < 2000 && !(wanted = fake_guest_take_frame(b, &seq, &bytes)); i++)
			pause_ms(1);
		assert_true(wanted);
		assert_int_equal(seq, n);
		fake_guest_reap_tx(a);
	}
	assert_int_equal(backend_stats(p->backend).flow[A].frames, 100);
}

static void test_reset_loop(void **state)
{
	struct pair *p = start_pair(*state);

	for (uint64_t i = 0, n = suite_scaled(1000, 100); i < n; i++)
		heal(p, i & 1);
	expect_clean_exchange(p);
}

/* Sends for as long as it is let, whatever happens on the other side. */
struct sender {
	struct side *side;
	bool stop;
	uint64_t sent, reaped;
	bool failed;
	pthread_t thread;
};

static void *send_on(void *arg)
{
	struct sender *s = arg;
	bool wanted;

	while (!shared_load(&s->stop)) {
		s->reaped += fake_guest_reap_tx(&s->side->guest);
		kick(s->side, NET_RX, fake_guest_fill_rx(&s->side->guest));
		if (fake_guest_send(&s->side->guest, 200, s->sent, &wanted)) {
			s->sent++;
			kick(s->side, NET_TX, wanted);
		} else if (!fake_arm_call(&s->side->guest.queue[NET_TX])) {
			fd_wait(s->side->call_fd, SECOND / 1000);
			fd_take(s->side->call_fd);
		}
	}
	return NULL;
}

static void start_sender(struct sender *s, struct pair *p, unsigned i)
{
	*s = (struct sender){ .side = &p->side[i] };
	assert_int_equal(pthread_create(&s->thread, NULL, send_on, s), 0);
}

/* Everything sent comes back, and is accounted for, once the other side receives again. */
static void finish_sender(struct sender *s, struct pair *p)
{
	unsigned me = s->side->index, other = 1 - me;
	uint64_t end = clock_mono_ns() + PATIENCE, seq;
	struct flow_stats f;
	uint32_t bytes;

	shared_store(&s->stop, true);
	pthread_join(s->thread, NULL);
	heal(p, other);
	while (s->reaped < s->sent && clock_mono_ns() < end) {
		while (fake_guest_take_frame(&p->side[other].guest, &seq, &bytes) == 1)
			;
		kick(&p->side[other], NET_RX, fake_guest_fill_rx(&p->side[other].guest));
		s->reaped += fake_guest_reap_tx(&s->side->guest);
		pause_ms(1);
	}
	assert_int_equal(s->reaped, s->sent);
	f = backend_stats(p->backend).flow[me];
	assert_int_equal(f.frames + f.dropped + f.too_small, s->sent);
	assert_false(needs_reset(p, me));
}

static void test_reset_under_load(void **state)
{
	struct pair *p = start_pair(*state);
	struct sender s;

	start_sender(&s, p, B);
	for (int i = 0; i < 150; i++) {
		heal(p, A);
		if (i % 4)
			kick(&p->side[A], NET_RX, fake_guest_fill_rx(&p->side[A].guest));
		if (i % 16 == 0)
			pause_ms(1);
	}
	finish_sender(&s, p);
	assert_true(s.sent > 0);
	expect_clean_exchange(p);
}

/* ------------------------------------------------------------------ hostile guests */

static void test_broken_tx(void **state)
{
	struct pair *p = start_pair(*state);
	struct player receiver = { &p->side[A], .to_receive = 300 };
	struct player sender = { &p->side[B], .to_send = 300 };
	uint64_t end = clock_mono_ns() + PATIENCE;

	fake_guest_fill_rx(&p->side[B].guest);
	fake_offer(&p->side[A].guest.queue[NET_TX], 999);
	fake_publish(&p->side[A].guest.queue[NET_TX]);
	kick(&p->side[A], NET_TX, true);
	while (!needs_reset(p, A) && clock_mono_ns() < end)
		pause_ms(1);
	assert_true(needs_reset(p, A));
	assert_int_equal(backend_stats(p->backend).port[A].breaks, 1);
	assert_int_equal(backend_stats(p->backend).port[A].last_break, VIRTQ_BAD_HEAD);
	pthread_create(&receiver.thread, NULL, play, &receiver);
	play(&sender);
	pthread_join(receiver.thread, NULL);
	check_player(&sender);
	check_player(&receiver);
	assert_false(needs_reset(p, B));
	expect_clean_exchange(p);
}

static void test_broken_rx(void **state)
{
	struct pair *p = start_pair(*state);
	struct player sender = { &p->side[B], .to_send = 500 };

	fake_offer(&p->side[A].guest.queue[NET_RX], 64);
	fake_publish(&p->side[A].guest.queue[NET_RX]);
	kick(&p->side[A], NET_RX, true);
	play(&sender);
	check_player(&sender);
	assert_int_equal(backend_stats(p->backend).flow[B].dropped, 500);
	assert_true(needs_reset(p, A));
	assert_false(needs_reset(p, B));
	expect_clean_exchange(p);
}

/* Counters may be sampled at any time. */
struct sampler {
	struct pair *pair;
	bool stop;
	bool backwards;
	pthread_t thread;
};

static void *sample(void *arg)
{
	struct sampler *s = arg;
	struct backend_stats last = backend_stats(s->pair->backend), now;

	while (!shared_load(&s->stop)) {
		now = backend_stats(s->pair->backend);
		for (unsigned i = 0; i < 2; i++)
			s->backwards |= now.flow[i].frames < last.flow[i].frames ||
					now.port[i].breaks < last.port[i].breaks ||
					now.turns < last.turns;
		last = now;
		pause_ms(1);
	}
	return NULL;
}

/*
 * Descriptors that point into the upper half of memory, which nobody else touches, or nowhere. The
 * rings themselves are left out, for the backend copies into buffers with plain stores.
 */
static struct vring_desc wild_desc(const struct fake_guest *g, uint64_t *seed)
{
	uint32_t r = suite_random(seed);
	struct vring_desc d = { g->mem.base + g->mem.bytes / 2 + (r & 0xffff), 1 + (r >> 21), 0,
				0 };

	if ((r & 0x70000) == 0)
		d.addr = (uint64_t)suite_random(seed) << 32 | 0xfffffff0;
	if ((r & 0x380000) == 0)
		d.len = 0;
	d.flags = (uint16_t)(suite_random(seed) & 7 & (r >> 24));
	d.next = suite_random(seed) & (r & 0x800000 ? 63 : 127);
	return d;
}

static void scribble(struct side *s, uint64_t *seed)
{
	uint32_t r = suite_random(seed);
	struct fake_queue *d = &s->guest.queue[r & 1];

	fake_set_desc(d, r >> 8 & 63, wild_desc(&s->guest, seed));
	fake_set_avail_entry(d, r >> 14 & 63, (r >> 20 & 15) ? r >> 24 & 63 : (uint16_t)(r >> 16));
	d->avail_next += r >> 1 & 3;
	if ((r & 0xf000) == 0)
		d->avail_next = (uint16_t)suite_random(seed);
	fake_set_avail_idx(d, d->avail_next);
	fake_set_used_event(d, (uint16_t)suite_random(seed));
	kick(s, r >> 3 & 1, true);
}

/* A does everything wrong for a while; B's frames are conserved, another pair loses none. */
static void test_hostile_guest(void **state)
{
	struct pair *p = start_pair(*state), *healthy = start_pair(&direct);
	struct sampler sampler = { .pair = p };
	uint64_t seed = 99;
	struct sender s;

	start_sender(&s, p, B);
	pthread_create(&sampler.thread, NULL, sample, &sampler);
	for (int round = 0; round < 100 || (round < 5000 && breaks_of(p, A) < 6); round++) {
		heal(p, A);
		for (int i = 0; i < 100; i++)
			scribble(&p->side[A], &seed);
		if (round % 50 == 0)
			exchange(healthy, 100), heal(healthy, A), heal(healthy, B);
	}
	shared_store(&sampler.stop, true);
	pthread_join(sampler.thread, NULL);
	finish_sender(&s, p);
	assert_false(sampler.backwards);
	assert_true(breaks_of(p, A) > 5);
	assert_int_equal(backend_stats(p->backend).port[B].breaks, 0);
	assert_int_equal(backend_stats(healthy->backend).port[A].breaks, 0);
	expect_clean_exchange(p);
	expect_clean_exchange(healthy);
}

/* ------------------------------------------------------------------ lifetimes */

static void test_names(void **state)
{
	struct pair *p = start_pair(*state);
	char path[64], name[32] = "";
	pid_t tids[NOTIFY_THREADS_MAX];
	unsigned n = backend_notifier_tids(p->backend, tids, NOTIFY_THREADS_MAX);
	FILE *f;

	snprintf(path, sizeof(path), "/proc/self/task/%d/comm", (int)backend_tid(p->backend));
	f = fopen(path, "re");
	assert_non_null(f);
	assert_non_null(fgets(name, sizeof(name), f));
	fclose(f);
	assert_string_equal(name, "tandem-backend\n");
	for (unsigned i = 0; i < n; i++)
		assert_true(tids[i] > 0 && tids[i] != backend_tid(p->backend));
}

/* What is no eventfd is refused when it is given, and the port is free for one that is. */
static void test_attach_bad_fd(void **state)
{
	struct pair *p = start_pair(*state);
	struct side *s = &p->side[A];
	int good = s->kick_fd[NET_TX];

	p->detached = true;
	heal(p, A);
	s->kick_fd[NET_TX] = 9999;
	assert_int_equal(attach(s), -EBADF);
	s->kick_fd[NET_TX] = good;
	assert_int_equal(attach(s), 0);
	p->detached = false;
	fake_guest_fill_rx(&p->side[B].guest);
	expect_clean_exchange(p);
}

static void test_start_fails(void **state)
{
	unsigned threads = proc_threads();
	struct pair *p = make_pair(*state);

	pairs[0] = p;
	CPU_ZERO(&p->config.backend_cpus);
	CPU_SET(CPULIST_MAX - 1, &p->config.backend_cpus);
	assert_int_equal(backend_create(&p->backend, &p->config), 0);
	assert_int_equal(backend_start(p->backend), -EINVAL);
	assert_int_equal(attach(&p->side[A]), -ESHUTDOWN);
	backend_stop(p->backend);
	assert_true(proc_threads_settled(threads) <= threads);
}

static void test_stop_under_load(void **state)
{
	struct pair *p = start_pair(*state);
	struct backend_stats stats;
	struct sender s[2];

	for (unsigned i = 0; i < 2; i++)
		start_sender(&s[i], p, i);
	for (unsigned i = 0; i < 2; i++)
		while (!backend_stats(p->backend).flow[i].frames)
			pause_ms(1);
	pause_ms(30);
	backend_stop(p->backend);
	stats = backend_stats(p->backend);
	for (unsigned i = 0; i < 2; i++) {
		shared_store(&s[i].stop, true);
		pthread_join(s[i].thread, NULL);
		assert_int_equal(stats.port[i].decided,
				 stats.port[i].delivered + stats.port[i].coalesced);
		assert_true(stats.flow[i].frames > 0);
		assert_true(backend_stats(p->backend).flow[i].frames == stats.flow[i].frames);
	}
}

static uint64_t table_size(const void *const *table)
{
	uint64_t n = 0;

	while (table[n])
		n++;
	return n;
}

/* Those of the copier, which this program is about, come first. */
static size_t own_producers(void)
{
	size_t n = 0;

	while (producers[n] && !producers[n]->not_ours)
		n++;
	return n;
}

static void cycle(struct pair *p, uint64_t n)
{
	struct player players[2] = { { &p->side[A], .to_send = 3 },
				     { &p->side[B], .to_receive = 3 } };

	p->config.notify = notify_strategies[n % table_size((const void *)notify_strategies)];
	p->config.producer = producers[n / 3 % own_producers()];
	start_backend(p);
	start_guest(p, A);
	start_guest(p, B);
	fake_guest_fill_rx(&p->side[B].guest);
	if (n % 8 == 0) {
		play(&players[A]);
		play(&players[B]);
		check_player(&players[A]);
		check_player(&players[B]);
	}
	if (n % 3 == 0)
		backend_detach(p->backend, A, NULL);
	if (n % 2 == 0)
		backend_stop(p->backend);
	backend_destroy(p->backend);
	p->backend = NULL;
	/* The registers forget without asking a backend that is gone. */
	for (unsigned i = 0; i < 2; i++) {
		p->side[i].guest.dev.running = false;
		fake_guest_reset(&p->side[i].guest);
	}
}

static void test_cycles(void **state)
{
	struct pair *p = make_pair(&direct);
	unsigned fds = 0, threads = 0;
	long rss = 0, limit = PROC_TSAN ? 32 * 1024 : 4 * 1024;

	(void)state;
	pairs[0] = p;
	for (uint64_t i = 0, n = suite_scaled(1000, 200); i < n; i++) {
		cycle(p, i);
		if (i == 99) {
			fds = proc_fds();
			threads = proc_threads();
			rss = proc_rss_kib();
		}
	}
	assert_int_equal(proc_fds(), fds);
	assert_true(proc_threads_settled(threads) <= threads);
	assert_uint_in_range(proc_rss_kib(), 0, rss + limit);
}

/* ------------------------------------------------------------------ attach against stop */

struct attacher {
	struct pair *pair;
	int last;
	pthread_t thread;
};

static void *attach_until_shutdown(void *arg)
{
	struct attacher *a = arg;

	do {
		a->last = attach(&a->pair->side[A]);
		backend_detach(a->pair->backend, A, NULL);
	} while (!a->last);
	return NULL;
}

/* Whoever asks while the backend ends is told so; it does not wait for an answer for ever. */
static void test_attach_against_stop(void **state)
{
	(void)state;
	for (int i = 0; i < 20; i++) {
		struct pair *p = make_pair(&direct);
		struct attacher a = { .pair = p };
		struct timespec end;

		p->detached = true;
		start_backend(p);
		start_guest(p, A);
		pthread_create(&a.thread, NULL, attach_until_shutdown, &a);
		pause_ms(2);
		backend_stop(p->backend);
		clock_gettime(CLOCK_REALTIME, &end);
		end.tv_sec += 3;
		if (pthread_timedjoin_np(a.thread, NULL, &end)) /* p is left to it */
			fail_msg("attach() did not return");
		assert_int_equal(a.last, -ESHUTDOWN);
		drop_pair(p);
	}
}

struct each {
	const char *name;
	CMUnitTestFunction fn;
};

/* What is run in every mode. */
static const struct each for_each[] = {
	{ "frames flow both ways", test_traffic },
	{ "ping and pong: no kick and no call is lost", test_ping_pong },
	{ "an idle backend sleeps", test_idle_sleeps },
	{ "a kick wakes it", test_kick_wakes },
	{ "resets under load lose no frame of the peer", test_reset_under_load },
	{ "a hostile guest harms neither its peer nor another pair", test_hostile_guest },
	{ "stop under load delivers every notification", test_stop_under_load },
	{ "a side goes and comes back with other eventfds", test_other_fds },
	{ "what is detached is let go of", test_detach_lets_go },
	{ "a side goes on from the indices that detach returned", test_indices_come_back },
};

static void add_each(struct suite *s, const struct mode *mode, const char *mode_name)
{
	static char names[96][96];
	static size_t n;

	for (size_t i = 0; i < ARRAY_SIZE(for_each); i++, n++) {
		snprintf(names[n], sizeof(names[n]), "%s: %s", mode_name, for_each[i].name);
		suite_add(s, names[n], for_each[i].fn, mode);
	}
}

/* Every producer under every strategy. */
static void add_modes(struct suite *s)
{
	static struct mode modes[16];
	static char names[16][32];
	size_t n = 0;

	for (size_t i = 0; i < own_producers(); i++)
		for (size_t k = 0; notify_strategies[k]; k++, n++) {
			modes[n] = (struct mode){ notify_strategies[k], producers[i], true, 0, 0 };
			snprintf(names[n], sizeof(names[n]), "%s, %s", producers[i]->name,
				 notify_strategies[k]->name);
			add_each(s, &modes[n], names[n]);
		}
}

/* What depends on neither: flags instead of event indices, busy polling, the smallest budget. */
static void add_traffic(struct suite *s)
{
	static const struct mode modes[] = {
		{ &notify_direct, NULL, false, 0, 0 },	 { &notify_unbound, NULL, false, 0, 0 },
		{ &notify_direct, NULL, true, 30, 0 },	 { &notify_deferred, NULL, true, 30, 1 },
		{ &notify_unbound, NULL, false, 30, 1 },
	};
	static const char *const names[] = {
		"direct, flags",
		"unbound, flags",
		"direct, busy polling",
		"deferred, busy polling, budget 1",
		"unbound, flags, busy polling, budget 1",
	};
	static char full[ARRAY_SIZE(modes)][96];

	for (size_t i = 0; i < ARRAY_SIZE(modes); i++) {
		snprintf(full[i], sizeof(full[i]), "%s: frames flow both ways", names[i]);
		suite_add(s, full[i], test_traffic, &modes[i]);
	}
}

int main(void)
{
	static struct suite s = { .setup = set_up, .teardown = tear_down };
	static struct mode batch;
	char text[128];
	int err = loop_probe(text, sizeof(text));

	if (err == -EPERM || err == -EACCES || err == -ENOSYS) {
		printf("io_uring is not permitted here (%s); see sysctl kernel.io_uring_disabled\n",
		       strerror(-err));
		return 77;
	}
	batch = direct;
	batch.producer = producer_find("batch");
	add_modes(&s);
	add_traffic(&s);
	suite_add(&s, "two pairs live in one process", test_two_pairs, &deferred);
	suite_add(&s, "starved, it sleeps until a buffer comes", test_buffer_wakes, &direct);
	suite_add(&s, "kicks before attach are not lost", test_kick_before_attach, &direct);
	suite_add(&s, "a kick storm with nothing to do does nothing", test_kick_storm, &direct);
	suite_add(&s, "busy polling ends when the peer gives no buffer", test_starved_busy_poll,
		  &direct);
	suite_add(&s, "busy polling ends when the peer is not up", test_peerless_busy_poll,
		  &direct);
	suite_add(&s, "attach when not running says so", test_attach_when_stopped, &direct);
	suite_add(&s, "a layout in nowhere is refused, the peer goes on", test_attach_bad_layout,
		  &direct);
	suite_add(&s, "a signal that the kernel can't write is counted", test_signal_fails, &batch);
	suite_add(&s, "a thousand resets", test_reset_loop, &direct);
	suite_add(&s, "a broken transmit queue does not stop the peer's frames", test_broken_tx,
		  &direct);
	suite_add(&s, "a broken receive queue does not stop the peer's frames", test_broken_rx,
		  &direct);
	suite_add(&s, "threads have names and ids", test_names, &deferred);
	suite_add(&s, "a kick fd that is none is refused at the attach", test_attach_bad_fd,
		  &unbound);
	suite_add(&s, "start on impossible CPUs fails cleanly", test_start_fails, &direct);
	suite_add(&s, "cycles leave descriptors, threads and memory flat", test_cycles, NULL);
	suite_add(&s, "attach against stop returns", test_attach_against_stop, NULL);
	return suite_run(&s, "backend");
}

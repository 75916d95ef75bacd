// SPDX-License-Identifier: BSD-2-Clause
// The soak: pairs come and go under load with random strategies, beside rough guests and random pauses, for long.
//
// SOAK_SECONDS (120) and SOAK_SEED (from the clock, printed) come from the environment. One pair stays all
// the while. After each round all that a process may leak is what it was, and every frame and
// notification is accounted for.
#include "tests/pair/fixture.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "lib/log.h"
#include "tests/common/proc.h"
#include "tests/soak/rough.h"
#include "vhost/strategies.h"

#define WARM_UP_ROUNDS 12u
#define RSS_SLACK_KIB 4096 /* in all, however long it lasts */

/* What the process holds between rounds. */
struct held {
	unsigned fds, threads;
	long rss_kib;
};

static struct {
	uint64_t seed;
	int kvm_fd; /* -1: only threads */
	struct pair *steady, *guest;
	uint64_t frames, notifications, breaks, resets;
	unsigned rounds, kvm_rounds;
} soak = { .kvm_fd = -1 };

static uint32_t below(uint32_t n)
{
	return suite_random(&soak.seed) % n;
}

static uint64_t number_from(const char *name, uint64_t otherwise)
{
	const char *text = getenv(name);

	return text && *text ? strtoull(text, NULL, 0) : otherwise;
}

static struct held held_now(unsigned threads)
{
	return (struct held){ .threads = proc_threads_settled(threads),
			      .fds = proc_fds(),
			      .rss_kib = proc_rss_kib() };
}

/* ---- what a round is made of ---- */

static const struct notify_ops *any_strategy(void)
{
	return notify_strategies[below(3)];
}

/* The user-mode producer most of the time; sqpoll's kernel thread would take a CPU of two. */
static const struct producer_ops *any_producer(void)
{
	uint32_t r = below(6);

	return producer_find(r == 0 ? "sqpoll" : r < 3 ? "batch" : "user");
}

static struct pair_config any_config(void)
{
	bool kvm = soak.kvm_fd >= 0 && below(3) == 0;
	struct pair_config c = test_config(kvm ? &accel_kvm : &accel_thread, any_strategy(),
					   below(2) ? TANDEM_STREAM_SEND : TANDEM_RR_PING);

	c.kvm_fd = soak.kvm_fd;
	c.producer = any_producer();
	c.batch = 1u << below(7);
	c.frame_bytes = below(4) ? 64 + below(1437) : 9000;
	c.ring_size = 1u << below(9);
	c.window = 1 + below(c.ring_size);
	c.budget = 1 + below(128);
	c.busy_poll_us = below(4) ? 0 : below(100);
	c.flags = below(2) ? TANDEM_VERIFY_FULL : 0;
	soak.kvm_rounds += kvm;
	return c;
}

static void count_pair(const struct pair *p)
{
	struct backend_stats w = backend_stats(pair_backend(p));

	for (unsigned i = 0; i < SIDES; i++) {
		soak.frames += w.flow[i].frames;
		soak.notifications += w.port[i].decided;
	}
}

static void a_pair_comes_and_goes(void)
{
	struct pair_config c = any_config();
	bool in_the_middle = below(3) == 0;

	soak.guest = make_pair(&c);
	start_pair(soak.guest);
	sleep_ms(below(700));
	assert_true(wait_frames(soak.guest, 1));
	if (!in_the_middle)
		drain_pair(soak.guest);
	pair_stop(soak.guest);
	if (!in_the_middle)
		assert_complete(soak.guest, &c);
	else
		assert_notifications_conserved(soak.guest);
	count_pair(soak.guest);
	pair_destroy(soak.guest);
	soak.guest = NULL;
}

static void a_rough_guest_takes_its_turns(void)
{
	struct rough_result r =
		rough_turns(any_strategy(), any_producer(), 100 + below(700), 1 + below(1u << 30));

	soak.frames += r.sent;
	soak.breaks += r.breaks;
	soak.resets += r.resets;
}

static void round_of(struct held *base, struct held *worst)
{
	uint64_t before = frames_accepted(soak.steady);
	struct held now;

	if (below(2))
		a_pair_comes_and_goes();
	else
		a_rough_guest_takes_its_turns();
	assert_true(wait_frames(soak.steady, before + 1));
	now = held_now(base->threads);
	if (++soak.rounds == WARM_UP_ROUNDS)
		*base = *worst = now;
	if (soak.rounds <= WARM_UP_ROUNDS)
		return;
	assert_int_equal(now.fds, base->fds);
	assert_int_equal(now.threads, base->threads);
	if (now.rss_kib > worst->rss_kib)
		worst->rss_kib = now.rss_kib;
	if (!PROC_TSAN && !PROC_ASAN)
		assert_true(now.rss_kib - base->rss_kib < RSS_SLACK_KIB);
}

/* ---- pauses: another process stops this one now and then, as a person with Ctrl-Z would ---- */

static void stop_and_go(pid_t parent, uint64_t seed)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	while (getppid() == parent) {
		sleep_ms(200 + suite_random(&seed) % 3000);
		if (getppid() != parent || kill(parent, SIGSTOP) < 0)
			break;
		sleep_ms(suite_random(&seed) % 200);
		kill(parent, SIGCONT);
	}
	_exit(0);
}

static pid_t start_pauses(void)
{
	pid_t me = getpid(), pid;
	uint64_t seed = soak.seed;

	fflush(NULL);
	pid = fork();
	if (pid == 0)
		stop_and_go(me, seed);
	assert_true(pid > 0);
	return pid;
}

static void test_soak(void **state)
{
	uint64_t seconds = number_from("SOAK_SECONDS", 120), end, told = 0;
	struct pair_config steady = test_config(&accel_thread, &notify_unbound, TANDEM_RR_PING);
	struct held base = { .threads = 64 }, worst;
	pid_t pauser;

	(void)state;
	steady.flags = TANDEM_VERIFY_FULL;
	pauser = start_pauses();
	soak.steady = make_pair(&steady);
	start_pair(soak.steady);
	base = worst = held_now(64);
	end = clock_mono_ns() + seconds * 1000000000ull;
	while (clock_mono_ns() < end) {
		round_of(&base, &worst);
		if (soak.rounds / 25 == told)
			continue;
		told = soak.rounds / 25;
		print_message("# %u rounds, %lu frames, RSS %ld KiB\n", soak.rounds,
			      (unsigned long)soak.frames, proc_rss_kib());
	}
	kill(pauser, SIGKILL);
	kill(getpid(), SIGCONT);
	drain_pair(soak.steady);
	pair_stop(soak.steady);
	assert_complete(soak.steady, &steady);
	count_pair(soak.steady);
	print_message(
		"# %u rounds (%u on KVM), %lu frames, %lu notifications, %lu queues broken, %lu "
		"resets; RSS %ld KiB at first, %ld at most; %u fds, %u threads\n",
		soak.rounds, soak.kvm_rounds, (unsigned long)soak.frames,
		(unsigned long)soak.notifications, (unsigned long)soak.breaks,
		(unsigned long)soak.resets, base.rss_kib, worst.rss_kib, base.fds, base.threads);
	assert_true(soak.rounds > WARM_UP_ROUNDS);
}

static int tear_down(void **state)
{
	(void)state;
	pair_destroy(soak.guest);
	pair_destroy(soak.steady);
	return 0;
}

int main(void)
{
	static struct suite s = { .teardown = tear_down };

	soak.seed = number_from("SOAK_SEED", clock_mono_ns() | 1);
	printf("# SOAK_SEED=%llu SOAK_SECONDS=%llu\n", (unsigned long long)soak.seed,
	       (unsigned long long)number_from("SOAK_SECONDS", 120));
	fflush(stdout);
	test_clock_hz();
	if (access("/dev/kvm", R_OK | W_OK) == 0)
		soak.kvm_fd = vm_open_kvm();
	/* A broken queue is said once each, and here they are thousands. */
	if (!getenv("SOAK_LOUD")) {
		int null = open("/dev/null", O_WRONLY | O_CLOEXEC);

		dup2(null, STDERR_FILENO);
		close(null);
	}
	suite_add(&s, "hours of changing pairs, rough guests and pauses leave nothing behind",
		  test_soak, NULL);
	return suite_run(&s, "soak");
}

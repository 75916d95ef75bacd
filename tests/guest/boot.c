// SPDX-License-Identifier: BSD-2-Clause
// The bundled guest in virtual machines: it boots, answers, carries traffic; its faults are its own.
#include "tests/pair/fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "lib/fd.h"
#include "tests/common/proc.h"
#include "tests/guest/need_kvm.h"
#include "vhost/strategies.h"
#include "vmm/vm.h"

#define RUN_MS 300u
#define ECHOES 100u
#define STOP_MS 1000u
#define CYCLES 30u
#define RSS_SLACK_KIB 2048

static struct pair *pairs[2];
static int kvm_fd = -1;

static int tear_down(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(pairs); i++) {
		pair_destroy(pairs[i]);
		pairs[i] = NULL;
	}
	return 0;
}

static struct pair_config kvm_config(const struct notify_ops *notify, uint32_t workload)
{
	struct pair_config c = test_config(&accel_kvm, notify, workload);

	c.kvm_fd = kvm_fd;
	return c;
}

static void the_guest_boots_and_says_that_it_runs(void **state)
{
	struct pair_config c = kvm_config(&notify_direct, TANDEM_STREAM_SEND);

	(void)state;
	pairs[0] = make_pair(&c);
	assert_int_equal(pair_state(pairs[0], SIDE_A), PAIR_BOOTING);
	start_pair(pairs[0]);
	for (unsigned i = 0; i < SIDES; i++) {
		assert_int_equal(pair_report(pairs[0], i)->state, TANDEM_RUNNING);
		assert_true(pair_guest_tid(pairs[0], i) > 0);
	}
	drain_pair(pairs[0]);
	pair_stop(pairs[0]);
	assert_complete(pairs[0], &c);
}

static void an_interrupt_comes_back_as_a_doorbell(void **state)
{
	struct pair_config c = kvm_config(&notify_direct, 0);
	int doorbell, call;

	(void)state;
	c.workload[SIDE_A] = 0;
	c.workload[SIDE_B] = TANDEM_ECHO;
	c.ring_size = c.window = 1;
	pairs[0] = make_pair(&c);
	start_pair(pairs[0]);
	assert_false(pair_has(pairs[0], SIDE_A));
	doorbell = pair_echo_fd(pairs[0], SIDE_B);
	call = pair_call_fd(pairs[0], SIDE_B);
	for (unsigned i = 0; i < ECHOES; i++) {
		assert_int_equal(fd_take(doorbell), 0); /* not without an interrupt */
		fd_signal(call);
		assert_true(fd_wait(doorbell, PATIENCE_MS * 1000000ll));
		assert_int_equal(fd_take(doorbell), 1);
	}
	pair_ask_to_end(pairs[0], SIDE_B);
	assert_true(wait_state(pairs[0], SIDE_B, PAIR_DONE));
	pair_stop(pairs[0]);
}

struct trial {
	char name[120];
	const struct notify_ops *notify;
	uint32_t workload, frame, ring, window, flags;
	const char *producer;	  /* NULL: user */
	const struct vm_irq *irq; /* NULL: the default */
};

static void every_frame_is_accounted_for(void **state)
{
	const struct trial *t = *state;
	struct pair_config c = kvm_config(t->notify, t->workload);

	c.frame_bytes = t->frame;
	c.ring_size = t->ring;
	c.window = t->window;
	c.flags = t->flags;
	c.irq = t->irq;
	c.producer = t->producer ? producer_find(t->producer) : NULL;
	pairs[0] = make_pair(&c);
	start_pair(pairs[0]);
	sleep_ms(RUN_MS);
	assert_true(wait_frames(pairs[0], 1));
	drain_pair(pairs[0]);
	pair_stop(pairs[0]);
	assert_complete(pairs[0], &c);
}

static void cycles_leave_nothing_behind(void **state)
{
	unsigned fds = 0, threads = 0;
	long rss = 0;

	(void)state;
	for (unsigned i = 0; i < CYCLES; i++) {
		struct pair_config c = kvm_config(notify_strategies[i % 3], TANDEM_RR_PING);

		if (i == CYCLES / 3) {
			threads = proc_threads_settled(PROC_ALONE);
			fds = proc_fds();
			rss = proc_rss_kib();
		}
		pairs[0] = make_pair(&c);
		start_pair(pairs[0]);
		assert_true(wait_frames(pairs[0], 1));
		tear_down(NULL); /* in the middle of it */
	}
	assert_int_equal(proc_threads_settled(threads), threads);
	assert_int_equal(proc_fds(), fds);
	if (!PROC_TSAN)
		assert_true(proc_rss_kib() - rss < RSS_SLACK_KIB);
}

static unsigned long long number_after(const char *text, unsigned n)
{
	const char *at = strstr(text, ": ");

	assert_non_null(at);
	for (at += 2; n; n--) {
		at = strchr(at, ' ');
		assert_non_null(at);
		at++;
	}
	return strtoull(at, NULL, 16);
}

static void start_healthy(struct pair_config *c)
{
	*c = kvm_config(&notify_direct, TANDEM_STREAM_SEND);
	pairs[1] = make_pair(c);
	start_pair(pairs[1]);
}

static void assert_healthy_goes_on(const struct pair_config *c)
{
	assert_true(wait_frames(pairs[1], frames_accepted(pairs[1]) + 100));
	drain_pair(pairs[1]);
	pair_stop(pairs[1]);
	assert_complete(pairs[1], c);
}

static unsigned stop_ms(struct pair *p)
{
	uint64_t start = clock_mono_ns();

	pair_stop(p);
	return (unsigned)((clock_mono_ns() - start) / 1000000);
}

static void a_guest_that_faults_says_vector_and_pc_and_its_peer_stops(void **state)
{
	struct pair_config c = kvm_config(&notify_direct, TANDEM_STREAM_SEND), healthy;
	char why[200] = "";

	(void)state;
	start_healthy(&healthy);
	c.flags = TANDEM_MISBEHAVE_FAULT;
	pairs[0] = make_pair(&c);
	assert_int_equal(pair_start(pairs[0]), 0);
	assert_false(wait_state(pairs[0], SIDE_B, PAIR_DONE));
	assert_int_equal(pair_state(pairs[0], SIDE_B), PAIR_FAILED);
	pair_failure(pairs[0], SIDE_B, why, sizeof(why));
	print_message("# %s\n", why);
	assert_non_null(strstr(why, "faulted"));
#if defined(__x86_64__)
	assert_int_equal(number_after(why, 0), 6); /* #UD */
#endif
	assert_uint_in_range(number_after(why, 2), vm_layout()->ram_gpa + TANDEM_IMAGE_OFFSET,
			     vm_layout()->ram_gpa + TANDEM_IMAGE_OFFSET + TANDEM_IMAGE_MAX);
	assert_true(wait_state(pairs[0], SIDE_A, PAIR_RUNNING));
	assert_true(stop_ms(pairs[0]) < STOP_MS);
	assert_notifications_conserved(pairs[0]);
	assert_healthy_goes_on(&healthy);
}

static void a_mute_guest_ends_on_stop(void **state)
{
	struct pair_config c = kvm_config(&notify_direct, TANDEM_STREAM_SEND), healthy;

	(void)state;
	start_healthy(&healthy);
	c.flags = TANDEM_MISBEHAVE_MUTE;
	pairs[0] = make_pair(&c);
	start_pair(pairs[0]);
	sleep_ms(50);
	assert_int_equal(frames_accepted(pairs[0]), 0);
	assert_true(stop_ms(pairs[0]) < STOP_MS);
	assert_notifications_conserved(pairs[0]);
	assert_healthy_goes_on(&healthy);
}

static void a_wrong_boot_magic_fails_the_guest(void **state)
{
	struct pair_config c = kvm_config(&notify_direct, TANDEM_STREAM_SEND);
	char why[200] = "";

	(void)state;
	pairs[0] = make_pair(&c);
	test_boot_page(pairs[0], SIDE_B)->magic = 0x1badb002;
	assert_int_equal(pair_start(pairs[0]), 0);
	assert_false(wait_state(pairs[0], SIDE_B, PAIR_DONE));
	assert_int_equal(pair_state(pairs[0], SIDE_B), PAIR_FAILED);
	pair_failure(pairs[0], SIDE_B, why, sizeof(why));
	assert_non_null(strstr(why, "boot page"));
	assert_non_null(strstr(why, "0x1badb002"));
	assert_true(stop_ms(pairs[0]) < STOP_MS);
}

static struct trial trials[96];
static size_t ntrials;

static void add_trial(struct suite *s, const struct trial *like)
{
	static size_t row;

	for (size_t k = 0; notify_strategies[k]; k++) {
		struct trial *t = &trials[ntrials++];

		if (!suite_takes(row, k, 3))
			continue;
		*t = *like;
		t->notify = notify_strategies[k];
		snprintf(t->name, sizeof(t->name),
			 "%s_of_%u_bytes_ring_%u%s%s%s%s%s_%s_is_complete",
			 t->workload == TANDEM_STREAM_SEND ? "stream" : "rr", t->frame, t->ring,
			 t->flags ? "_verified" : "", t->irq ? "_irq_" : "",
			 t->irq ? t->irq->name : "", t->producer ? "_by_" : "",
			 t->producer ? t->producer : "", t->notify->name);
		suite_add(s, t->name, every_frame_is_accounted_for, t);
	}
	row++;
}

static void add_traffic(struct suite *s)
{
	static const struct trial like[] = {
		{ .workload = TANDEM_STREAM_SEND, .frame = 65536, .ring = 64, .window = 64 },
		{ .workload = TANDEM_STREAM_SEND, .frame = 61, .ring = 4, .window = 4 },
		{ .workload = TANDEM_STREAM_SEND, .frame = 1500, .ring = 1, .window = 1 },
		{ .workload = TANDEM_STREAM_SEND,
		  .frame = 1500,
		  .ring = 64,
		  .window = 64,
		  .flags = TANDEM_VERIFY_FULL },
		{ .workload = TANDEM_RR_PING, .frame = 64, .ring = 256, .window = 1 },
		{ .workload = TANDEM_RR_PING, .frame = 65535, .ring = 2, .window = 1 },
		{ .workload = TANDEM_RR_PING, .frame = 64, .ring = 1, .window = 1 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(like); i++)
		add_trial(s, &like[i]);
	/* Deferred injection merges interrupts; none may get lost by it. */
	for (const struct vm_irq *irq = vm_irqs + 1; vm_irqs[0].name && irq->name; irq++)
		add_trial(s, &(struct trial){ .workload = TANDEM_RR_PING,
					      .frame = 64,
					      .ring = 4,
					      .window = 1,
					      .irq = irq });
	for (size_t i = 1; producers[i] && !producers[i]->not_ours; i++)
		add_trial(s, &(struct trial){ .workload = TANDEM_STREAM_SEND,
					      .frame = 65536,
					      .ring = 64,
					      .window = 64,
					      .producer = producers[i]->name });
}

int main(void)
{
	static struct suite s = { .teardown = tear_down };

	kvm_fd = need_kvm();
	test_clock_hz();
	suite_add(&s, "the_guest_boots_and_says_that_it_runs",
		  the_guest_boots_and_says_that_it_runs, NULL);
	suite_add(&s, "an_interrupt_comes_back_as_a_doorbell",
		  an_interrupt_comes_back_as_a_doorbell, NULL);
	add_traffic(&s);
	suite_add(&s, "cycles_leave_nothing_behind", cycles_leave_nothing_behind, NULL);
	suite_add(&s, "a_guest_that_faults_says_vector_and_pc_and_its_peer_stops",
		  a_guest_that_faults_says_vector_and_pc_and_its_peer_stops, NULL);
	suite_add(&s, "a_mute_guest_ends_on_stop", a_mute_guest_ends_on_stop, NULL);
	suite_add(&s, "a_wrong_boot_magic_fails_the_guest", a_wrong_boot_magic_fails_the_guest,
		  NULL);
	return suite_run(&s, "guest: boot");
}

// SPDX-License-Identifier: BSD-2-Clause
// Notification strategies, each one in the table: delivery, merging, conservation, stamps, threads.
#include "tests/common/suite.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>

#include "lib/clock.h"
#include "lib/cpulist.h"
#include "lib/fd.h"
#include "tests/common/proc.h"
#include "vhost/strategies.h"

#define SECOND 1000000000ll
#define TIDS_MAX NOTIFY_THREADS_MAX

/* A notifier and its targets; this thread is the backend. */
struct fixture {
	const struct notify_ops *ops;
	struct notifier *n;
	struct notify_target target[NOTIFY_TARGETS];
	struct stamps stamps[NOTIFY_TARGETS];
	pid_t tids[TIDS_MAX];
	unsigned ntids;
};

static struct fixture *fx;

static int set_up(void **state)
{
	suite_watch(40);
	fx = calloc(1, sizeof(*fx));
	assert_non_null(fx);
	fx->ops = *state;
	for (unsigned i = 0; i < NOTIFY_TARGETS; i++) {
		fx->target[i] = (struct notify_target){ .call_fd = fd_eventfd(),
							.index = i,
							.stamps = &fx->stamps[i] };
		assert_true(fx->target[i].call_fd >= 0);
	}
	return 0;
}

static void drop_notifier(void)
{
	if (fx->n) {
		fx->ops->stop(fx->n);
		fx->ops->destroy(fx->n);
	}
	fx->n = NULL;
}

static int tear_down(void **state)
{
	(void)state;
	drop_notifier();
	for (unsigned i = 0; i < NOTIFY_TARGETS; i++)
		fd_close(&fx->target[i].call_fd);
	proc_pin(-1);
	free(fx);
	return 0;
}

static struct notify_config config(void)
{
	struct notify_config c;

	memset(&c, 0, sizeof(c));
	for (unsigned i = 0; i < NOTIFY_TARGETS; i++)
		c.targets[i] = &fx->target[i];
	sched_getaffinity(0, sizeof(c.backend_cpus), &c.backend_cpus);
	c.notifier_cpus = c.backend_cpus;
	return c;
}

static void make_notifier(void)
{
	struct notify_config c = config();

	assert_int_equal(fx->ops->create(&fx->n, &c), 0);
	assert_ptr_equal(fx->n->ops, fx->ops);
}

static void start_notifier(void)
{
	make_notifier();
	assert_int_equal(fx->ops->start(fx->n), 0);
	fx->ntids = fx->ops->tids(fx->n, fx->tids, TIDS_MAX);
	assert_true(fx->ntids <= TIDS_MAX);
}

static void send_to(unsigned i, uint16_t rx_idx)
{
	notify_send(fx->n, &fx->target[i], rx_idx);
}

static bool wait_call(unsigned i)
{
	return fd_wait(fx->target[i].call_fd, 10 * SECOND) && fd_take(fx->target[i].call_fd);
}

static void expect_conservation(void)
{
	for (unsigned i = 0; i < NOTIFY_TARGETS; i++) {
		const struct notify_target *t = &fx->target[i];

		assert_true(t->decided == t->delivered + t->coalesced);
		assert_true(t->stamps->head == t->decided);
		assert_true(t->message == 0);
	}
}

/* ------------------------------------------------------------------ delivery */

static void test_delivers(void **state)
{
	(void)state;
	start_notifier();
	for (uint16_t i = 0; i < 200; i++) {
		send_to(i & 1, i);
		assert_true(wait_call(i & 1));
		assert_int_equal(fd_take(fx->target[!(i & 1)].call_fd), 0); /* not the other */
	}
	fx->ops->stop(fx->n);
	expect_conservation();
	assert_int_equal(fx->target[0].delivered, 100);
	assert_int_equal(fx->target[1].delivered, 100);
	assert_int_equal(fx->target[0].coalesced, 0);
}

/* Each waited for, so that nothing is merged and every stamp is complete. */
static void test_stamps_ordered(void **state)
{
	uint64_t last = clock_now();

	(void)state;
	start_notifier();
	for (uint16_t i = 0; i < 300; i++) {
		const struct stamp *e = &fx->stamps[0].ring[i];
		uint64_t t2;

		send_to(0, (uint16_t)(i * 3));
		assert_true(wait_call(0));
		t2 = shared_load_acquire(&e->t2);
		assert_true(t2 != 0);
		assert_true(last <= e->t0);
		assert_true(e->t0 <= shared_load(&e->t1));
		assert_true(shared_load(&e->t1) <= t2);
		last = clock_now();
		assert_true(t2 <= last);
		assert_int_equal(e->rx_idx, i * 3);
	}
	assert_int_equal(fx->stamps[0].head, 300);
	assert_int_equal(fx->stamps[1].head, 0);
}

static void test_stop_delivers_the_rest(void **state)
{
	(void)state;
	start_notifier();
	for (int round = 0; round < 100; round++) {
		send_to(0, 1);
		send_to(1, 1);
		fx->ops->stop(fx->n);
		expect_conservation();
		assert_true(fd_take(fx->target[0].call_fd) > 0);
		assert_true(fd_take(fx->target[1].call_fd) > 0);
		assert_int_equal(fx->ops->start(fx->n), 0);
	}
}

static void test_works_after_restart(void **state)
{
	(void)state;
	start_notifier();
	for (uint16_t i = 0; i < 50; i++) {
		fx->ops->stop(fx->n);
		fx->ops->stop(fx->n); /* harmless */
		assert_int_equal(fx->ops->start(fx->n), 0);
		send_to(i & 1, i);
		assert_true(wait_call(i & 1));
	}
}

/* ------------------------------------------------------------------ merging */

/* Until somebody has taken the target's message. */
static bool wait_taken(unsigned i)
{
	uint64_t end = clock_mono_ns() + 10 * SECOND;

	while (__atomic_load_n(&fx->target[i].message, __ATOMIC_SEQ_CST)) {
		if (clock_mono_ns() > end)
			return false;
		sched_yield();
	}
	return true;
}

/* An eventfd so full that whoever writes to it sleeps. */
static void block_call_fd(void)
{
	const uint64_t full = UINT64_MAX - 1;

	fd_close(&fx->target[0].call_fd);
	fx->target[0].call_fd = eventfd(0, EFD_CLOEXEC);
	assert_true(fx->target[0].call_fd >= 0);
	assert_int_equal(fd_write_all(fx->target[0].call_fd, &full, sizeof(full)), 0);
}

/*
 * Every worker that may take the target is made to sleep in its write; what is sent next stays
 * queued, and what is sent after that is merged into it.
 */
static void test_merges(void **state)
{
	unsigned workers, cpu = (unsigned)sched_getcpu();
	uint64_t count;

	(void)state;
	proc_pin((int)cpu);
	block_call_fd();
	start_notifier();
	workers = fx->ops == &notify_deferred ? 1 : fx->ntids;
	for (unsigned i = 0; i < workers; i++) {
		send_to(0, 1);
		assert_true(wait_taken(0));
	}
	for (unsigned i = 0; i < 10; i++)
		send_to(0, (uint16_t)(2 + i));
	assert_int_equal(fx->target[0].coalesced, 9);
	assert_true(shared_load(&fx->target[0].message) == workers + 1); /* the first's id + 1 */
	assert_true(shared_load(&fx->stamps[0].ring[workers].t1) == 0);
	for (unsigned i = 1; i < 10; i++)
		assert_true(shared_load(&fx->stamps[0].ring[workers + i].t1) == STAMP_COALESCED);
	assert_int_equal(read(fx->target[0].call_fd, &count, sizeof(count)), sizeof(count));
	fx->ops->stop(fx->n);
	assert_int_equal(fd_take(fx->target[0].call_fd), workers + 1);
	assert_int_equal(fx->target[0].delivered, workers + 1);
	expect_conservation();
}

/* One target's sleep does not keep the other from being told: there is another worker. */
static void test_pool_goes_on(void **state)
{
	uint64_t count;

	(void)state;
	block_call_fd();
	start_notifier();
	send_to(0, 1);
	assert_true(wait_taken(0));
	for (int i = 0; i < 100; i++) {
		send_to(1, 1);
		assert_true(wait_call(1));
	}
	assert_int_equal(read(fx->target[0].call_fd, &count, sizeof(count)), sizeof(count));
	fx->ops->stop(fx->n);
	expect_conservation();
}

static void test_claim(void **state)
{
	struct notify_target *t = &fx->target[0];

	(void)state;
	for (uint64_t id = 0; id < 3; id++)
		assert_int_equal(stamps_add(t->stamps, 100 + id, (uint16_t)id), id);
	assert_true(notify_claim(t, 0));
	assert_false(notify_claim(t, 1));
	assert_int_equal(t->coalesced, 1);
	assert_true(t->stamps->ring[1].t1 == STAMP_COALESCED);
	notify_run(t, 150);
	assert_int_equal(fd_take(t->call_fd), 1);
	assert_int_equal(t->stamps->ring[0].t1, 150);
	assert_true(t->stamps->ring[0].t2 > 150);
	notify_run(t, 160); /* nothing queued: nothing done */
	assert_int_equal(fd_take(t->call_fd), 0);
	assert_int_equal(t->delivered, 1);
	assert_true(notify_claim(t, 2));
	notify_run(t, 170);
	assert_int_equal(t->stamps->ring[2].t1, 170);
	assert_int_equal(fd_take(t->call_fd), 1);
}

static void test_stamps_ring(void **state)
{
	struct stamps *s = &fx->stamps[0];

	(void)state;
	for (uint64_t id = 0; id < 3 * STAMPS_SIZE; id++) {
		assert_int_equal(stamps_add(s, id + 1, (uint16_t)id), id);
		assert_ptr_equal(stamps_at(s, id), &s->ring[id % STAMPS_SIZE]);
		assert_int_equal(stamps_at(s, id)->t0, id + 1);
		assert_int_equal(stamps_at(s, id)->t1 | stamps_at(s, id)->t2, 0);
		assert_int_equal(stamps_at(s, id)->rx_idx, id & 0xffff);
		assert_int_equal(s->head, id + 1);
		stamps_at(s, id)->t1 = 1;
		stamps_at(s, id)->t2 = 1;
	}
}

/*
 * A worker that woke for something else finds the target's message too: it was running before the
 * backend decided, and the time from t0 to t1 must not come out negative.
 */
static void test_early_worker(void **state)
{
	struct notify_target *t = &fx->target[0];
	uint64_t t1 = clock_now(), t0 = t1 + 1000;

	(void)state;
	stamps_add(t->stamps, t0, 0);
	assert_true(notify_claim(t, 0));
	while (clock_now() <= t0)
		;
	notify_run(t, t1);
	assert_true(t->stamps->ring[0].t0 <= t->stamps->ring[0].t1);
	assert_true(t->stamps->ring[0].t1 <= t->stamps->ring[0].t2);
}

/*
 * A worker that comes so late that its stamp's place was taken by another must not write there:
 * the other was merged, and would read as delivered.
 */
static void test_late_stamp(void **state)
{
	struct notify_target *t = &fx->target[0];
	uint64_t t1 = clock_now();

	(void)state;
	stamps_add(t->stamps, t1, 0);
	assert_true(notify_claim(t, 0));
	for (uint64_t id = 1; id <= STAMPS_SIZE; id++) {
		stamps_add(t->stamps, clock_now(), (uint16_t)id);
		assert_false(notify_claim(t, id));
	}
	notify_run(t, t1);
	assert_int_equal(fd_take(t->call_fd), 1);
	assert_true(stamps_at(t->stamps, STAMPS_SIZE)->t1 == STAMP_COALESCED);
}

/* ------------------------------------------------------------------ where it runs */

static void test_deferred_cpu(void **state)
{
	int cpus[8];
	unsigned ncpus = proc_cpus(cpus, 8);

	(void)state;
	start_notifier();
	assert_true(fx->ntids >= ncpus);
	for (unsigned i = 0; i < fx->ntids; i++) {
		cpu_set_t set;

		assert_int_equal(sched_getaffinity(fx->tids[i], sizeof(set), &set), 0);
		assert_int_equal(CPU_COUNT(&set), 1);
		for (unsigned k = 0; k < i; k++) {
			cpu_set_t other;

			sched_getaffinity(fx->tids[k], sizeof(other), &other);
			assert_false(CPU_EQUAL(&set, &other));
		}
	}
}

static pid_t worker_of(int cpu)
{
	for (unsigned i = 0; i < fx->ntids; i++) {
		cpu_set_t set;

		sched_getaffinity(fx->tids[i], sizeof(set), &set);
		if (CPU_ISSET(cpu, &set))
			return fx->tids[i];
	}
	return -1;
}

/* Waits until the worker sleeps again, then says how often it did. */
static long settled_sleeps(pid_t tid)
{
	long before, now = proc_sleeps(tid);
	const struct timespec ms = { .tv_nsec = 5000000 };

	for (unsigned i = 0; i < suite_patience(100); i++) {
		before = now;
		nanosleep(&ms, NULL);
		now = proc_sleeps(tid);
		/* One that waits for its CPU has not slept either. */
		if (now == before && proc_others_sleep())
			break;
	}
	return now;
}

/* Of all the workers, only the one bound to the queuer's CPU wakes. */
static void test_deferred_runs_on_queuers_cpu(void **state)
{
	int cpus[2];
	unsigned ncpus = proc_cpus(cpus, 2);

	(void)state;
	start_notifier();
	for (unsigned c = 0; c < ncpus; c++) {
		pid_t mine = worker_of(cpus[c]), other = worker_of(cpus[!c % ncpus]);
		long my_sleeps, other_sleeps;

		proc_pin(cpus[c]);
		my_sleeps = settled_sleeps(mine);
		other_sleeps = settled_sleeps(other);
		for (uint16_t i = 0; i < 20; i++) {
			send_to(0, i);
			assert_true(wait_call(0));
		}
		assert_true(settled_sleeps(mine) >= my_sleeps + 1);
		if (other != mine)
			assert_int_equal(settled_sleeps(other), other_sleeps);
	}
}

/* A backend that finds itself on a CPU it was not said to use is served all the same. */
static void test_deferred_foreign_cpu(void **state)
{
	struct notify_config c = config();
	int cpus[2];

	(void)state;
	if (proc_cpus(cpus, 2) < 2) {
		print_message("# this test needs two CPUs\n");
		skip();
	}
	CPU_ZERO(&c.backend_cpus);
	CPU_SET(cpus[0], &c.backend_cpus);
	assert_int_equal(fx->ops->create(&fx->n, &c), 0);
	assert_int_equal(fx->ops->start(fx->n), 0);
	assert_int_equal(fx->ops->tids(fx->n, fx->tids, TIDS_MAX), 1);
	proc_pin(cpus[1]);
	send_to(0, 1);
	assert_true(wait_call(0));
}

static void test_unbound_cpus(void **state)
{
	struct notify_config c = config();
	cpu_set_t set;

	(void)state;
	start_notifier();
	assert_true(fx->ntids > 1);
	for (unsigned i = 0; i < fx->ntids; i++) {
		assert_int_equal(sched_getaffinity(fx->tids[i], sizeof(set), &set), 0);
		assert_true(CPU_EQUAL(&set, &c.notifier_cpus));
	}
}

static void test_direct_has_no_threads(void **state)
{
	unsigned threads = proc_threads();

	(void)state;
	start_notifier();
	assert_int_equal(fx->ntids, 0);
	assert_true(proc_threads_settled(threads) <= threads);
	send_to(0, 1);
	assert_int_equal(fd_take(fx->target[0].call_fd), 1); /* at once */
	assert_true(fx->stamps[0].ring[0].t1 == fx->stamps[0].ring[0].t0);
}

static void test_impossible_cpus(void **state)
{
	unsigned threads = proc_threads(), fds = proc_fds();
	struct notify_config c = config();

	(void)state;
	CPU_ZERO(&c.backend_cpus);
	CPU_SET(CPULIST_MAX - 1, &c.backend_cpus);
	c.notifier_cpus = c.backend_cpus;
	assert_int_equal(fx->ops->create(&fx->n, &c), 0);
	assert_int_equal(fx->ops->start(fx->n), notify_by_producer(fx->ops) ? 0 : -EINVAL);
	drop_notifier();
	assert_true(proc_threads_settled(threads) <= threads);
	assert_int_equal(proc_fds(), fds);
}

/* ------------------------------------------------------------------ none lost */

struct consumer {
	int fd;
	uint64_t all;
	uint64_t published; /* by the producer, before each notification */
	uint64_t seen;
	uint64_t wakeups;
	bool timed_out;
};

static void *consume(void *arg)
{
	struct consumer *c = arg;

	while (c->seen < c->all) {
		if (!fd_wait(c->fd, 10 * SECOND)) {
			c->timed_out = true;
			break;
		}
		fd_take(c->fd);
		c->seen = shared_load_acquire(&c->published);
		c->wakeups++;
	}
	return NULL;
}

/* However they are merged, the consumer is told after the last one was published. */
static void test_storm(void **state)
{
	struct consumer c = { .fd = fx->target[0].call_fd, .all = suite_scaled(100000, 1000) };
	pthread_t thread;

	(void)state;
	start_notifier();
	assert_int_equal(pthread_create(&thread, NULL, consume, &c), 0);
	for (uint64_t i = 1; i <= c.all; i++) {
		shared_store_release(&c.published, i);
		send_to(0, (uint16_t)i);
	}
	pthread_join(thread, NULL);
	assert_false(c.timed_out);
	assert_int_equal(c.seen, c.all);
	fx->ops->stop(fx->n);
	expect_conservation();
	assert_int_equal(fx->target[0].decided, c.all);
	assert_true(fx->target[0].delivered >= c.wakeups);
}

/* As the storm, but the producer waits now and then for the consumer: many idle-to-busy edges. */
static void test_stop_and_go(void **state)
{
	(void)state;
	start_notifier();
	for (uint64_t i = 1, n = suite_scaled(5000, 100); i <= n; i++) {
		unsigned who = i & 1;

		for (uint64_t k = 0; k <= i % 3; k++)
			send_to(who, (uint16_t)i);
		send_to(!who, (uint16_t)i);
		assert_true(wait_call(who));
		assert_true(wait_call(!who));
		assert_true(wait_taken(0) && wait_taken(1));
	}
	fx->ops->stop(fx->n);
	expect_conservation();
}

/* ------------------------------------------------------------------ start and stop */

static void test_cycles(void **state)
{
	unsigned fds = proc_fds(), threads = proc_threads();

	(void)state;
	for (uint64_t i = 0, n = suite_scaled(1000, 100); i < n; i++) {
		make_notifier();
		assert_int_equal(fx->ops->start(fx->n), 0);
		send_to(i & 1, (uint16_t)i);
		drop_notifier();
		assert_int_equal(fd_take(fx->target[i & 1].call_fd), 1);
	}
	expect_conservation();
	assert_int_equal(proc_fds(), fds);
	assert_true(proc_threads_settled(threads) <= threads);
}

static void test_destroy_without_start(void **state)
{
	unsigned fds = proc_fds();

	(void)state;
	fx->ops->destroy(NULL);
	make_notifier();
	drop_notifier();
	make_notifier();
	fx->ops->destroy(fx->n);
	fx->n = NULL;
	assert_int_equal(proc_fds(), fds);
}

static void test_table(void **state)
{
	(void)state;
	for (size_t i = 0; notify_strategies[i]; i++) {
		assert_ptr_equal(notify_find(notify_strategies[i]->name), notify_strategies[i]);
		assert_true(strlen(notify_strategies[i]->summary) > 10);
	}
	assert_ptr_equal(notify_find("direct"), &notify_direct);
	assert_ptr_equal(notify_find("deferred"), &notify_deferred);
	assert_ptr_equal(notify_find("unbound"), &notify_unbound);
	assert_null(notify_find("all"));
	assert_null(notify_find(""));
}

struct each {
	const char *name;
	CMUnitTestFunction fn;
};

/* What holds for every strategy. */
static const struct each for_each[] = {
	{ "delivers to the eventfd of its target", test_delivers },
	{ "stamps are ordered t0, t1, t2", test_stamps_ordered },
	{ "stop delivers what is queued", test_stop_delivers_the_rest },
	{ "works after stop and start", test_works_after_restart },
	{ "100,000 notifications: the last is never lost", test_storm },
	{ "bursts and pauses: every burst is told", test_stop_and_go },
	{ "impossible CPUs fail without a trace", test_impossible_cpus },
	{ "destroy takes NULL and what was never started", test_destroy_without_start },
	{ "1,000 cycles leave descriptors and threads flat", test_cycles },
};

static void add_each(struct suite *s, const struct notify_ops *strategy)
{
	static char names[64][96];
	static size_t n;

	for (size_t i = 0; i < ARRAY_SIZE(for_each); i++, n++) {
		snprintf(names[n], sizeof(names[n]), "%s: %s", strategy->name, for_each[i].name);
		suite_add(s, names[n], for_each[i].fn, strategy);
	}
}

int main(void)
{
	static struct suite s = { .setup = set_up, .teardown = tear_down };

	for (size_t i = 0; notify_strategies[i]; i++)
		add_each(&s, notify_strategies[i]);
	add_each(&s, &notify_delayed); /* not in the table: for tests */
	suite_add(&s, "deferred: queued and not run is not queued again", test_merges,
		  &notify_deferred);
	suite_add(&s, "unbound: queued and not run is not queued again", test_merges,
		  &notify_unbound);
	suite_add(&s, "unbound: a worker that sleeps does not hold up the other target",
		  test_pool_goes_on, &notify_unbound);
	suite_add(&s, "deferred: one worker for each CPU, bound to it", test_deferred_cpu,
		  &notify_deferred);
	suite_add(&s, "deferred: runs on the queuer's CPU", test_deferred_runs_on_queuers_cpu,
		  &notify_deferred);
	suite_add(&s, "deferred: a queuer on a foreign CPU is served", test_deferred_foreign_cpu,
		  &notify_deferred);
	suite_add(&s, "unbound: workers are free to run anywhere", test_unbound_cpus,
		  &notify_unbound);
	suite_add(&s, "direct: writes at once and has no threads", test_direct_has_no_threads,
		  &notify_direct);
	suite_add(&s, "a claimed target is not claimed again until it ran", test_claim, NULL);
	suite_add(&s, "the stamp ring wraps", test_stamps_ring, NULL);
	suite_add(&s, "a worker that was awake already stamps no t1 before t0", test_early_worker,
		  NULL);
	suite_add(&s, "a late worker leaves newer stamps alone", test_late_stamp, NULL);
	suite_add(&s, "strategies are found by their names", test_table, NULL);
	return suite_run(&s, "stamps_notify");
}

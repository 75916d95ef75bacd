// SPDX-License-Identifier: BSD-2-Clause
// The pool with its threads: exactly once, whatever the scope, the wake-up and the cull; placement; stop.
#include "tests/common/suite.h"

#include <errno.h>
#include <malloc.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/clock.h"
#include "lib/cpulist.h"
#include "lib/fd.h"
#include "lib/thread.h"
#include "lib/wake.h"
#include "tandem/shared.h"
#include "tests/common/fakesysfs.h"
#include "tests/common/proc.h"
#include "vhost/strategies.h"
#include "vhost/pool.h"
#include "vhost/pool_worker.h"

#define PRODUCERS 3
#define CULLS 50u
#define ITEMS (PROC_TSAN || PROC_ASAN ? 2000 : 10000)

/* An item that tells its producer. */
struct job {
	struct pool_item item;
	struct wake done;
	uint64_t runs;
	int cpu; /* where it ran */
	pid_t tid;
	uint64_t t1;
};

static struct topology topo;
static struct pool *pool;
/* Ours, and the one that ThreadSanitizer starts with the first of others. */
static const unsigned base_threads = 1 + PROC_TSAN;

static void run_job(struct pool_item *item, uint64_t t1)
{
	struct job *j = (struct job *)item;

	j->cpu = sched_getcpu();
	j->tid = gettid();
	j->t1 = t1;
	__atomic_fetch_add(&j->runs, 1, __ATOMIC_RELAXED);
	wake_signal(&j->done);
}

static int set_up(void **state)
{
	cpu_set_t cpus;

	(void)state;
	suite_watch(60);
	sched_getaffinity(0, sizeof(cpus), &cpus);
	assert_int_equal(topology_read(&topo, "", &cpus), 0);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	if (pool)
		pool_stop(pool);
	pool_destroy(pool);
	pool = NULL;
	proc_pin(-1);
	return 0;
}

struct kind {
	const char *name;
	enum scope scope;
	bool strict, locked, eventfds, cull;
};

static void leave_out(const char *why)
{
	printf("# %s\n", why);
	skip();
}

static void need_scope(const struct kind *k)
{
	if (!topo.npods[k->scope])
		leave_out(topo.why[k->scope]);
}

static void make_pool(const struct kind *k, unsigned workers)
{
	struct pool_config c = { .layout = { &topo, k->scope, k->strict, k->locked },
				 .workers = workers,
				 .eventfds = k->eventfds };

	assert_int_equal(pool_create(&pool, &c), 0);
	assert_int_equal(pool_start(pool), 0);
}

static void queue_from_here(struct job *j)
{
	pool_queue(pool, &j->item, (unsigned)sched_getcpu());
}

/* ------------------------------------------------------------------ exactly once */

struct producer_thread {
	struct thread thread;
	const struct kind *kind;
	struct job job;
	uint64_t queued, wrong;
	unsigned *ended, *culled;
};

/* On a busy machine it takes a while until the culler has had its turns. */
static bool is_enough(const struct producer_thread *p)
{
	return p->queued >= ITEMS && (!p->kind->cull || shared_load(p->culled) >= CULLS);
}

/* As a producer in the kernel does: the eventfd is signalled by another hand, later. */
static void queue_by_hand(struct job *j)
{
	int fd = pool_queue_fd(pool, &j->item, (unsigned)sched_getcpu());

	if (fd >= 0)
		fd_signal(fd);
}

static void produce(void *arg)
{
	struct producer_thread *p = arg;

	p->job.item.fn = run_job;
	while (!is_enough(p)) {
		p->queued++;
		if (p->kind->eventfds && p->queued & 1)
			queue_by_hand(&p->job);
		else
			queue_from_here(&p->job);
		wake_wait(&p->job.done);
		p->wrong += shared_load(&p->job.runs) != p->queued;
	}
	__atomic_fetch_add(p->ended, 1, __ATOMIC_RELEASE);
}

static void cull_until_ended(const unsigned *ended, unsigned *culled)
{
	unsigned n = 0;

	while (__atomic_load_n(ended, __ATOMIC_ACQUIRE) < PRODUCERS) {
		shared_store(culled, *culled + pool_cull(pool, 0, 1));
		if (n++ & 1)
			assert_int_equal(pool_fill(pool), 0);
		sched_yield();
	}
}

static void test_exactly_once(void **state)
{
	const struct kind *k = *state;
	struct producer_thread p[PRODUCERS];
	struct pool_stats s;
	unsigned ended = 0, culled = 0;
	uint64_t queued = 0;

	need_scope(k);
	make_pool(k, 3);
	memset(p, 0, sizeof(p));
	for (unsigned i = 0; i < PRODUCERS; i++) {
		p[i].kind = k;
		p[i].ended = &ended;
		p[i].culled = &culled;
		assert_int_equal(thread_start(&p[i].thread, "producer", NULL, produce, &p[i]), 0);
	}
	if (k->cull)
		cull_until_ended(&ended, &culled);
	for (unsigned i = 0; i < PRODUCERS; i++)
		thread_join(&p[i].thread);
	pool_stop(pool);
	s = pool_stats(pool);
	for (unsigned i = 0; i < PRODUCERS; i++) {
		assert_int_equal(p[i].job.runs, p[i].queued);
		assert_int_equal(p[i].wrong, 0);
		queued += p[i].queued;
	}
	assert_true(queued >= (uint64_t)PRODUCERS * ITEMS);
	assert_int_equal(s.queued, queued);
	assert_true(s.kicks + s.coalesced <= s.queued);
	assert_int_equal(s.culled, culled);
	assert_true(culled >= (k->cull ? CULLS : 0));
}

/* ------------------------------------------------------------------ placement */

/* Strict: it runs on a CPU of the pod it was queued on. */
static void test_stays_in_scope(void **state)
{
	const struct kind *k = *state;
	int cpus[64];
	unsigned n = proc_cpus(cpus, 64);
	struct job j = { .item.fn = run_job };

	need_scope(k);
	make_pool(k, 2);
	for (unsigned i = 0; i < 200; i++) {
		unsigned cpu = (unsigned)cpus[i % n];

		proc_pin((int)cpu);
		pool_queue(pool, &j.item, cpu);
		wake_wait(&j.done);
		assert_true(CPU_ISSET(j.cpu, &topo.cpus));
		if (k->strict)
			assert_int_equal(topo.pod[k->scope][j.cpu], topo.pod[k->scope][cpu]);
	}
}

/* One that strayed comes back when it is kicked: a worker moved away by hand stands for it. */
static void test_strays_are_sent_home(void **state)
{
	const struct kind k = { .scope = SCOPE_CPU };
	struct job j = { .item.fn = run_job };
	cpu_set_t away;
	int cpus[2];

	(void)state;
	if (proc_cpus(cpus, 2) < 2)
		leave_out("there is one CPU only");
	make_pool(&k, 1);
	proc_pin(cpus[0]);
	pool_queue(pool, &j.item, (unsigned)cpus[0]);
	wake_wait(&j.done);
	/* Until it rests over there, it has not strayed. */
	CPU_ZERO(&away);
	CPU_SET(cpus[1], &away);
	for (unsigned i = 0; !pool_stats(pool).repatriated; i++) {
		assert_true(i < 1000);
		assert_int_equal(sched_setaffinity(j.tid, sizeof(away), &away), 0);
		pool_queue(pool, &j.item, (unsigned)cpus[0]);
		wake_wait(&j.done);
	}
	/* And it is free again: it may run on all CPUs. */
	assert_int_equal(sched_getaffinity(j.tid, sizeof(away), &away), 0);
	assert_true(CPU_EQUAL(&away, &topo.cpus));
}

/* On machines that are not here: every CPU goes to the pod of its scope, and each pod has its workers. */
static void test_recorded_machine(void **state)
{
	const struct machine *m = *state;

	machine_read(m, &topo);
	for (enum scope s = 0; s < SCOPES; s++) {
		struct pool_config c = { .layout = { .topology = &topo, .scope = s } };
		cpu_set_t cpus, all;

		assert_int_equal(pool_create(&pool, &c), topo.npods[s] ? 0 : -EINVAL);
		if (!topo.npods[s])
			continue;
		assert_int_equal(pool_pods(pool), m->pods[s]);
		CPU_ZERO(&all);
		for (unsigned pod = 0; pod < pool_pods(pool); pod++) {
			unsigned workers = pool_pod_workers(pool, pod, &cpus);

			assert_int_equal(workers, CPU_COUNT(&cpus) + 1);
			CPU_OR(&all, &all, &cpus);
			for (unsigned cpu = 0; cpu < CPULIST_MAX; cpu++)
				if (CPU_ISSET(cpu, &cpus))
					assert_int_equal(pool_pod_of(pool, cpu), pod);
		}
		assert_true(CPU_EQUAL(&all, &topo.cpus));
		pool_destroy(pool);
		pool = NULL;
	}
}

/* Only the pods that somebody queues to have workers. */
static void test_only_used_pods(void **state)
{
	struct pool_config c = { .layout = { .topology = &topo, .scope = SCOPE_CACHE },
				 .workers = 3 };
	cpu_set_t from, cpus;

	(void)state;
	machine_read(machine_find("x86: 96 cores, SMT, an L3 for every 8, 4 nodes"), &topo);
	assert_true(cpulist_parse("0-1,17,100", &from));
	c.from = &from;
	assert_int_equal(pool_create(&pool, &c), 0);
	for (unsigned pod = 0; pod < pool_pods(pool); pod++)
		assert_int_equal(pool_pod_workers(pool, pod, &cpus), pod == 0 || pod == 2 ? 3 : 0);
	assert_int_equal(pool_tids(pool, NULL, 0), 6);
}

/* ------------------------------------------------------------------ life */

/* What is queued when the pool is told to stop has run when it has stopped. */
static void test_stop_drains(void **state)
{
	const struct kind *k = *state;
	static struct job jobs[64];

	need_scope(k);
	make_pool(k, 2);
	for (unsigned round = 0; round < 50; round++) {
		memset(jobs, 0, sizeof(jobs));
		for (unsigned i = 0; i < ARRAY_SIZE(jobs); i++) {
			jobs[i].item.fn = run_job;
			/* Some signals never come: their producer died with its batch. */
			if (k->eventfds)
				pool_queue_fd(pool, &jobs[i].item, i);
			else
				pool_queue(pool, &jobs[i].item, i);
		}
		pool_stop(pool);
		for (unsigned i = 0; i < ARRAY_SIZE(jobs); i++)
			assert_int_equal(jobs[i].runs, 1);
		assert_int_equal(pool_start(pool), 0);
	}
}

/* A pool that never started, or no longer runs, still loses nothing. */
static void test_stop_without_workers(void **state)
{
	struct pool_config c = { .layout = { .topology = &topo, .scope = SCOPE_SYSTEM } };
	struct job j = { .item.fn = run_job };

	(void)state;
	assert_int_equal(pool_create(&pool, &c), 0);
	pool_queue(pool, &j.item, 0);
	pool_stop(pool);
	assert_int_equal(j.runs, 1);
	assert_int_equal(j.t1, 0);
}

static void test_start_fails(void **state)
{
	struct pool_config c = { .layout = { .topology = &topo, .scope = SCOPE_CPU } };
	cpu_set_t none;
	unsigned fds = proc_fds();

	(void)state;
	/* CPUs that this machine does not have. */
	assert_true(cpulist_parse("1000-1003", &none));
	topology_flat(&topo, &none);
	c.eventfds = true;
	for (unsigned i = 0; i < 20; i++) {
		assert_int_equal(pool_create(&pool, &c), 0);
		assert_int_equal(pool_start(pool), -EINVAL);
		pool_destroy(pool);
		pool = NULL;
	}
	assert_int_equal(proc_fds(), fds);
	assert_int_equal(proc_threads_settled(base_threads), base_threads);
}

static void test_lives_and_dies(void **state)
{
	const struct kind *k = *state;
	unsigned fds = proc_fds();
	struct job j = { .item.fn = run_job };

	need_scope(k);
	for (unsigned i = 0; i < 100; i++) {
		make_pool(k, 2);
		queue_from_here(&j);
		if (i & 1)
			pool_stop(pool);
		if (i & 1)
			assert_int_equal(j.runs, i + 1);
		pool_stop(pool);
		wake_wait(&j.done);
		pool_destroy(pool);
		pool = NULL;
	}
	assert_int_equal(proc_fds(), fds);
	assert_int_equal(proc_threads_settled(base_threads), base_threads);
}

static void test_cull_keeps(void **state)
{
	const struct kind k = { .scope = SCOPE_SYSTEM };
	struct job j = { .item.fn = run_job };
	unsigned culled = 0;

	(void)state;
	make_pool(&k, 5);
	assert_int_equal(pool_cull(pool, 3600 * 1000000000ull, 1), 0);
	/* Longer than any machine has been up. */
	assert_int_equal(pool_cull(pool, UINT64_MAX, 1), 0);
	for (unsigned i = 0; culled < 3 && i < suite_patience(1000); i++, usleep(1000))
		culled += pool_cull(pool, 0, 2);
	assert_int_equal(culled, 3);
	assert_int_equal(pool_cull(pool, 0, 2), 0);
	assert_int_equal(proc_threads_settled(base_threads + 2), base_threads + 2);
	queue_from_here(&j);
	wake_wait(&j.done);
	assert_int_equal(pool_fill(pool), 0);
	assert_int_equal(proc_threads_settled(base_threads + 5), base_threads + 5);
}

/* mallinfo2() is glibc's, since 2.33. */
#ifdef __GLIBC__
#define HAVE_MALLINFO2 __GLIBC_PREREQ(2, 33)
#else
#define HAVE_MALLINFO2 0
#endif

#if HAVE_MALLINFO2

static void test_no_allocation(void **state)
{
	const struct kind *k = *state;
	struct job j = { .item.fn = run_job };
	struct mallinfo2 before, after;

	if (PROC_TSAN || PROC_ASAN)
		leave_out("sanitizers allocate for themselves");
	need_scope(k);
	make_pool(k, 2);
	before = mallinfo2();
	for (unsigned i = 0; i < 2000; i++) {
		queue_from_here(&j);
		wake_wait(&j.done);
	}
	after = mallinfo2();
	assert_int_equal(after.uordblks, before.uordblks);
	assert_int_equal(after.arena, before.arena);
	assert_int_equal(after.hblkhd, before.hblkhd);
}

#else

static void test_no_allocation(void **state)
{
	(void)state;
	leave_out("this C library does not tell what is allocated");
}

#endif

/* ------------------------------------------------------------------ strategy unbound, in every scope */

static void test_unbound(void **state)
{
	const struct kind *k = *state;
	static struct stamps stamps[NOTIFY_TARGETS];
	struct notify_target target[NOTIFY_TARGETS];
	struct notify_config c = { .pool = { &topo, k->scope, k->strict, k->locked } };
	struct notifier *n;

	need_scope(k);
	memset(stamps, 0, sizeof(stamps));
	c.backend_cpus = c.notifier_cpus = topo.cpus;
	for (unsigned i = 0; i < NOTIFY_TARGETS; i++) {
		target[i] = (struct notify_target){ .call_fd = fd_eventfd(),
						    .index = i,
						    .stamps = &stamps[i] };
		c.targets[i] = &target[i];
	}
	assert_int_equal(notify_unbound.create(&n, &c), 0);
	assert_int_equal(notify_unbound.start(n), 0);
	for (unsigned i = 0; i < 1024; i++) {
		notify_send(n, &target[i % NOTIFY_TARGETS], (uint16_t)i);
		if (i % 3)
			assert_true(fd_wait(target[i % NOTIFY_TARGETS].call_fd, 10000000000ll));
		fd_take(target[i % NOTIFY_TARGETS].call_fd);
	}
	notify_unbound.stop(n);
	for (unsigned i = 0; i < NOTIFY_TARGETS; i++) {
		assert_int_equal(target[i].decided, 1024 / NOTIFY_TARGETS);
		assert_int_equal(target[i].decided, target[i].delivered + target[i].coalesced);
		fd_close(&target[i].call_fd);
	}
	notify_unbound.destroy(n);
}

static const struct kind kinds[] = {
	{ "cpu", SCOPE_CPU, false, false, false, false },
	{ "cpu, locked", SCOPE_CPU, false, true, false, false },
	{ "cpu, strict", SCOPE_CPU, true, false, false, false },
	{ "cpu, strict, eventfds", SCOPE_CPU, true, false, true, false },
	{ "cache_shard, locked, eventfds", SCOPE_CACHE_SHARD, false, true, true, false },
	{ "system", SCOPE_SYSTEM, false, false, false, false },
	{ "system, locked", SCOPE_SYSTEM, false, true, false, false },
	{ "system, eventfds", SCOPE_SYSTEM, false, false, true, false },
	{ "culled, system", SCOPE_SYSTEM, false, false, false, true },
	{ "culled, system, locked", SCOPE_SYSTEM, false, true, false, true },
	{ "culled, system, eventfds", SCOPE_SYSTEM, false, false, true, true },
	{ "culled, cpu", SCOPE_CPU, false, false, false, true },
};

static void add(struct suite *s, const char *what, CMUnitTestFunction fn, size_t step)
{
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i += step) {
		char *name;

		if (asprintf(&name, "%s: %s", what, kinds[i].name) >= 0) /* stays until the end */
			suite_add(s, name, fn, &kinds[i]);
	}
}

int main(void)
{
	static struct suite s;

	s.setup = set_up;
	s.teardown = tear_down;
	add(&s, "exactly once", test_exactly_once, 1);
	add(&s, "runs within its scope", test_stays_in_scope, 2);
	suite_add(&s, "a worker that strayed is sent home", test_strays_are_sent_home, NULL);
	for (const struct machine *m = machines; m->name; m++)
		if (m->cores <= 72)
			suite_add(&s, m->name, test_recorded_machine, m);
	suite_add(&s, "pods nobody queues to have no workers", test_only_used_pods, NULL);
	add(&s, "stop runs what is queued", test_stop_drains, 3);
	suite_add(&s, "stop without workers runs what is queued", test_stop_without_workers, NULL);
	suite_add(&s, "a start that fails leaves nothing", test_start_fails, NULL);
	add(&s, "lives and dies", test_lives_and_dies, 5);
	suite_add(&s, "cull keeps as many as it is told", test_cull_keeps, NULL);
	add(&s, "no allocation while it works", test_no_allocation, 5);
	add(&s, "unbound delivers", test_unbound, 3);
	return suite_run(&s, "pool");
}

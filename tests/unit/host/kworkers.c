// SPDX-License-Identifier: BSD-2-Clause
// The kernel's workers: which of them count, what they did between two samples, what the irq self-test makes of it.
#include "tests/common/suite.h"

#include <sched.h>
#include <stdlib.h>

#include "bench/host/irqpath.h"
#include "bench/host/kworkers.h"
#include "lib/fd.h"

struct name_row {
	const char *name;
	const char *comm;
	bool bound, unbound;
};

static const struct name_row names[] = {
	{ "a bound worker", "kworker/1:2", true, false },
	{ "a bound worker with what it runs", "kworker/1:2-events", true, false },
	{ "a bound worker that is running", "kworker/1:0+pm", true, false },
	{ "a high-priority worker does not count", "kworker/1:2H", false, false },
	{ "a high-priority worker with what it runs", "kworker/1:2H-kblockd", false, false },
	{ "an unbound worker does not count", "kworker/u4:2", false, true },
	{ "an unbound worker with what it runs", "kworker/u8:1-events_unbound", false, true },
	{ "an unbound high-priority worker", "kworker/u9:3H", false, false },
	{ "another CPU's worker", "kworker/0:2", false, false },
	{ "a CPU that is longer, not the same", "kworker/11:2", false, false },
	{ "a CPU no set can hold", "kworker/4000000000:2", false, false },
	{ "a rescuer", "kworker/R-events", false, false },
	{ "another thread", "tandem-backend", false, false },
	{ "nothing", "", false, false },
};

static void test_name(void **state)
{
	const struct name_row *row = *state;
	cpu_set_t one;

	CPU_ZERO(&one);
	CPU_SET(1, &one);
	assert_int_equal(kworker_is_bound(row->comm, &one), row->bound);
	assert_int_equal(kworker_is_unbound(row->comm), row->unbound);
}

static void test_since(void **state)
{
	static struct kworkers start = {
		.n = 3,
		.readable = true,
		.worker = { { 10, false, 1000, 5 }, { 11, false, 700, 3 }, { 13, true, 8, 4 } }
	};
	static struct kworkers end = {
		.n = 3,
		.readable = true,
		.worker = { { 12, false, 40, 2 }, { 10, false, 1500, 9 }, { 13, true, 9, 7 } }
	};
	struct kworker_counts c = kworkers_since(&end, &start);

	(void)state;
	/* 10 went on, 11 is gone, 12 is new. */
	assert_true(c.readable);
	assert_int_equal(c.wait_ns, 500 + 40);
	assert_int_equal(c.runs, 4 + 2);
	assert_int_equal(c.unbound_runs, 3);
}

static void test_reused(void **state)
{
	static struct kworkers start = {
		.n = 2, .readable = true, .worker = { { 10, false, 1000, 5 }, { 11, false, 9, 9 } }
	};
	static struct kworkers end = { .n = 2,
				       .readable = true,
				       .worker = { { 10, false, 40, 2 }, { 11, false, 5, 20 } } };
	struct kworker_counts c = kworkers_since(&end, &start);

	(void)state;
	assert_int_equal(c.wait_ns, 40 + 5);
	assert_int_equal(c.runs, 2 + 20);
}

/* Wherever it is allowed to run, afterwards it is so again; an eventfd has no work item. */
static void test_probe(void **state)
{
	cpu_set_t before, after;
	struct irqpath p;
	int fd = fd_eventfd();

	(void)state;
	assert_int_equal(sched_getaffinity(0, sizeof(before), &before), 0);
	p = irqpath_probe(fd);
	assert_int_equal(sched_getaffinity(0, sizeof(after), &after), 0);
	assert_true(CPU_EQUAL(&before, &after));
	assert_int_equal(fd_take(fd), p.writes);
	fd_close(&fd);
}

static void test_unreadable(void **state)
{
	static const struct kworkers none;

	(void)state;
	assert_false(kworkers_since(&none, &none).readable);
}

static void add_turn(struct irqpath *p, uint64_t runs, uint64_t other, uint64_t unbound,
		     uint64_t other_unbound)
{
	const struct kworker_counts written = { true, 0, runs, unbound };
	const struct kworker_counts idle = { true, 0, other, other_unbound };

	irqpath_add(p, 40, &written, &idle);
}

/* Five turns alike. */
static enum irqpath_taken after_turns(uint64_t runs, uint64_t other, uint64_t unbound,
				      uint64_t other_unbound)
{
	struct irqpath p = { .known = true };

	for (unsigned i = 0; i < 5; i++)
		add_turn(&p, runs, other, unbound, other_unbound);
	return irqpath_taken(&p);
}

static void test_verdict(void **state)
{
	const struct irqpath unreadable = { .writes = 40, .turns = 5, .writer_turns = 5 };

	(void)state;
	assert_int_equal(after_turns(3, 0, 0, 0), IRQPATH_WRITER);
	assert_int_equal(after_turns(39, 0, 0, 0), IRQPATH_WORKQUEUE);
	assert_int_equal(after_turns(240, 238, 0, 0), IRQPATH_WRITER);
	assert_int_equal(after_turns(310, 200, 0, 0), IRQPATH_WORKQUEUE);
	assert_int_equal(after_turns(14, 1, 0, 0), IRQPATH_UNKNOWN); /* merged */
	assert_int_equal(irqpath_taken(&unreadable), IRQPATH_UNKNOWN);
}

static void unbound_workers_are_not_the_writer(void **state)
{
	(void)state;
	assert_int_equal(after_turns(0, 0, 40, 0), IRQPATH_UNBOUND);
	assert_int_equal(after_turns(2, 1, 55, 12), IRQPATH_UNBOUND);
	assert_int_equal(after_turns(0, 0, 60, 58), IRQPATH_WRITER); /* others' */
	assert_int_equal(after_turns(40, 0, 40, 0), IRQPATH_WORKQUEUE);
}

/* What another one queues in a few of the turns, however much. */
static void a_burst_of_others_is_no_verdict(void **state)
{
	struct irqpath p = { .known = true };

	(void)state;
	add_turn(&p, 1, 0, 0, 0);
	add_turn(&p, 900, 1, 0, 0);
	add_turn(&p, 0, 2, 900, 3);
	add_turn(&p, 700, 0, 0, 0);
	add_turn(&p, 2, 1, 0, 0);
	assert_int_equal(irqpath_taken(&p), IRQPATH_UNKNOWN);
	add_turn(&p, 2, 1, 0, 0);
	add_turn(&p, 2, 1, 0, 0);
	assert_int_equal(irqpath_taken(&p), IRQPATH_WRITER);
}

int main(void)
{
	static struct suite s;

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		suite_add(&s, names[i].name, test_name, &names[i]);
	suite_add(&s, "between samples: one went on, one ended, one is new", test_since, NULL);
	suite_add(&s, "a number that another worker has now counts whole", test_reused, NULL);
	suite_add(&s, "the self-test stays on a CPU and goes back", test_probe, NULL);
	suite_add(&s, "without schedstat nothing is claimed", test_unreadable, NULL);
	suite_add(&s, "a worker for every write is the work queue, a few are not", test_verdict,
		  NULL);
	suite_add(&s, "unbound workers are not the writer", unbound_workers_are_not_the_writer,
		  NULL);
	suite_add(&s, "a burst of other work items is no verdict", a_burst_of_others_is_no_verdict,
		  NULL);
	return suite_run(&s, "kworkers");
}

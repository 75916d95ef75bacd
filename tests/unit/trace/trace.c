// SPDX-License-Identifier: BSD-2-Clause
// --trace: lines as kernels print them, the guilty interval in words, and tracefs played by a directory.
#include <errno.h>
#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench/run/slow.h"
#include "bench/trace/trace.h"
#include "lib/claim.h"
#include "tests/common/suite.h"
#include "tests/common/tree.h"

/* clang-format off */
/*
 * Recorded on Linux 6.18, preempt=none, x86-tsc at 2,300 MHz: `bench stream --notify=direct --irq=msi-broadcast
 * --producer=sqpoll`. The SQPOLL thread queues KVM's work item and goes on.
 */
static const char recorded[] =
	"    tandem-pool0-30554   [001] d..2. 34548928602622: sched_switch: prev_comm=tandem-pool0 prev_pid=30554 prev_prio=120 prev_state=S ==> next_comm=iou-sqp-28062 next_pid=28076 next_prio=120\n"
	" qemu-system-x86-28482   [000] d..2. 34548928612600: sched_switch: prev_comm=qemu-system-x86 prev_pid=28482 prev_prio=120 prev_state=R ==> next_comm=vhost-pool next_pid=24589 next_prio=120\n"
	"   iou-sqp-28062-28076   [001] d..2. 34548928613902: workqueue_queue_work: work struct=000000005c6a406e function=irqfd_inject workqueue=events req_cpu=256 cpu=1\n"
	"   iou-sqp-28062-28076   [001] d..4. 34548928614782: sched_waking: comm=kworker/1:1 pid=15311 prio=120 target_cpu=001\n"
	"   iou-sqp-28062-28076   [001] dN.5. 34548928617370: sched_wakeup: comm=kworker/1:1 pid=15311 prio=120 target_cpu=001\n"
	"      vhost-pool-24589   [000] d..3. 34548928618112: sched_waking: comm=tandem-pool0 pid=30554 prio=120 target_cpu=001\n"
	"      vhost-pool-24589   [000] d..4. 34548928623582: sched_wakeup: comm=tandem-pool0 pid=30554 prio=120 target_cpu=001\n"
	"      vhost-pool-24589   [000] d..2. 34548928626824: sched_switch: prev_comm=vhost-pool prev_pid=24589 prev_prio=120 prev_state=S ==> next_comm=qemu-system-x86 next_pid=28482 next_prio=120\n"
	"   iou-sqp-28062-28076   [001] dN.3. 34548931502918: sched_waking: comm=tandem-backend pid=28649 prio=120 target_cpu=000\n"
	"   iou-sqp-28062-28076   [001] dN.4. 34548931546404: sched_wakeup: comm=tandem-backend pid=28649 prio=120 target_cpu=000\n"
	"   iou-sqp-28062-28076   [001] d..2. 34548931555824: sched_switch: prev_comm=iou-sqp-28062 prev_pid=28076 prev_prio=120 prev_state=R+ ==> next_comm=tandem-pool0 next_pid=30554 next_prio=120\n"
	" qemu-system-x86-28482   [000] d..2. 34548931566480: sched_switch: prev_comm=qemu-system-x86 prev_pid=28482 prev_prio=120 prev_state=R ==> next_comm=tandem-backend next_pid=28649 next_prio=120\n"
	"    tandem-pool0-30554   [001] d..2. 34548931572608: sched_waking: comm=vhost-pool pid=24589 prio=120 target_cpu=000\n"
	"    tandem-pool0-30554   [001] d..3. 34548931587532: sched_wakeup: comm=vhost-pool pid=24589 prio=120 target_cpu=000\n"
	"    tandem-pool0-30554   [001] d..2. 34548931594030: sched_switch: prev_comm=tandem-pool0 prev_pid=30554 prev_prio=120 prev_state=S ==> next_comm=kworker/1:1 next_pid=15311 next_prio=120\n"
	"     kworker/1:1-15311   [001] ..... 34548931597156: workqueue_execute_start: work struct 000000005c6a406e: function irqfd_inject\n"
	"     kworker/1:1-15311   [001] ..... 34548931598584: kvm_set_irq: gsi 24 level 1 source 0\n"
	"     kworker/1:1-15311   [001] d..2. 34548931603090: sched_waking: comm=tandem-b pid=28654 prio=120 target_cpu=000\n"
	"     kworker/1:1-15311   [001] d..3. 34548931606796: sched_wakeup: comm=tandem-b pid=28654 prio=120 target_cpu=000\n"
	"     kworker/1:1-15311   [001] ..... 34548931607292: kvm_set_irq: gsi 24 level 0 source 0\n"
	"     kworker/1:1-15311   [001] d..2. 34548931610136: sched_switch: prev_comm=kworker/1:1 prev_pid=15311 prev_prio=120 prev_state=I ==> next_comm=tandem next_pid=28062 next_prio=120\n"
	"  tandem-backend-28649   [000] d..2. 34548931612296: sched_switch: prev_comm=tandem-backend prev_pid=28649 prev_prio=120 prev_state=S ==> next_comm=vhost-pool next_pid=24589 next_prio=120\n"
	"      vhost-pool-24589   [000] d..3. 34548931621068: sched_waking: comm=tandem-pool0 pid=30554 prio=120 target_cpu=001\n"
	"      vhost-pool-24589   [000] d..4. 34548931659276: sched_wakeup: comm=tandem-pool0 pid=30554 prio=120 target_cpu=001\n"
	"      vhost-pool-24589   [000] d..2. 34548931663422: sched_switch: prev_comm=vhost-pool prev_pid=24589 prev_prio=120 prev_state=S ==> next_comm=tandem-b next_pid=28654 next_prio=120\n";
/* clang-format on */

#define CYCLES_PER_US 2300.0

static struct trace_event parsed(const char *line)
{
	struct trace_event e;

	assert_true(trace_line_parse(line, &e));
	return e;
}

static void a_switch_is_read(void **state)
{
	struct trace_event e = parsed(
		"   iou-sqp-28062-28076   [001] d..2. 34548931555824: sched_switch: prev_comm=iou-sqp-28062 "
		"prev_pid=28076 prev_prio=120 prev_state=R+ ==> next_comm=tandem-pool0 next_pid=30554 "
		"next_prio=120");

	(void)state;
	assert_int_equal(e.kind, TRACE_SWITCH);
	assert_true(e.at == 34548931555824ull && !e.seconds);
	assert_int_equal(e.cpu, 1);
	assert_int_equal(e.pid, 28076);
	assert_string_equal(e.comm, "iou-sqp-28062");
	assert_true(e.runnable);
	assert_int_equal(e.next_pid, 30554);
	assert_string_equal(e.next_comm, "tandem-pool0");
}

static void sleepers_are_not_runnable(void **state)
{
	(void)state;
	assert_false(
		parsed(" a-1 [000] d..2. 5: sched_switch: prev_comm=a prev_pid=1 prev_prio=120 "
		       "prev_state=S ==> next_comm=b next_pid=2 next_prio=120")
			.runnable);
	assert_false(
		parsed(" a-1 [000] d..2. 5: sched_switch: prev_comm=a prev_pid=1 prev_prio=120 "
		       "prev_state=I ==> next_comm=b next_pid=2 next_prio=120")
			.runnable);
}

static void a_wakeup_is_read(void **state)
{
	struct trace_event e =
		parsed("          <idle>-0       [003] dNh2.   1234.567890: sched_waking: "
		       "comm=tandem-cpu3 pid=77 prio=120 target_cpu=003");

	(void)state;
	assert_int_equal(e.kind, TRACE_WAKING);
	assert_true(e.seconds && e.at == 1234567890000ull);
	assert_int_equal(e.cpu, 3);
	assert_int_equal(e.pid, 77);
	assert_int_equal(e.target_cpu, 3);
	assert_string_equal(e.comm, "tandem-cpu3");
}

static void names_may_hold_anything(void **state)
{
	struct trace_event e = parsed(
		"   a [001] x: b-42      [002] d..2.  9: sched_switch: prev_comm=a [001] x: b "
		"prev_pid=42 prev_prio=120 prev_state=R ==> next_comm=c pid=7 "
		"next_pid=43 next_prio=120");

	(void)state;
	assert_int_equal(e.pid, 42);
	assert_string_equal(e.comm, "a [001] x: b");
	assert_int_equal(e.next_pid, 43);
	assert_string_equal(e.next_comm, "c pid=7");
}

static void work_items_are_read(void **state)
{
	struct trace_event e =
		parsed("     kworker/1:1-15311   [001] ..... 34548931597156: "
		       "workqueue_execute_start: work struct 000000005c6a406e: function "
		       "irqfd_inject");

	(void)state;
	assert_int_equal(e.kind, TRACE_WORK_START);
	assert_int_equal(e.pid, 15311);
	assert_string_equal(e.function, "irqfd_inject");
	assert_true(e.work == 0x5c6a406e);
	e = parsed(" x-1 [001] d..2. 3: workqueue_queue_work: work struct=000000005c6a406e "
		   "function=irqfd_inject [kvm] workqueue=events req_cpu=256 cpu=1");
	assert_int_equal(e.kind, TRACE_WORK_QUEUE);
	assert_int_equal(e.pid, 1);
	assert_string_equal(e.function, "irqfd_inject");
	assert_true(e.work == 0x5c6a406e);
}

static void a_migration_is_read(void **state)
{
	struct trace_event e =
		parsed(" x-1 [001] d..2. 3: sched_migrate_task: comm=tandem-b pid=9 prio=120 "
		       "orig_cpu=1 dest_cpu=6");

	(void)state;
	assert_int_equal(e.kind, TRACE_MIGRATE);
	assert_int_equal(e.target_cpu, 6);
}

static void what_is_no_event_is_passed_over(void **state)
{
	static const char *const lines[] = {
		"",
		"\n",
		"# tracer: nop",
		"# entries-in-buffer/entries-written: 205/20500   #P:2",
		"CPU:1 [LOST 1234 EVENTS]",
		"  a-1 [001]",
		"  a-1 [001] d..2.",
		"  a-1 [001] d..2. x: sched_switch: ",
		"  a-1 [001] d..2. 5 sched_switch: ",
		"  a-1 [001] d..2. 5: sched_switch: prev_comm=a",
		"  a-1 [001] d..2. 5: sched_waking: comm=",
		"  a [001] d..2. 5: kvm_set_irq: gsi 24",
		"  a-1 [001] d..2. 5: workqueue_queue_work: work struct=0",
		"  a-1 [001] d..2. 5: workqueue_queue_work: function=irqfd_inject",
	};
	struct trace_event e;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(lines); i++)
		assert_false(trace_line_parse(lines[i], &e));
	assert_int_equal(parsed(" a-1 [001] d..2. 5: kvm_set_irq: gsi 24 level 1 source 0").kind,
			 TRACE_OTHER);
}

/* Every beginning of a good line, and every byte changed, is read or passed over. */
static void damaged_lines_do_no_harm(void **state)
{
	char line[512];
	struct trace_event e;
	const char *start = recorded;

	(void)state;
	for (; *start; start = strchr(start, '\n') + 1) {
		size_t len = strcspn(start, "\n");

		for (size_t i = 0; i < len && len < sizeof(line); i++) {
			memcpy(line, start, len);
			line[len] = '\0';
			line[i] = i % 3 ? '\0' : "[] =:9-"[i % 7];
			trace_line_parse(line, &e);
		}
	}
}

struct story {
	struct trace_event event[64];
	struct trace_events events;
	struct slow_threads ours;
};

static void read_story(struct story *s, const char *text)
{
	char line[512];

	memset(s, 0, sizeof(*s));
	for (; *text; text = strchr(text, '\n') + 1) {
		size_t len = strcspn(text, "\n");

		assert_true(len < sizeof(line) && s->events.n < 64);
		memcpy(line, text, len);
		line[len] = '\0';
		assert_true(trace_line_parse(line, &s->event[s->events.n++]));
	}
	s->events.event = s->event;
	s->events.cycles_per_us = CYCLES_PER_US;
	s->events.ours = &s->ours;
	/* iou-sqp, backend, b; the pool's threads are another process's. */
	s->ours = (struct slow_threads){ 3, { 28076, 28649, 28654 } };
}

static void the_guilty_interval_is_named(void **state)
{
	const struct slow slow = { 34548928613000, 34548928613000, 34548928613000, 34548931700000 };
	char words[TRACE_WORDS_MAX];
	struct story s;

	(void)state;
	read_story(&s, recorded);
	trace_explain(&s.events, &slow, 'b', words, sizeof(words));
	assert_string_equal(
		words,
		"1342 us, 1342 of them until the interrupt handler ran: kworker/1:1 runnable "
		"for 1295 us while iou-sqp-28062 ran");
}

#define SWITCH(at, prev, prev_pid, st, next, next_pid)                                  \
	"  x-1 [000] d..2. " at ": sched_switch: prev_comm=" prev " prev_pid=" prev_pid \
	" prev_prio=120 prev_state=" st " ==> next_comm=" next " next_pid=" next_pid    \
	" next_prio=120\n"
#define WAKING(at, comm, pid)                                            \
	"  x-1 [000] d..2. " at ": sched_waking: comm=" comm " pid=" pid \
	" prio=120 target_cpu=000\n"

struct tale {
	const char *name, *text;
	struct slow slow;
	char side;
	const char *says;
};

/* Ours: 28076, 28649, 28654. 2,300 cycles are a microsecond. */
static const struct tale tales[] = {
	{ "a worker that waits for the producer",
	  WAKING("2300", "tandem-cpu0", "28654")
		  SWITCH("1621500", "tandem-backend", "28649", "R", "tandem-cpu0", "28654"),
	  { 2300, 1623800, 1623900, 1625000 },
	  'b',
	  "until the worker ran: tandem-cpu0 runnable for 704 us while tandem-backend ran" },
	{ "a worker whose CPU sleeps",
	  SWITCH("100", "tandem-backend", "28649", "S", "swapper/0", "0")
		  WAKING("2300", "tandem-cpu0", "28654")
			  SWITCH("232300", "swapper/0", "0", "R", "tandem-cpu0", "28654"),
	  { 2300, 232400, 232500, 234000 },
	  'b',
	  "tandem-cpu0 runnable for 100 us while CPU 0 was idle" },
	{ "a stranger's thread is not ours to blame",
	  WAKING("2300", "tandem-cpu0", "99")
		  SWITCH("1621500", "tandem-backend", "28649", "R", "tandem-cpu0", "99"),
	  { 2300, 1623800, 1623900, 1625000 },
	  'b',
	  "nobody was kept from a CPU for long; tandem-backend ran for 704 us" },
	{ "the other guest's waiting does not delay this one",
	  WAKING("2300", "tandem-a", "28654")
		  SWITCH("1621500", "tandem-b", "28649", "S", "tandem-a", "28654"),
	  { 2300, 2300, 2300, 1625000 },
	  'b',
	  "nobody was kept from a CPU for long; tandem-b ran for 704 us" },
	{ "the notified guest's waiting does",
	  WAKING("2300", "tandem-a", "28654")
		  SWITCH("1621500", "tandem-b", "28649", "S", "tandem-a", "28654"),
	  { 2300, 2300, 2300, 1625000 },
	  'a',
	  "tandem-a runnable for 704 us while tandem-b ran" },
	{ "a worker preempted between waking and writing",
	  SWITCH("4600", "tandem-cpu0", "28654", "R", "cc1", "99")
		  SWITCH("234600", "cc1", "99", "R", "tandem-cpu0", "28654"),
	  { 2300, 2400, 236900, 240000 },
	  'b',
	  "until the eventfd was written: tandem-cpu0 runnable for 100 us while cc1 ran" },
	{ "one that began before the buffer",
	  SWITCH("4600", "tandem-cpu0", "28654", "R", "cc1", "99"),
	  { 5, 2400, 236900, 240000 },
	  'b',
	  "no longer in the trace buffer" },
};

static void is_told(void **state)
{
	const struct tale *t = *state;
	char words[TRACE_WORDS_MAX];
	struct story s;

	read_story(&s, t->text);
	s.events.from = 50;
	trace_explain(&s.events, &t->slow, t->side, words, sizeof(words));
	if (!strstr(words, t->says))
		fail_msg("'%s' does not say '%s'", words, t->says);
}

static void the_slowest_are_kept(void **state)
{
	struct slow_list l = { 0 };
	uint64_t sum = 0;

	(void)state;
	for (uint64_t i = 0; i < 100; i++)
		slow_add(&l, &(struct slow){ 1000, 1000, 1000, 1000 + (i * 37) % 100 });
	assert_int_equal(l.n, SLOW_MAX);
	for (unsigned i = 0; i < l.n; i++)
		sum += l.slow[i].t3 - 1000;
	/* 92 to 99. */
	assert_int_equal(sum, 764);
}

static void our_threads_are_listed(void **state)
{
	struct slow_threads t = slow_threads_here();

	(void)state;
	assert_true(t.n >= 1);
	assert_int_equal(t.tid[0], getpid());
}

/* ---- tracefs, played by a directory: files that may be written are made beforehand where needed */

static char root[] = "/tmp/tandem-trace-XXXXXX";

static int make_root(void **state)
{
	char path[128];

	(void)state;
	strcpy(root, "/tmp/tandem-trace-XXXXXX");
	assert_non_null(mkdtemp(root));
	snprintf(path, sizeof(path), "%s/sys/kernel/tracing/instances", root);
	return tree_make(path);
}

static int remove_root(void **state)
{
	(void)state;
	return tree_remove(root);
}

static bool exists(const char *name)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/sys/kernel/tracing/instances/%s", root, name);
	return access(path, F_OK) == 0;
}

static void without_tracefs_measuring_goes_on(void **state)
{
	(void)state;
	assert_null(trace_open("/nonexistent", ""));
	/* All of them accept that. */
	trace_begin(NULL, "");
	trace_end(NULL, NULL, "", NULL, NULL);
	trace_close(NULL);
}

static void what_cannot_be_set_up_is_removed(void **state)
{
	sigset_t before, after;
	char instances[128];

	(void)state;
	snprintf(instances, sizeof(instances), "%s/sys/kernel/tracing/instances", root);
	sigprocmask(SIG_BLOCK, NULL, &before);
	/* A plain directory has no trace_clock to write to. */
	assert_null(trace_open(root, ""));
	assert_int_equal(rmdir(instances), 0);
	sigprocmask(SIG_BLOCK, NULL, &after);
	assert_int_equal(sigismember(&before, SIGTERM), sigismember(&after, SIGTERM));
}

static void waits_are_measured(void **state)
{
	static const struct slow_threads ours = { 4, { 30554, 28649, 28654, 28076 } };
	static struct trace_waits waits;
	struct trace_walk walk = { .ours = &ours, .ns_per_cycle = 1e3 / CYCLES_PER_US };
	const char *line = recorded;

	(void)state;
	while (*line) {
		struct trace_event e;

		if (trace_line_parse(line, &e))
			trace_waits_add(&waits, &walk, &e);
		line = strchr(line, '\n') + 1;
	}
	/* Woken once more at the end, and not run: no wait yet. */
	assert_int_equal(waits.worker.n, 1);
	assert_int_equal(waits.worker.max_ns / 1000, (34548931555824 - 34548928618112) / 2300);
	assert_int_equal(waits.work_item.n, 1);
	assert_int_equal(waits.work_item.max_ns / 1000, (34548931597156 - 34548928613902) / 2300);
}

#define QUEUED(pid, at, work)                                                     \
	"  x-" pid " [000] d..2. " at ": workqueue_queue_work: work struct=" work \
	" function=irqfd_inject [kvm] workqueue=events req_cpu=256 cpu=0\n"
#define STARTED(at, work)                                                                \
	"  kworker/0:1-9 [000] ..... " at ": workqueue_execute_start: work struct " work \
	": function irqfd_inject\n"

/* Two guests of ours, a and b; another machine's, c, which thread 7 injects to. */
static const char mixed[] = QUEUED("28649", "2300", "00000000a0000000")
	QUEUED("7", "4600", "00000000c0000000") QUEUED("28649", "6900", "00000000b0000000")
		STARTED("9200", "00000000c0000000") STARTED("25300", "00000000b0000000")
			STARTED("48300", "00000000a0000000")
				QUEUED("28649", "50600", "00000000a0000000")
					QUEUED("28649", "71300", "00000000a0000000")
						STARTED("73600", "00000000a0000000")
							STARTED("75900", "00000000d0000000");

static void walk_mixed(const struct slow_threads *ours, struct trace_waits *waits)
{
	static struct trace_walk walk;
	static struct story s;

	memset(waits, 0, sizeof(*waits));
	walk = (struct trace_walk){ .ours = ours, .ns_per_cycle = 1e3 / CYCLES_PER_US };
	read_story(&s, mixed);
	for (size_t i = 0; i < s.events.n; i++)
		trace_waits_add(waits, &walk, &s.event[i]);
}

static void other_machines_items_do_not_count(void **state)
{
	static const struct slow_threads ours = { 1, { 28649 } };
	static struct trace_waits waits;

	(void)state;
	walk_mixed(&ours, &waits);
	/* b waited 8 us, a 20 us; a's second start was lost, then it waited 1 us. */
	assert_int_equal(waits.work_item.n, 3);
	assert_int_equal(waits.work_item.max_ns / 1000, 20);
	assert_true(hist_mean(&waits.work_item) > 9600 && hist_mean(&waits.work_item) < 9700);
}

static void without_a_list_of_threads_all_items_count(void **state)
{
	static const struct slow_threads none;
	static struct trace_waits waits;

	(void)state;
	walk_mixed(&none, &waits);
	assert_int_equal(waits.work_item.n, 4);
	assert_int_equal(waits.work_item.max_ns / 1000, 20);
}

static void make_instance(const char *name)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/sys/kernel/tracing/instances/%s", root, name);
	assert_int_equal(mkdir(path, 0700), 0);
}

/* In a container an earlier self had our pid, and whoever lives elsewhere has a pid that is nobody's here. */
static void what_the_dead_left_is_removed(void **state)
{
	char instances[128], own[32];
	struct claim live;

	(void)state;
	snprintf(instances, sizeof(instances), "%s/sys/kernel/tracing/instances", root);
	snprintf(own, sizeof(own), "tandem-%d", getpid());
	make_instance(own);
	make_instance("tandem-1");
	make_instance("other");
	assert_int_equal(claim_make(&live, instances, "tandem-"), 0);
	assert_null(trace_open(root, ""));
	assert_false(exists(own));
	assert_false(exists("tandem-1"));
	assert_true(exists("other"));
	assert_true(access(live.path, F_OK) == 0);
	claim_drop(&live);
}

int main(void)
{
	static struct suite s;

	suite_add(&s, "a switch is read", a_switch_is_read, NULL);
	suite_add(&s, "all waits of workers and of work items are measured", waits_are_measured,
		  NULL);
	suite_add(&s, "work items of other machines do not count",
		  other_machines_items_do_not_count, NULL);
	suite_add(&s, "without a list of threads all work items count",
		  without_a_list_of_threads_all_items_count, NULL);
	suite_add(&s, "sleepers are not runnable", sleepers_are_not_runnable, NULL);
	suite_add(&s, "a wake-up is read", a_wakeup_is_read, NULL);
	suite_add(&s, "names may hold anything", names_may_hold_anything, NULL);
	suite_add(&s, "work items are read", work_items_are_read, NULL);
	suite_add(&s, "a migration is read", a_migration_is_read, NULL);
	suite_add(&s, "what is no event is passed over", what_is_no_event_is_passed_over, NULL);
	suite_add(&s, "damaged lines do no harm", damaged_lines_do_no_harm, NULL);
	suite_add(&s, "the guilty interval is named", the_guilty_interval_is_named, NULL);
	for (size_t i = 0; i < ARRAY_SIZE(tales); i++)
		suite_add(&s, tales[i].name, is_told, &tales[i]);
	suite_add(&s, "the slowest are kept", the_slowest_are_kept, NULL);
	suite_add(&s, "our threads are listed", our_threads_are_listed, NULL);
	suite_add(&s, "without tracefs measuring goes on", without_tracefs_measuring_goes_on, NULL);
	s.setup = make_root;
	s.teardown = remove_root;
	suite_add(&s, "what cannot be set up is removed", what_cannot_be_set_up_is_removed, NULL);
	suite_add(&s, "what the dead left is removed", what_the_dead_left_is_removed, NULL);
	return suite_run(&s, "trace");
}

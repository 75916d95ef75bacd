// SPDX-License-Identifier: BSD-2-Clause
// What the kernel counts: /proc/interrupts, threads that come and go between two samples.
#include "tests/common/suite.h"

#include "tests/common/proc.h"

#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "bench/host/counters.h"
#include "lib/thread.h"

/* ---- reschedule interrupts ---- */

struct text {
	const char *name, *text;
	bool found;
	uint64_t n;
};

static const struct text texts[] = {
	{ "reschedule_interrupts_of_x86_with_two_cpus",
	  "            CPU0       CPU1\n"
	  " NMI:          0          0   Non-maskable interrupts\n"
	  " RES:    8378097    6721894   Rescheduling interrupts\n"
	  " CAL:       1234       5678   Function call interrupts\n",
	  true, 15099991 },
	{ "reschedule_interrupts_of_arm64_with_four_cpus",
	  "           CPU0       CPU1       CPU2       CPU3\n"
	  " 11:       1000       2000       3000       4000     GICv3  27 Level     arch_timer\n"
	  "IPI0:         1          2          3          4       Rescheduling interrupts\n"
	  "IPI1:         9          9          9          9       Function call interrupts\n",
	  true, 10 },
	{ "more_reschedule_interrupts_than_32_bits",
	  "RES: 5000000000 5000000000 Rescheduling interrupts\n", true, 10000000000ull },
	{ "no_columns", "RES: Rescheduling interrupts\n", true, 0 },
	{ "no_such_line", "  0:  1  2  IO-APIC  timer\n", false, 0 },
	{ "no_colon", "Rescheduling interrupts\n", false, 0 },
	{ "an_empty_file", "\n", false, 0 },
};

static void test_resched(void **state)
{
	const struct text *t = *state;
	FILE *f = fmemopen((void *)(uintptr_t)t->text, strlen(t->text), "r");
	uint64_t n = 0;

	assert_non_null(f);
	assert_int_equal(counters_read_resched(f, &n), t->found);
	assert_int_equal(n, t->n);
	fclose(f);
}

/* ---- threads ---- */

static struct thread_list *before, *after, *during;
static sem_t begun, end;
static long naps; /* of the sleeper that waited, by the kernel's count */

static int set_up(void **state)
{
	(void)state;
	before = calloc(1, sizeof(*before));
	after = calloc(1, sizeof(*after));
	during = calloc(1, sizeof(*during));
	sem_init(&begun, 0, 0);
	sem_init(&end, 0, 0);
	return before && after && during ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	free(before);
	free(after);
	free(during);
	return 0;
}

static const struct thread_entry *find(const struct thread_list *l, const char *name)
{
	for (unsigned i = 0; i < l->n; i++)
		if (strcmp(l->thread[i].name, name) == 0)
			return &l->thread[i];
	return NULL;
}

/* Sleeps ten times, for a millisecond each (a slow machine may be late for some), then until it is told to end. */
static void sleeper(void *arg)
{
	struct timespec ms = { .tv_nsec = 1000000 };

	struct rusage usage;

	(void)arg;
	for (unsigned i = 0; i < 10; i++)
		nanosleep(&ms, NULL);
	getrusage(RUSAGE_THREAD, &usage);
	naps = usage.ru_nvcsw;
	sem_post(&begun);
	while (sem_wait(&end))
		;
}

/* Returns when it is in its last sleep: from then on it counts nothing. */
static void start(struct thread *t, const char *name)
{
	struct timespec ms = { .tv_nsec = 20000000 };

	assert_int_equal(thread_start(t, name, NULL, sleeper, NULL), 0);
	while (sem_wait(&begun))
		;
	nanosleep(&ms, NULL);
}

static void stop(struct thread *t)
{
	sem_post(&end);
	thread_join(t);
}

static void test_new_thread(void **state)
{
	struct thread t = { 0 };
	const struct thread_entry *e;

	(void)state;
	thread_list_sample(before);
	start(&t, "tandem-a");
	thread_list_sample(after);
	stop(&t);
	thread_list_since(after, before, during);
	e = find(during, "tandem-a");
	assert_non_null(e);
	assert_true(naps > 0);
	assert_true(e->counts.voluntary >= (uint64_t)naps);
	assert_true(threads_by_role(during).role[ROLE_A].voluntary >= (uint64_t)naps);
	assert_int_equal(threads_by_role(during).role[ROLE_B].voluntary, 0);
}

/* What a failing guest's thread does. Its counts were once subtracted from 0. */
static void test_thread_that_ends(void **state)
{
	unsigned threads = proc_threads();
	struct thread t = { 0 };
	struct role_counts roles;

	(void)state;
	start(&t, "tandem-b");
	thread_list_sample(before);
	stop(&t);
	proc_threads_settled(threads);
	thread_list_sample(after);
	thread_list_since(after, before, during);
	assert_non_null(find(before, "tandem-b"));
	assert_null(find(during, "tandem-b"));
	roles = threads_by_role(during);
	for (unsigned r = 0; r < ROLES; r++)
		assert_true(roles.role[r].voluntary < 1000000);
}

static void test_idle_thread(void **state)
{
	struct thread t = { 0 };

	(void)state;
	start(&t, "tandem-cpu0");
	thread_list_sample(before);
	thread_list_sample(after);
	stop(&t);
	thread_list_since(after, before, during);
	assert_non_null(find(during, "tandem-cpu0"));
	assert_int_equal(find(during, "tandem-cpu0")->counts.voluntary, 0);
	assert_int_equal(find(during, "tandem-cpu0")->counts.cpu_ns, 0);
}

static void test_merge(void **state)
{
	struct thread_entry a = { .tid = 1, .name = "x", .counts = { 1, 2, 3, 4, 5, 6 } };
	struct thread_entry b = { .tid = 2, .name = "y", .counts = { 10, 20, 30, 40, 50, 60 } };

	(void)state;
	before->thread[before->n++] = a;
	after->thread[after->n++] = b;
	a.tid = 9;
	after->thread[after->n++] = a;
	thread_list_merge(during, before);
	thread_list_merge(during, after);
	assert_int_equal(during->n, 2);
	assert_int_equal(find(during, "x")->counts.voluntary, 2);
	assert_int_equal(find(during, "x")->counts.migrations, 12);
	assert_int_equal(find(during, "y")->counts.cpu_ns, 30);
}

static void test_roles(void **state)
{
	static const struct {
		const char *name;
		enum role role;
	} rows[] = { { "tandem-a", ROLE_A },
		     { "tandem-b", ROLE_B },
		     { "tandem-backend", ROLE_BACKEND },
		     { "iou-sqp-1234", ROLE_BACKEND },
		     { "vhost-1234", ROLE_BACKEND },
		     { "tandem-cpu1", ROLE_NOTIFIER },
		     { "tandem-pool2", ROLE_NOTIFIER } };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct role_counts c;

		during->n = 2;
		during->thread[0] = (struct thread_entry){ .counts = { .voluntary = 5 } };
		strcpy(during->thread[0].name, rows[i].name);
		during->thread[1] =
			(struct thread_entry){ .name = "tandem", .counts = { .voluntary = 9 } };
		c = threads_by_role(during);
		for (unsigned r = 0; r < ROLES; r++)
			assert_int_equal(c.role[r].voluntary, r == rows[i].role ? 5 : 0);
	}
}

int main(void)
{
	static struct suite s = { .setup = set_up, .teardown = tear_down };

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		suite_add(&s, texts[i].name, test_resched, &texts[i]);
	suite_add(&s, "a_thread_that_begins_counts_from_its_beginning", test_new_thread, NULL);
	suite_add(&s, "a_thread_that_ends_leaves_no_absurd_counts", test_thread_that_ends, NULL);
	suite_add(&s, "a_thread_that_sleeps_counts_nothing", test_idle_thread, NULL);
	suite_add(&s, "threads_of_the_same_name_add_up", test_merge, NULL);
	suite_add(&s, "threads_have_the_roles_their_names_say", test_roles, NULL);
	return suite_run(&s, "unit: counters");
}

// SPDX-License-Identifier: BSD-2-Clause
// Instructions and cycles per frame: a software counter plays the CPU's, which not every machine gives.
#include <errno.h>
#include <jansson.h>
#include <linux/perf_event.h>
#include <sched.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "bench/plan/bench.h"
#include "bench/result/json_counters.h"
#include "bench/run/cell_run.h"
#include "bench/run/child.h"
#include "tests/common/suite.h"
#include "vhost/strategies.h"

static int refusal; /* what perf_event_open() fails with; 0: it counts time */
static bool no_kernel;

long __real_syscall(long n, ...);
long __wrap_syscall(long n, ...);

static long open_counter(struct perf_event_attr *a, long b, long c, long d, long e)
{
	if (refusal || (no_kernel && !a->exclude_kernel)) {
		errno = refusal ? refusal : EACCES;
		return -1;
	}
	a->type = PERF_TYPE_SOFTWARE;
	a->config = PERF_COUNT_SW_TASK_CLOCK;
	return __real_syscall(SYS_perf_event_open, a, b, c, d, e);
}

long __wrap_syscall(long n, ...)
{
	long v[6];
	va_list ap;

	va_start(ap, n);
	for (unsigned i = 0; i < 6; i++)
		v[i] = va_arg(ap, long);
	va_end(ap);
	if (n == SYS_perf_event_open)
		return open_counter((struct perf_event_attr *)v[0], v[1], v[2], v[3], v[4]);
	return __real_syscall(n, v[0], v[1], v[2], v[3], v[4], v[5]);
}

static struct cell_spec a_cell(void)
{
	struct cell_spec s = {
		.scenario = SCENARIO_RR,
		.accel = &accel_thread,
		.notify = &notify_direct,
		.producer = producers[0],
		.batch = 1,
		.irq = vm_irqs,
		.halt_poll_ns = -1,
		.frame_bytes = 64,
		.ring_size = 16,
		.window = 16,
		.rto_us = 200000,
		.budget = 16,
		.duration_ms = 100,
		.clock_hz = clock_open().hz,
	};

	for (unsigned r = 0; r < ROLES; r++)
		sched_getaffinity(0, sizeof(s.cpus[r]), &s.cpus[r]);
	return s;
}

/* A confined run, whose counters are read while its threads are filtered. */
static json_t *run(void)
{
	struct bench_row *row = calloc(1, sizeof(*row));
	struct cell_spec s = a_cell();
	json_t *result = json_object();
	bool stop = false;
	sigset_t old;

	assert_non_null(row);
	cell_block_ends(&old);
	cell_run(&s, &row->sum, &stop);
	cell_unblock_ends(&old);
	if (!row->sum.ok) {
		print_message("no pair here: %s\n", row->sum.error);
		skip();
	}
	row->spec = s;
	json_set_counters(result, row);
	free(row);
	return result;
}

static double number(const json_t *perf, const char *role, const char *key)
{
	return json_number_value(json_object_get(json_object_get(perf, role), key));
}

static void counted(const json_t *perf)
{
	static const char *const roles[] = { "a", "b", "backend" };

	for (size_t i = 0; i < ARRAY_SIZE(roles); i++) {
		assert_true(number(perf, roles[i], "instructions_per_frame") > 0);
		assert_true(number(perf, roles[i], "cycles_per_frame") > 0);
	}
	assert_null(json_object_get(perf, "notifier"));
}

static void each_role_has_its_counts(void **state)
{
	json_t *result, *perf;

	(void)state;
	result = run();
	perf = json_object_get(result, "perf");
	if (json_is_null(perf)) {
		print_message("no perf_event_open() here\n");
		skip();
	}
	counted(perf);
	json_decref(result);
}

static void without_the_right_to_the_kernel_it_is_user_mode(void **state)
{
	json_t *result, *perf;

	(void)state;
	no_kernel = true;
	result = run();
	no_kernel = false;
	perf = json_object_get(result, "perf");
	if (json_is_null(perf)) {
		print_message("no perf_event_open() here\n");
		skip();
	}
	assert_true(json_is_true(json_object_get(perf, "user_only")));
	json_decref(result);
}

static void without_counters_it_is_null(void **state)
{
	static const int refusals[] = { ENOENT, EOPNOTSUPP, EACCES, ENOSYS };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(refusals); i++) {
		json_t *result;

		refusal = refusals[i];
		result = run();
		refusal = 0;
		assert_true(json_is_null(json_object_get(result, "perf")));
		json_decref(result);
	}
}

int main(void)
{
	static struct suite s;

	suite_add(&s, "guests and backend have counts of their own", each_role_has_its_counts,
		  NULL);
	suite_add(&s, "without the right to the kernel's share: user mode only",
		  without_the_right_to_the_kernel_it_is_user_mode, NULL);
	suite_add(&s, "without the CPU's counters: null", without_counters_it_is_null, NULL);
	return suite_run(&s, "perf");
}

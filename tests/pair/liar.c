// SPDX-License-Identifier: BSD-2-Clause
// A measuring process that lies: the parent, which may be root, believes no count, no text, no number unseen.
#include "bench/crowd/cell.h"
#include "tests/pair/fixture.h"

#include <errno.h>
#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "bench/crowd/crowd.h"
#include "bench/pool/cell.h"
#include "bench/pool/pool.h"
#include "bench/run/cell_run.h"
#include "bench/run/confine.h"
#include "bench/run/confine_look.h"
#include "bench/run/floor.h"
#include "bench/trace/trace.h"
#include "tests/common/proc.h"
#include "vhost/strategies.h"

/* What stands in the result when the child ends; shared memory is what it was in the parent. */
static void *shared;
static size_t shared_bytes;
static const struct lie *told;
static bool dies;

struct lie {
	const char *name;
	int (*run)(bool *stop); /* one of the users of a result */
	void (*tell)(void *result);
};

void *__real_mmap(void *addr, size_t len, int prot, int flags, int fd, off_t offset);
void *__wrap_mmap(void *addr, size_t len, int prot, int flags, int fd, off_t offset);
void *__wrap_mmap(void *addr, size_t len, int prot, int flags, int fd, off_t offset)
{
	void *at = __real_mmap(addr, len, prot, flags, fd, offset);

	if (flags == (MAP_SHARED | MAP_ANONYMOUS)) {
		shared = at;
		shared_bytes = len;
	}
	return at;
}

void __real_exit(int status) __attribute__((noreturn));
void __wrap_exit(int status);
void __wrap_exit(int status)
{
	if (told)
		told->tell(shared);
	if (dies) /* musl's raise() makes a call that no filter has */
		syscall(SYS_tgkill, getpid(), gettid(), SIGKILL);
	__real_exit(status);
}

/* ---- the users ---- */

static struct cell_spec spec_of(enum scenario scenario)
{
	struct cell_spec s = {
		.scenario = scenario,
		.accel = &accel_thread,
		.notify = &notify_unbound,
		.producer = producers[0],
		.frame_bytes = 300,
		.ring_size = 16,
		.window = 8,
		.rto_us = 100000,
		.budget = 64,
		.batch = 8,
		.duration_ms = 20,
		.clock_hz = test_clock_hz(),
	};

	for (unsigned role = 0; role < ROLES; role++)
		sched_getaffinity(0, sizeof(s.cpus[role]), &s.cpus[role]);
	return s;
}

/* Zeroed, so that what was not believed is nowhere. */
static int none_left(int err, const void *result, size_t bytes)
{
	const unsigned char *p = result;

	for (size_t i = 0; i < bytes; i++)
		assert_true(p[i] == 0);
	return err;
}

static int run_cell(bool *stop)
{
	struct cell_spec s = spec_of(SCENARIO_RR);
	struct cell_result *r = calloc(1, sizeof(*r));
	int err = cell_run(&s, r, stop);

	assert_false(r->ok);
	assert_int_equal(r->violation, err == -EPROTO);
	assert_true(r->error[0]);
	memset(r->error, 0, sizeof(r->error));
	r->violation = false;
	err = none_left(err, r, sizeof(*r));
	free(r);
	return err;
}

static int run_floor(bool *stop)
{
	struct cell_spec s = spec_of(SCENARIO_RR);
	struct floor_result *r = calloc(1, sizeof(*r));
	int err = floor_run(&s, r, stop);

	memset(r->error, 0, sizeof(r->error));
	err = none_left(err, r, sizeof(*r));
	free(r);
	return err;
}

static int run_pool(bool *stop)
{
	struct pool_cell c = {
		.engine = pool_baselines[0],
		.producers = 1,
		.items = 10,
		.workers = 1,
		.clock_hz = test_clock_hz(),
	};
	static struct topology t;
	struct pool_result *r = calloc(1, sizeof(*r));
	int err;

	sched_getaffinity(0, sizeof(t.cpus), &t.cpus);
	c.layout.topology = &t;
	err = pool_cell_run(&c, r, stop);
	assert_false(r->ok);
	assert_int_equal(r->violation, err == -EPROTO);
	r->violation = false;
	memset(r->error, 0, sizeof(r->error));
	err = none_left(err, r, sizeof(*r));
	free(r);
	return err;
}

static int run_crowd(bool *stop)
{
	struct crowd_spec s = {
		.workload = &crowd_workloads[0],
		.accel = &accel_thread,
		.guests = 1,
		.vcpus = 2,
		.section_us = 1,
		.think_us = 1,
		.halt_poll_ns = -1,
		.duration_ms = 20,
		.clock_hz = test_clock_hz(),
	};
	struct crowd_result *r = calloc(1, sizeof(*r));
	int err;

	sched_getaffinity(0, sizeof(s.cpus), &s.cpus);
	err = crowd_cell_run(&s, r, stop);
	assert_false(r->ok);
	assert_int_equal(r->violation, err == -EPROTO);
	r->violation = false;
	memset(r->error, 0, sizeof(r->error));
	err = none_left(err, r, sizeof(*r));
	free(r);
	return err;
}

static int run_look(bool *stop)
{
	struct cell_spec s = spec_of(SCENARIO_RR);
	struct confine_report *r = calloc(1, sizeof(*r));
	int err = confine_look(&s, r, stop);

	err = none_left(err, r, sizeof(*r));
	free(r);
	return err;
}

/* ---- the lies ---- */

static void everything(void *result)
{
	memset(result, 0xff, shared_bytes);
}

#define LIE(type, name, what)             \
	static void name(void *result)    \
	{                                 \
		type *r = (type *)result; \
                                          \
		what;                     \
	}

LIE(struct cell_result, cell_flag, memset(&r->ok, 2, 1))
LIE(struct cell_result, cell_error_text, memset(r->error, 'x', sizeof(r->error)))
LIE(struct cell_result, cell_escape, strcpy(r->error, "\033[2J"))
LIE(struct cell_result, cell_time, r->duration_s = NAN)
LIE(struct cell_result, cell_threads, r->counters.threads.n = THREADS_MAX + 1)
LIE(struct cell_result, cell_name,
    memset(r->counters.threads.thread[0].name, 'x', sizeof(r->counters.threads.thread[0].name)))
LIE(struct cell_result, cell_stats, r->counters.kvm[SIDE_B].n = VM_STATS_MAX + 1)
LIE(struct cell_result, cell_stat_name,
    (r->counters.kvm[SIDE_A].n = 1,
     memset(r->counters.kvm[SIDE_A].stat[0].name, 'x', VM_STAT_NAME)))
LIE(struct cell_result, cell_slow, r->latency[SIDE_A].slow.n = SLOW_MAX + 1)
LIE(struct cell_result, cell_slow_threads, r->slow_threads.n = SLOW_THREADS_MAX + 1)
LIE(struct cell_result, cell_hist, r->latency[SIDE_B].notify.n++)
LIE(struct cell_result, cell_stage, r->latency[SIDE_B].stage[STAGE_WRITE].sum_ns = INFINITY)
LIE(struct cell_result, cell_age, r->frame_age[SIDE_B].bucket[HIST_BUCKETS - 1]++)
LIE(struct cell_result, cell_load, r->load.latency.bucket[7] = UINT64_MAX)
LIE(struct floor_result, floor_error_text, memset(r->error, 'x', sizeof(r->error)))
LIE(struct floor_result, floor_speed, r->memcpy_gbps = -1)
LIE(struct floor_result, floor_hist, r->pingpong.above_1ms = r->pingpong.n + 1)
LIE(struct pool_result, pool_error_text, memset(r->error, 'x', sizeof(r->error)))
LIE(struct pool_result, pool_time, r->seconds = -INFINITY)
LIE(struct pool_result, pool_hist, r->execute.n = UINT64_MAX)
LIE(struct crowd_result, crowd_error_text, memset(r->error, 'x', sizeof(r->error)))
LIE(struct crowd_result, crowd_vcpus, r->nvcpus = CROWD_VCPUS_MAX + 1)
LIE(struct crowd_result, crowd_source, memset(r->yields.from[1], 'x', sizeof(r->yields.from[1])))
LIE(struct confine_report, look_threads, r->nthreads = CONFINE_THREADS + 1)
LIE(struct confine_report, look_name,
    (r->nthreads = 1, memset(r->thread[0].name, 'x', sizeof(r->thread[0].name))))
LIE(struct confine_report, look_error, memset(r->error, 'x', sizeof(r->error)))

static const struct lie lies[] = {
	{ "cell: everything", run_cell, everything },
	{ "cell: a flag that is neither", run_cell, cell_flag },
	{ "cell: an error without an end", run_cell, cell_error_text },
	{ "cell: an error that clears the screen", run_cell, cell_escape },
	{ "cell: no time", run_cell, cell_time },
	{ "cell: too many threads", run_cell, cell_threads },
	{ "cell: a thread's name without an end", run_cell, cell_name },
	{ "cell: too many of KVM's counters", run_cell, cell_stats },
	{ "cell: a counter's name without an end", run_cell, cell_stat_name },
	{ "cell, trace: too many slow notifications", run_cell, cell_slow },
	{ "cell, trace: too many threads", run_cell, cell_slow_threads },
	{ "cell: a histogram that does not add up", run_cell, cell_hist },
	{ "cell: an infinite sum", run_cell, cell_stage },
	{ "cell: a frame too many has an age", run_cell, cell_age },
	{ "cell: a load's bucket that wraps", run_cell, cell_load },
	{ "floor: everything", run_floor, everything },
	{ "floor: an error without an end", run_floor, floor_error_text },
	{ "floor: a negative speed", run_floor, floor_speed },
	{ "floor: a histogram that does not add up", run_floor, floor_hist },
	{ "pool: everything", run_pool, everything },
	{ "pool: an error without an end", run_pool, pool_error_text },
	{ "pool: an infinite time", run_pool, pool_time },
	{ "pool: a histogram that does not add up", run_pool, pool_hist },
	{ "crowd: everything", run_crowd, everything },
	{ "crowd: an error without an end", run_crowd, crowd_error_text },
	{ "crowd: too many vCPUs", run_crowd, crowd_vcpus },
	{ "crowd: a source without an end", run_crowd, crowd_source },
	{ "confinement: everything", run_look, everything },
	{ "confinement: too many threads", run_look, look_threads },
	{ "confinement: a name without an end", run_look, look_name },
	{ "confinement: an error without an end", run_look, look_error },
};

static void need_children(void)
{
	if (!PROC_TSAN)
		return;
	print_message("# ThreadSanitizer lets no child of a process that had threads start any\n");
	skip();
}

static void is_not_believed(void **state)
{
	bool stop = false;

	need_children();
	told = *state;
	assert_int_equal(told->run(&stop), -EPROTO);
	told = NULL;
}

/* What a child that was killed has left may be half of a result, and as little to be believed. */
static void nor_is_one_that_was_killed(void **state)
{
	bool stop = false;

	need_children();
	told = *state;
	dies = true;
	assert_int_equal(told->run(&stop), -ECHILD);
	dies = false;
	told = NULL;
}

int main(void)
{
	static struct suite s;

	test_clock_hz();
	for (size_t i = 0; i < ARRAY_SIZE(lies); i++)
		suite_add(&s, lies[i].name, is_not_believed, &lies[i]);
	suite_add(&s, "a killed child's result is not believed", nor_is_one_that_was_killed,
		  &lies[0]);
	return suite_run(&s, "pair: liar");
}

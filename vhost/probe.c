// SPDX-License-Identifier: BSD-2-Clause
// The behavioural probe: batches, each with a waiter woken at its beginning, on one CPU.
#include "vhost/probe.h"

#include <errno.h>
#include <fcntl.h>
#include <liburing.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "lib/clock.h"
#include "lib/fd.h"
#include "lib/thread.h"
#include "tandem/shared.h"
#include "lib/cpulist.h"

/*
 * The most a ring takes, about 2 ms: longer than what a waiter waits under full, whatever the
 * tick.
 */
#define ENTRIES 32768u
#define PIPE_PAIRS 4000u
#define WAITER_TIMEOUT_NS 2000000000ll
#define PHASES_NS 7000000u /* batches begin anywhere in a tick of up to this */

enum kind { NOPS, PIPES };

struct probe {
	struct io_uring ring;
	int wake_fd, done_fd, pipe[2];
	struct thread waiter, producer;
	struct probe_result *out;
	double ns_per_cycle;
	uint64_t ran; /* when the waiter last ran */
	bool stopping;
	uint32_t seed;
	char sink;
	int err;
};

static void waiter_main(void *arg)
{
	struct probe *p = arg;

	while (!shared_load(&p->stopping)) {
		if (!fd_wait(p->wake_fd, -1))
			continue;
		shared_store(&p->ran, clock_now());
		fd_take(p->wake_fd);
		fd_signal(p->done_fd);
	}
}

/* Never NULL: the ring has room for a whole batch, and every batch is submitted. */
static struct io_uring_sqe *next(struct probe *p)
{
	return io_uring_get_sqe(&p->ring);
}

static void fill(struct probe *p, enum kind kind)
{
	static const uint64_t one = 1;
	static const char byte = 'x';
	struct io_uring_sqe *sqe = next(p);

	io_uring_prep_write(sqe, p->wake_fd, &one, sizeof(one), 0);
	io_uring_sqe_set_flags(sqe, IOSQE_CQE_SKIP_SUCCESS);
	for (unsigned i = 0; i < (kind == NOPS ? ENTRIES - 1 : PIPE_PAIRS); i++) {
		sqe = next(p);
		if (kind == NOPS)
			io_uring_prep_nop(sqe);
		else
			io_uring_prep_write(sqe, p->pipe[1], &byte, 1, 0);
		io_uring_sqe_set_flags(sqe, IOSQE_CQE_SKIP_SUCCESS);
		if (kind == NOPS)
			continue;
		sqe = next(p);
		io_uring_prep_read(sqe, p->pipe[0], &p->sink, 1, 0);
		io_uring_sqe_set_flags(sqe, IOSQE_CQE_SKIP_SUCCESS);
	}
}

/* So that no phase between the batches and the tick can make a pattern. */
static void pause_randomly(struct probe *p)
{
	struct timespec t = { 0 };

	p->seed = p->seed * 1664525u + 1013904223u;
	t.tv_nsec = 200000 + (long)((uint64_t)p->seed * PHASES_NS >> 32);
	nanosleep(&t, NULL);
}

/* CPU time that a thread has used. */
static uint64_t cpu_time_ns(clockid_t of)
{
	struct timespec t;

	clock_gettime(of, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static int run_batch(struct probe *p, enum kind kind, struct probe_batch *out)
{
	uint64_t begin, end, used, waiter;
	clockid_t waiter_clock;
	int n;

	fill(p, kind);
	pause_randomly(p);
	pthread_getcpuclockid(p->waiter.handle, &waiter_clock);
	waiter = cpu_time_ns(waiter_clock);
	used = cpu_time_ns(CLOCK_THREAD_CPUTIME_ID);
	begin = clock_now();
	n = io_uring_submit(&p->ring);
	used = cpu_time_ns(CLOCK_THREAD_CPUTIME_ID) - used;
	end = clock_now();
	waiter = cpu_time_ns(waiter_clock) - waiter;
	if (n < 0)
		return n;
	if (!fd_wait(p->done_fd, WAITER_TIMEOUT_NS))
		return -ETIMEDOUT;
	fd_take(p->done_fd);
	out->batch_ns = used;
	out->wall_ns = clock_ns_between(begin, end, p->ns_per_cycle);
	out->wall_ns -= waiter < out->wall_ns ? waiter : 0;
	out->waited_ns = clock_ns_between(begin, shared_load(&p->ran), p->ns_per_cycle);
	return 0;
}

static void producer_main(void *arg)
{
	struct probe *p = arg;

	for (unsigned i = 0; i < PROBE_BATCHES && !p->err; i++) {
		p->err = run_batch(p, NOPS, &p->out->nops[i]);
		if (!p->err)
			p->err = run_batch(p, PIPES, &p->out->pipes[i]);
	}
}

static void close_all(struct probe *p)
{
	fd_close(&p->wake_fd);
	fd_close(&p->done_fd);
	fd_close(&p->pipe[0]);
	fd_close(&p->pipe[1]);
}

static int open_all(struct probe *p)
{
	int err;

	p->wake_fd = fd_eventfd();
	p->done_fd = fd_eventfd();
	if (p->wake_fd < 0 || p->done_fd < 0 || pipe2(p->pipe, O_CLOEXEC | O_NONBLOCK) < 0)
		err = -errno;
	else
		err = io_uring_queue_init(ENTRIES, &p->ring, 0);
	if (err)
		close_all(p);
	return err;
}

static void last_cpu(cpu_set_t *only)
{
	cpu_set_t mine;

	CPU_ZERO(only);
	cpulist_allowed(&mine);
	CPU_SET(cpulist_last(&mine), only);
}

static int run_threads(struct probe *p)
{
	cpu_set_t cpu;
	int err;

	last_cpu(&cpu);
	err = thread_start(&p->waiter, "probe-waiter", &cpu, waiter_main, p);
	if (err)
		return err;
	err = thread_start(&p->producer, "probe-producer", &cpu, producer_main, p);
	thread_join(&p->producer);
	shared_store(&p->stopping, true);
	fd_signal(p->wake_fd);
	thread_join(&p->waiter);
	return err ? err : p->err;
}

int probe_run(struct probe_result *out, uint64_t clock_hz)
{
	struct probe p = { .wake_fd = -1,
			   .done_fd = -1,
			   .pipe = { -1, -1 },
			   .out = out,
			   .ns_per_cycle = 1e9 / (double)clock_hz,
			   .seed = 1 };
	int err = open_all(&p);

	if (err)
		return err;
	err = run_threads(&p);
	io_uring_queue_exit(&p.ring);
	close_all(&p);
	return err;
}

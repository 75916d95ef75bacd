// SPDX-License-Identifier: BSD-2-Clause
// One cell of the pool benchmark: bound producers, each with one item in flight, in a child
// process.
#include "bench/pool/cell.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "bench/run/cell.h"
#include "bench/run/patience.h"
#include "bench/pool/pool.h"
#include "bench/run/child.h"
#include "lib/clock.h"
#include "lib/sane.h"
#include "lib/thread.h"
#include "tandem/shared.h"
#include "vmm/privileges.h"

#define LOOK_MS 10u
#define STRANDED_MS 10000u

struct run;

struct feeder {
	struct run *run;
	struct thread thread;
	unsigned index, cpu;
	struct pool_job job;
	uint64_t queued, executed, wrong;
	uint64_t start_ns, end_ns;
	struct hist queue, execute;
} __attribute__((aligned(64)));

struct run {
	const struct pool_cell *cell;
	struct pool_result *out;
	double ns_per_cycle;
	pthread_barrier_t start;
	void *engine;
	bool stop;
	unsigned ended;
	unsigned started; /* producers whose threads are there */
	struct feeder *feeders;
};

static uint64_t ns_of(const struct run *r, uint64_t from, uint64_t to)
{
	return clock_ns_between(from, to, r->ns_per_cycle);
}

static void produce_one(struct feeder *p)
{
	struct run *r = p->run;
	uint64_t t0 = clock_now(), t1;

	r->cell->engine->queue(r->engine, &p->job, p->index, p->cpu);
	t1 = clock_now();
	shared_store(&p->queued, p->queued + 1);
	wake_wait(&p->job.done);
	shared_store(&p->executed, p->executed + 1);
	p->wrong += shared_load(&p->job.runs) != p->queued;
	hist_add(&p->queue, ns_of(r, t0, t1));
	hist_add(&p->execute, ns_of(r, t0, p->job.ran_at));
}

static void producer_main(void *arg)
{
	struct feeder *p = arg;
	struct run *r = p->run;

	pthread_barrier_wait(&r->start);
	p->start_ns = clock_mono_ns();
	for (uint32_t i = 0; i < r->cell->items && !shared_load(&r->stop); i++)
		produce_one(p);
	p->end_ns = clock_mono_ns();
	__atomic_fetch_add(&r->ended, 1, __ATOMIC_RELEASE);
}

static uint64_t progress(const struct run *r)
{
	uint64_t n = 0;

	for (unsigned i = 0; i < r->cell->producers; i++)
		n += shared_load(&r->feeders[i].executed);
	return n;
}

static void manage(struct run *r)
{
	if (r->cell->cull_ms && r->cell->engine->manage)
		r->cell->engine->manage(r->engine);
}

/* Until all producers have ended. false: an item has not run for so long that it never will. */
static bool watch(struct run *r)
{
	struct patience none_ran;

	patience_begin(&none_ran);
	while (__atomic_load_n(&r->ended, __ATOMIC_ACQUIRE) < r->cell->producers) {
		if (cell_pause(r->cell->cull_ms ? r->cell->cull_ms : LOOK_MS)) {
			r->out->cut = true;
			shared_store(&r->stop, true);
		}
		manage(r);
		if (patience_stuck(&none_ran, progress(r), STRANDED_MS))
			return false;
	}
	return true;
}

static int start_producers(struct run *r)
{
	int err = 0, cpu = -1;

	for (unsigned i = 0; i < r->cell->producers && !err; i++) {
		struct feeder *p = &r->feeders[i];
		cpu_set_t here;

		do
			cpu++;
		while (!CPU_ISSET(cpu, &r->cell->layout.topology->cpus));
		*p = (struct feeder){ .run = r, .index = i, .cpu = (unsigned)cpu };
		CPU_ZERO(&here);
		CPU_SET(cpu, &here);
		err = thread_start(&p->thread, "tandem-producer", &here, producer_main, p);
	}
	return err;
}

static void add_up(struct run *r)
{
	uint64_t start = UINT64_MAX, end = 0;

	for (unsigned i = 0; i < r->cell->producers; i++) {
		struct feeder *p = &r->feeders[i];

		thread_join(&p->thread);
		start = p->start_ns < start ? p->start_ns : start;
		end = p->end_ns > end ? p->end_ns : end;
		r->out->queued += p->queued;
		r->out->wrong += p->wrong;
		hist_merge(&r->out->queue, &p->queue);
		hist_merge(&r->out->execute, &p->execute);
	}
	r->out->seconds = (double)(end - start) / 1e9;
}

static void count_switches(struct pool_result *out)
{
	struct rusage u;

	getrusage(RUSAGE_SELF, &u);
	out->voluntary = (uint64_t)u.ru_nvcsw;
	out->involuntary = (uint64_t)u.ru_nivcsw;
}

static void fail(struct run *r, const char *what, int err)
{
	r->out->host_cannot = err == -ENOSYS || err == -EAGAIN;
	snprintf(r->out->error, sizeof(r->out->error), "%s: %s", what, thread_error(err));
}

/* Counted when the engine has ended, so that an item that ran once too often is seen. */
static void count_executed(struct run *r)
{
	for (unsigned i = 0; i < r->cell->producers; i++)
		r->out->executed += r->feeders[i].job.runs;
	if (r->out->executed != r->out->queued || r->out->wrong)
		snprintf(r->out->error, sizeof(r->out->error),
			 "%llu items were queued, %llu ran; %llu not exactly once",
			 (unsigned long long)r->out->queued, (unsigned long long)r->out->executed,
			 (unsigned long long)r->out->wrong);
}

/* Threads that wait for ever cannot be joined: the process ends with them. */
static void measure(struct run *r)
{
	if (!watch(r)) {
		snprintf(r->out->error, sizeof(r->out->error),
			 "an item has not run for %u s: it is stranded", STRANDED_MS / 1000);
		return;
	}
	add_up(r);
	count_switches(r->out);
	r->cell->engine->destroy(r->engine, &r->out->stats);
	count_executed(r);
	r->out->ok = !r->out->error[0];
	free(r->feeders);
}

static int run_child(void *arg, void *shared)
{
	struct run r = { .cell = arg, .out = shared };
	size_t bytes = r.cell->producers * sizeof(*r.feeders);
	int err;

	r.ns_per_cycle = 1e9 / (double)r.cell->clock_hz;
	r.feeders = aligned_alloc(64, bytes);
	err = r.feeders ? privileges_drop(false) : -ENOMEM;
	if (err) {
		fail(&r, r.feeders ? "privileges could not be dropped" : "producers", err);
		return 0;
	}
	memset(r.feeders, 0, bytes);
	pthread_barrier_init(&r.start, NULL, r.cell->producers);
	err = r.cell->engine->create(&r.engine, r.cell);
	if (err) {
		fail(&r, r.cell->engine->name, err);
		return 0;
	}
	err = start_producers(&r);
	if (err)
		fail(&r, "producers", err);
	else
		measure(&r);
	return 0;
}

static const char *pool_nonsense(const void *result)
{
	const struct pool_result *r = result;

	if (!sane_flag(&r->ok) || !sane_flag(&r->cut) || !sane_flag(&r->host_cannot) ||
	    !sane_flag(&r->violation))
		return "flags";
	if (!sane_text(r->error, sizeof(r->error)))
		return "error";
	if (!sane_amount(r->seconds))
		return "times";
	return hist_is_sane(&r->queue) && hist_is_sane(&r->execute) ? NULL : "latencies";
}

int pool_cell_run(const struct pool_cell *cell, struct pool_result *out, bool *stop)
{
	static const struct child_task task = { run_child, sizeof(*out), pool_nonsense };
	int err = cell_in_child(&task, (void *)(uintptr_t)cell, out, stop);

	out->ok &= !err;
	out->violation = child_not_trusted(err);
	out->host_cannot |= err == -EAGAIN || err == -ENOMEM;
	if (err && !out->error[0])
		snprintf(out->error, sizeof(out->error), "%s", child_failure(err));
	return err;
}

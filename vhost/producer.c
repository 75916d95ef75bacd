// SPDX-License-Identifier: BSD-2-Clause
// The producer in the kernel: payloads and signals go through the ring.
#include "vhost/producer.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/fd.h"

unsigned producer_operations(unsigned batch)
{
	return 2 * 2 * batch + SIGNALS_MAX; /* write and read, both directions */
}

/* Room for a frame that begins and ends within a page, at both ends; the default limit is 1 MiB. */
static int size_pipe(int fd, uint32_t frame_max)
{
	int need = (int)(frame_max + 2 * 4096), have = fcntl(fd, F_GETPIPE_SZ);

	if (have >= need)
		return 0;
	return fcntl(fd, F_SETPIPE_SZ, need) < 0 ? -errno : 0;
}

int producer_create(struct producer *p, unsigned batch, uint32_t frame_max)
{
	int err;

	*p = (struct producer){ .batch = batch, .pipe = { -1, -1 } };
	p->jobs = calloc(2 * (size_t)batch, sizeof(*p->jobs));
	if (!p->jobs)
		return -ENOMEM;
	if (pipe2(p->pipe, O_CLOEXEC | O_NONBLOCK) < 0)
		err = -errno;
	else
		err = size_pipe(p->pipe[1], frame_max);
	if (err)
		producer_destroy(p);
	return err;
}

void producer_destroy(struct producer *p)
{
	if (!p->jobs)
		return;
	fd_close(&p->pipe[0]);
	fd_close(&p->pipe[1]);
	free(p->jobs);
	p->jobs = NULL;
}

static void count(uint64_t *counter, uint64_t n)
{
	shared_store(counter, *counter + n);
}

static void queue_jobs(struct producer *p, struct loop *l, const struct copy_job *jobs, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		if (!jobs[i].bytes)
			continue;
		loop_write(l, p->pipe[1], jobs[i].from, jobs[i].bytes);
		loop_read(l, p->pipe[0], jobs[i].to, jobs[i].bytes);
	}
}

static void drain_pipe(struct producer *p)
{
	char junk[4096];

	while (read(p->pipe[0], junk, sizeof(junk)) > 0)
		;
}

/*
 * Looks whether every copy was done whole. After one that was not the pipe is out of step, so it
 * and all that follow are copied again, here.
 */
static void check_jobs(struct producer *p, const struct loop *l, unsigned *op,
		       const struct copy_job *jobs, unsigned n, bool *bad)
{
	for (unsigned i = 0; i < n; i++) {
		int bytes = (int)jobs[i].bytes;

		if (!bytes)
			continue;
		*bad |= l->result[*op] != bytes || l->result[*op + 1] != bytes;
		*op += 2;
		count(*bad ? &p->stats.failures : &p->stats.jobs, 1);
		if (*bad)
			memcpy(jobs[i].to, jobs[i].from, jobs[i].bytes);
	}
}

/* A signal that got lost would keep its target's later ones back for ever. */
static void check_signals(struct producer *p, const struct loop *l, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		if (l->result[i] != (int)sizeof(uint64_t)) {
			count(&p->stats.failures, 1);
			fd_signal(p->signals[i]);
		}
}

/*
 * Has the strategy deliver: what that leaves to the producer is signalled in front of its
 * copies.
 */
static void signal_call(struct producer *p, struct loop *l, struct notifier *n,
			const struct flow_call *call, struct io_uring_sqe *const *places)
{
	static const uint64_t one = 1;
	int fd = notify_prepare(n, call->target, call->rx_idx, p->cpu);

	if (fd < 0)
		return;
	if (p->nsignals == SIGNALS_MAX) {
		fd_signal(fd);
		return;
	}
	loop_fill(l, places[p->nsignals], fd, &one, sizeof(one));
	p->signals[p->nsignals++] = fd;
}

/* Decides whom to notify; how many signals that makes. */
static unsigned decide(struct producer *p, struct loop *l, struct flow *const *flows,
		       unsigned nflows, struct notifier *n, struct io_uring_sqe *const *places)
{
	p->nsignals = 0;
	for (unsigned i = 0; i < nflows; i++) {
		const struct flow_calls *calls = flow_decide(flows[i]);

		for (unsigned k = 0; k < calls->n; k++)
			signal_call(p, l, n, &calls->call[k], places);
	}
	count(&p->stats.signals, p->nsignals);
	return p->nsignals;
}

/*
 * The decision comes last before the kernel is entered, so that t0 is not taken long before
 * anybody can act on it.
 */
bool producer_turn(struct producer *p, struct loop *l, struct flow *const *flows, unsigned nflows,
		   struct notifier *n)
{
	struct io_uring_sqe *places[SIGNALS_MAX];
	unsigned njobs[2] = { 0 }, op = SIGNALS_MAX, all = 0, signals;
	bool bad = false;

	for (unsigned i = 0; i < SIGNALS_MAX; i++)
		places[i] = loop_reserve(l);
	for (unsigned i = 0; i < nflows; i++) {
		njobs[i] = flow_collect(flows[i], p->jobs + i * p->batch, p->batch);
		queue_jobs(p, l, p->jobs + i * p->batch, njobs[i]);
		all += njobs[i];
	}
	signals = decide(p, l, flows, nflows, n, places);
	if (!all && !signals) {
		loop_forget(l);
		return false;
	}
	count(&p->stats.batches, 1);
	loop_run(l);
	check_signals(p, l, signals);
	for (unsigned i = 0; i < nflows; i++)
		check_jobs(p, l, &op, p->jobs + i * p->batch, njobs[i], &bad);
	if (bad)
		drain_pipe(p);
	for (unsigned i = 0; i < nflows; i++)
		flow_complete(flows[i], p->jobs + i * p->batch, njobs[i]);
	return true;
}

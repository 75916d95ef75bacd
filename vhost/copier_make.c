// SPDX-License-Identifier: BSD-2-Clause
// What tandem's own backend is made of: ports, notifier, producer, ring.
#include "vhost/copier_make.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#include "lib/cpulist.h"
#include "lib/fd.h"
#include "lib/log.h"
#include "vhost/filters.h"
#include "vhost/refusal.h"

static int init_port(struct copier *c, unsigned i)
{
	int err = port_init(&c->port[i], i, c->config.queue_size_max);

	if (i >= BACKEND_PORTS)
		port_share_stamps(&c->port[i], &c->port[i % BACKEND_PORTS]);
	return err;
}

/* From each port to the other device's of the same pair, until rings run. */
static int init_flow(struct copier *c, unsigned i)
{
	struct port *to = &c->port[i ^ 1];

	steer_add(&c->steer[i % BACKEND_PORTS], &c->flow[i]);
	return flow_init(&c->flow[i], &c->port[i], to, c->config.queue_size_max);
}

static int init_ports(struct copier *c)
{
	int err = 0;

	for (unsigned i = 0; i < c->nports && !err; i++)
		err = init_port(c, i);
	for (unsigned i = 0; i < c->nports && !err; i++)
		err = init_flow(c, i);
	return err;
}

static int make_ports(struct copier *c)
{
	unsigned n = BACKEND_PORTS * (c->config.pairs ? c->config.pairs : 1);
	int err;

	assert(n <= BACKEND_PORTS_MAX);
	c->port = calloc(n, sizeof(*c->port));
	c->flow = calloc(n, sizeof(*c->flow));
	c->nports = c->port && c->flow ? n : 0;
	err = c->nports ? init_ports(c) : -ENOMEM;
	return err ? log_errno(err, "backend: queues") : 0;
}

void copier_unmake_ports(struct copier *c)
{
	for (unsigned i = 0; i < c->nports; i++) {
		port_fini(&c->port[i]);
		flow_fini(&c->flow[i]);
	}
	free(c->port);
	free(c->flow);
}

/*
 * All a batch reads and writes: places for the guests' irqfds, the pipe, the notifier's
 * eventfds.
 */
static unsigned collect_files(struct copier *c, int *fds, unsigned max)
{
	unsigned n = 0;

	while (n < copier_kicks(c))
		fds[n++] = -1;
	fds[n++] = c->kernel.pipe[0];
	fds[n++] = c->kernel.pipe[1];
	n += c->notifier->ops->fds(c->notifier, fds + n, max - n);
	return n < max ? n : max;
}

/*
 * The SQPOLL thread produces; the thread that feeds it should leave it its CPU where there is
 * another.
 */
static void place_sqpoll(struct copier *c)
{
	cpu_set_t *cpus = &c->config.backend_cpus;

	c->sq_cpu = cpulist_first(cpus);
	c->kernel.cpu = (unsigned)c->sq_cpu;
	cpulist_allowed(cpus);
	if (CPU_COUNT(cpus) > 1)
		CPU_CLR(c->sq_cpu, cpus);
}

static int explain_loop(int err)
{
	char why[REFUSAL_TEXT_MAX];

	if (err)
		log_error("backend: io_uring: %s", refusal_here(err, why));
	return err;
}

static int make_ring(struct copier *c)
{
	int watch[COPIER_KICKS_MAX + 1], files[LOOP_FILES_MAX];
	unsigned kicks = copier_kicks(c);
	struct loop_config lc = { .watch = watch,
				  .nwatch = kicks + 1,
				  .files = files,
				  .sqpoll = c->producer->sqpoll,
				  .sq_idle_ms = c->config.sq_idle_ms,
				  .sq_cpu = c->sq_cpu };

	for (unsigned i = 0; i < kicks; i++)
		watch[i] = -1;
	watch[kicks] = c->command_fd;
	if (c->producer->in_kernel) {
		lc.nfiles = collect_files(c, files, LOOP_FILES_MAX);
		lc.batch = producer_operations(c->config.batch);
	}
	return explain_loop(loop_create(&c->loop, &lc));
}

static int make_loop(struct copier *c)
{
	c->command_fd = fd_eventfd();
	if (c->command_fd < 0)
		return log_errno(c->command_fd, "backend: eventfd");
	if (c->producer->sqpoll)
		place_sqpoll(c);
	return make_ring(c);
}

/*
 * An SQPOLL thread has the rights of who made its ring. That was before privileges went, when
 * what cannot be had should be found out; so it is made again.
 */
int copier_renew_ring(struct copier *c)
{
	if (!c->producer->sqpoll)
		return 0;
	loop_destroy(&c->loop);
	return make_ring(c);
}

static int make_producer(struct copier *c)
{
	int err;

	if (!c->producer->in_kernel)
		return 0;
	err = producer_create(&c->kernel, c->config.batch, c->config.frame_max);
	return err ? log_errno(err, "backend: producer %s", c->producer->name) : 0;
}

static int make_notifier(struct copier *c)
{
	struct notify_config config = {
		.backend_cpus = c->config.backend_cpus,
		.notifier_cpus = c->config.notifier_cpus,
		.fifo = c->config.notifier_fifo,
		.delay_us = c->config.delay_us,
		.pool = c->config.pool,
		.filter = c->config.confine ? notifier_filter : NULL,
	};
	int err;

	for (unsigned i = 0; i < copier_kicks(c); i++)
		config.targets[i] = &c->port[i / PORT_QUEUES].target[i % PORT_QUEUES];
	err = c->config.notify->create(&c->notifier, &config);
	if (err)
		log_errno(err, "notifier %s: create", c->config.notify->name);
	return err;
}

int copier_make(struct copier *c)
{
	int err = make_ports(c);

	if (!err)
		err = make_notifier(c);
	if (!err)
		err = make_producer(c);
	return err ? err : make_loop(c);
}

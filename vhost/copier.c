// SPDX-License-Identifier: BSD-2-Clause
// tandem's own backend.
#include "vhost/copier.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#include "lib/clock.h"
#include "lib/fd.h"
#include "lib/log.h"
#include "vhost/copier_make.h"
#include "vhost/copier_pairs.h"
#include "vhost/copier_stats.h"
#include "vhost/filters.h"

/* Attach with a setup, detach without. */
struct command {
	struct mail mail;
	bool steer; /* neither: other pairs of `port`, a device, run than before */
	unsigned port;
	const struct port_setup *setup;
	uint32_t base[PORT_QUEUES];
};

static struct copier *copier_of(struct backend *b)
{
	return (struct copier *)b;
}

static const struct copier *const_copier_of(const struct backend *b)
{
	return (const struct copier *)b;
}

/* Has the loop know the port's eventfds, or none of them any more. */
static int set_fds(struct copier *c, unsigned port, const struct port_setup *setup)
{
	int err = 0;

	for (unsigned q = 0; q < PORT_QUEUES && !err; q++) {
		unsigned at = port * PORT_QUEUES + q;

		err = loop_watch(&c->loop, at, setup ? setup->queue[q].kick_fd : -1);
		if (!err && c->producer->in_kernel)
			err = loop_set_file(&c->loop, at, setup ? setup->queue[q].call_fd : -1);
	}
	return err;
}

static int attach_port(struct copier *c, struct port *p, const struct command *cmd)
{
	int err = set_fds(c, cmd->port, cmd->setup);

	if (err) {
		set_fds(c, cmd->port, NULL);
		return log_errno(err, "backend: watching the kicks of device %c", p->name);
	}
	err = port_start(p, cmd->setup);
	if (err) /* 2.1.2: NEEDS_RESET after DRIVER_OK comes with a notification */
		notify_send(c->notifier, p->who[NET_RX], 0);
	return err;
}

static int execute(void *ctx, struct mail *mail)
{
	struct command *cmd = (struct command *)mail;
	struct copier *c = ctx;
	struct port *p = &c->port[cmd->port];

	if (cmd->steer) {
		copier_aim(c, cmd->port);
		return 0;
	}
	if (cmd->setup)
		return attach_port(c, p, cmd);
	port_stop(p, cmd->base);
	return set_fds(c, cmd->port, NULL);
}

/* One turn: both directions. true: there may be more to do at once. */
static bool turn(struct copier *c)
{
	bool more = false;

	assert(thread_is_home(&c->thread));
	shared_store(&c->turns, c->turns + 1);
	if (c->nports > BACKEND_PORTS)
		return copier_turn_pairs(c);
	if (c->producer->in_kernel) {
		struct flow *const both[] = { &c->flow[0], &c->flow[1] };

		if (!c->producer->sqpoll)
			c->kernel.cpu = (unsigned)sched_getcpu();
		return producer_turn(&c->kernel, &c->loop, both, BACKEND_PORTS, c->notifier);
	}
	for (unsigned i = 0; i < BACKEND_PORTS; i++)
		more |= flow_run(&c->flow[i], c->notifier, c->budget);
	return more;
}

static bool enable_kicks(struct copier *c)
{
	bool again = false;

	for (unsigned i = 0; i < c->nports; i++)
		again |= flow_enable_kicks(&c->flow[i]);
	return again;
}

static void disable_kicks(struct copier *c)
{
	for (unsigned i = 0; i < c->nports; i++)
		flow_disable_kicks(&c->flow[i]);
}

static bool have_work(struct copier *c)
{
	for (unsigned i = 0; i < c->nports; i++)
		if (flow_has_work(&c->flow[i]))
			return true;
	return false;
}

/* true: work came within the time given. */
static bool busy_poll(struct copier *c)
{
	uint64_t end;

	if (!c->polling.ns)
		return false;
	end = clock_mono_ns() + c->polling.ns;
	do {
		if (have_work(c) || mailbox_is_full(&c->mailbox) || shared_load(&c->stopping))
			return true;
		clock_relax();
	} while (clock_mono_ns() < end);
	return false;
}

static void sleep_until_kicked(struct copier *c)
{
	shared_store(&c->sleeps, c->sleeps + 1);
	loop_wait(&c->loop);
	shared_store(&c->wakes, c->wakes + 1);
	disable_kicks(c);
}

static void wait_for_work(struct copier *c)
{
	uint64_t since = c->polling.learns ? clock_mono_ns() : 0;

	if (!busy_poll(c) && !enable_kicks(c))
		sleep_until_kicked(c);
	if (c->polling.learns)
		polling_learn(&c->polling, clock_mono_ns() - since);
}

static void backend_main(void *arg)
{
	struct copier *c = arg;
	int err = loop_enable(&c->loop);

	mailbox_open(&c->mailbox, err);
	while (!err && !shared_load_acquire(&c->stopping)) {
		mailbox_serve(&c->mailbox, execute, c);
		if (!turn(c))
			wait_for_work(c);
	}
}

static void destroy(struct backend *b);

static int create(struct backend **out, const struct backend_config *config)
{
	struct copier *c = calloc(1, sizeof(*c));
	int err;

	if (!c)
		return log_errno(-ENOMEM, "backend: create");
	c->base.ops = &backend_copier;
	c->config = *config;
	c->producer = config->producer;
	c->budget = config->budget;
	c->polling = polling_of(config->busy_poll_us, config->busy_poll_learns);
	c->command_fd = -1;
	mailbox_init(&c->mailbox);
	err = copier_make(c);
	if (err)
		destroy(&c->base);
	else
		*out = &c->base;
	return err;
}

static int start_thread(struct copier *c)
{
	int err;

	shared_store(&c->stopping, false);
	mailbox_expect(&c->mailbox);
	c->thread.filter = c->config.confine ? backend_filter : NULL;
	err = thread_start(&c->thread, "tandem-backend", &c->config.backend_cpus, backend_main, c);
	if (err) {
		log_error("backend: start: %s", thread_error(err));
		return err;
	}
	err = mailbox_wait_open(&c->mailbox);
	c->running = err == 0;
	if (err) {
		thread_join(&c->thread);
		log_errno(err, "backend: io_uring_enable_rings");
	}
	return err;
}

static int start(struct backend *b)
{
	struct copier *c = copier_of(b);
	int err = copier_renew_ring(c);

	if (err)
		return err;
	err = c->notifier->ops->start(c->notifier);
	if (err)
		return log_errno(err, "notifier %s: start", c->notifier->ops->name);
	err = start_thread(c);
	if (err)
		c->notifier->ops->stop(c->notifier);
	return err;
}

/*
 * A worker may be about to write an eventfd that its owner wants to close. It is, within
 * microseconds.
 */
static void wait_until_told(const struct port *p)
{
	while (!port_is_quiet(p))
		clock_relax();
}

static int attach(struct backend *b, unsigned port, const struct port_setup *setup)
{
	struct copier *c = copier_of(b);
	struct command cmd = { .port = port, .setup = setup };
	int err;

	assert(port < c->nports);
	err = mailbox_post(&c->mailbox, &cmd.mail, c->command_fd);
	if (err && err != -ESHUTDOWN)
		wait_until_told(&c->port[port]);
	return err;
}

static void detach(struct backend *b, unsigned port, uint32_t base[PORT_QUEUES])
{
	struct copier *c = copier_of(b);
	struct command cmd = { .port = port };
	int err;

	assert(port < c->nports);
	err = mailbox_post(&c->mailbox, &cmd.mail, c->command_fd);

	for (unsigned q = 0; q < PORT_QUEUES && base; q++)
		base[q] = cmd.base[q];
	if (err != -ESHUTDOWN)
		wait_until_told(&c->port[port]);
}

static void steer(struct backend *b, unsigned device)
{
	struct copier *c = copier_of(b);
	struct command cmd = { .port = device, .steer = true };

	if (c->nports > BACKEND_PORTS)
		mailbox_post(&c->mailbox, &cmd.mail, c->command_fd);
}

static void stop(struct backend *b)
{
	struct copier *c = copier_of(b);

	if (!c->running)
		return;
	shared_store_release(&c->stopping, true);
	fd_signal(c->command_fd);
	thread_join(&c->thread);
	c->running = false;
	mailbox_close(&c->mailbox);
	c->notifier->ops->stop(c->notifier);
}

static void destroy(struct backend *b)
{
	struct copier *c = copier_of(b);

	stop(b);
	c->config.notify->destroy(c->notifier);
	loop_destroy(&c->loop);
	producer_destroy(&c->kernel);
	fd_close(&c->command_fd);
	copier_unmake_ports(c);
	mailbox_fini(&c->mailbox);
	free(c);
}

static const struct stamps *stamps(const struct backend *b, unsigned port)
{
	return &const_copier_of(b)->port[port].stamps;
}

static unsigned tids(const struct backend *b, enum backend_threads which, pid_t *out, unsigned max)
{
	const struct copier *c = const_copier_of(b);

	if (which == BACKEND_NOTIFIERS)
		return c->notifier->ops->tids(c->notifier, out, max);
	if (which == BACKEND_KTHREADS)
		return 0;
	if (max)
		out[0] = c->thread.tid;
	return 1;
}

const struct backend_ops backend_copier = {
	.name = "copier",
	.create = create,
	.start = start,
	.attach = attach,
	.detach = detach,
	.steer = steer,
	.stop = stop,
	.destroy = destroy,
	.stats = copier_stats,
	.stamps = stamps,
	.tids = tids,
};

// SPDX-License-Identifier: BSD-2-Clause
// The kernel's backend, vhost-net.
#include "vhost/kernel.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/cpulist.h"
#include "lib/fd.h"
#include "lib/log.h"
#include "lib/thread.h"
#include "vhost/filters.h"
#include "vhost/kdev.h"
#include "vhost/kthread.h"
#include "vhost/mailbox.h"
#include "vhost/relay.h"
#include "vhost/strategies.h"

/* One guest's device. */
struct kport {
	char name;
	int dev; /* of /dev/vhost-net */
	int error_fd[PORT_QUEUES];
	unsigned cpu; /* of the kernel's thread, and of a deferred worker */
	struct relay relay;
	bool active;
	struct virtio_device *device;
	int call_fd;
	uint64_t breaks, reported;
};

/* Attach with a setup, detach without. */
struct command {
	struct mail mail;
	unsigned port;
	const struct port_setup *setup;
	uint32_t base[PORT_QUEUES];
};

struct kernel {
	struct backend base;
	struct backend_config config;
	struct wire wire;
	struct kport port[BACKEND_PORTS];
	bool relayed; /* a worker of ours writes the irqfds; else the kernel's thread */
	pid_t kthread[BACKEND_PORTS]; /* the kernel's threads that belong to no process */
	unsigned nkthreads;
	struct thread thread;	/* owns the devices, starts and stops them */
	struct mailbox mailbox; /* to it */
	int command_fd;
	bool stopping, running;
	bool owned; /* before it started */
};

static struct kernel *kernel_of(struct backend *b)
{
	return (struct kernel *)b;
}

/* ---- devices: the backend thread's ---- */

/* 2.1.2: the driver is told through the status and a notification. */
static void note_break(struct kport *p, const char *queue)
{
	shared_store(&p->breaks, p->breaks + 1);
	if (p->device)
		device_need_reset(p->device);
	if (p->call_fd >= 0)
		fd_signal(p->call_fd);
	if (p->breaks == 1)
		log_warn("device %c: %s is broken: %s; it stays so until its driver resets the "
			 "device (said once, then counted)",
			 p->name, queue, virtq_break_text(VIRTQ_REFUSED));
}

/* What the rings lie in, or how long they are, is the driver's doing. */
static bool is_layout(int err)
{
	return err == -EINVAL || err == -EFAULT;
}

static int attach_port(struct kernel *k, unsigned i, const struct port_setup *setup)
{
	struct kport *p = &k->port[i];
	struct kdev_port at = { .tap = k->wire.tap[i],
				.call_fd = setup->queue[NET_RX].call_fd,
				.error_fd = { p->error_fd[NET_RX], p->error_fd[NET_TX] },
				.busy_poll_us = k->config.busy_poll_us };
	int err;

	p->device = setup->dev;
	p->call_fd = at.call_fd;
	if (k->relayed) {
		relay_aim(&p->relay, p->call_fd);
		at.call_fd = p->relay.thread.wake_fd;
	}
	err = kdev_start(p->dev, setup, &at);
	p->active = !err;
	if (is_layout(err))
		note_break(p, "a queue");
	else if (err)
		log_errno(err, "device %c: " KDEV_PATH, p->name);
	return is_layout(err) ? -EINVAL : err;
}

static void detach_port(struct kport *p, uint32_t base[PORT_QUEUES])
{
	if (!p->active)
		return;
	kdev_stop(p->dev, base);
	p->active = false;
	for (unsigned q = 0; q < PORT_QUEUES; q++)
		fd_take(p->error_fd[q]);
}

static void release_port(struct kport *p, uint32_t base[PORT_QUEUES])
{
	detach_port(p, base);
	relay_aim(&p->relay, -1);
	p->call_fd = -1;
	p->device = NULL;
}

static int execute(void *ctx, struct mail *mail)
{
	struct command *cmd = (struct command *)mail;
	struct kernel *k = ctx;
	struct kport *p = &k->port[cmd->port];

	if (cmd->setup)
		return attach_port(k, cmd->port, cmd->setup);
	release_port(p, cmd->base);
	return 0;
}

/* A ring the kernel refuses is not looked at again: it would refuse it again at every kick. */
static void look_for_breaks(struct kernel *k)
{
	static const char *const queues[PORT_QUEUES] = { "receive queue", "transmit queue" };
	uint32_t base[PORT_QUEUES];

	for (unsigned i = 0; i < BACKEND_PORTS * PORT_QUEUES; i++) {
		struct kport *p = &k->port[i / PORT_QUEUES];

		if (!fd_take(p->error_fd[i % PORT_QUEUES]) || !p->active)
			continue;
		detach_port(p, base);
		note_break(p, queues[i % PORT_QUEUES]);
	}
}

static void wait_for_news(struct kernel *k)
{
	struct pollfd fds[BACKEND_PORTS * PORT_QUEUES + 1];
	unsigned n = 0;

	for (; n < BACKEND_PORTS * PORT_QUEUES; n++)
		fds[n].fd = k->port[n / PORT_QUEUES].error_fd[n % PORT_QUEUES];
	fds[n++].fd = k->command_fd;
	for (unsigned i = 0; i < n; i++)
		fds[i].events = POLLIN;
	ppoll(fds, n, NULL, NULL);
	fd_take(k->command_fd);
}

/*
 * As tasks the kernel's threads take their maker's place: each has a CPU of its own where there are
 * two.
 */
static int own_devices(struct kernel *k)
{
	int err = 0;

	for (unsigned i = 0; i < BACKEND_PORTS && !err; i++) {
		cpu_set_t only;

		CPU_ZERO(&only);
		CPU_SET(k->port[i].cpu, &only);
		err = sched_setaffinity(0, sizeof(only), &only) < 0 ? -errno : 0;
		if (!err)
			err = kdev_own(k->port[i].dev, k->config.vhost_thread);
	}
	sched_setaffinity(0, sizeof(k->config.backend_cpus), &k->config.backend_cpus);
	return err;
}

static void backend_main(void *arg)
{
	struct kernel *k = arg;
	int err = k->owned ? 0 : own_devices(k);

	mailbox_open(&k->mailbox, err);
	while (!err && !shared_load_acquire(&k->stopping)) {
		mailbox_serve(&k->mailbox, execute, k);
		look_for_breaks(k);
		wait_for_news(k);
	}
	for (unsigned i = 0; i < BACKEND_PORTS; i++) {
		uint32_t base[PORT_QUEUES];

		release_port(&k->port[i], base);
		kdev_disown(k->port[i].dev);
	}
}

/* ---- making it ---- */

static void explain(int err, char why[WIRE_WHY_BYTES])
{
	char text[128];

	snprintf(why, WIRE_WHY_BYTES, KDEV_PATH ": %s; %s", log_reason(err, text, sizeof(text)),
		 kdev_way_out(err));
}

static int open_device(char why[WIRE_WHY_BYTES])
{
	int fd = kdev_open();

	if (fd < 0)
		explain(fd, why);
	return fd;
}

int kernel_check_thread(enum vhost_thread which, char why[WIRE_WHY_BYTES])
{
	int fd = open_device(why), err;

	if (fd < 0)
		return fd;
	err = kdev_choose_thread(fd, which);
	if (err)
		explain(err, why);
	fd_close(&fd);
	return err;
}

int kernel_check(char why[WIRE_WHY_BYTES])
{
	int fd = open_device(why), err;
	struct wire wire;

	if (fd < 0)
		return fd;
	err = wire_create(&wire, WIRE_FRAME_MAX, 1, why);
	wire_destroy(&wire);
	fd_close(&fd);
	return err;
}

static int make_port(struct kernel *k, unsigned i)
{
	struct kport *p = &k->port[i];
	char why[WIRE_WHY_BYTES];
	int err = 0;

	p->dev = open_device(why);
	if (p->dev < 0) {
		log_error("backend: %s", why);
		return p->dev;
	}
	for (unsigned q = 0; q < PORT_QUEUES && !err; q++) {
		p->error_fd[q] = fd_eventfd();
		err = p->error_fd[q] < 0 ? p->error_fd[q] : 0;
	}
	if (!err && k->relayed)
		err = relay_init(&p->relay, k->config.notifier_fifo,
				 k->config.confine ? notifier_filter : NULL);
	return err ? log_errno(err, "backend: eventfd") : 0;
}

/* Kthreads have no maker whose place they would take. */
static void place_kthreads(struct kernel *k, pid_t owner)
{
	int err = 0;

	k->nkthreads = kthread_find(owner, k->kthread, BACKEND_PORTS);
	for (unsigned i = 0; i < k->nkthreads; i++) {
		cpu_set_t only;

		CPU_ZERO(&only);
		CPU_SET(k->port[i].cpu, &only);
		if (sched_setaffinity(k->kthread[i], sizeof(only), &only) < 0)
			err = -errno;
	}
	if (err)
		log_warn("the kernel's vhost threads stay where the scheduler puts them: %s; %s",
			 thread_error(err),
			 k->owned ? "run as root, or with --vhost-thread=task"
				  : "on Linux 6.18 and later --vhost-thread=kthread places them");
	if (k->config.vhost_thread == VHOST_THREAD_KTHREAD && k->nkthreads < BACKEND_PORTS)
		log_warn("the kernel's vhost threads cannot be seen in /proc (a PID namespace?): "
			 "they are not placed, and not in the results");
}

/* Before the rights go: it takes them to place a thread that is not ours. */
static int own_kthreads(struct kernel *k)
{
	int err = 0;

	for (unsigned i = 0; i < BACKEND_PORTS && !err; i++)
		err = kdev_own(k->port[i].dev, VHOST_THREAD_KTHREAD);
	if (err)
		return log_errno(err, "backend: " KDEV_PATH ": VHOST_SET_OWNER");
	k->owned = true;
	place_kthreads(k, gettid());
	return 0;
}

static int make(struct kernel *k)
{
	char why[WIRE_WHY_BYTES];
	int err = wire_create(&k->wire, k->config.frame_max, k->config.queue_size_max, why);

	if (err) {
		log_error("backend: %s", why);
		return err;
	}
	for (unsigned i = 0; i < BACKEND_PORTS && !err; i++)
		err = make_port(k, i);
	if (err)
		return err;
	k->command_fd = fd_eventfd();
	if (k->command_fd < 0)
		return log_errno(k->command_fd, "backend: eventfd");
	return k->config.vhost_thread == VHOST_THREAD_KTHREAD ? own_kthreads(k) : 0;
}

static void init_ports(struct kernel *k)
{
	unsigned first = (unsigned)cpulist_first(&k->config.backend_cpus), next = first + 1;

	while (next < CPULIST_MAX && !CPU_ISSET(next, &k->config.backend_cpus))
		next++;
	for (unsigned i = 0; i < BACKEND_PORTS; i++)
		k->port[i] = (struct kport){
			.name = (char)('a' + i),
			.dev = -1,
			.error_fd = { -1, -1 },
			.cpu = i && next < CPULIST_MAX ? next : first,
			.relay = { .thread = { .wake_fd = -1 }, .to = { .call_fd = -1 } },
			.call_fd = -1,
		};
}

static void destroy(struct backend *b);

static int create(struct backend **out, const struct backend_config *config)
{
	struct kernel *k = calloc(1, sizeof(*k));
	int err;

	if (!k)
		return log_errno(-ENOMEM, "backend: create");
	k->base.ops = &backend_kernel;
	k->config = *config;
	k->relayed = !notify_by_producer(config->notify);
	k->wire = WIRE_NONE;
	k->command_fd = -1;
	init_ports(k);
	mailbox_init(&k->mailbox);
	err = make(k);
	if (err)
		destroy(&k->base);
	else
		*out = &k->base;
	return err;
}

/* ---- its life ---- */

static void stop_relays(struct kernel *k)
{
	for (unsigned i = 0; i < BACKEND_PORTS; i++)
		relay_stop(&k->port[i].relay);
}

/* "tandem-cpu1b" on the CPU of the kernel's thread, "tandem-pool-b" on any of the notifier's. */
static int start_relay(struct kernel *k, struct kport *p)
{
	bool anywhere = k->config.notify->has_pool;
	char name[16];
	cpu_set_t cpu;

	CPU_ZERO(&cpu);
	CPU_SET(p->cpu, &cpu);
	if (anywhere)
		snprintf(name, sizeof(name), "tandem-pool-%c", p->name);
	else
		snprintf(name, sizeof(name), "tandem-cpu%u%c", p->cpu & 0xfff, p->name);
	return relay_start(&p->relay, name, anywhere ? &k->config.notifier_cpus : &cpu);
}

static int start_relays(struct kernel *k)
{
	int err = 0;

	for (unsigned i = 0; k->relayed && i < BACKEND_PORTS && !err; i++)
		err = start_relay(k, &k->port[i]);
	if (!err)
		return 0;
	stop_relays(k);
	return log_errno(err, "notifier %s: start", k->config.notify->name);
}

static int start_thread(struct kernel *k)
{
	int err;

	shared_store(&k->stopping, false);
	mailbox_expect(&k->mailbox);
	k->thread.filter = k->config.confine ? kdev_filter : NULL;
	err = thread_start(&k->thread, "tandem-backend", &k->config.backend_cpus, backend_main, k);
	if (err) {
		log_error("backend: start: %s", thread_error(err));
		return err;
	}
	err = mailbox_wait_open(&k->mailbox);
	k->running = err == 0;
	if (err) {
		thread_join(&k->thread);
		log_error("backend: " KDEV_PATH ": VHOST_SET_OWNER: %s", thread_error(err));
	}
	return err;
}

static int start(struct backend *b)
{
	struct kernel *k = kernel_of(b);
	int err = start_relays(k);

	if (!err)
		err = start_thread(k);
	if (err)
		stop_relays(k);
	else if (!k->nkthreads && k->config.vhost_thread != VHOST_THREAD_TASK)
		place_kthreads(k, k->thread.tid);
	return err;
}

static int attach(struct backend *b, unsigned port, const struct port_setup *setup)
{
	struct command cmd = { .port = port, .setup = setup };

	assert(port < BACKEND_PORTS); /* a tap has one pair of queues */
	return mailbox_post(&kernel_of(b)->mailbox, &cmd.mail, kernel_of(b)->command_fd);
}

static void detach(struct backend *b, unsigned port, uint32_t base[PORT_QUEUES])
{
	struct command cmd = { .port = port };

	mailbox_post(&kernel_of(b)->mailbox, &cmd.mail, kernel_of(b)->command_fd);
	for (unsigned q = 0; q < PORT_QUEUES && base; q++)
		base[q] = cmd.base[q];
}

static void stop(struct backend *b)
{
	struct kernel *k = kernel_of(b);

	if (!k->running)
		return;
	shared_store_release(&k->stopping, true);
	fd_signal(k->command_fd);
	thread_join(&k->thread);
	k->running = false;
	k->nkthreads = 0;
	k->owned = false;
	mailbox_close(&k->mailbox);
	stop_relays(k);
}

static void destroy(struct backend *b)
{
	struct kernel *k = kernel_of(b);

	stop(b);
	for (unsigned i = 0; i < BACKEND_PORTS; i++) {
		struct kport *p = &k->port[i];

		fd_close(&p->dev);
		for (unsigned q = 0; q < PORT_QUEUES; q++)
			fd_close(&p->error_fd[q]);
		relay_fini(&p->relay);
	}
	wire_destroy(&k->wire);
	fd_close(&k->command_fd);
	mailbox_fini(&k->mailbox);
	free(k);
}

/* ---- looking at it ---- */

static struct backend_stats stats(const struct backend *b)
{
	const struct kernel *k = (const struct kernel *)b;
	struct backend_stats s = { .uncounted = !k->relayed };

	for (unsigned i = 0; i < BACKEND_PORTS; i++) {
		const struct kport *p = &k->port[i];
		uint64_t breaks = shared_load(&p->breaks);

		s.port[i].decided = shared_load(&p->relay.to.decided);
		s.port[i].coalesced = shared_load(&p->relay.to.coalesced);
		s.port[i].delivered = shared_load(&p->relay.to.delivered);
		s.port[i].breaks = s.port[i].breaks_by[VIRTQ_REFUSED] = breaks;
		s.port[i].last_break = breaks ? VIRTQ_REFUSED : VIRTQ_OK;
	}
	return s;
}

static unsigned tids(const struct backend *b, enum backend_threads which, pid_t *out, unsigned max)
{
	const struct kernel *k = (const struct kernel *)b;
	unsigned n = 0;

	if (which == BACKEND_KTHREADS) {
		for (; n < k->nkthreads && n < max; n++)
			out[n] = k->kthread[n];
		return n;
	}
	if (which == BACKEND_MOVER) {
		if (max)
			out[0] = k->thread.tid;
		return 1;
	}
	for (; k->relayed && n < BACKEND_PORTS; n++)
		if (n < max)
			out[n] = k->port[n].relay.thread.thread.tid;
	return n;
}

const struct backend_ops backend_kernel = {
	.name = "kernel",
	.create = create,
	.start = start,
	.attach = attach,
	.detach = detach,
	.stop = stop,
	.destroy = destroy,
	.stats = stats,
	.tids = tids,
};

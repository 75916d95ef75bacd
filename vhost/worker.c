// SPDX-License-Identifier: BSD-2-Clause
// The backend.
#include "vhost/worker.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/clock.h"
#include "lib/cpulist.h"
#include "lib/fd.h"
#include "lib/log.h"
#include "lib/thread.h"
#include "vhost/filters.h"
#include "vhost/loop.h"
#include "vhost/refusal.h"

enum command { NONE, ATTACH, DETACH };

struct worker {
	/* The hot part: the backend's own. */
	struct port port[WORKER_PORTS];
	struct flow flow[WORKER_PORTS];
	struct notifier *notifier;
	struct loop loop;
	const struct producer_ops *producer;
	struct producer kernel; /* when producer->in_kernel */
	unsigned budget;
	uint64_t busy_poll_ns;
	uint64_t turns, sleeps, wakes;

	struct thread thread;
	struct worker_config config;
	int sq_cpu;	/* sqpoll: the kernel thread's */
	int command_fd; /* wakes the loop for a command or to stop */
	bool stopping;
	bool running;

	/* The mailbox: one command at a time, answered. */
	pthread_mutex_t lock;
	pthread_cond_t answered;
	enum command command; /* atomic: the backend looks without the lock */
	unsigned command_port;
	const struct gmem *command_mem;
	struct virtio_device *command_dev;
	int answer;
	int started; /* 1: not yet; then 0 or -errno */
};

static int execute(struct worker *w)
{
	struct port *p = &w->port[w->command_port];
	int err;

	if (w->command == ATTACH) {
		p->dev = w->command_dev;
		err = port_start(p, w->command_mem);
		if (err) /* 2.1.2: NEEDS_RESET after DRIVER_OK comes with a notification */
			notify_send(w->notifier, &p->target, 0);
		return err;
	}
	port_stop(p);
	return 0;
}

static void check_mailbox(struct worker *w)
{
	if (shared_load_acquire(&w->command) == NONE)
		return;
	pthread_mutex_lock(&w->lock);
	if (w->command != NONE) {
		w->answer = execute(w);
		shared_store_release(&w->command, NONE);
		pthread_cond_broadcast(&w->answered);
	}
	pthread_mutex_unlock(&w->lock);
}

/* One turn: both directions. true: there may be more to do at once. */
static bool turn(struct worker *w)
{
	bool more = false;

	assert(thread_is_home(&w->thread));
	shared_store(&w->turns, w->turns + 1);
	if (w->producer->in_kernel) {
		if (!w->producer->sqpoll)
			w->kernel.cpu = (unsigned)sched_getcpu();
		return producer_turn(&w->kernel, &w->loop, w->flow, WORKER_PORTS, w->notifier);
	}
	for (unsigned i = 0; i < WORKER_PORTS; i++)
		more |= flow_run(&w->flow[i], w->notifier, w->budget);
	return more;
}

static bool enable_kicks(struct worker *w)
{
	bool again = false;

	for (unsigned i = 0; i < WORKER_PORTS; i++)
		again |= flow_enable_kicks(&w->flow[i]);
	return again;
}

static void disable_kicks(struct worker *w)
{
	for (unsigned i = 0; i < WORKER_PORTS; i++)
		flow_disable_kicks(&w->flow[i]);
}

static bool have_work(struct worker *w)
{
	for (unsigned i = 0; i < WORKER_PORTS; i++)
		if (flow_has_work(&w->flow[i]))
			return true;
	return false;
}

/* true: work came within the time given. */
static bool busy_poll(struct worker *w)
{
	uint64_t end;

	if (!w->busy_poll_ns)
		return false;
	end = clock_mono_ns() + w->busy_poll_ns;
	do {
		if (have_work(w) || shared_load(&w->command) != NONE || shared_load(&w->stopping))
			return true;
		clock_relax();
	} while (clock_mono_ns() < end);
	return false;
}

static int enable_loop(struct worker *w)
{
	int err = loop_enable(&w->loop);

	pthread_mutex_lock(&w->lock);
	w->started = err;
	pthread_cond_broadcast(&w->answered);
	pthread_mutex_unlock(&w->lock);
	return err;
}

static void backend_main(void *arg)
{
	struct worker *w = arg;
	int err = enable_loop(w);

	while (!err && !shared_load_acquire(&w->stopping)) {
		check_mailbox(w);
		if (turn(w) || busy_poll(w) || enable_kicks(w))
			continue;
		shared_store(&w->sleeps, w->sleeps + 1);
		loop_wait(&w->loop);
		shared_store(&w->wakes, w->wakes + 1);
		disable_kicks(w);
	}
}

static void init_port(struct worker *w, unsigned i)
{
	struct port *p = &w->port[i];

	p->name = (char)('a' + i);
	p->target = (struct notify_target){ .call_fd = w->config.call_fd[i],
					    .index = i,
					    .stamps = &p->stamps };
}

static int make_queues(struct worker *w)
{
	int err = 0;

	for (unsigned i = 0; i < WORKER_PORTS; i++)
		for (unsigned q = 0; q < NET_QUEUES && !err; q++)
			err = virtq_init(&w->port[i].queue[q], w->config.queue_size_max);
	for (unsigned i = 0; i < WORKER_PORTS && !err; i++)
		err = flow_init(&w->flow[i], &w->port[i], &w->port[1 - i], w->config.queue_size_max);
	return err ? log_errno(err, "backend: queues") : 0;
}

/* All a batch reads and writes: the pipe, the guests' irqfds, the notifier's eventfds. */
static unsigned collect_files(struct worker *w, int *fds, unsigned max)
{
	unsigned n = 0;

	fds[n++] = w->kernel.pipe[0];
	fds[n++] = w->kernel.pipe[1];
	for (unsigned i = 0; i < WORKER_PORTS; i++)
		fds[n++] = w->config.call_fd[i];
	n += w->notifier->ops->fds(w->notifier, fds + n, max - n);
	return n < max ? n : max;
}

/* The SQPOLL thread produces; the thread that feeds it should leave it its CPU where there is another. */
static void place_sqpoll(struct worker *w)
{
	cpu_set_t *cpus = &w->config.backend_cpus;

	w->sq_cpu = cpulist_first(cpus);
	w->kernel.cpu = (unsigned)w->sq_cpu;
	cpulist_allowed(cpus);
	if (CPU_COUNT(cpus) > 1)
		CPU_CLR(w->sq_cpu, cpus);
}

static int explain_loop(int err)
{
	char why[REFUSAL_TEXT_MAX];

	if (err)
		log_error("backend: io_uring: %s", refusal_here(err, why));
	return err;
}

static int make_ring(struct worker *w)
{
	int watch[WORKER_PORTS * NET_QUEUES + 1], files[LOOP_FILES_MAX];
	struct loop_config lc = { .watch = watch,
				  .files = files,
				  .sqpoll = w->producer->sqpoll,
				  .sq_idle_ms = w->config.sq_idle_ms,
				  .sq_cpu = w->sq_cpu };

	for (unsigned i = 0; i < WORKER_PORTS; i++)
		for (unsigned q = 0; q < NET_QUEUES; q++)
			watch[lc.nwatch++] = w->config.kick_fd[i][q];
	watch[lc.nwatch++] = w->command_fd;
	if (w->producer->in_kernel) {
		lc.nfiles = collect_files(w, files, LOOP_FILES_MAX);
		lc.batch = producer_operations(w->config.batch);
	}
	return explain_loop(loop_create(&w->loop, &lc));
}

static int make_loop(struct worker *w)
{
	w->command_fd = fd_eventfd();
	if (w->command_fd < 0)
		return log_errno(w->command_fd, "backend: eventfd");
	if (w->producer->sqpoll)
		place_sqpoll(w);
	return make_ring(w);
}

/*
 * An SQPOLL thread has the rights of who made its ring. That was before privileges went, when what cannot be
 * had should be found out; so it is made again.
 */
static int renew_ring(struct worker *w)
{
	if (!w->producer->sqpoll)
		return 0;
	loop_destroy(&w->loop);
	return make_ring(w);
}

static int make_producer(struct worker *w)
{
	int err;

	if (!w->producer->in_kernel)
		return 0;
	err = producer_create(&w->kernel, w->config.batch, w->config.frame_max);
	return err ? log_errno(err, "backend: producer %s", w->producer->name) : 0;
}

static int make_notifier(struct worker *w)
{
	struct notify_config config = {
		.backend_cpus = w->config.backend_cpus,
		.notifier_cpus = w->config.notifier_cpus,
		.fifo = w->config.notifier_fifo,
		.delay_us = w->config.delay_us,
		.pool = w->config.pool,
		.filter = w->config.confine ? notifier_filter : NULL,
	};
	int err;

	for (unsigned i = 0; i < WORKER_PORTS; i++)
		config.targets[i] = &w->port[i].target;
	err = w->config.notify->create(&w->notifier, &config);
	if (err)
		log_errno(err, "notifier %s: create", w->config.notify->name);
	return err;
}

int worker_create(struct worker **out, const struct worker_config *config)
{
	struct worker *w = calloc(1, sizeof(*w));
	int err;

	if (!w)
		return log_errno(-ENOMEM, "backend: create");
	w->config = *config;
	w->producer = config->producer ? config->producer : producers[0];
	w->budget = config->budget;
	w->busy_poll_ns = config->busy_poll_us * 1000ull;
	w->command_fd = -1;
	pthread_mutex_init(&w->lock, NULL);
	pthread_cond_init(&w->answered, NULL);
	for (unsigned i = 0; i < WORKER_PORTS; i++)
		init_port(w, i);
	err = make_queues(w);
	if (!err)
		err = make_notifier(w);
	if (!err)
		err = make_producer(w);
	if (!err)
		err = make_loop(w);
	if (err) {
		worker_destroy(w);
		return err;
	}
	*out = w;
	return 0;
}

static int start_backend(struct worker *w)
{
	int err;

	shared_store(&w->stopping, false);
	w->started = 1;
	w->thread.filter = w->config.confine ? backend_filter : NULL;
	err = thread_start(&w->thread, "tandem-backend", &w->config.backend_cpus, backend_main, w);
	if (err) {
		log_error("backend: start: %s", thread_error(err));
		return err;
	}
	pthread_mutex_lock(&w->lock);
	while (w->started == 1)
		pthread_cond_wait(&w->answered, &w->lock);
	err = w->started;
	w->running = err == 0;
	pthread_mutex_unlock(&w->lock);
	if (err) {
		thread_join(&w->thread);
		log_errno(err, "backend: io_uring_enable_rings");
	}
	return err;
}

int worker_start(struct worker *w)
{
	int err = renew_ring(w);

	if (err)
		return err;
	err = w->notifier->ops->start(w->notifier);
	if (err)
		return log_errno(err, "notifier %s: start", w->notifier->ops->name);
	err = start_backend(w);
	if (err)
		w->notifier->ops->stop(w->notifier);
	return err;
}

/* Posts a command and waits for its answer. The caller holds no lock. */
static int post(struct worker *w, enum command command, unsigned port, const struct gmem *mem,
		struct virtio_device *dev)
{
	int answer = -ESHUTDOWN;

	pthread_mutex_lock(&w->lock);
	while (w->command != NONE)
		pthread_cond_wait(&w->answered, &w->lock);
	if (w->running) {
		w->command_port = port;
		w->command_mem = mem;
		w->command_dev = dev;
		shared_store_release(&w->command, command);
		fd_signal(w->command_fd);
		while (w->command != NONE)
			pthread_cond_wait(&w->answered, &w->lock);
		answer = w->answer;
	}
	pthread_mutex_unlock(&w->lock);
	return answer;
}

int worker_attach(struct worker *w, unsigned port, const struct gmem *mem, struct virtio_device *dev)
{
	assert(port < WORKER_PORTS);
	return post(w, ATTACH, port, mem, dev);
}

void worker_detach(struct worker *w, unsigned port)
{
	assert(port < WORKER_PORTS);
	post(w, DETACH, port, NULL, NULL);
}

/* The backend is gone: whoever waits for its answer, or asks from now on, is told so. */
static void refuse_commands(struct worker *w)
{
	pthread_mutex_lock(&w->lock);
	w->running = false;
	if (w->command != NONE) {
		w->answer = -ESHUTDOWN;
		shared_store_release(&w->command, NONE);
		pthread_cond_broadcast(&w->answered);
	}
	pthread_mutex_unlock(&w->lock);
}

void worker_stop(struct worker *w)
{
	if (!w->running)
		return;
	shared_store_release(&w->stopping, true);
	fd_signal(w->command_fd);
	thread_join(&w->thread);
	refuse_commands(w);
	w->notifier->ops->stop(w->notifier);
}

void worker_destroy(struct worker *w)
{
	if (!w)
		return;
	worker_stop(w);
	w->config.notify->destroy(w->notifier);
	loop_destroy(&w->loop);
	producer_destroy(&w->kernel);
	fd_close(&w->command_fd);
	for (unsigned i = 0; i < WORKER_PORTS; i++)
		for (unsigned q = 0; q < NET_QUEUES; q++)
			virtq_fini(&w->port[i].queue[q]);
	for (unsigned i = 0; i < WORKER_PORTS; i++)
		flow_fini(&w->flow[i]);
	pthread_cond_destroy(&w->answered);
	pthread_mutex_destroy(&w->lock);
	free(w);
}

static struct flow_stats sample_flow(const struct flow_stats *s)
{
	return (struct flow_stats){
		.frames = shared_load(&s->frames),
		.bytes = shared_load(&s->bytes),
		.dropped = shared_load(&s->dropped),
		.too_small = shared_load(&s->too_small),
		.starved = shared_load(&s->starved),
	};
}

struct worker_stats worker_stats(const struct worker *w)
{
	struct worker_stats s = {
		.turns = shared_load(&w->turns),
		.sleeps = shared_load(&w->sleeps),
		.wakes = shared_load(&w->wakes),
		.producer = {
			.batches = shared_load(&w->kernel.stats.batches),
			.jobs = shared_load(&w->kernel.stats.jobs),
			.signals = shared_load(&w->kernel.stats.signals),
			.failures = shared_load(&w->kernel.stats.failures),
		},
	};

	for (unsigned i = 0; i < WORKER_PORTS; i++) {
		const struct port *p = &w->port[i];

		s.flow[i] = sample_flow(&w->flow[i].stats);
		s.port[i].decided = shared_load(&p->target.decided);
		s.port[i].delivered = shared_load(&p->target.delivered);
		s.port[i].coalesced = shared_load(&p->target.coalesced);
		s.port[i].breaks = shared_load(&p->breaks);
		s.port[i].last_break = shared_load(&p->last_break);
		for (unsigned k = 0; k < VIRTQ_BREAKS; k++)
			s.port[i].breaks_by[k] = shared_load(&p->breaks_by[k]);
	}
	return s;
}

const struct stamps *worker_stamps(const struct worker *w, unsigned port)
{
	return &w->port[port].stamps;
}

pid_t worker_tid(const struct worker *w)
{
	return w->thread.tid;
}

unsigned worker_notifier_tids(const struct worker *w, pid_t *tids, unsigned max)
{
	return w->notifier->ops->tids(w->notifier, tids, max);
}

int worker_probe(char *text, unsigned bytes)
{
	int fd = fd_eventfd(), err;
	struct loop_config lc = { .watch = &fd, .nwatch = 1 };
	struct loop l;

	if (fd < 0)
		return fd;
	err = loop_create(&l, &lc);
	if (!err) {
		snprintf(text, bytes, "restricted ring, multishot poll, %s",
			 l.defer_taskrun ? "SINGLE_ISSUER and DEFER_TASKRUN"
					 : "no DEFER_TASKRUN (before Linux 6.1)");
		loop_destroy(&l);
	}
	fd_close(&fd);
	return err;
}

// SPDX-License-Identifier: BSD-2-Clause
// The kernel's backend on a stand-in for the kernel (-Wl,--wrap): its life, who is called, a queue
// that the kernel refuses. The true kernel: tests/pair/kernel.c, in the lab.
#include "tests/common/suite.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/vhost.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#include "lib/cpulist.h"
#include "lib/fd.h"
#include "tests/common/proc.h"
#include "vhost/kdev.h"
#include "vhost/kernel.h"
#include "vhost/kthread.h"
#include "vhost/strategies.h"

/* VHOST_SET_FORK_FROM_OWNER of Linux 6.18's linux/vhost.h. */
#define SET_FORK_FROM_OWNER _IOW(VHOST_VIRTIO, 0x84, __u8)
#define FORK_OWNER_KTHREAD 0
#define FORK_OWNER_TASK 1

#define A 0u
#define B 1u
#define RAM 0x40000000ull
#define RAM_BYTES (1ull << 20)

/* What the stand-in was told of one device. */
struct device {
	int fd;
	int owner_cpu; /* the first that its owner might run on; -1: nobody owns it */
	int way;       /* how its thread is to run, as the kernel numbers it; -1: as it likes */
	int owned_way; /* as it was when its owner came */
	int tap, call, err[PORT_QUEUES];
};

static struct device device[BACKEND_PORTS];
static unsigned n_devices;
static int open_errno, wire_err;
static unsigned long failing; /* this request fails; 0: none does */
static int failing_errno;
static uint64_t offered;
static struct gmem mem;
static int call_fd[BACKEND_PORTS];
static struct backend *backend;

int __real_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...);
int __real_ioctl(int fd, unsigned long request, ...);
int __wrap_ioctl(int fd, unsigned long request, ...);
int __wrap_wire_create(struct wire *w, uint32_t frame_max, uint32_t queue,
		       char why[WIRE_WHY_BYTES]);

int __wrap_open(const char *path, int flags, ...)
{
	va_list ap;
	int mode;

	va_start(ap, flags);
	mode = flags & O_CREAT ? va_arg(ap, int) : 0;
	va_end(ap);
	if (strcmp(path, KDEV_PATH) != 0)
		return __real_open(path, flags, mode);
	if (open_errno) {
		errno = open_errno;
		return -1;
	}
	assert_true(n_devices < BACKEND_PORTS);
	device[n_devices].fd = fd_eventfd();
	return device[n_devices++].fd;
}

static struct device *find(int fd)
{
	for (unsigned i = 0; i < n_devices; i++)
		if (device[i].fd == fd)
			return &device[i];
	return NULL;
}

static int owner_cpu(void)
{
	cpu_set_t cpus;

	assert_int_equal(sched_getaffinity(0, sizeof(cpus), &cpus), 0);
	return cpulist_first(&cpus);
}

static void take(struct device *d, unsigned long request, void *arg)
{
	const struct vhost_vring_file *file = arg;

	switch (request) {
	case VHOST_GET_FEATURES:
		*(uint64_t *)arg = offered;
		break;
	case SET_FORK_FROM_OWNER:
		d->way = *(uint8_t *)arg;
		break;
	case VHOST_SET_OWNER:
		d->owner_cpu = owner_cpu();
		d->owned_way = d->way;
		break;
	case VHOST_RESET_OWNER: /* as the kernel does, which forgets the way with its owner */
		d->owner_cpu = -1;
		d->way = -1;
		break;
	case VHOST_SET_VRING_CALL:
		d->call = file->fd;
		break;
	case VHOST_SET_VRING_ERR:
		d->err[file->index] = file->fd;
		break;
	case VHOST_NET_SET_BACKEND:
		d->tap = file->fd;
		break;
	case VHOST_GET_VRING_BASE:
		((struct vhost_vring_state *)arg)->num = 40 + file->index;
		break;
	default:
		break;
	}
}

int __wrap_ioctl(int fd, unsigned long request, ...)
{
	struct device *d = find(fd);
	va_list ap;
	void *arg;

	va_start(ap, request);
	arg = va_arg(ap, void *);
	va_end(ap);
	if (!d)
		return __real_ioctl(fd, request, arg);
	if (request == failing) {
		errno = failing_errno;
		return -1;
	}
	take(d, request, arg);
	return 0;
}

int __wrap_wire_create(struct wire *w, uint32_t frame_max, uint32_t queue, char why[WIRE_WHY_BYTES])
{
	(void)frame_max;
	(void)queue;
	*w = WIRE_NONE;
	if (wire_err) {
		snprintf(why, WIRE_WHY_BYTES, "a bridge: not here");
		return wire_err;
	}
	for (unsigned i = 0; i < 2; i++)
		w->tap[i] = fd_eventfd();
	return 0;
}

static int set_up(void **state)
{
	(void)state;
	n_devices = 0;
	open_errno = wire_err = failing_errno = 0;
	failing = 0;
	offered = ~0ull;
	backend = NULL;
	for (unsigned i = 0; i < BACKEND_PORTS; i++) {
		device[i] = (struct device){ -1, -1, -1, -1, -1, -1, { -1, -1 } };
		call_fd[i] = fd_eventfd();
	}
	mem = GMEM_NONE;
	return gmem_create(&mem, "test", gpa(RAM), RAM_BYTES);
}

static int tear_down(void **state)
{
	(void)state;
	backend_destroy(backend);
	backend = NULL;
	gmem_destroy(&mem);
	for (unsigned i = 0; i < BACKEND_PORTS; i++)
		fd_close(&call_fd[i]);
	return 0;
}

static struct backend_config config_of(const char *notify)
{
	struct backend_config c = { .notify = notify_find(notify),
				    .frame_max = 1514,
				    .queue_size_max = 256 };

	assert_int_equal(sched_getaffinity(0, sizeof(c.backend_cpus), &c.backend_cpus), 0);
	c.notifier_cpus = c.backend_cpus;
	return c;
}

static void begin(const char *notify)
{
	struct backend_config c = config_of(notify);

	assert_int_equal(backend_kernel.create(&backend, &c), 0);
	assert_int_equal(backend_start(backend), 0);
}

static struct port_setup setup_of(unsigned port)
{
	struct port_setup s = { .mem = &mem, .features = ~0ull };

	for (unsigned q = 0; q < PORT_QUEUES; q++)
		s.queue[q] = (struct queue_setup){
			.at = { .size = 256,
				.desc = gpa(RAM + q * 0x10000),
				.driver = gpa(RAM + q * 0x10000 + 0x2000),
				.device = gpa(RAM + q * 0x10000 + 0x4000) },
			.kick_fd = -1,
			.call_fd = call_fd[port],
		};
	return s;
}

static int attach(unsigned port)
{
	struct port_setup s = setup_of(port);

	return backend_attach(backend, port, &s);
}

/* Is it signalled, once the other threads had their time? */
static bool is_signalled(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	return poll(&p, 1, (int)suite_patience(5000)) == 1 && fd_take(fd);
}

static uint64_t breaks_of(unsigned port)
{
	return backend_stats(backend).port[port].breaks;
}

static bool breaks(unsigned port, uint64_t n)
{
	struct timespec ms = { 0, 1000000 };

	for (unsigned i = 0; i < suite_patience(5000) && breaks_of(port) < n; i++)
		nanosleep(&ms, NULL);
	return breaks_of(port) == n;
}

static void the_kernel_calls_the_guest_itself(void **state)
{
	(void)state;
	begin("direct");
	assert_int_equal(attach(A), 0);
	assert_int_equal(attach(B), 0);
	for (unsigned i = 0; i < BACKEND_PORTS; i++) {
		assert_int_equal(device[i].call, call_fd[i]);
		assert_true(device[i].tap >= 0);
	}
	assert_int_not_equal(device[A].tap, device[B].tap);
	assert_true(backend_stats(backend).uncounted);
	assert_int_equal(backend_notifier_tids(backend, NULL, 0), 0);
}

static void assert_called(pid_t tid, const char *prefix)
{
	char path[64], name[32] = "";
	FILE *f;

	snprintf(path, sizeof(path), "/proc/self/task/%d/comm", tid);
	f = fopen(path, "re");
	assert_non_null(f);
	assert_non_null(fgets(name, sizeof(name), f));
	fclose(f);
	assert_memory_equal(name, prefix, strlen(prefix));
}

static void a_worker_calls_it(const char *notify, const char *name)
{
	struct backend_stats s;
	pid_t tid[BACKEND_PORTS];

	begin(notify);
	assert_int_equal(attach(A), 0);
	assert_int_equal(attach(B), 0);
	assert_int_not_equal(device[B].call, call_fd[B]);
	fd_signal(device[B].call);
	assert_true(is_signalled(call_fd[B]));
	assert_false(fd_take(call_fd[A]));
	assert_int_equal(backend_notifier_tids(backend, tid, BACKEND_PORTS), 2);
	for (unsigned i = 0; i < BACKEND_PORTS; i++)
		assert_called(tid[i], name);
	backend_stop(backend);
	s = backend_stats(backend);
	assert_false(s.uncounted);
	assert_int_equal(s.port[B].decided, 1);
	assert_int_equal(s.port[B].delivered, 1);
	assert_int_equal(s.port[A].decided, 0);
}

static void a_deferred_worker_calls_it(void **state)
{
	(void)state;
	a_worker_calls_it("deferred", "tandem-cpu");
}

static void an_unbound_worker_calls_it(void **state)
{
	(void)state;
	a_worker_calls_it("unbound", "tandem-pool-");
}

/* Several signals at once are one interrupt: decided, and all but one merged. */
static void signals_that_come_together_are_merged(void **state)
{
	struct backend_stats s;

	(void)state;
	begin("deferred");
	assert_int_equal(attach(A), 0);
	for (unsigned i = 0; i < 1000; i++)
		fd_signal(device[A].call);
	assert_true(is_signalled(call_fd[A]));
	backend_stop(backend);
	s = backend_stats(backend);
	assert_int_equal(s.port[A].decided, s.port[A].delivered + s.port[A].coalesced);
}

static void each_thread_has_its_cpu(void **state)
{
	struct backend_config c = config_of("direct");
	int first = cpulist_first(&c.backend_cpus);

	(void)state;
	begin("direct");
	assert_int_equal(device[A].owner_cpu, first);
	if (CPU_COUNT(&c.backend_cpus) > 1)
		assert_true(device[B].owner_cpu > first);
	assert_true(backend_tid(backend) > 0);
	backend_stop(backend);
	assert_int_equal(device[A].owner_cpu, -1);
	assert_int_equal(device[B].owner_cpu, -1);
}

static void it_says_where_a_port_stopped(void **state)
{
	uint32_t base[PORT_QUEUES] = { 0 };

	(void)state;
	begin("direct");
	assert_int_equal(attach(A), 0);
	backend_detach(backend, A, base);
	assert_int_equal(base[NET_RX], 40);
	assert_int_equal(base[NET_TX], 41);
	assert_int_equal(device[A].tap, -1);
	assert_int_equal(attach(A), 0);
	assert_true(device[A].tap >= 0);
}

/* One line, its guest called; the other goes on. */
static void a_queue_the_kernel_refuses_stops_its_port(void **state)
{
	(void)state;
	begin("direct");
	assert_int_equal(attach(A), 0);
	assert_int_equal(attach(B), 0);
	fd_signal(device[A].err[NET_TX]);
	assert_true(breaks(A, 1));
	assert_true(is_signalled(call_fd[A]));
	assert_int_equal(device[A].tap, -1);
	assert_int_equal(breaks_of(B), 0);
	assert_true(device[B].tap >= 0);
	assert_int_equal(backend_stats(backend).port[A].last_break, VIRTQ_REFUSED);
	backend_detach(backend, A, NULL);
	assert_int_equal(attach(A), 0);
	assert_true(device[A].tap >= 0);
}

static void a_layout_it_refuses_is_the_driver_s(void **state)
{
	struct port_setup s = setup_of(A);

	(void)state;
	begin("direct");
	s.queue[NET_TX].at.desc = gpa(RAM + RAM_BYTES);
	assert_int_equal(backend_attach(backend, A, &s), -EINVAL);
	assert_int_equal(breaks_of(A), 1);
	assert_true(is_signalled(call_fd[A]));
	assert_int_equal(device[A].tap, -1);
}

static void what_else_fails_is_not(void **state)
{
	(void)state;
	begin("direct");
	failing = VHOST_SET_MEM_TABLE;
	failing_errno = ENOMEM;
	assert_int_equal(attach(A), -ENOMEM);
	assert_int_equal(breaks_of(A), 0);
}

static void without_an_owner_it_does_not_start(void **state)
{
	struct backend_config c = config_of("unbound");

	(void)state;
	assert_int_equal(backend_kernel.create(&backend, &c), 0);
	failing = VHOST_SET_OWNER;
	failing_errno = EBUSY;
	assert_int_equal(backend_start(backend), -EBUSY);
	assert_int_equal(proc_threads_settled(PROC_ALONE), PROC_ALONE);
	assert_int_equal(attach(A), -ESHUTDOWN);
	failing = 0;
	assert_int_equal(backend_start(backend), 0);
	assert_int_equal(attach(A), 0);
}

static void begin_as(enum vhost_thread which)
{
	struct backend_config c = config_of("direct");

	c.vhost_thread = which;
	assert_int_equal(backend_kernel.create(&backend, &c), 0);
	assert_int_equal(backend_start(backend), 0);
}

static void its_threads_run_as_asked(void **state)
{
	static const struct {
		enum vhost_thread which;
		int way;
	} rows[] = {
		{ VHOST_THREAD_AUTO, -1 },
		{ VHOST_THREAD_TASK, FORK_OWNER_TASK },
		{ VHOST_THREAD_KTHREAD, FORK_OWNER_KTHREAD },
	};

	(void)state;
	for (unsigned i = 0; i < ARRAY_SIZE(rows); i++) {
		n_devices = 0;
		device[A].way = device[B].way = -1;
		begin_as(rows[i].which);
		assert_int_equal(device[A].owned_way, rows[i].way);
		assert_int_equal(device[B].owned_way, rows[i].way);
		backend_destroy(backend);
		backend = NULL;
	}
}

static void they_do_so_after_a_second_start(void **state)
{
	(void)state;
	begin_as(VHOST_THREAD_KTHREAD);
	backend_stop(backend);
	assert_int_equal(device[A].way, -1);
	assert_int_equal(backend_start(backend), 0);
	assert_int_equal(device[A].owned_way, FORK_OWNER_KTHREAD);
	assert_int_equal(device[B].owned_way, FORK_OWNER_KTHREAD);
}

static void without_a_choice_it_is_said(void **state)
{
	struct backend_config c = config_of("direct");
	char why[WIRE_WHY_BYTES] = "";

	(void)state;
	failing = SET_FORK_FROM_OWNER;
	failing_errno = ENOTTY;
	assert_int_equal(kernel_check_thread(VHOST_THREAD_AUTO, why), 0);
	n_devices = 0;
	assert_int_equal(kernel_check_thread(VHOST_THREAD_TASK, why), -ENOTTY);
	assert_non_null(strstr(why, "no choice of --vhost-thread"));
	n_devices = 0;
	c.vhost_thread = VHOST_THREAD_KTHREAD;
	assert_int_equal(backend_kernel.create(&backend, &c), -ENOTTY);
	assert_null(backend);
}

/* The stand-in made none: no process is taken for one, whatever it is called. */
static void a_process_is_no_kernel_thread(void **state)
{
	char before[16] = "", name[16];
	pid_t found[BACKEND_PORTS];

	(void)state;
	snprintf(name, sizeof(name), "vhost-%d", getpid());
	prctl(PR_GET_NAME, before);
	prctl(PR_SET_NAME, name);
	assert_int_equal(kthread_find(getpid(), found, BACKEND_PORTS), 0);
	prctl(PR_SET_NAME, before);
}

static void what_is_missing_is_said(void **state)
{
	static const struct {
		int open_errno, wire_err;
		uint64_t offered;
		int err;
		const char *says;
	} rows[] = {
		{ ENOENT, 0, ~0ull, -ENOENT, "modprobe vhost_net" },
		{ EACCES, 0, ~0ull, -EACCES, "run as root" },
		{ EMFILE, 0, ~0ull, -EMFILE, "another --producer" },
		{ 0, 0, 1ull << 32, -ENOTSUP, "newer kernel" },
		{ 0, -EOPNOTSUPP, ~0ull, -EOPNOTSUPP, "a bridge" },
		{ 0, 0, ~0ull, 0, "" },
	};
	unsigned fds = proc_fds();

	(void)state;
	for (unsigned i = 0; i < ARRAY_SIZE(rows); i++) {
		struct backend_config c = config_of("direct");
		char why[WIRE_WHY_BYTES] = "";

		open_errno = rows[i].open_errno;
		wire_err = rows[i].wire_err;
		offered = rows[i].offered;
		n_devices = 0;
		assert_int_equal(kernel_check(why), rows[i].err);
		assert_non_null(strstr(why, rows[i].says));
		n_devices = 0;
		assert_int_equal(backend_kernel.create(&backend, &c), rows[i].err);
		if (rows[i].err)
			assert_null(backend);
		backend_destroy(backend);
		backend = NULL;
		assert_int_equal(proc_fds(), fds);
	}
}

int main(void)
{
	static struct suite s = { .setup = set_up, .teardown = tear_down };
	static const struct {
		const char *name;
		CMUnitTestFunction fn;
	} tests[] = {
		{ "the_kernel_calls_the_guest_itself", the_kernel_calls_the_guest_itself },
		{ "a_deferred_worker_calls_it", a_deferred_worker_calls_it },
		{ "an_unbound_worker_calls_it", an_unbound_worker_calls_it },
		{ "signals_that_come_together_are_merged", signals_that_come_together_are_merged },
		{ "each_thread_has_its_cpu", each_thread_has_its_cpu },
		{ "it_says_where_a_port_stopped", it_says_where_a_port_stopped },
		{ "a_queue_the_kernel_refuses_stops_its_port",
		  a_queue_the_kernel_refuses_stops_its_port },
		{ "a_layout_it_refuses_is_the_driver_s", a_layout_it_refuses_is_the_driver_s },
		{ "what_else_fails_is_not", what_else_fails_is_not },
		{ "without_an_owner_it_does_not_start", without_an_owner_it_does_not_start },
		{ "its_threads_run_as_asked", its_threads_run_as_asked },
		{ "they_do_so_after_a_second_start", they_do_so_after_a_second_start },
		{ "without_a_choice_it_is_said", without_a_choice_it_is_said },
		{ "a_process_is_no_kernel_thread", a_process_is_no_kernel_thread },
		{ "what_is_missing_is_said", what_is_missing_is_said },
	};

	for (size_t i = 0; i < ARRAY_SIZE(tests); i++)
		suite_add(&s, tests[i].name, tests[i].fn, NULL);
	return suite_run(&s, "unit: kernel");
}

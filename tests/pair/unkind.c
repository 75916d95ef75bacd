// SPDX-License-Identifier: BSD-2-Clause
// A host that refuses, one call after the other: a clear error with nothing left behind, or no harm at all.
#include "tests/pair/fixture.h"

#include <errno.h>
#include <fcntl.h>
#include <liburing.h>
#include <poll.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench/run/cell.h"
#include "bench/run/cell_run.h"
#include "lib/fd.h"
#include "lib/filter.h"
#include "tests/common/proc.h"
#include "vhost/strategies.h"
#include "vmm/vm.h"

/*
 * The linker sends every call of these from tandem's own objects here (-Wl,--wrap; the Makefile has the list).
 * Those of REFUSALS are refused for good with the error given; those of HICCUPS are interrupted, or asked to
 * come again, once. eventfds are non-blocking, so a write to one is never interrupted, and EAGAIN would say that
 * it is signalled already: signals are not among them.
 */
enum where {
	CALLOC,
	MMAP,
	MEMFD_CREATE,
	FTRUNCATE,
	FALLOCATE,
	EVENTFD,
	PIPE2,
	FCNTL,
	OPEN,
	IOCTL,
	PTHREAD_CREATE,
	SCHED_SETAFFINITY,
	RING_INIT,
	RING_INIT_PARAMS,
	RING_REGISTER,
	RING_REGISTER_FILES,
	RING_SUBMIT,
	RING_SUBMIT_AND_WAIT,
	PPOLL,
	SEM_WAIT,
	FORK,
	SETRLIMIT,
	SIGACTION,
	WHERES
};

static const struct kind {
	const char *name;
	int error;  /* 0: never refused */
	int hiccup; /* 0: has none */
	int hiccup2;
} kinds[WHERES] = {
	[CALLOC] = { "calloc", ENOMEM, 0, 0 },
	[MMAP] = { "mmap", ENOMEM, 0, 0 },
	[MEMFD_CREATE] = { "memfd_create", EMFILE, 0, 0 },
	[FTRUNCATE] = { "ftruncate", ENOSPC, 0, 0 },
	[FALLOCATE] = { "fallocate", ENOSPC, EINTR, 0 },
	[EVENTFD] = { "eventfd", EMFILE, 0, 0 },
	[PIPE2] = { "pipe2", EMFILE, 0, 0 },
	[FCNTL] = { "fcntl", EPERM, 0, 0 },
	[OPEN] = { "open", EMFILE, 0, 0 },
	[IOCTL] = { "ioctl", ENOMEM, EINTR, 0 },
	[PTHREAD_CREATE] = { "pthread_create", EAGAIN, 0, 0 },
	[SCHED_SETAFFINITY] = { "sched_setaffinity", EINVAL, 0, 0 },
	[RING_INIT] = { "io_uring_queue_init", ENOMEM, 0, 0 },
	[RING_INIT_PARAMS] = { "io_uring_queue_init_params", ENOMEM, 0, 0 },
	[RING_REGISTER] = { "io_uring_register", ENOMEM, 0, 0 },
	[RING_REGISTER_FILES] = { "io_uring_register_files", EMFILE, 0, 0 },
	[RING_SUBMIT] = { "io_uring_submit", EAGAIN, 0, 0 },
	[RING_SUBMIT_AND_WAIT] = { "io_uring_submit_and_wait", 0, EINTR, EAGAIN },
	[PPOLL] = { "ppoll", 0, EINTR, 0 },
	[SEM_WAIT] = { "sem_wait", 0, EINTR, 0 },
	[FORK] = { "fork", EAGAIN, 0, 0 },
	[SETRLIMIT] = { "setrlimit", EPERM, 0, 0 },
	[SIGACTION] = { "sigaction", EINVAL, 0, 0 },
};

enum mode { KIND, REFUSE, HICCUP, HICCUP_AGAIN };

/* Shared with the processes that a job makes. */
static struct plan {
	enum mode mode;
	unsigned long calls, fail_at; /* fail_at 0: nothing fails */
	int struck;		      /* where + 1 */
} * plan;

/*
 * In the library that makes filters. Where it is linked statically its calls come here, too; refused memory, 2.5.4
 * makes a filter that ends the process with SIGSYS and without a word.
 */
static __thread bool in_library;

/* The error that this call is to fail with, or 0. */
static int strike(enum where where)
{
	const struct kind *k = &kinds[where];
	int err;

	if (!plan || !shared_load(&plan->fail_at) || in_library)
		return 0;
	err = plan->mode == REFUSE ? k->error : plan->mode == HICCUP ? k->hiccup : k->hiccup2;
	if (!err ||
	    __atomic_add_fetch(&plan->calls, 1, __ATOMIC_RELAXED) != shared_load(&plan->fail_at))
		return 0;
	shared_store(&plan->struck, (int)where + 1);
	return err;
}

#define WRAP_ERRNO(type, failed, where, name, params, args) \
	type __real_##name params;                          \
	type __wrap_##name params;                          \
	type __wrap_##name params                           \
	{                                                   \
		int err = strike(where);                    \
                                                            \
		if (!err)                                   \
			return __real_##name args;          \
		errno = err;                                \
		return failed;                              \
	}

#define WRAP_RETURN(sign, where, name, params, args)          \
	int __real_##name params;                             \
	int __wrap_##name params;                             \
	int __wrap_##name params                              \
	{                                                     \
		int err = strike(where);                      \
                                                              \
		return err ? (sign)*err : __real_##name args; \
	}

WRAP_ERRNO(void *, NULL, CALLOC, calloc, (size_t n, size_t size), (n, size))
WRAP_ERRNO(void *, MAP_FAILED, MMAP, mmap,
	   (void *addr, size_t len, int prot, int flags, int fd, off_t offset),
	   (addr, len, prot, flags, fd, offset))
WRAP_ERRNO(int, -1, MEMFD_CREATE, memfd_create, (const char *name, unsigned flags), (name, flags))
WRAP_ERRNO(int, -1, FTRUNCATE, ftruncate, (int fd, off_t len), (fd, len))
WRAP_ERRNO(int, -1, FALLOCATE, fallocate, (int fd, int how, off_t at, off_t len),
	   (fd, how, at, len))
WRAP_ERRNO(int, -1, EVENTFD, eventfd, (unsigned n, int flags), (n, flags))
WRAP_ERRNO(int, -1, PIPE2, pipe2, (int *fds, int flags), (fds, flags))
WRAP_ERRNO(int, -1, FCNTL, fcntl, (int fd, int op, long arg), (fd, op, arg))
WRAP_ERRNO(int, -1, OPEN, open, (const char *path, int flags, int how), (path, flags, how))
WRAP_ERRNO(int, -1, IOCTL, ioctl, (int fd, unsigned long request, void *arg), (fd, request, arg))
WRAP_ERRNO(int, -1, SCHED_SETAFFINITY, sched_setaffinity,
	   (pid_t pid, size_t bytes, const cpu_set_t *cpus), (pid, bytes, cpus))
WRAP_ERRNO(int, -1, PPOLL, ppoll,
	   (struct pollfd * p, nfds_t n, const struct timespec *t, const sigset_t *s), (p, n, t, s))
WRAP_ERRNO(int, -1, SEM_WAIT, sem_wait, (sem_t * s), (s))
WRAP_ERRNO(int, -1, FORK, fork, (void), ())
WRAP_ERRNO(int, -1, SETRLIMIT, setrlimit, (int what, const struct rlimit *to), (what, to))
WRAP_ERRNO(int, -1, SIGACTION, sigaction,
	   (int number, const struct sigaction *to, struct sigaction *was), (number, to, was))
WRAP_RETURN(1, PTHREAD_CREATE, pthread_create,
	    (pthread_t * t, const pthread_attr_t *a, void *(*fn)(void *), void *arg),
	    (t, a, fn, arg))
WRAP_RETURN(-1, RING_INIT, io_uring_queue_init, (unsigned n, struct io_uring *r, unsigned flags),
	    (n, r, flags))
WRAP_RETURN(-1, RING_INIT_PARAMS, io_uring_queue_init_params,
	    (unsigned n, struct io_uring *r, struct io_uring_params *p), (n, r, p))
WRAP_RETURN(-1, RING_REGISTER, io_uring_register,
	    (unsigned fd, unsigned op, const void *arg, unsigned n), (fd, op, arg, n))
WRAP_RETURN(-1, RING_REGISTER_FILES, io_uring_register_files,
	    (struct io_uring * r, const int *fds, unsigned n), (r, fds, n))
WRAP_RETURN(-1, RING_SUBMIT, io_uring_submit, (struct io_uring * r), (r))
WRAP_RETURN(-1, RING_SUBMIT_AND_WAIT, io_uring_submit_and_wait, (struct io_uring * r, unsigned n),
	    (r, n))

struct filter *__real_filter_make(const struct filter_rule *const *tables);
struct filter *__wrap_filter_make(const struct filter_rule *const *tables);
struct filter *__wrap_filter_make(const struct filter_rule *const *tables)
{
	struct filter *f;

	in_library = true;
	f = __real_filter_make(tables);
	in_library = false;
	return f;
}

int __real_filter_load(struct filter *f);
int __wrap_filter_load(struct filter *f);
int __wrap_filter_load(struct filter *f)
{
	int err;

	in_library = true;
	err = __real_filter_load(f);
	in_library = false;
	return err;
}

/* ---- a job: a pair is made, runs, is drained, and goes away ---- */

struct row {
	char name[100];
	const struct accel_ops *accel;
	const struct notify_ops *notify;
	const char *producer;
	enum mode mode;
	bool whole; /* a cell of a benchmark, in a process of its own, confined */
};

static struct pair_config config_of(const struct row *row)
{
	struct pair_config c = test_config(row->accel, row->notify, TANDEM_STREAM_SEND);

	c.ring_size = 16;
	c.window = 8;
	c.frame_bytes = 300;
	c.producer = producer_find(row->producer);
	c.batch = 8;
	return c;
}

static bool failed(const struct pair *p)
{
	return pair_state(p, SIDE_A) == PAIR_FAILED || pair_state(p, SIDE_B) == PAIR_FAILED;
}

/* -EIO: a guest could not go on. */
static int run(struct pair *p)
{
	for (unsigned ms = 0; frames_accepted(p) < 20 && !failed(p); ms++) {
		assert_true(ms < PATIENCE_MS);
		sleep_ms(1);
	}
	for (unsigned i = 0; i < SIDES && !failed(p); i++) {
		pair_ask_to_end(p, i);
		for (unsigned ms = 0; pair_state(p, i) != PAIR_DONE && !failed(p); ms++) {
			assert_true(ms < PATIENCE_MS);
			sleep_ms(1);
		}
	}
	return failed(p) ? -EIO : 0;
}

/* 0: all went well, no frame was lost; else what was refused. What does not come back is a hang: no retries. */
static int job(const struct row *row)
{
	bool kvm = row->accel == &accel_kvm;
	int kvm_fd = kvm ? vm_open_kvm() : -1, err;
	struct pair_config c = config_of(row);
	struct pair *p = NULL;

	if (kvm && kvm_fd < 0)
		return kvm_fd;
	c.kvm_fd = kvm_fd;
	err = pair_create(&p, &c);
	assert_true((err == 0) == (p != NULL));
	for (unsigned i = 0; !err && i < SIDES; i++)
		test_boot_page(p, i)->tick_us = NEVER_TICK_US;
	if (!err)
		err = pair_start(p);
	if (!err) {
		err = run(p);
		pair_stop(p);
		if (!err)
			assert_complete(p, &c);
	}
	pair_destroy(p);
	fd_close(&kvm_fd);
	return err;
}

/* The same as a benchmark does it. What the child says, and what it leaves in its result, is what counts. */
static int whole_cell(const struct row *row)
{
	struct pair_config c = config_of(row);
	struct cell_spec spec = {
		.accel = row->accel,
		.notify = row->notify,
		.producer = c.producer,
		.batch = c.batch,
		.halt_poll_ns = -1,
		.frame_bytes = c.frame_bytes,
		.ring_size = c.ring_size,
		.window = c.window,
		.rto_us = c.rto_us,
		.budget = c.budget,
		.duration_ms = 20,
		.clock_hz = c.clock_hz,
	};
	struct cell_result *r = malloc(sizeof(*r));
	bool stop = false;
	int err;

	assert_non_null(r);
	memset(r, 0, sizeof(*r));
	memcpy(spec.cpus, c.cpus, sizeof(spec.cpus));
	err = cell_run(&spec, r, &stop);
	assert_false(r->violation);
	assert_true(r->ok || r->error[0]);
	assert_true(!r->ok || (!r->lost &&
			       r->conserved)); /* frames: not on a busy host, in so short a time */
	if (!err && !r->ok)
		err = -EIO;
	free(r);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1); /* no child is left */
	return err;
}

/* ---- what is left ---- */

struct left {
	unsigned fds, threads, maps;
};

/* Guests' memory, rings, vCPUs. */
static unsigned our_maps(void)
{
	FILE *f = fopen("/proc/self/maps", "re");
	char line[512];
	unsigned n = 0;

	while (f && fgets(line, sizeof(line), f))
		n += strstr(line, "memfd:") || strstr(line, "io_uring") || strstr(line, "kvm");
	if (f)
		fclose(f);
	return n;
}

static struct left what_is_left(unsigned threads)
{
	return (struct left){ proc_fds(), proc_threads_settled(threads), our_maps() };
}

static int hear(int *saved)
{
	static int fd = -1;

	if (fd < 0)
		fd = memfd_create("heard", MFD_CLOEXEC);
	assert_int_equal(ftruncate(fd, 0), 0);
	lseek(fd, 0, SEEK_SET);
	*saved = fcntl(2, F_DUPFD_CLOEXEC, 3L);
	dup2(fd, 2);
	return fd;
}

/* What was said meanwhile. */
static void heard(int fd, int saved, char *text, size_t room)
{
	ssize_t n;

	dup2(saved, 2);
	close(saved);
	n = pread(fd, text, room - 1, 0);
	text[n > 0 ? n : 0] = '\0';
}

static void hear_once(char *text, size_t room)
{
	int saved, fd = hear(&saved);

	heard(fd, saved, text, room);
}

/* An error names somebody and something: "guest a: eventfd: Too many open files". */
static bool is_clear(const char *text)
{
	const char *line = strstr(text, "tandem: ");

	return line && strchr(line, '\n') && strchr(line + 8, ':');
}

/* ---- one call after the other ---- */

static unsigned outcomes[WHERES];

static void each_call_fails_once(const struct row *row)
{
	unsigned long n = 0;
	char text[2048];
	struct left before;
	bool reached;

	plan->fail_at = 0;
	plan->mode = row->mode;
	assert_int_equal(row->whole ? whole_cell(row) : job(row), 0);
	hear_once(text, sizeof(text)); /* the fd it keeps is made */
	before = what_is_left(PROC_ALONE);
	memset(outcomes, 0, sizeof(outcomes));
	do {
		int saved, fd = hear(&saved), err, struck;
		struct left after;

		plan->calls = 0;
		plan->struck = 0;
		n += row->mode >= HICCUP && n > 60 ? 17 : 1;
		shared_store(&plan->fail_at, n);
		err = row->whole ? whole_cell(row) : job(row);
		shared_store(&plan->fail_at, 0);
		heard(fd, saved, text, sizeof(text));
		after = what_is_left(before.threads);
		struck = plan->struck;
		reached = struck != 0;
		if (reached)
			outcomes[struck - 1]++;
		if (err && !is_clear(text))
			print_message("# call %lu, %s: error %d, said: %s\n", n,
				      struck ? kinds[struck - 1].name : "none", err, text);
		if (after.fds != before.fds || after.threads != before.threads ||
		    after.maps != before.maps)
			print_message("# call %lu, %s: fds %u, %u; threads %u, %u; maps %u, %u\n",
				      n, struck ? kinds[struck - 1].name : "none", before.fds,
				      after.fds, before.threads, after.threads, before.maps,
				      after.maps);
		assert_true(err == 0 || (reached && is_clear(text)));
		assert_int_equal(after.fds, before.fds);
		assert_int_equal(after.threads, before.threads);
		assert_int_equal(after.maps, before.maps);
		if (row->mode >= HICCUP)
			assert_int_equal(err, 0);
	} while (reached && n < 400);
	for (unsigned i = 0; i < WHERES; i++)
		if (outcomes[i])
			print_message("# %s: %u\n", kinds[i].name, outcomes[i]);
}

static void refused(void **state)
{
	const struct row *row = *state;

	if (row->accel == &accel_kvm && access("/dev/kvm", R_OK | W_OK) < 0) {
		print_message("# /dev/kvm cannot be opened\n");
		skip();
	}
	if (PROC_TSAN && row->whole) {
		print_message(
			"# ThreadSanitizer lets no child of a process that had threads start any\n");
		skip();
	}
	each_call_fails_once(row);
}

/* ---- memory ---- */

static void more_memory_than_the_host_has_is_an_error_at_once(void **state)
{
	struct gmem m;

	(void)state;
	assert_int_equal(gmem_create(&m, "test-unkind", gpa(0), 1ull << 46), -ENOMEM);
	assert_int_equal(m.fd, -1);
}

static void nobody_can_take_guest_memory_away(void **state)
{
	struct gmem m;

	(void)state;
	assert_int_equal(gmem_create(&m, "test-unkind", gpa(0), 8192), 0);
	assert_int_equal(ftruncate(m.fd, 0), -1);
	assert_int_equal(errno, EPERM);
	assert_int_equal(ftruncate(m.fd, 1 << 20), -1);
	m.host[8191] = 1;
	gmem_destroy(&m);
}

int main(void)
{
	static struct suite s;
	static struct row rows[40];
	static const struct {
		const struct accel_ops *accel;
		const struct notify_ops *notify;
		const char *producer;
	} jobs[] = {
		{ &accel_thread, &notify_direct, "user" },
		{ &accel_thread, &notify_deferred, "batch" },
		{ &accel_thread, &notify_unbound, "sqpoll" },
		{ &accel_kvm, &notify_unbound, "user" },
		{ &accel_kvm, &notify_deferred, "batch" },
	};
	static const char *const modes[] = { "", "is_refused", "is_interrupted",
					     "must_be_asked_again" };
	unsigned n = 0;

	test_clock_hz();
	plan = mmap(NULL, sizeof(*plan), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	for (size_t i = 0; i < ARRAY_SIZE(jobs); i++)
		for (enum mode k = REFUSE; k <= HICCUP_AGAIN; k++) {
			if (jobs[i].accel == &accel_kvm && k == HICCUP_AGAIN)
				continue; /* the ring's hiccups have nothing to do with KVM */
			/* With KVM: refused to one, interrupted in the other. */
			if (jobs[i].accel == &accel_kvm && !suite_takes(i, k == REFUSE, 2))
				continue;
			if (jobs[i].accel == &accel_thread && !suite_takes(i, k - REFUSE, 3))
				continue;
			struct row *row = &rows[n++];

			*row = (struct row){ .accel = jobs[i].accel,
					     .notify = jobs[i].notify,
					     .producer = jobs[i].producer,
					     .mode = k };
			snprintf(row->name, sizeof(row->name), "each_call_in_turn_%s_%s_%s_%s",
				 modes[k], accel_name(row->accel), row->notify->name,
				 row->producer);
			suite_add(&s, row->name, refused, row);
		}
	rows[n] = (struct row){ .accel = &accel_thread,
				.notify = &notify_unbound,
				.producer = "sqpoll",
				.mode = REFUSE,
				.whole = true };
	suite_add(&s, "each_call_in_turn_is_refused_to_a_whole_cell", refused, &rows[n]);
	suite_add(&s, "more_memory_than_the_host_has_is_an_error_at_once",
		  more_memory_than_the_host_has_is_an_error_at_once, NULL);
	suite_add(&s, "nobody_can_take_guest_memory_away", nobody_can_take_guest_memory_away, NULL);
	return suite_run(&s, "pair: unkind");
}

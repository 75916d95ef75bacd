// SPDX-License-Identifier: BSD-2-Clause
// Confinement: what threads may do, that they can do nothing else, and how it ends when one tries.
#include "bench/run/cell.h"
#include "bench/run/child.h"
#include "tests/pair/fixture.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench/run/confine.h"
#include "bench/run/confine_files.h"
#include "bench/run/confine_look.h"
#include "lib/fd.h"
#include "lib/filter.h"
#include "lib/thread.h"
#include "tests/common/proc.h"
#include "vhost/filters.h"
#include "vhost/strategies.h"

static void filters(void **state)
{
	print_message("# %s\n", (const char *)*state);
	skip();
}

/* Runs it in a child of its own; the status, as wait() has it; what it said in `text`. */
static int in_child(void (*fn)(const void *arg), const void *arg, char *text, size_t room)
{
	int fd = memfd_create("said", MFD_CLOEXEC), status = 0;
	ssize_t n;
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (pid == 0) {
		alarm((unsigned)suite_patience(20));
		dup2(fd, 2);
		fn(arg);
		_exit(0);
	}
	assert_true(pid > 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	n = pread(fd, text, room - 1, 0);
	text[n > 0 ? n : 0] = '\0';
	close(fd);
	return status;
}

/* ---- what is tried ---- */

static int fd_for_all;

static void try_nothing(void)
{
	fd_signal(fd_for_all);
	fd_take(fd_for_all);
}

static void try_socket(void)
{
	socket(AF_INET, SOCK_STREAM, 0);
}

static void try_eventfd(void)
{
	eventfd(0, 0);
}

static void try_open_to_write(void)
{
	open("/dev/null", O_WRONLY);
}

static void try_open_to_create(void)
{
	open("/dev/null/x", O_RDONLY | O_CREAT, 0600);
}

static void try_open(void)
{
	if (open("/proc/self/stat", O_RDONLY | O_CLOEXEC) < 0)
		_exit(98);
}

/* Root's, everybody's, and ours: none of them is /proc's. */
static void try_other_files(void)
{
	static const char *const paths[] = { "/",	 "/etc/passwd",	  "/dev/null",
					     "/dev/shm", "/proc/1/root/", "/proc/self/cwd/" };

	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
		if (open(paths[i], O_RDONLY | O_CLOEXEC) >= 0 ||
		    (errno != EACCES && errno != ENOENT))
			_exit(97);
}

/* Not the C library's fork(), which may hold signals back meanwhile. */
static void try_fork(void)
{
	if (syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, NULL) == 0)
		_exit(0);
}

static void try_execve(void)
{
	execl("/bin/true", "true", NULL);
}

static void try_code(void)
{
	mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

static void try_ioctl(void)
{
	ioctl(fd_for_all, FIONREAD, NULL);
}

static void try_kill(void)
{
	kill(1, 0);
}

static void try_another_filter(void)
{
	prctl(PR_SET_SECCOMP, 2, NULL);
}

static void try_ring(void)
{
	syscall(__NR_io_uring_setup, 1, NULL);
}

static void try_abort(void)
{
	abort();
}

/* ---- threads under their filters ---- */

struct attempt {
	const char *name;
	const struct filter_rule *filter; /* NULL: the control thread's */
	bool starts;			  /* control: threads may still be started */
	void (*what)(void);
	const char *call; /* NULL: allowed */
};

static void attempt_main(void *arg)
{
	((const struct attempt *)arg)->what();
}

static void attempt_in_child(const void *arg)
{
	const struct attempt *a = arg;
	struct thread t = { .filter = a->filter };

	fd_for_all = fd_eventfd();
	if (confine_process(false) < 0)
		_exit(99);
	if (!a->filter) {
		prctl(PR_SET_NAME, "test-thread");
		if (confine_control(a->starts) < 0)
			_exit(99);
		a->what();
		_exit(0);
	}
	if (thread_start(&t, "test-thread", NULL, attempt_main, (void *)(uintptr_t)a) < 0)
		_exit(99);
	thread_join(&t);
}

/* What the C library makes of open(). */
#if !defined(__GLIBC__) && defined(SYS_open)
#define OPENS "open"
#else
#define OPENS "openat"
#endif

static const struct attempt attempts[] = {
	{ "the_backend_may_signal", backend_filter, false, try_nothing, NULL },
	{ "the_backend_makes_no_socket", backend_filter, false, try_socket, "socket" },
	{ "the_backend_makes_no_fd", backend_filter, false, try_eventfd, "eventfd2" },
	{ "the_backend_opens_nothing", backend_filter, false, try_open, OPENS },
	{ "the_backend_makes_no_ring", backend_filter, false, try_ring, "io_uring_setup" },
	{ "the_backend_has_no_ioctl", backend_filter, false, try_ioctl, "ioctl" },
	{ "the_backend_makes_no_code", backend_filter, false, try_code, "mmap" },
	{ "a_notifier_may_signal", notifier_filter, false, try_nothing, NULL },
	{ "a_notifier_opens_nothing", notifier_filter, false, try_open, OPENS },
	{ "a_notifier_executes_nothing", notifier_filter, false, try_execve, "execve" },
	{ "a_notifier_signals_nobody", notifier_filter, false, try_kill, "kill" },
	{ "control_may_signal", NULL, false, try_nothing, NULL },
	{ "control_may_read_files_of_proc", NULL, false, try_open, NULL },
	{ "control_writes_no_files", NULL, false, try_open_to_write, OPENS },
	{ "control_creates_no_files", NULL, false, try_open_to_create, OPENS },
	{ "control_makes_no_process", NULL, false, try_fork, "clone" },
	{ "control_makes_no_process_while_it_starts_threads", NULL, true, try_fork, "clone" },
	{ "control_executes_nothing", NULL, true, try_execve, "execve" },
	{ "control_makes_no_socket", NULL, true, try_socket, "socket" },
	{ "control_makes_no_code", NULL, true, try_code, "mmap" },
	{ "control_changes_no_filter", NULL, false, try_another_filter, "prctl" },
};

static void attempt_ends_as_it_should(void **state)
{
	const struct attempt *a = *state;
	char text[512], call[64];
	int status;

	status = in_child(attempt_in_child, a, text, sizeof(text));
	print_message("# %s", text[0] ? text : "(nothing said)\n");
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), a->call ? FILTER_EXIT : 0);
	if (!a->call)
		return;
	snprintf(call, sizeof(call), "(%s)", a->call);
	assert_non_null(strstr(text, "thread test-thread: system call "));
	assert_non_null(strstr(text, call));
}

static void a_failed_assertion_is_no_violation(void **state)
{
	struct attempt a = { "abort", backend_filter, false, try_abort, NULL };
	char text[512];
	int status;

	(void)state;
	status = in_child(attempt_in_child, &a, text, sizeof(text));
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGABRT);
}

/* ---- the process ---- */

static uint64_t capabilities(void)
{
	struct __user_cap_header_struct h = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct d[2] = { { 0 } };

	if (syscall(__NR_capget, &h, d) < 0)
		return UINT64_MAX;
	return d[0].effective | d[0].permitted | d[0].inheritable |
	       (uint64_t)(d[1].effective | d[1].permitted | d[1].inheritable) << 32;
}

static void confine_and_look(const void *arg)
{
	bool nice = *(const bool *)arg;
	struct rlimit core, nofile;
	int fd = 0;
	bool full;

	if (confine_process(nice) < 0)
		_exit(99);
	getrlimit(RLIMIT_CORE, &core);
	getrlimit(RLIMIT_NOFILE, &nofile);
	while (fd >= 0 && fd < 10000)
		fd = open("/proc/self/stat", O_RDONLY | O_CLOEXEC);
	full = fd < 0 && errno == EMFILE;
	dprintf(2, "caps %d, nnp %d, core %d, full %d, uid %d, again %d\n",
		capabilities() == (nice ? 1ull << CAP_SYS_NICE : 0),
		prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0), core.rlim_max == 0, full,
		setuid(0) == 0 || getuid() != 0, nofile.rlim_max < 1000);
}

static void nothing_is_kept(void **state)
{
	bool nice = *state != NULL;
	char text[512];
	int status;

	if (nice && geteuid() != 0) {
		print_message("# CAP_SYS_NICE can only be kept by who has it\n");
		skip();
	}
	status = in_child(confine_and_look, &nice, text, sizeof(text));
	print_message("# %s", text);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	assert_non_null(strstr(text, "caps 1, nnp 1, core 1, full 1"));
}

static void touch_what_is_gone(const void *arg)
{
	int fd = memfd_create("gone", 0);
	volatile char *p;

	(void)arg;
	assert_int_equal(ftruncate(fd, 4096), 0);
	p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	assert_int_equal(ftruncate(fd, 0), 0);
	filter_catch();
	*p = 1;
}

static void a_bus_error_says_what_it_is(void **state)
{
	char text[512];
	int status;

	(void)state;
	status = in_child(touch_what_is_gone, NULL, text, sizeof(text));
	print_message("# %s", text);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 1);
	assert_non_null(strstr(text, "bus error at 0x"));
}

static const char *anything(const void *result)
{
	(void)result;
	return NULL;
}

static int count_fds(void *arg, void *out)
{
	(void)arg;
	*(unsigned *)out = proc_fds();
	return 0;
}

static void nothing_that_the_parent_has_open_is_inherited(void **state)
{
	static const struct child_task task = { count_fds, sizeof(unsigned), anything };
	int mine = fd_eventfd();
	bool stop = false;
	unsigned fds = 0;

	(void)state;
	assert_int_equal(cell_in_child(&task, NULL, &fds, &stop), 0);
	fd_close(&mine);
	assert_int_equal(fds, 3);
}

static int violate(void *arg, void *out)
{
	sigset_t all;

	*(int *)out = 1;
	if (confine_process(false) < 0 || confine_control(false) < 0)
		return 1;
	*(int *)out = 2;
	sigfillset(&all);
	if (arg)
		sigprocmask(SIG_SETMASK, &all, NULL);
	try_socket();
	return 0;
}

/* Also where signals are held back, as in fork(), and nobody can say which call it was. */
static void the_parent_learns_of_a_violation(void **state)
{
	static const struct child_task task = { violate, sizeof(int), anything };
	bool stop = false;
	int got = 0;

	assert_int_equal(cell_in_child(&task, *state, &got, &stop), -EACCES);
	assert_int_equal(got, 2);
}

static void every_call_has_its_reason(void **state)
{
	const struct filter_rule *const tables[] = { backend_filter, notifier_filter };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(tables); i++)
		for (const struct filter_rule *r = tables[i]; r->nr >= 0; r++)
			assert_true(strlen(r->why) > 5);
}

/* A pair's threads, as the kernel has them; control's filter comes last of all. */
static void every_thread_of_a_pair_is_confined(void **state)
{
	const struct producer_ops *producer = *state;
	struct cell_spec spec = {
		.accel = &accel_thread,
		.notify = &notify_unbound,
		.producer = producer,
		.frame_bytes = 300,
		.ring_size = 16,
		.window = 8,
		.rto_us = 100000,
		.budget = 64,
		.batch = 8,
		.clock_hz = test_clock_hz(),
	};
	struct confine_report *r;
	const char *why;
	bool stop = false;

	if (PROC_TSAN) {
		print_message(
			"# ThreadSanitizer lets no child of a process that had threads start any\n");
		skip();
	}
	r = calloc(1, sizeof(*r));
	assert_non_null(r);
	for (unsigned role = 0; role < ROLES; role++)
		sched_getaffinity(0, sizeof(spec.cpus[role]), &spec.cpus[role]);
	assert_int_equal(confine_look(&spec, r, &stop), 0);
	assert_true(r->ok);
	/* Control, backend, two guests, three workers; what feeds the kernel's own. */
	assert_true(r->nthreads >= (producer->sqpoll ? 8 : 7));
	assert_int_equal(r->core, 0);
	assert_true(r->nofile < r->fds + 400);
	assert_true(r->opens_proc);
	assert_true(!r->opens_root || !confine_files_available(&why));
	for (unsigned i = 0; i < r->nthreads; i++) {
		const struct confine_thread *t = &r->thread[i];

		assert_int_equal(t->cap_eff | t->cap_prm | t->cap_inh | t->cap_amb, 0);
		assert_int_equal(t->no_new_privs, 1);
		/* A kernel thread makes no system calls; what its ring may do is restricted. */
		if (filter_available(&why) && strncmp(t->name, "iou-", 4) != 0)
			assert_int_equal(t->seccomp, 2);
	}
	free(r);
}

static void no_file_but_proc_s_can_be_opened(void **state)
{
	static const struct attempt a = { "other files", NULL, false, try_other_files, NULL };
	const char *why;
	char text[512];
	int status;

	(void)state;
	if (!confine_files_available(&why)) {
		print_message("# %s\n", why);
		skip();
	}
	status = in_child(attempt_in_child, &a, text, sizeof(text));
	print_message("# %s\n", text);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

static void add_attempts(struct suite *s)
{
	for (size_t i = 0; i < ARRAY_SIZE(attempts); i++)
		suite_add(s, attempts[i].name, attempt_ends_as_it_should, &attempts[i]);
	suite_add(s, "a_failed_assertion_is_no_violation", a_failed_assertion_is_no_violation,
		  NULL);
	suite_add(s, "the_parent_learns_of_a_violation", the_parent_learns_of_a_violation, NULL);
	suite_add(s, "the_parent_learns_of_a_violation_that_cannot_be_named",
		  the_parent_learns_of_a_violation, "blocked");
}

int main(void)
{
	static struct suite s;
	const char *why = NULL;

	test_clock_hz();
	if (filter_available(&why))
		add_attempts(&s);
	else
		suite_add(&s, "filters", filters, why);
	suite_add(&s, "nothing_is_kept", nothing_is_kept, NULL);
	suite_add(&s, "nothing_but_cap_sys_nice_is_kept_for_fifo_workers", nothing_is_kept, "nice");
	suite_add(&s, "nothing_that_the_parent_has_open_is_inherited",
		  nothing_that_the_parent_has_open_is_inherited, NULL);
	suite_add(&s, "a_bus_error_says_what_it_is", a_bus_error_says_what_it_is, NULL);
	suite_add(&s, "every_call_has_its_reason", every_call_has_its_reason, NULL);
	suite_add(&s, "no_file_but_proc_s_can_be_opened", no_file_but_proc_s_can_be_opened, NULL);
	for (size_t i = 0; producers[i] && !producers[i]->not_ours; i++)
		suite_add(&s, "every_thread_of_a_pair_is_confined",
			  every_thread_of_a_pair_is_confined, producers[i]);
	return suite_run(&s, "pair: confine");
}

// SPDX-License-Identifier: BSD-2-Clause
// The bottom room: guest memory bounds, descriptors, threads, the clock, messages.
#include "tests/common/suite.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <time.h>

#include "lib/clock.h"
#include "lib/cpulist.h"
#include "lib/fd.h"
#include "lib/gmem.h"
#include "lib/log.h"
#include "lib/thread.h"
#include "tandem/shared.h"
#include "tests/common/proc.h"

/* ------------------------------------------------------------------ guest memory */

#define MAX UINT64_MAX

/* In units that follow from the memory: base and end are filled in by the test. */
enum from { BASE, END, ZERO };

struct bounds_row {
	const char *name;
	enum from from;
	uint64_t plus; /* added to that, modulo 2^64 */
	uint64_t len;
	bool inside;
};

#define BYTES 0x4000ull

static const struct bounds_row bounds_rows[] = {
	{ "all of memory", BASE, 0, BYTES, true },
	{ "the first byte", BASE, 0, 1, true },
	{ "the last byte", END, -1ull, 1, true },
	{ "no bytes at the start", BASE, 0, 0, true },
	{ "no bytes at the end", END, 0, 0, true },
	{ "no bytes behind the end", END, 1, 0, false },
	{ "no bytes below the start", BASE, -1ull, 0, false },
	{ "one byte behind the end", END, 0, 1, false },
	{ "one byte below the start", BASE, -1ull, 1, false },
	{ "one byte more than all", BASE, 0, BYTES + 1, false },
	{ "from the second byte, as many as all", BASE, 1, BYTES, false },
	{ "from the second byte to the end", BASE, 1, BYTES - 1, true },
	{ "two bytes at the last", END, -1ull, 2, false },
	{ "two bytes around the start", BASE, -1ull, 2, false },
	{ "around all of memory", BASE, -1ull, BYTES + 2, false },
	{ "2^64 - 1 bytes from the start", BASE, 0, MAX, false },
	{ "2^64 - 1 bytes from the last", END, -1ull, MAX, false },
	{ "2^64 - 1 bytes from the end", END, 0, MAX, false },
	{ "length that wraps back to the start", BASE, 1, MAX, false },
	{ "length that wraps back into memory", BASE, BYTES / 2, -(BYTES / 4), false },
	{ "length 2^63", BASE, 0, 1ull << 63, false },
	{ "length 2^32", BASE, 0, 1ull << 32, false },
	{ "2^32 above", BASE, 1ull << 32, 1, false },
	{ "2^63 above", BASE, 1ull << 63, 1, false },
	{ "the last byte of the address space", ZERO, MAX, 1, false },
	{ "two bytes that wrap at 2^64", ZERO, MAX, 2, false },
	{ "from the last byte of the address space, 2^64 - 1", ZERO, MAX, MAX, false },
};

static void check_bounds(const struct bounds_row *row, uint64_t base)
{
	uint64_t from = row->from == BASE ? base : row->from == END ? base + BYTES : 0;
	struct gmem m;
	void *want, *got;

	assert_int_equal(gmem_create(&m, "test-lib", gpa(base), BYTES), 0);
	want = row->inside ? m.host + (from + row->plus - base) : NULL;
	got = gmem_ptr(&m, gpa(from + row->plus), row->len);
	gmem_destroy(&m);
	assert_ptr_equal(got, want);
}

/* Wherever memory lies: the rows hold as long as it does not touch either end of the space. */
static void test_bounds(void **state)
{
	static const uint64_t bases[] = { 0x1000, 0x40000000ull, 0xfff00000ull, 0x1000000000ull,
					  (1ull << 62) + (1ull << 20) };

	for (size_t i = 0; i < ARRAY_SIZE(bases); i++)
		check_bounds(*state, bases[i]);
}

/* The whole space in small: every address and length against plain arithmetic. */
static void test_bounds_exhaustive(void **state)
{
	struct gmem m;
	uint64_t bad = 0;

	(void)state;
	assert_int_equal(gmem_create(&m, "test-lib", gpa(0), 4096), 0);
	for (uint64_t base = 0; base < 4096; base += 512) {
		m.base = base;
		m.bytes = 16;
		for (uint64_t addr = base - 40; addr != base + 40; addr++)
			for (uint64_t len = 0; len < 40; len++) {
				bool in = addr >= base && addr + len <= base + 16 &&
					  addr + len >= addr;

				bad += (gmem_ptr(&m, gpa(addr), len) != NULL) != in;
			}
	}
	m.bytes = 4096;
	gmem_destroy(&m);
	assert_int_equal(bad, 0);
}

static void test_gmem_life(void **state)
{
	unsigned fds = proc_fds();
	struct gmem m;

	(void)state;
	assert_int_equal(gmem_create(&m, "test-lib", gpa(0), 1 << 20), 0);
	assert_true(m.fd >= 0);
	assert_int_equal(fcntl(m.fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
	for (int i = 0; i < 1 << 20; i++)
		if (m.host[i])
			fail_msg("byte %d is not zero", i);
	gmem_destroy(&m);
	assert_int_equal(m.fd, -1);
	assert_null(m.host);
	gmem_destroy(&m);
	assert_int_equal(proc_fds(), fds);
}

static long my_faults(void)
{
	struct rusage u;

	getrusage(RUSAGE_THREAD, &u);
	return u.ru_minflt;
}

/* 8 MiB are 2,048 pages; the kernel may map some anew for reasons of its own. */
static void test_gmem_touched(void **state)
{
	struct gmem m;
	long before;

	(void)state;
	if (PROC_ASAN || PROC_TSAN) {
		print_message("# a sanitizer's shadow of it is touched for the first time, too\n");
		skip();
	}
	assert_int_equal(gmem_create(&m, "test-lib", gpa(0), 8 << 20), 0);
	if (madvise(m.host, 4096, 23 /* MADV_POPULATE_WRITE */) < 0) {
		gmem_destroy(&m);
		print_message("# Linux before 5.14\n");
		skip();
	}
	before = my_faults();
	for (size_t i = 0; i < 8 << 20; i += 4096)
		m.host[i] = 1;
	assert_uint_in_range(my_faults() - before, 0, 200);
	gmem_destroy(&m);
}

static void test_gmem_shared(void **state)
{
	struct gmem m;
	uint8_t *other;

	(void)state;
	assert_int_equal(gmem_create(&m, "test-lib", gpa(0x1000), 8192), 0);
	other = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, m.fd, 0);
	assert_ptr_not_equal(other, MAP_FAILED);
	m.host[5000] = 0x5a;
	assert_int_equal(other[5000], 0x5a);
	munmap(other, 8192);
	gmem_destroy(&m);
}

static void test_gmem_fails(void **state)
{
	unsigned fds = proc_fds();
	struct gmem m;

	(void)state;
	assert_int_equal(gmem_create(&m, "test-lib", gpa(0), 0), -EINVAL);
	gmem_destroy(&m);
	assert_true(gmem_create(&m, "test-lib", gpa(0), 1ull << 62) < 0);
	gmem_destroy(&m);
	assert_int_equal(m.fd, -1);
	assert_int_equal(proc_fds(), fds);
}

/* ------------------------------------------------------------------ descriptors */

static void test_fd_close(void **state)
{
	int fd = fd_eventfd(), number = fd;

	(void)state;
	assert_true(fd >= 0);
	fd_close(&fd);
	assert_int_equal(fd, -1);
	assert_int_equal(fcntl(number, F_GETFD), -1);
	fd_close(&fd);
	assert_int_equal(fd, -1);
}

static void test_eventfd_flags(void **state)
{
	int fd = fd_eventfd();

	(void)state;
	assert_int_equal(fcntl(fd, F_GETFL) & O_NONBLOCK, O_NONBLOCK);
	assert_int_equal(fcntl(fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
	fd_close(&fd);
}

static void test_signal_take(void **state)
{
	int fd = fd_eventfd();

	(void)state;
	assert_int_equal(fd_take(fd), 0);
	fd_signal(fd);
	fd_signal(fd);
	fd_signal(fd);
	assert_int_equal(fd_take(fd), 3);
	assert_int_equal(fd_take(fd), 0);
	fd_close(&fd);
}

static void test_signal_full(void **state)
{
	uint64_t full = UINT64_MAX - 1;
	int fd = fd_eventfd();

	(void)state;
	assert_int_equal(fd_write_all(fd, &full, sizeof(full)), 0);
	fd_signal(fd); /* neither blocks nor fails */
	assert_true(fd_take(fd) == full);
	fd_close(&fd);
}

static void test_fd_wait(void **state)
{
	uint64_t before = clock_mono_ns();
	int fd = fd_eventfd();

	(void)state;
	assert_false(fd_wait(fd, 0));
	assert_false(fd_wait(fd, 3000000));
	assert_true(clock_mono_ns() - before >= 3000000);
	fd_signal(fd);
	assert_true(fd_wait(fd, -1));
	assert_true(fd_wait(fd, 0)); /* not taken */
	assert_int_equal(fd_take(fd), 1);
	assert_false(fd_wait(fd, 0));
	fd_close(&fd);
}

static void ignore_signal(int number)
{
	(void)number;
}

/* Signals once, late enough for the waiter to be asleep; once more is harmless. */
static void *interrupt(void *arg)
{
	const struct timespec ms = { .tv_nsec = 20000000 };

	nanosleep(&ms, NULL);
	pthread_kill(*(pthread_t *)arg, SIGUSR1);
	return NULL;
}

static void test_fd_wait_interrupted(void **state)
{
	struct sigaction act = { .sa_handler = ignore_signal }, old;
	pthread_t self = pthread_self(), thread;
	uint64_t before = clock_mono_ns();
	int fd = fd_eventfd();

	(void)state;
	sigaction(SIGUSR1, &act, &old);
	assert_int_equal(pthread_create(&thread, NULL, interrupt, &self), 0);
	assert_false(fd_wait(fd, 10000000000));
	assert_true(clock_mono_ns() - before < 9000000000);
	pthread_join(thread, NULL);
	sigaction(SIGUSR1, &old, NULL);
	fd_close(&fd);
}

struct drain {
	int fd;
	pthread_t writer;
	size_t bytes;
	bool bad;
};

/* No two pages are the same. */
static uint8_t pipe_byte(size_t i)
{
	return (uint8_t)(i * 13 + (i >> 12) * 7);
}

/* Reads slowly and disturbs the writer, so that its write() ends early, or with EINTR. */
static void *drain_pipe(void *arg)
{
	struct drain *d = arg;
	uint8_t buf[4001];
	ssize_t n;

	while ((n = read(d->fd, buf, sizeof(buf))) > 0) {
		for (ssize_t i = 0; i < n; i++)
			d->bad |= buf[i] != pipe_byte(d->bytes++);
		pthread_kill(d->writer, SIGUSR1);
	}
	return NULL;
}

/* More than a pipe holds, in pieces. */
static void test_write_all(void **state)
{
	struct sigaction act = { .sa_handler = ignore_signal }, old;
	struct drain d = { .writer = pthread_self() };
	static uint8_t data[1 << 20];
	pthread_t thread;
	int fds[2];

	(void)state;
	sigaction(SIGUSR1, &act, &old);
	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = pipe_byte(i);
	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	d.fd = fds[0];
	assert_int_equal(pthread_create(&thread, NULL, drain_pipe, &d), 0);
	assert_int_equal(fd_write_all(fds[1], data, sizeof(data)), 0);
	fd_close(&fds[1]);
	pthread_join(thread, NULL);
	fd_close(&fds[0]);
	sigaction(SIGUSR1, &old, NULL);
	assert_int_equal(d.bytes, sizeof(data));
	assert_false(d.bad);
}

static void test_write_all_fails(void **state)
{
	int fd = open("/dev/full", O_WRONLY | O_CLOEXEC);

	(void)state;
	assert_int_equal(fd_write_all(-1, "x", 1), -EBADF);
	assert_int_equal(fd_write_all(-1, "", 0), 0);
	if (fd >= 0)
		assert_int_equal(fd_write_all(fd, "x", 1), -ENOSPC);
	fd_close(&fd);
}

/* ------------------------------------------------------------------ threads */

struct seen {
	struct thread thread;
	bool ran, home;
	char name[16];
	cpu_set_t cpus;
	sigset_t blocked;
};

static void look_around(void *arg)
{
	struct seen *s = arg;

	s->ran = true;
	s->home = thread_is_home(&s->thread);
	pthread_getname_np(pthread_self(), s->name, sizeof(s->name));
	sched_getaffinity(0, sizeof(s->cpus), &s->cpus);
	pthread_sigmask(SIG_BLOCK, NULL, &s->blocked);
}

static void test_thread(void **state)
{
	struct seen s = { .ran = false };
	cpu_set_t one;
	int cpu;

	(void)state;
	assert_int_equal(proc_cpus(&cpu, 1), 1);
	CPU_ZERO(&one);
	CPU_SET(cpu, &one);
	assert_int_equal(thread_start(&s.thread, "tandem-test", &one, look_around, &s), 0);
	assert_true(s.thread.tid > 0 && s.thread.tid != gettid());
	assert_false(thread_is_home(&s.thread));
	thread_join(&s.thread);
	assert_true(s.ran && s.home);
	assert_string_equal(s.name, "tandem-test");
	assert_true(CPU_EQUAL(&s.cpus, &one));
	assert_int_equal(sigismember(&s.blocked, SIGTERM), 1);
	assert_int_equal(sigismember(&s.blocked, SIGINT), 1);
	thread_join(&s.thread); /* harmless */
}

static void test_thread_keeps_our_signals(void **state)
{
	struct seen s = { .ran = false };
	sigset_t before, after;

	(void)state;
	pthread_sigmask(SIG_BLOCK, NULL, &before);
	assert_int_equal(thread_start(&s.thread, "tandem-test", NULL, look_around, &s), 0);
	thread_join(&s.thread);
	pthread_sigmask(SIG_BLOCK, NULL, &after);
	for (int i = 1; i < 32; i++)
		assert_int_equal(sigismember(&before, i), sigismember(&after, i));
}

static void test_thread_impossible_cpus(void **state)
{
	unsigned threads = proc_threads();
	struct seen s = { .ran = false };
	cpu_set_t none;

	(void)state;
	CPU_ZERO(&none);
	assert_int_equal(thread_start(&s.thread, "tandem-test", &none, look_around, &s), -EINVAL);
	CPU_SET(CPULIST_MAX - 1, &none);
	assert_int_equal(thread_start(&s.thread, "tandem-test", &none, look_around, &s), -EINVAL);
	assert_false(s.ran);
	assert_false(s.thread.started);
	thread_join(&s.thread);
	assert_true(proc_threads_settled(threads) <= threads);
}

/* ------------------------------------------------------------------ the clock */

/* kvm-clock corrects a TSC that stops or changes its rate; rdtsc does not. */
static void test_clock_judge(void **state)
{
	static const struct {
		const char *source, *flags;
		bool trusted;
	} rows[] = {
		{ "tsc\n", "flags\t\t: fpu tsc\n", true },
		{ "kvm-clock\n", "flags\t\t: fpu tsc constant_tsc rep_good nonstop_tsc\n", true },
		{ "kvm-clock\n", "flags\t\t: fpu tsc constant_tsc rep_good\n", false },
		{ "kvm-clock\n", "flags\t\t: fpu tsc nonstop_tsc\n", false },
		{ "kvm-clock\n", "flags\t\t: xconstant_tsc nonstop_tsc_s3\n", false },
		{ "kvm-clock\n", "", false },
		{ "hpet\n", "flags\t\t: constant_tsc nonstop_tsc\n", false },
		{ "", "flags\t\t: constant_tsc nonstop_tsc\n", false },
	};
	const char *why;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (clock_judge(rows[i].source, rows[i].flags, &why) != rows[i].trusted)
			fail_msg("row %zu: %s", i, why);
}

static void test_clock_open(void **state)
{
	struct clock c = clock_open();
	uint64_t ns0, ns1, c0, c1;
	double measured;

	(void)state;
	assert_true(c.hz > 1000000);
	assert_true(c.us > 0.99 * (double)c.hz / 1e6 && c.us < 1.01 * (double)c.hz / 1e6);
	assert_non_null(c.name);
	assert_true(strlen(c.why) > 0);
	ns0 = clock_mono_ns();
	c0 = clock_now();
	do {
		ns1 = clock_mono_ns();
	} while (ns1 - ns0 < 20000000);
	c1 = clock_now();
	measured = (double)(c1 - c0) * 1e9 / (double)(ns1 - ns0);
	assert_true(measured > 0.9 * (double)c.hz && measured < 1.1 * (double)c.hz);
}

/* Two threads on two CPUs hand a reading to and fro; it may never go back. */
struct pass {
	uint64_t passes, turn; /* readings to hand over, handed over */
	uint64_t reading;
	uint64_t backwards;
};

static void pass_on(struct pass *p, uint64_t parity)
{
	uint64_t turn, now, start = clock_mono_ns();

	while ((turn = shared_load_acquire(&p->turn)) < p->passes) {
		if ((turn & 1) != parity) {
			if (clock_mono_ns() - start > suite_patience(30000000000))
				return;
			sched_yield();
			continue;
		}
		now = clock_now();
		p->backwards += now < p->reading;
		p->reading = now;
		shared_store_release(&p->turn, turn + 1);
	}
}

static void pass_odd(void *arg)
{
	pass_on(arg, 1);
}

static void test_clock_over_cpus(void **state)
{
	struct pass p = { .passes = suite_scaled(4000, 400) };
	struct thread t = { 0 };
	cpu_set_t second;
	int cpus[2];

	(void)state;
	if (!clock_open().trusted) {
		print_message("# %s\n", clock_open().why);
		skip();
	}
	if (proc_cpus(cpus, 2) < 2) {
		print_message("# this test needs two CPUs\n");
		skip();
	}
	CPU_ZERO(&second);
	CPU_SET(cpus[1], &second);
	proc_pin(cpus[0]);
	assert_int_equal(thread_start(&t, "tandem-clock", &second, pass_odd, &p), 0);
	pass_on(&p, 0);
	thread_join(&t);
	proc_pin(-1);
	assert_int_equal(p.turn, p.passes);
	assert_int_equal(p.backwards, 0);
}

static void test_clock_on_one_cpu(void **state)
{
	uint64_t last = 0, last_ns = 0;

	(void)state;
	for (int i = 0; i < 100000; i++) {
		uint64_t now = clock_now(), ns = clock_mono_ns();

		assert_true(now >= last && ns >= last_ns);
		last = now;
		last_ns = ns;
	}
}

/* ------------------------------------------------------------------ messages */

/* What `say` writes to stderr. */
static char *capture(void (*say)(void))
{
	static char text[1 << 20];
	int saved = dup(STDERR_FILENO), fd = memfd_create("stderr", MFD_CLOEXEC);
	ssize_t n;

	fflush(stderr);
	fcntl(fd, F_SETFL, O_APPEND); /* a memfd's file position is not safe between threads */
	dup2(fd, STDERR_FILENO);
	say();
	dup2(saved, STDERR_FILENO);
	n = pread(fd, text, sizeof(text) - 1, 0);
	text[n < 0 ? 0 : n] = '\0';
	fd_close(&fd);
	fd_close(&saved);
	return text;
}

static void say_levels(void)
{
	log_error("vm %c: %s", 'b', "gone");
	log_warn("slow");
	log_info("up %d", 7);
}

static void test_log_levels(void **state)
{
	(void)state;
	assert_string_equal(capture(say_levels), "tandem: vm b: gone\n"
						 "tandem: warning: slow\n"
						 "tandem: up 7\n");
}

static void say_errno(void)
{
	assert_int_equal(log_errno(-ENOENT, "open %s", "x"), -ENOENT);
	assert_int_equal(log_errno(-EPERM, "kvm"), -EPERM);
}

static void test_log_errno(void **state)
{
	(void)state;
	assert_string_equal(capture(say_errno), "tandem: open x: No such file or directory\n"
						"tandem: kvm: Operation not permitted\n");
}

static void say_guest(void)
{
	log_guest("a", "h\x1b[31m\r\n\xff ok%s%n");
	log_guest("a", "");
}

static void test_log_guest(void **state)
{
	(void)state;
	assert_string_equal(capture(say_guest), "tandem: guest a: h?[31m??? ok%s%n\n"
						"tandem: guest a: \n");
}

static char long_text[100000];

static void say_long(void)
{
	log_error("%s", long_text);
	log_errno(-EIO, "%s", long_text);
	log_guest("b", long_text);
}

/* However long: three lines, each whole and with its end. */
static void test_log_long(void **state)
{
	char *text, *end;

	(void)state;
	memset(long_text, 'x', sizeof(long_text) - 1);
	text = capture(say_long);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(strncmp(text, "tandem: ", 8), 0);
		end = strchr(text, '\n');
		assert_non_null(end);
		assert_true(end - text > 100 && end - text <= 1024);
		text = end + 1;
	}
	assert_int_equal(*text, '\0');
}

/* Lengths around the edge of the line buffer. */
static size_t edge;

static void say_edge(void)
{
	log_errno(-EIO, "%.*s", (int)edge, long_text);
}

static void test_log_edge(void **state)
{
	(void)state;
	memset(long_text, 'y', sizeof(long_text) - 1);
	for (edge = 960; edge < 1060; edge++) {
		char *text = capture(say_edge), *end = strchr(text, '\n');

		assert_non_null(end);
		assert_int_equal(end[1], '\0');
		assert_true(end - text < 1024);
		assert_true((size_t)(end - text) >= (edge < 1000 ? edge : 1000));
	}
}

static void *talk(void *arg)
{
	for (int i = 0; i < 500; i++)
		log_info("%s says a line of some length, number %d", (const char *)arg, i);
	return NULL;
}

static void say_at_once(void)
{
	static const char *const names[] = { "aaaa", "bbbb" };
	pthread_t threads[2];

	for (int i = 0; i < 2; i++)
		pthread_create(&threads[i], NULL, talk, (void *)(uintptr_t)names[i]);
	for (int i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
}

static void test_log_whole_lines(void **state)
{
	char *line, *rest = capture(say_at_once);
	int lines = 0;

	(void)state;
	while ((line = strsep(&rest, "\n")) && *line) {
		char name[5];
		int number;

		assert_int_equal(sscanf(line,
					"tandem: %4[ab] says a line of some length, number %d",
					name, &number),
				 2);
		lines++;
	}
	assert_int_equal(lines, 1000);
}

int main(void)
{
	static struct suite s;
	static char names[ARRAY_SIZE(bounds_rows)][80];

	for (size_t i = 0; i < ARRAY_SIZE(bounds_rows); i++) {
		snprintf(names[i], sizeof(names[i]), "gmem_ptr: %s %s", bounds_rows[i].name,
			 bounds_rows[i].inside ? "is inside" : "is refused");
		suite_add(&s, names[i], test_bounds, &bounds_rows[i]);
	}
	suite_add(&s, "gmem_ptr agrees with plain arithmetic", test_bounds_exhaustive, NULL);
	suite_add(&s, "gmem is zeroed, destroyed once, leaks nothing", test_gmem_life, NULL);
	suite_add(&s, "touching guest memory for the first time is no page fault",
		  test_gmem_touched, NULL);
	suite_add(&s, "gmem is shared with whoever maps its memfd", test_gmem_shared, NULL);
	suite_add(&s, "gmem that can't be made says so and leaks nothing", test_gmem_fails, NULL);
	suite_add(&s, "fd_close closes once", test_fd_close, NULL);
	suite_add(&s, "eventfds are non-blocking and close on exec", test_eventfd_flags, NULL);
	suite_add(&s, "an eventfd counts signals until taken", test_signal_take, NULL);
	suite_add(&s, "a full eventfd can be signalled", test_signal_full, NULL);
	suite_add(&s, "fd_wait times out, sees, does not take", test_fd_wait, NULL);
	suite_add(&s, "fd_wait returns false on a signal", test_fd_wait_interrupted, NULL);
	suite_add(&s, "fd_write_all writes all", test_write_all, NULL);
	suite_add(&s, "fd_write_all tells errors", test_write_all_fails, NULL);
	suite_add(&s, "a thread has name, place, blocked signals, home", test_thread, NULL);
	suite_add(&s, "thread_start leaves the caller's signals alone",
		  test_thread_keeps_our_signals, NULL);
	suite_add(&s, "a thread on impossible CPUs does not start", test_thread_impossible_cpus,
		  NULL);
	suite_add(&s, "kvm-clock is trusted on a TSC that is constant and never stops",
		  test_clock_judge, NULL);
	suite_add(&s, "the clock's frequency is what it counts", test_clock_open, NULL);
	suite_add(&s, "the clock does not go back on one CPU", test_clock_on_one_cpu, NULL);
	suite_add(&s, "the clock does not go back over two CPUs", test_clock_over_cpus, NULL);
	suite_add(&s, "log lines have their level", test_log_levels, NULL);
	suite_add(&s, "log_errno appends the error and returns it", test_log_errno, NULL);
	suite_add(&s, "a guest's line can't do harm to the terminal", test_log_guest, NULL);
	suite_add(&s, "a long line is cut, with its end", test_log_long, NULL);
	suite_add(&s, "a line of nearly the maximum is whole", test_log_edge, NULL);
	suite_add(&s, "lines of two threads do not mix", test_log_whole_lines, NULL);
	return suite_run(&s, "lib");
}

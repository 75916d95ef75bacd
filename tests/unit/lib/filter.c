// SPDX-License-Identifier: BSD-2-Clause
// What the C library does of its own accord, under the narrowest filter that a thread can have.
#include "tests/common/suite.h"

#include <assert.h>
#include <malloc.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#ifndef PR_SET_VMA /* not yet in all C libraries' headers */
#define PR_SET_VMA 0x53564d41
#define PR_SET_VMA_ANON_NAME 0
#endif

#include "lib/filter.h"
#include "lib/thread.h"

#define SOON_NS 1000000

/* Nothing but what any thread may. */
static const struct filter_rule nothing[] = { FILTER_END };

/* Not declared anywhere: the compiler calls it. */
extern void __stack_chk_fail(void);

struct way {
	const char *name;
	void (*go)(void);
	bool fatal;	  /* the C library ends the process, with a signal of its own */
	const char *says; /* on glibc; NULL: nothing */
	bool ignored;	  /* SIGABRT is, as whoever started us left it */
};

/* ---- the ways ---- */

static void fail_an_assertion(void)
{
	/* As assert() does; cmocka's may be another one. */
	__assert_fail("two == 3", __FILE__, __LINE__, __func__);
}

static void free_twice(void)
{
	void *volatile p = malloc(64);
	void *volatile again = p;
	void *volatile other = malloc(4000);

	free(p);
	free(other);
	free(again);
	free(again);
}

static void allocate(void)
{
	void *kept[20] = { 0 };

	for (unsigned i = 0; i < ARRAY_SIZE(kept); i++) {
		kept[i] = malloc(1ul << i);
		kept[i] = realloc(kept[i], 3ul << i);
		memset(kept[i], 1, 3ul << i);
	}
	for (unsigned i = 0; i < ARRAY_SIZE(kept); i++)
		free(kept[i]);
#ifdef __GLIBC__
	malloc_trim(0);
#endif
}

static void print(void)
{
	fprintf(stderr, "%s %.300f\n", "printed", 1e300);
	fflush(stderr);
}

static struct timespec soon(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	t.tv_nsec += SOON_NS;
	t.tv_sec += t.tv_nsec / 1000000000;
	t.tv_nsec %= 1000000000;
	return t;
}

static void *take_and_give(void *mutex)
{
	pthread_mutex_lock(mutex);
	pthread_mutex_unlock(mutex);
	return NULL;
}

/* Every kind of wait, until it runs out. */
static void wait_for_nothing(void)
{
	pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
	pthread_cond_t c = PTHREAD_COND_INITIALIZER;
	struct timespec t = soon(CLOCK_REALTIME);
	sem_t s;

	sem_init(&s, 0, 0);
	sem_timedwait(&s, &t);
	pthread_mutex_lock(&m);
	t = soon(CLOCK_REALTIME);
	pthread_mutex_timedlock(&m, &t);
	pthread_cond_timedwait(&c, &m, &t);
	pthread_cond_broadcast(&c);
	pthread_mutex_unlock(&m);
	take_and_give(&m);
}

static void ask_the_time_where_the_vdso_has_none(void)
{
	struct timespec t;
	unsigned cpu;

	syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &t);
	syscall(SYS_getcpu, &cpu, NULL, NULL);
}

static void ask_for_chance(void)
{
	uint64_t v;
	ssize_t n = getrandom(&v, sizeof(v), GRND_NONBLOCK);

	(void)n;
}

static void name_memory(void)
{
	prctl(PR_SET_VMA, PR_SET_VMA_ANON_NAME, 0, 0, NULL);
}

static void abort_blocked(void)
{
	sigset_t all;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, NULL);
	abort();
}

static const struct way ways[] = {
	{ "abort", abort, true, NULL, false },
	{ "abort_where_it_is_blocked", abort_blocked, true, NULL, false },
	{ "abort_where_it_is_ignored", abort, true, NULL, true },
	{ "a_failed_assertion_says_so", fail_an_assertion, true, "two == 3", false },
	{ "the_stack_protector_says_so", __stack_chk_fail, true, "stack smashing", false },
	{ "a_broken_heap_is_said", free_twice, true, "free()", false },
	{ "malloc_may_grow", allocate, false, NULL, false },
	{ "stdio_may_print", print, false, "printed", false },
	{ "waits_may_run_out", wait_for_nothing, false, NULL, false },
	{ "clocks_without_a_vdso", ask_the_time_where_the_vdso_has_none, false, NULL, false },
	{ "random_numbers", ask_for_chance, false, NULL, false },
	{ "memory_may_be_named", name_memory, false, NULL, false },
};

/* ---- going them ---- */

static void thread_main(void *arg)
{
	((const struct way *)arg)->go();
}

/* More threads than glibc makes arenas for unasked; the last one goes the way. */
static void go(const struct way *w)
{
	static const struct way allocating = { .go = allocate };
	struct thread t[12] = { 0 };

	signal(SIGSEGV, SIG_DFL); /* how musl ends a process; cmocka's handler would exit */
	if (w->ignored)
		signal(SIGABRT, SIG_IGN);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || filter_catch() < 0)
		_exit(99);
	for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
		const struct way *way = i + 1 < ARRAY_SIZE(t) ? &allocating : w;

		t[i].filter = nothing;
		if (thread_start(&t[i], "test-thread", NULL, thread_main, (void *)(uintptr_t)way) <
		    0)
			_exit(99);
	}
	for (size_t i = 0; i < ARRAY_SIZE(t); i++)
		thread_join(&t[i]);
	_exit(0);
}

/* As wait() has it; what was said in `text`. */
static int in_child(const struct way *w, char *text, size_t room)
{
	int fd = memfd_create("said", MFD_CLOEXEC), status = 0;
	ssize_t n;
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (pid == 0) {
		alarm((unsigned)suite_patience(60));
		dup2(fd, 2);
		go(w);
	}
	assert_true(pid > 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	n = pread(fd, text, room - 1, 0);
	text[n > 0 ? n : 0] = '\0';
	close(fd);
	return status;
}

static void the_filter_lets_it(void **state)
{
	const struct way *w = *state;
	char text[1024];
	int status;

	status = in_child(w, text, sizeof(text));
	print_message("# %.300s\n", text[0] ? text : "(nothing said)");
	if (w->fatal) {
		assert_true(WIFSIGNALED(status));
#ifdef __GLIBC__
		assert_int_equal(WTERMSIG(status), SIGABRT);
#else
		assert_int_not_equal(WTERMSIG(status), SIGSYS);
#endif
	} else {
		assert_true(WIFEXITED(status));
		assert_int_equal(WEXITSTATUS(status), 0);
	}
#ifdef __GLIBC__
	if (w->says)
		assert_non_null(strstr(text, w->says));
#endif
	assert_null(strstr(text, "not in its filter"));
}

static void filters(void **state)
{
	print_message("# %s\n", (const char *)*state);
	skip();
}

int main(void)
{
	static struct suite s;
	const char *why = NULL;

	if (!filter_available(&why))
		suite_add(&s, "filters", filters, why);
	for (size_t i = 0; i < ARRAY_SIZE(ways) && !why; i++)
		suite_add(&s, ways[i].name, the_filter_lets_it, &ways[i]);
	return suite_run(&s, "unit: filter");
}

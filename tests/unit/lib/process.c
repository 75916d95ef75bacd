// SPDX-License-Identifier: BSD-2-Clause
// What a process inherits and what it leaves: signals at the start, standard output at the end.
#include "tests/common/suite.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/out.h"
#include "lib/signals.h"

static const int ends[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };

static bool has_handler(int number, void (*handler)(int))
{
	struct sigaction now;

	assert_int_equal(sigaction(number, NULL, &now), 0);
	return now.sa_handler == handler;
}

/* A parent that ignores SIGCHLD would have the kernel reap our children before we ask. */
static void test_start(void **state)
{
	(void)state;
	signal(SIGCHLD, SIG_IGN);
	signal(SIGPIPE, SIG_DFL);
	signals_start();
	assert_true(has_handler(SIGCHLD, SIG_DFL));
	assert_true(has_handler(SIGPIPE, SIG_IGN));
	signals_before_exec();
	assert_true(has_handler(SIGPIPE, SIG_DFL));
}

static void test_ends(void **state)
{
	sigset_t all = signals_ends();

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(ends); i++)
		assert_int_equal(sigismember(&all, ends[i]), 1);
	assert_int_equal(sigismember(&all, SIGUSR1), 0);
}

/* nohup, or a shell's &: what was ignored from the start stays ignored. */
static void test_heeded(void **state)
{
	(void)state;
	/* Whoever runs the tests may be such a shell. */
	for (size_t i = 0; i < ARRAY_SIZE(ends); i++)
		signal(ends[i], SIG_DFL);
	for (size_t ignored = 0; ignored < ARRAY_SIZE(ends); ignored++) {
		sigset_t heeded;

		signal(ends[ignored], SIG_IGN);
		heeded = signals_ends_heeded();
		signal(ends[ignored], SIG_DFL);
		for (size_t i = 0; i < ARRAY_SIZE(ends); i++)
			assert_int_equal(sigismember(&heeded, ends[i]), i != ignored);
	}
}

/* ---- standard output, which is another for a while ---- */

static int own_stdout = -1;

static void print_to(int fd)
{
	fflush(stdout);
	own_stdout = dup(STDOUT_FILENO);
	assert_true(own_stdout >= 0);
	assert_true(dup2(fd, STDOUT_FILENO) >= 0);
	close(fd);
	/* As a program's standard output that is no terminal: written when it is flushed. */
	setvbuf(stdout, NULL, _IOFBF, 4096);
	fputs("a line\n", stdout);
}

static int print_on_our_own(int result)
{
	dup2(own_stdout, STDOUT_FILENO);
	close(own_stdout);
	clearerr(stdout);
	setvbuf(stdout, NULL, _IOLBF, 4096);
	return result;
}

static int unread_pipe(void)
{
	int ends_of[2];

	signal(SIGPIPE, SIG_IGN);
	assert_int_equal(pipe(ends_of), 0);
	close(ends_of[0]);
	return ends_of[1];
}

static void test_written(void **state)
{
	(void)state;
	print_to(open("/dev/null", O_WRONLY));
	assert_int_equal(print_on_our_own(out_settle(0)), 0);
	print_to(open("/dev/null", O_WRONLY));
	assert_int_equal(print_on_our_own(out_finish(77, 1)), 77);
	/* What the caller knows is passed on. */
	print_to(open("/dev/null", O_WRONLY));
	assert_int_equal(print_on_our_own(out_settle(-ENOSPC)), -ENOSPC);
}

static void test_full(void **state)
{
	(void)state;
	print_to(open("/dev/full", O_WRONLY));
	assert_int_equal(print_on_our_own(out_settle(0)), -ENOSPC);
	print_to(open("/dev/full", O_WRONLY));
	assert_int_equal(print_on_our_own(out_finish(0, 1)), 1);
	print_to(open("/dev/full", O_WRONLY));
	assert_int_equal(print_on_our_own(out_finish(2, 1)), 2); /* the first reason stays */
}

/* It failed earlier, and the last flush has nothing left to write. */
static void test_failed_before(void **state)
{
	(void)state;
	print_to(open("/dev/full", O_WRONLY));
	fflush(stdout);
	assert_int_equal(print_on_our_own(out_settle(0)), -EIO);
	print_to(open("/dev/full", O_WRONLY));
	fflush(stdout);
	assert_int_equal(print_on_our_own(out_finish(0, 1)), 1);
}

static void test_nobody_reads(void **state)
{
	(void)state;
	print_to(unread_pipe());
	assert_int_equal(print_on_our_own(out_settle(0)), 0);
	print_to(unread_pipe());
	fflush(stdout);
	assert_int_equal(print_on_our_own(out_finish(0, 1)), 0);
}

static int write_text(const char *path, int *closed)
{
	FILE *f = fopen(path, "w");
	struct out_text t;
	int err;

	assert_non_null(f);
	assert_int_equal(out_open(&t), 0);
	fputs("a text\n", t.to);
	err = out_write(&t, f);
	*closed = fclose(f);
	return err;
}

static void test_text(void **state)
{
	int closed;

	(void)state;
	assert_int_equal(write_text("/dev/null", &closed), 0);
	assert_int_equal(closed, 0);
	assert_int_equal(write_text("/dev/full", &closed), -ENOSPC);
}

int main(void)
{
	static struct suite s;

	suite_add(&s, "an ignored SIGCHLD is not inherited, SIGPIPE is an error", test_start, NULL);
	suite_add(&s, "what asks to end: INT, TERM, HUP, QUIT", test_ends, NULL);
	suite_add(&s, "what was ignored at the start is not heeded", test_heeded, NULL);
	suite_add(&s, "output that got there changes nothing", test_written, NULL);
	suite_add(&s, "output on a full disk is a failure", test_full, NULL);
	suite_add(&s, "output that failed before the end is a failure", test_failed_before, NULL);
	suite_add(&s, "a reader that went away is none", test_nobody_reads, NULL);
	suite_add(&s, "a text is written whole, or it is said why not", test_text, NULL);
	return suite_run(&s, "process");
}

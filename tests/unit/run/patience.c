// SPDX-License-Identifier: BSD-2-Clause
// Telling a process that was stopped from one that only had much to do.
#include <signal.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "bench/run/patience.h"
#include "lib/clock.h"
#include "tests/common/suite.h"

#define STOP_NS 400000000ull

static void sleep_ns(uint64_t ns)
{
	usleep((useconds_t)(ns / 1000));
}

/* Looks every 5 ms until it has seen a stop; in ms, at most 255 for an exit status. */
static int look_until_stopped(void)
{
	uint64_t begin = clock_mono_ns();
	struct stops s;

	stops_begin(&s);
	while (!s.stopped_ns && clock_mono_ns() - begin < 25 * STOP_NS) {
		sleep_ns(5000000);
		stops_look(&s, 5);
	}
	stops_end(&s);
	return (int)(s.stopped_ns / 10000000);
}

static void a_stop_is_measured(void **state)
{
	pid_t child = fork();
	int status;

	(void)state;
	if (child == 0)
		_exit(look_until_stopped());
	sleep_ns(100000000);
	kill(child, SIGSTOP);
	sleep_ns(STOP_NS);
	kill(child, SIGCONT);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	assert_uint_in_range(WEXITSTATUS(status), STOP_NS / 10000000 * 3 / 4, 200);
}

/* This thread has not looked for long, but it ran, or waited until it could. */
static void work_is_no_stop(void **state)
{
	clock_t end = clock() + CLOCKS_PER_SEC * 3 / 10;
	struct stops s;

	(void)state;
	stops_begin(&s);
	while (clock() < end)
		;
	stops_look(&s, 5);
	stops_end(&s);
	assert_int_equal(s.stopped_ns, 0);
}

static void a_pause_that_was_asked_for_is_no_stop(void **state)
{
	struct stops s;

	(void)state;
	stops_begin(&s);
	sleep_ns(150000000);
	stops_look(&s, 150);
	stops_end(&s);
	assert_int_equal(s.stopped_ns, 0);
}

/* Three times the limit, but never a limit's length at a standstill. */
static void what_gets_on_is_waited_for(void **state)
{
	struct patience p;

	(void)state;
	patience_begin(&p);
	for (uint64_t done = 1; done <= 30; done++) {
		sleep_ns(20000000);
		assert_false(patience_stuck(&p, done, 200));
	}
}

static void what_stands_still_is_not(void **state)
{
	struct patience p;
	bool over = false;

	(void)state;
	patience_begin(&p);
	for (unsigned i = 0; i < 100 && !over; i++) {
		sleep_ns(20000000);
		over = patience_stuck(&p, 7, 200);
		assert_true(i >= 2 || !over);
	}
	assert_true(over);
}

int main(void)
{
	static struct suite s;

	suite_add(&s, "what gets on is waited for", what_gets_on_is_waited_for, NULL);
	suite_add(&s, "what stands still is not", what_stands_still_is_not, NULL);

	suite_add(&s, "a stop is measured", a_stop_is_measured, NULL);
	suite_add(&s, "work is no stop", work_is_no_stop, NULL);
	suite_add(&s, "a pause that was asked for is no stop",
		  a_pause_that_was_asked_for_is_no_stop, NULL);
	return suite_run(&s, "patience");
}

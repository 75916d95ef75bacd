// SPDX-License-Identifier: BSD-2-Clause
// A stock guest's console: what it prints gets out, and what it says of itself is seen.
#include "tests/common/suite.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pair/console.h"

static struct console *con;
static int out[2] = { -1, -1 };

static int set_up(void **state)
{
	(void)state;
	con = calloc(1, sizeof(*con));
	return !con || pipe2(out, O_CLOEXEC | O_NONBLOCK);
}

static int tear_down(void **state)
{
	(void)state;
	free(con);
	close(out[0]);
	close(out[1]);
	return 0;
}

static void say(const char *text)
{
	for (; *text; text++)
		console_put(con, *text);
}

static void pump(void)
{
	assert_int_equal(console_pump(con, -1), 0);
}

static void test_out(void **state)
{
	char got[64] = "";

	(void)state;
	say("one\r\ntwo");
	assert_int_equal(console_pump(con, out[1]), 0);
	assert_int_equal(read(out[0], got, sizeof(got)), 8);
	assert_string_equal(got, "one\r\ntwo");
}

static void test_unwritable(void **state)
{
	(void)state;
	say("[    0.000000] Kernel panic - not syncing: x\n");
	assert_int_equal(console_pump(con, out[0]), -EBADF);
	assert_string_equal(con->panic, "x"); /* looked at nevertheless */
}

static void test_last_lines(void **state)
{
	char line[] = "0\n";

	(void)state;
	pump();
	assert_null(console_last_line(con, 0));
	for (unsigned i = 0; i < 20; i++) {
		line[0] = (char)('a' + i);
		say(line);
		say("\r\n"); /* an empty one is no line */
	}
	pump();
	assert_string_equal(console_last_line(con, 0), "n");
	assert_string_equal(console_last_line(con, CONSOLE_LINES - 2), "t");
	assert_null(console_last_line(con, CONSOLE_LINES - 1));
}

static void test_controls(void **state)
{
	(void)state;
	say("a\033[2Jb\n");
	pump();
	assert_string_equal(console_last_line(con, 0), "a?[2Jb");
}

static void test_long_line(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 1000; i++)
		say("x");
	say("\n");
	pump();
	assert_int_equal(strlen(console_last_line(con, 0)), CONSOLE_LINE - 1);
}

/* What nobody takes is lost behind what is there, and the guest does not wait. */
static void test_full(void **state)
{
	(void)state;
	for (unsigned i = 0; i < CONSOLE_BYTES + 10; i++)
		console_put(con, i < CONSOLE_BYTES ? 'a' : 'b');
	assert_int_equal(con->lost, 10);
	pump();
	say("c\n");
	pump();
	assert_int_equal(con->lost, 10);
	assert_int_equal(con->taken, CONSOLE_BYTES + 2);
}

struct sign {
	const char *name, *line;
	bool up;
	const char *panic;
};

static const struct sign signs[] = {
	{ "the_kernel_alone_is_not_up", "[    0.000000] Linux version 7.3.4\n", false, "" },
	{ "process_1_is_started", "[    4.174556] Run /init as init process\n", true, "" },
	{ "user_space_speaks", "hello\n", true, "" },
	{ "an_empty_line_says_nothing", "\r\n", false, "" },
	{ "half_a_line_says_nothing", "hell", false, "" },
	{ "a_panic",
	  "[   17.612160] Kernel panic - not syncing: VFS: Unable to mount root fs on "
	  "unknown-block(0,0)\r\n",
	  false, "VFS: Unable to mount root fs on unknown-block(0,0)" },
	{ "a_panic_without_a_time", "Kernel panic - not syncing: x\n", false, "x" },
};

static void test_sign(void **state)
{
	const struct sign *s = *state;

	say(s->line);
	pump();
	assert_int_equal(con->is_up, s->up);
	assert_string_equal(con->panic, s->panic);
}

static void test_first_panic(void **state)
{
	(void)state;
	say("Kernel panic - not syncing: first\nKernel panic - not syncing: second\n");
	pump();
	assert_string_equal(con->panic, "first");
}

int main(void)
{
	static struct suite s = { .setup = set_up, .teardown = tear_down };

	suite_add(&s, "what_is_printed_gets_out", test_out, NULL);
	suite_add(&s, "a_file_that_cannot_be_written", test_unwritable, NULL);
	suite_add(&s, "the_last_lines_are_kept", test_last_lines, NULL);
	suite_add(&s, "a_terminal_gets_no_controls_in_messages", test_controls, NULL);
	suite_add(&s, "a_line_without_an_end", test_long_line, NULL);
	suite_add(&s, "what_nobody_takes_is_lost", test_full, NULL);
	for (size_t i = 0; i < ARRAY_SIZE(signs); i++)
		suite_add(&s, signs[i].name, test_sign, &signs[i]);
	suite_add(&s, "of_several_panics_the_first", test_first_panic, NULL);
	return suite_run(&s, "unit: console");
}

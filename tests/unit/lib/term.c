// SPDX-License-Identifier: BSD-2-Clause
// What terminals are shown: text of others, and the progress line.
#include "tests/common/suite.h"
#include "tests/common/text.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "bench/run/progress.h"
#include "lab/progress.h"
#include "lib/log.h"
#include "lib/term.h"
#include "lib/text.h"

static const struct cleaned {
	const char *name, *text, *clean;
} cleaned[] = {
	{ "plain text", "out.json: p99 > 3", "out.json: p99 > 3" },
	{ "nothing", "", "" },
	{ "letters of other alphabets", "\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80",
	  "\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80" },
	{ "an escape sequence", "a\x1b[31mb", "a?[31mb" },
	{ "ends of lines", "a\r\nb\tc", "a??b?c" },
	{ "DEL", "a\x7f", "a?" },
	{ "C1 as a byte",
	  "a\x9b"
	  "31m",
	  "a?31m" },
	{ "C1 as a character",
	  "a\xc2\x9b"
	  "31m",
	  "a??31m" },
	{ "a character that is cut off", "a\xe2\x82", "a??" },
	{ "a byte too long a way", "\xc1\x81\xe0\x81\x81", "?????" },
	{ "a surrogate", "\xed\xa0\x80", "???" },
	{ "beyond Unicode", "\xf4\x90\x80\x80\xff", "?????" },
};

static void is_cleaned(void **state)
{
	const struct cleaned *c = *state;
	char text[64];

	strcpy(text, c->text);
	text_clean(text);
	assert_string_equal(text, c->clean);
}

/* ---- colours */

static void colours_are_for_terminals_that_want_them(void **state)
{
	(void)state;
	assert_true(term_wants_colours(true, "xterm", NULL));
	assert_true(term_wants_colours(true, "xterm", ""));
	assert_false(term_wants_colours(false, "xterm", NULL));
	assert_false(term_wants_colours(true, "dumb", NULL));
	assert_false(term_wants_colours(true, "", NULL));
	assert_false(term_wants_colours(true, NULL, NULL));
	assert_false(term_wants_colours(true, "xterm", "1"));
}

static void colours_end_where_the_text_does(void **state)
{
	struct text_made made;
	FILE *f = text_begin(&made);
	char *text;

	(void)state;
	term_put(f, true, TERM_RED, "FAIL");
	term_put(f, true, TERM_PLAIN, "x");
	term_put(f, false, TERM_RED, "y");
	text = text_end(&made);
	assert_string_equal(text, "\033[31mFAIL\033[0mxy");
	free(text);
}

/* ---- with a pseudo-terminal as stderr */

static int terminal, stderr_was;

static int open_terminal(void **state)
{
	int fd;

	(void)state;
	terminal = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	fd = terminal < 0 || grantpt(terminal) || unlockpt(terminal)
		     ? -1
		     : open(ptsname(terminal), O_RDWR | O_NOCTTY | O_CLOEXEC);
	stderr_was = dup(STDERR_FILENO);
	if (fd >= 0) {
		dup2(fd, STDERR_FILENO);
		close(fd);
	}
	setenv("TERM", "xterm", 1);
	return 0;
}

static int close_terminal(void **state)
{
	(void)state;
	dup2(stderr_was, STDERR_FILENO);
	close(stderr_was);
	if (terminal >= 0)
		close(terminal);
	return 0;
}

static void set_width(unsigned short columns)
{
	struct winsize size = { .ws_row = 24, .ws_col = columns };

	if (!isatty(STDERR_FILENO) || ioctl(STDERR_FILENO, TIOCSWINSZ, &size) < 0)
		skip();
}

/* What has been written: the kernel passes it on in its own time, so it is read up to a mark. */
static char *shown(void)
{
	static const char mark = '\1';
	static char text[2048];
	size_t n = 0;
	ssize_t got;

	assert_int_equal(write(STDERR_FILENO, &mark, 1), 1);
	do {
		got = read(terminal, text + n, sizeof(text) - 1 - n);
		n += got > 0 ? (size_t)got : 0;
	} while (got > 0 && text[n - 1] != mark);
	text[n ? n - 1 : 0] = '\0';
	return text;
}

static const struct progress_sample sample = {
	.label = "stream deferred batch",
	.detail = "msi-broadcast lazy gated",
	.place = { .nth = 12, .of = 150, .runs = true, .after_s = 400 },
	.elapsed_s = 0.4,
	.total_s = 1,
	.frames = 123456789,
};

static void a_line_fits_its_terminal(void **state)
{
	static const unsigned short widths[] = { 8, 20, 40, 60, 80, 132, 400 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(widths); i++) {
		const char *text;

		set_width(widths[i]);
		progress_line(&sample);
		text = shown();
		assert_int_equal(strncmp(text, "\r\033[K", 4), 0);
		assert_true(strlen(text + 4) >= 1 && strlen(text + 4) < widths[i]);
		if (widths[i] >= 40)
			assert_non_null(strstr(text, "about 7 min left"));
		assert_int_equal(strstr(text, "123456789 frames") != NULL, widths[i] >= 132);
	}
	/* A terminal that does not know. */
	set_width(0);
	progress_line(&sample);
	assert_true(strlen(shown() + 4) < 80);
}

static void a_line_of_the_lab_fits_its_terminal(void **state)
{
	char *cmd[] = { (char *)"bench", (char *)"\033]0;x" };
	struct lab_progress p;

	(void)state;
	set_width(60);
	lab_progress_start(&p, "6.12.0-very-long-name-of-a-kernel-amd64", "full", cmd, 2);
	assert_true(strlen(shown() + 4) < 60);
	set_width(200);
	lab_progress_phase(&p, "running");
	assert_non_null(strstr(shown(), "bench ?]0;x: running, 0 s"));
}

static void a_dumb_terminal_gets_no_escapes(void **state)
{
	static const char *const names[] = { "dumb", "" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		set_width(80);
		setenv("TERM", names[i], 1);
		progress_line(&sample);
		progress_clear();
		assert_string_equal(shown(), "");
		progress_begin(3, 5, 60);
		assert_non_null(strstr(shown(), "tandem: 3 cells, 5 times: about 60 s"));
	}
}

static void messages_have_no_escapes(void **state)
{
	(void)state;
	set_width(80);
	log_error("a\033[31m\n.json: \xc3\xa4: %s", "\xc2\x9b"
						    "2J");
	assert_string_equal(shown(), "tandem: a?[31m?.json: \xc3\xa4: ??2J\r\n");
}

int main(void)
{
	static struct suite s;

	for (size_t i = 0; i < ARRAY_SIZE(cleaned); i++)
		suite_add(&s, cleaned[i].name, is_cleaned, &cleaned[i]);
	suite_add(&s, "colours are for terminals that want them",
		  colours_are_for_terminals_that_want_them, NULL);
	suite_add(&s, "colours end where the text does", colours_end_where_the_text_does, NULL);
	s.setup = open_terminal;
	s.teardown = close_terminal;
	suite_add(&s, "a progress line fits its terminal", a_line_fits_its_terminal, NULL);
	suite_add(&s, "a progress line of the lab fits its terminal",
		  a_line_of_the_lab_fits_its_terminal, NULL);
	suite_add(&s, "a dumb terminal gets no escapes", a_dumb_terminal_gets_no_escapes, NULL);
	suite_add(&s, "messages have no escapes", messages_have_no_escapes, NULL);
	return suite_run(&s, "term");
}

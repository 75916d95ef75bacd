// SPDX-License-Identifier: BSD-2-Clause
// cmocka tests gathered at run time.
#include "tests/common/suite.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

void suite_add(struct suite *s, const char *name, CMUnitTestFunction fn, const void *arg)
{
	if (s->n == SUITE_MAX)
		abort();
	s->tests[s->n++] = (struct CMUnitTest){
		.name = name,
		.test_func = fn,
		.setup_func = s->setup,
		.teardown_func = s->teardown,
		.initial_state = (void *)(uintptr_t)arg,
	};
}

uint64_t suite_patience(uint64_t quiet)
{
	const char *text = getenv("TANDEM_TEST_SLOWNESS");
	unsigned long times = text ? strtoul(text, NULL, 10) : 1;

	return quiet * (times < 1 || times > 1000 ? 1 : times);
}

static void bail_out(int number)
{
	static const char text[] = "Bail out! the test that was running hangs\n";
	ssize_t n = write(STDOUT_FILENO, text, sizeof(text) - 1);

	(void)n;
	(void)number;
	_exit(1);
}

void suite_watch(unsigned seconds)
{
	signal(SIGALRM, bail_out);
	alarm((unsigned)suite_patience(seconds));
}

int suite_run(struct suite *s, const char *name)
{
	/* What has passed is told even if a later test ends the program. */
	setvbuf(stdout, NULL, _IOLBF, 0);
	if (getenv("TANDEM_TEST"))
		cmocka_set_test_filter(getenv("TANDEM_TEST"));
	return _cmocka_run_group_tests(name, s->tests, s->n, NULL, NULL) != 0;
}

bool suite_quick(void)
{
	const char *text = getenv("TANDEM_TEST_QUICK");

	return text && *text;
}

bool suite_takes(size_t row, size_t way, size_t ways)
{
	return !suite_quick() || row % ways == way;
}

uint64_t suite_scaled(uint64_t n, uint64_t least)
{
	const char *text = getenv("TANDEM_TEST_SCALE");
	unsigned long percent = text ? strtoul(text, NULL, 10) : suite_quick() ? 30 : 100;
	uint64_t scaled = n * (percent < 1 || percent > 100 ? 100 : percent) / 100;

	return scaled > least ? scaled : least;
}

/* xorshift64*, Vigna 2014. */
uint32_t suite_random(uint64_t *state)
{
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return (uint32_t)((*state * 0x2545f4914f6cdd1dull) >> 32);
}

// SPDX-License-Identifier: BSD-2-Clause
// cmocka tests gathered at run time.
#include "tests/common/suite.h"

#include <stdlib.h>

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

int suite_run(struct suite *s, const char *name)
{
	return _cmocka_run_group_tests(name, s->tests, s->n, NULL, NULL) != 0;
}

/* xorshift64*, Vigna 2014. */
uint32_t suite_random(uint64_t *state)
{
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return (uint32_t)((*state * 0x2545f4914f6cdd1dull) >> 32);
}

// SPDX-License-Identifier: BSD-2-Clause
// cmocka tests gathered at run time, so that every row of a table is a test with its own name.
#ifndef TESTS_COMMON_SUITE_H
#define TESTS_COMMON_SUITE_H

/* cmocka.h wants these four first. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>

#include <cmocka.h>
#include <stdbool.h>

/* cmocka 2.0 has a macro of this name, which nobody here needs. */
#undef stop
/* It warns of this one, which was the only one before 2.0, and has another. */
#undef assert_in_range
#ifndef assert_uint_in_range
#define assert_uint_in_range(value, least, most)               \
	_assert_in_range(cast_to_largest_integral_type(value), \
			 cast_to_largest_integral_type(least), \
			 cast_to_largest_integral_type(most), __FILE__, __LINE__)
#endif

#define SUITE_MAX 320
#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

struct suite {
	struct CMUnitTest tests[SUITE_MAX];
	size_t n;
	CMFixtureFunction setup;    /* of every test added from now on; may be NULL */
	CMFixtureFunction teardown; /* runs after failures too */
};

/* Adds a test; its *state is `arg`. */
void suite_add(struct suite *s, const char *name, CMUnitTestFunction fn, const void *arg);

/*
 * Runs them, or those that match the pattern in TANDEM_TEST (with * and ?), and returns main()'s exit
 * status: 0 or 1.
 */
int suite_run(struct suite *s, const char *name);

/*
 * A limit for what takes at most `quiet` where nobody else is busy, in any unit: as many times longer as
 * TANDEM_TEST_SLOWNESS says (tests/run measures it).
 */
uint64_t suite_patience(uint64_t quiet);

/*
 * From a test's setup: the test now running has this long, slowness allowed for, or the program ends with
 * "Bail out!". For tests of threads that wait for each other.
 */
void suite_watch(unsigned seconds);

/*
 * `make check` sets TANDEM_TEST_QUICK: what only repeats a test under further conditions is left out.
 * `make check-all`, and a program started by hand, do without it.
 */
bool suite_quick(void);

/* Is row number `row` of a table tested in this one of its `ways`? A quick run takes one way for each row, in turn. */
bool suite_takes(size_t row, size_t way, size_t ways);

/*
 * How often to repeat what is worth `n` times on a real machine: TANDEM_TEST_SCALE percent of it (1 to
 * 100; the default is 100, and 30 of a quick run), but at least `least` times.
 */
uint64_t suite_scaled(uint64_t n, uint64_t least);

/* A small reproducible random number generator; *state must not be 0. */
uint32_t suite_random(uint64_t *state);

#endif

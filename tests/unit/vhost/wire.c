// SPDX-License-Identifier: BSD-2-Clause
// The way between two kernel backends: what goes into one tap comes out of the other, and nothing else.
#include "tests/common/suite.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/fd.h"
#include "tests/common/proc.h"
#include "vhost/wire.h"

#define HEADER 12u
#define PATIENCE_MS suite_patience(5000)
#define QUIET_MS 300

static struct wire wire = { { -1, -1 } };

static int tear_down(void **state)
{
	(void)state;
	wire_destroy(&wire);
	return 0;
}

static void make_wire(uint32_t frame_max, uint32_t queue)
{
	char why[WIRE_WHY_BYTES];

	if (wire_create(&wire, frame_max, queue, why) == 0)
		return;
	print_message("# %s\n", why);
	skip();
}

/* As the bundled guests': one address for everybody, a type that no protocol has. */
static uint8_t *make_frame(uint32_t bytes, uint8_t mark)
{
	uint8_t *f = calloc(1, HEADER + bytes);

	assert_non_null(f);
	memset(f + HEADER + 14, mark, bytes - 14);
	f[HEADER] = f[HEADER + 6] = 0x02;
	f[HEADER + 12] = 0x88;
	f[HEADER + 13] = 0xb5;
	return f;
}

static bool readable(int fd, int ms)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	return poll(&p, 1, ms) == 1;
}

static void send_frame(unsigned from, uint32_t bytes, uint8_t mark)
{
	uint8_t *f = make_frame(bytes, mark);

	assert_int_equal(write(wire.tap[from], f, HEADER + bytes), HEADER + bytes);
	free(f);
}

static void expect_frame(unsigned at, uint32_t bytes, uint8_t mark)
{
	uint8_t *want = make_frame(bytes, mark), *got = calloc(1, HEADER + bytes + 1);

	assert_non_null(got);
	assert_true(readable(wire.tap[at], (int)PATIENCE_MS));
	assert_int_equal(read(wire.tap[at], got, HEADER + bytes + 1), HEADER + bytes);
	assert_memory_equal(got + HEADER, want + HEADER, bytes);
	free(want);
	free(got);
}

static void frames_go_both_ways(void **state)
{
	static const uint32_t sizes[] = { 60, 61, 1514, 9014, WIRE_FRAME_MAX };

	(void)state;
	make_wire(WIRE_FRAME_MAX, 256);
	for (unsigned i = 0; i < ARRAY_SIZE(sizes); i++)
		for (unsigned from = 0; from < 2; from++) {
			send_frame(from, sizes[i], (uint8_t)(i + 1));
			expect_frame(1 - from, sizes[i], (uint8_t)(i + 1));
		}
}

/* Neither the bridge nor a protocol of the host's, nor an echo of what was sent. */
static void nobody_else_speaks(void **state)
{
	(void)state;
	make_wire(1514, 256);
	send_frame(0, 60, 1);
	expect_frame(1, 60, 1);
	sleep(2); /* router solicitations and multicast reports come within that */
	assert_false(readable(wire.tap[0], QUIET_MS));
	assert_false(readable(wire.tap[1], QUIET_MS));
}

static void a_longer_frame_does_not_arrive(void **state)
{
	uint8_t *f = make_frame(2000, 1);
	ssize_t n;

	(void)state;
	make_wire(1514, 256);
	n = write(wire.tap[0], f, HEADER + 2000);
	(void)n;
	assert_false(readable(wire.tap[1], QUIET_MS));
	free(f);
	send_frame(0, 1514, 3);
	expect_frame(1, 1514, 3);
}

static void the_queue_holds_what_was_asked_for(void **state)
{
	(void)state;
	make_wire(1514, 3000);
	for (unsigned i = 0; i < 3000; i++)
		send_frame(0, 60, (uint8_t)i);
	for (unsigned i = 0; i < 3000; i++)
		expect_frame(1, 60, (uint8_t)i);
}

static void the_caller_stays_where_it_is(void **state)
{
	struct stat before, after;
	unsigned fds;

	(void)state;
	make_wire(1514, 256);
	tear_down(NULL);
	fds = proc_fds();
	assert_int_equal(stat("/proc/self/ns/net", &before), 0);
	for (unsigned i = 0; i < 20; i++) {
		make_wire(1514, 256);
		assert_int_equal(proc_fds(), fds + 2);
		tear_down(NULL);
	}
	assert_int_equal(stat("/proc/self/ns/net", &after), 0);
	assert_int_equal(before.st_ino, after.st_ino);
	assert_int_equal(proc_fds(), fds);
}

int main(void)
{
	static struct suite s = { .teardown = tear_down };

	suite_add(&s, "frames_go_both_ways", frames_go_both_ways, NULL);
	suite_add(&s, "nobody_else_speaks", nobody_else_speaks, NULL);
	suite_add(&s, "a_longer_frame_does_not_arrive", a_longer_frame_does_not_arrive, NULL);
	suite_add(&s, "the_queue_holds_what_was_asked_for", the_queue_holds_what_was_asked_for,
		  NULL);
	suite_add(&s, "the_caller_stays_where_it_is", the_caller_stays_where_it_is, NULL);
	return suite_run(&s, "unit: wire");
}

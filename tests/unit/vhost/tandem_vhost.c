// SPDX-License-Identifier: BSD-2-Clause
// The backend as a library: what it is told and what it refuses.
#include "vhost/tandem_vhost.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "tests/common/front.h"
#include "tests/common/proc.h"
#include "tests/common/suite.h"

static char dir[64], path[TANDEM_VHOST_SIDES][96];
static unsigned fds_before;

static int set_up(void **state)
{
	(void)state;
	suite_watch(60);
	fds_before = proc_fds();
	snprintf(dir, sizeof(dir), "/tmp/tandem-library.XXXXXX");
	assert_non_null(mkdtemp(dir));
	for (unsigned i = 0; i < TANDEM_VHOST_SIDES; i++)
		snprintf(path[i], sizeof(path[i]), "%s/%c", dir, 'a' + i);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	assert_int_equal(rmdir(dir), 0);
	assert_int_equal(proc_fds(), fds_before);
	return 0;
}

static struct tandem_vhost_config usual(void)
{
	return (struct tandem_vhost_config){ .socket = { path[0], path[1] } };
}

struct refusal {
	const char *name;
	struct tandem_vhost_config config;
};

static const struct refusal refusals[] = {
	{ "no sockets", { .notify = "direct" } },
	{ "one socket", { .socket = { "/nonexistent/a" } } },
	{ "an empty path", { .socket = { "", "b" } } },
	{ "a strategy that there is not", { .socket = { "a", "b" }, .notify = "eager" } },
	{ "a producer that there is not", { .socket = { "a", "b" }, .producer = "gpu" } },
	{ "a producer for tandem's own guests",
	  { .socket = { "a", "b" }, .producer = "vhost-net" } },
	{ "polling for a time that is given and learned",
	  { .socket = { "a", "b" }, .busy_poll_us = 5, .busy_poll_auto = 1 } },
	{ "more pairs of queues than there may be", { .socket = { "a", "b" }, .queue_pairs = 9 } },
	{ "polling for more than a second", { .socket = { "a", "b" }, .busy_poll_us = 1000001 } },
};

static void is_refused(void **state)
{
	const struct refusal *r = *state;
	struct tandem_vhost *v = (struct tandem_vhost *)dir;

	assert_int_equal(tandem_vhost_create(&v, &r->config), -EINVAL);
	assert_null(v);
}

static void a_socket_with_an_owner_stays_its(void **state)
{
	struct tandem_vhost_config config = usual();
	struct tandem_vhost *v, *other;

	(void)state;
	assert_int_equal(tandem_vhost_create(&v, &config), 0);
	assert_int_equal(tandem_vhost_create(&other, &config), -EADDRINUSE);
	assert_null(other);
	assert_int_equal(access(path[0], F_OK), 0);
	tandem_vhost_destroy(v);
	tandem_vhost_destroy(NULL);
	assert_int_not_equal(access(path[0], F_OK), 0);
}

static void frames_are_moved_and_counted(void **state)
{
	struct tandem_vhost_config config = usual();
	struct front front[TANDEM_VHOST_SIDES];
	struct tandem_vhost_side a, b;
	struct tandem_vhost *v;
	uint64_t seq = 0;

	(void)state;
	config.notify = "unbound";
	config.features_off = 1ull << VIRTIO_RING_F_EVENT_IDX;
	assert_int_equal(tandem_vhost_create(&v, &config), 0);
	assert_int_equal(tandem_vhost_start(v), 0);
	for (unsigned i = 0; i < TANDEM_VHOST_SIDES; i++) {
		front_create(&front[i], (1 + i) * 0x40000000ull, 64);
		assert_int_equal(front_attach(&front[i], path[i]), 0);
	}
	for (uint64_t i = 1; i <= 10; i++) {
		assert_true(front_send_frame(&front[0], i, 100));
		assert_int_equal(
			front_take_frame(&front[1], &seq, (int64_t)suite_patience(10000000000)), 1);
		assert_int_equal(seq, i);
	}
	a = tandem_vhost_side(v, 0);
	b = tandem_vhost_side(v, 1);
	assert_int_equal(a.frames, 10);
	assert_int_equal(a.bytes, 1000);
	assert_int_equal(a.dropped + b.frames + b.dropped + a.refusals, 0);
	assert_int_equal(b.connections, 1);
	assert_int_equal(b.rings, 2);
	assert_int_equal(b.features & 1ull << VIRTIO_RING_F_EVENT_IDX, 0);
	assert_int_equal(tandem_vhost_side(v, 2).connections, 0);
	tandem_vhost_destroy(v);
	for (unsigned i = 0; i < TANDEM_VHOST_SIDES; i++)
		front_destroy(&front[i]);
}

static void a_front_end_may_have_several_pairs_of_queues(void **state)
{
	struct tandem_vhost_config config = usual();
	struct front front[TANDEM_VHOST_SIDES], second[TANDEM_VHOST_SIDES];
	struct tandem_vhost *v;
	uint64_t seq = 0;

	(void)state;
	config.queue_pairs = 2;
	assert_int_equal(tandem_vhost_create(&v, &config), 0);
	assert_int_equal(tandem_vhost_start(v), 0);
	for (unsigned i = 0; i < TANDEM_VHOST_SIDES; i++) {
		front_create(&front[i], (1 + i) * 0x40000000ull, 64);
		front_create(&second[i], (5 + i) * 0x40000000ull, 64);
		assert_int_equal(front_attach(&front[i], path[i]), 0);
		assert_int_equal(front_join(&second[i], &front[i], 1), 0);
	}
	assert_int_equal(tandem_vhost_side(v, 0).rings, 4);
	assert_true(front_send_frame(&second[0], 4711, 100));
	assert_int_equal(front_take_frame(&second[1], &seq, (int64_t)suite_patience(10000000000)),
			 1);
	assert_int_equal(seq, 4711);
	assert_int_equal(tandem_vhost_side(v, 0).frames, 1);
	tandem_vhost_destroy(v);
	for (unsigned i = 0; i < TANDEM_VHOST_SIDES; i++) {
		front_leave(&second[i]);
		front_destroy(&second[i]);
		front_destroy(&front[i]);
	}
}

int main(void)
{
	static struct suite s = { .setup = set_up, .teardown = tear_down };

	for (size_t i = 0; i < ARRAY_SIZE(refusals); i++)
		suite_add(&s, refusals[i].name, is_refused, &refusals[i]);
	suite_add(&s, "a socket with an owner stays its", a_socket_with_an_owner_stays_its, NULL);
	suite_add(&s, "frames are moved and counted", frames_are_moved_and_counted, NULL);
	suite_add(&s, "a front end may have several pairs of queues",
		  a_front_end_may_have_several_pairs_of_queues, NULL);
	return suite_run(&s, "tandem_vhost");
}

// SPDX-License-Identifier: BSD-2-Clause
// The way between two kernel backends: what goes into one tap comes out of the other, and nothing
// else.
#include "tests/common/suite.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/fd.h"
#include "tests/common/proc.h"
#include "vhost/rtnl.h"
#include "vhost/wire.h"

#define HEADER 12u
#define PATIENCE_MS suite_patience(5000)
#define QUIET_MS 300

static struct wire wire = { { -1, -1 } };

/* What fails, in this process or in the helper (-Wl,--wrap): "": nothing. */
static const char *failing = "";
static int failing_errno;

/* Is it this call's turn? Then errno is set. */
static bool fails(const char *call)
{
	if (strcmp(failing, call) != 0)
		return false;
	errno = failing_errno;
	return true;
}

int __real_unshare(int flags);
int __wrap_unshare(int flags);
int __real_socketpair(int domain, int type, int protocol, int pair[2]);
int __wrap_socketpair(int domain, int type, int protocol, int pair[2]);
pid_t __real_fork(void);
pid_t __wrap_fork(void);
int __real_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...);
int __real_rtnl_open(void);
int __wrap_rtnl_open(void);
int __real_rtnl_ask(int fd, const struct rtnl_request *r);
int __wrap_rtnl_ask(int fd, const struct rtnl_request *r);

int __wrap_unshare(int flags)
{
	if (fails("killed"))
		raise(SIGKILL);
	return fails("unshare") ? -1 : __real_unshare(flags);
}

int __wrap_socketpair(int domain, int type, int protocol, int pair[2])
{
	return fails("socketpair") ? -1 : __real_socketpair(domain, type, protocol, pair);
}

pid_t __wrap_fork(void)
{
	return fails("fork") ? -1 : __real_fork();
}

/* None of those that are opened here is made. */
int __wrap_open(const char *path, int flags, ...)
{
	return fails(path) ? -1 : __real_open(path, flags);
}

int __wrap_rtnl_open(void)
{
	return fails("rtnl_open") ? -errno : __real_rtnl_open();
}

int __wrap_rtnl_ask(int fd, const struct rtnl_request *r)
{
	bool makes = !r->link.ifi_index;

	return fails(makes ? "bridge" : "join") ? -errno : __real_rtnl_ask(fd, r);
}

/* A build that counts coverage has these: the helper process ends without writing its counts. */
void __gcov_dump(void) __attribute__((weak));
void __real__exit(int status) __attribute__((noreturn));
void __wrap__exit(int status) __attribute__((noreturn));

void __wrap__exit(int status)
{
	if (__gcov_dump)
		__gcov_dump();
	__real__exit(status);
}

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

static void sizes_follow_frame_and_ring(void **state)
{
	static const struct {
		uint32_t frame, ring, mtu, queue;
	} rows[] = {
		{ 60, 1, 1500, 1000 },
		{ 1514, 1000, 1500, 1000 },
		{ 1515, 1001, 1501, 1001 },
		{ WIRE_FRAME_MAX, 32768, 65521, 32768 },
	};

	(void)state;
	for (unsigned i = 0; i < ARRAY_SIZE(rows); i++) {
		struct wire_sizes s = wire_sizes(rows[i].frame, rows[i].ring);

		assert_int_equal(s.mtu, rows[i].mtu);
		assert_int_equal(s.queue, rows[i].queue);
	}
}

/* What results say of a tap: asked of the kernel, in the taps' namespace. 0: it told. */
static int ask_tap(const char *name, unsigned long what, int *value)
{
	struct ifreq ifr = { .ifr_name = "" };
	int ns = ioctl(wire.tap[0], TUNGETDEVNETNS), s = -1;
	int err = ns < 0 || setns(ns, CLONE_NEWNET) < 0;

	if (!err)
		s = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", name);
	err = err || ioctl(s, what, &ifr) < 0;
	*value = what == SIOCGIFMTU ? ifr.ifr_mtu : ifr.ifr_qlen;
	fd_close(&s);
	fd_close(&ns);
	return err;
}

static void the_taps_are_as_results_say(void **state)
{
	struct wire_sizes want = wire_sizes(9014, 2048);
	int own = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC), err = 0;

	(void)state;
	make_wire(9014, 2048);
	for (unsigned i = 0; i < 4 && !err; i++) {
		bool mtu = i % 2;
		int value = -1;

		err = ask_tap(i < 2 ? "tap-a" : "tap-b", mtu ? SIOCGIFMTU : SIOCGIFTXQLEN, &value);
		if (!err)
			assert_int_equal(value, mtu ? want.mtu : want.queue);
	}
	assert_int_equal(setns(own, CLONE_NEWNET), 0);
	fd_close(&own);
	if (err)
		skip(); /* it takes root to look into the namespace */
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

static void what_is_missing_is_said(void **state)
{
	static const struct {
		const char *call;
		int err;
		const char *says;
	} rows[] = {
		{ "socketpair", EMFILE, "ulimit -n" },
		{ "fork", EAGAIN, "ulimit -u" },
		{ "unshare", EPERM, "user namespaces" },
		{ "unshare", ENOSPC, "user namespaces" },
		{ "/proc/sys/net/ipv6/conf/default/disable_ipv6", EACCES, "writable /proc" },
		{ "rtnl_open", EAFNOSUPPORT, "CONFIG_NET" },
		{ "bridge", EOPNOTSUPP, "modprobe bridge" },
		{ "/dev/net/tun", ENOENT, "modprobe tun" },
		{ "/dev/net/tun", ENODEV, "modprobe tun" },
		{ "/dev/net/tun", EACCES, "run as root" },
		{ "join", EINVAL, "a tap of MTU 1500 in a bridge" },
	};
	unsigned fds;

	(void)state;
	make_wire(1514, 256);
	tear_down(NULL);
	fds = proc_fds();
	for (unsigned i = 0; i < ARRAY_SIZE(rows); i++) {
		char why[WIRE_WHY_BYTES] = "";

		failing = rows[i].call;
		failing_errno = rows[i].err;
		assert_int_equal(wire_create(&wire, 1514, 256, why), -rows[i].err);
		failing = "";
		assert_non_null(strstr(why, rows[i].says));
		assert_int_equal(wire.tap[0], -1);
		assert_int_equal(proc_fds(), fds);
	}
}

static void a_helper_that_is_killed_is_said(void **state)
{
	char why[WIRE_WHY_BYTES] = "";

	(void)state;
	failing = "killed";
	assert_int_equal(wire_create(&wire, 1514, 256, why), -ECHILD);
	failing = "";
	assert_non_null(strstr(why, "it ended early"));
}

int main(void)
{
	static struct suite s = { .teardown = tear_down };

	suite_add(&s, "frames_go_both_ways", frames_go_both_ways, NULL);
	suite_add(&s, "nobody_else_speaks", nobody_else_speaks, NULL);
	suite_add(&s, "a_longer_frame_does_not_arrive", a_longer_frame_does_not_arrive, NULL);
	suite_add(&s, "the_queue_holds_what_was_asked_for", the_queue_holds_what_was_asked_for,
		  NULL);
	suite_add(&s, "sizes_follow_frame_and_ring", sizes_follow_frame_and_ring, NULL);
	suite_add(&s, "the_taps_are_as_results_say", the_taps_are_as_results_say, NULL);
	suite_add(&s, "the_caller_stays_where_it_is", the_caller_stays_where_it_is, NULL);
	suite_add(&s, "what_is_missing_is_said", what_is_missing_is_said, NULL);
	suite_add(&s, "a_helper_that_is_killed_is_said", a_helper_that_is_killed_is_said, NULL);
	return suite_run(&s, "unit: wire");
}

#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# io_uring, IORING_SETUP_DEFER_TASKRUN: the ring's own descriptor wakes nobody. An
# epoll_wait() that waits on it sleeps on when an operation is done, and so does
# every later one, though a poll() that begins afterwards calls the ring readable
# at once; and there is no completion in it to take until its owner enters the
# kernel for events (io_uring_get_events()). An eventfd registered with the ring
# is signalled at once. Without the flag both wake. So an event loop that has such
# a ring among its descriptors wants the eventfd, not the ring.
#
# Seen: liburing 2.3-3, Linux 6.18.44:
#   plain: eventfd 1, epoll 1, poll 1, completions 1, after entering 1
#   defer: eventfd 1, epoll 0, poll 1, completions 0, after entering 1
#
# 0: as described; 1: it has changed; 77: cannot run here.
set -u

tmp=$(mktemp -d) || exit 77
trap 'rm -rf "$tmp"' EXIT
no() { echo "skipped: $1"; exit 77; }

[ "$(uname -m)" = x86_64 ] || no "the packages are for x86_64"
for tool in cc apt-get dpkg; do
	command -v $tool >/dev/null || no "$tool is not here"
done
(cd "$tmp" && apt-get -qq download liburing-dev=2.3-3) >/dev/null 2>"$tmp/err" ||
	no "liburing-dev 2.3-3 (Debian 12) is not to be had: $(tail -n 1 "$tmp/err")"
dpkg -x "$tmp"/liburing-dev*.deb "$tmp/root" || no "the package cannot be unpacked"

cat >"$tmp/wait.c" <<'C'
#include <errno.h>
#include <liburing.h>
#include <poll.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

static int file, epoll;

/* Once the other thread waits for the ring: what its operation waits for. */
static void *write_later(void *arg)
{
	uint64_t one = 1;

	usleep(300000);
	return write(file, &one, sizeof(one)) < 0 ? NULL : arg;
}

/* Is anything that epoll watches ready within a second? The kernel's own work interrupts it, too. */
static int is_woken(void)
{
	struct epoll_event e;
	int n;

	do
		n = epoll_wait(epoll, &e, 1, 1000);
	while (n < 0 && errno == EINTR);
	return n;
}

static int is_readable(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	return poll(&p, 1, 0);
}

int main(int argc, char **argv)
{
	unsigned flags = IORING_SETUP_SINGLE_ISSUER;
	struct epoll_event in = { .events = EPOLLIN };
	int err, told, woken, readable, before;
	struct io_uring ring;
	pthread_t t;

	if (argc > 1)
		flags |= IORING_SETUP_DEFER_TASKRUN;
	err = io_uring_queue_init(8, &ring, flags);
	if (err) {
		fprintf(stderr, "io_uring_setup: %s\n", strerror(-err));
		return 77;
	}
	told = eventfd(0, EFD_NONBLOCK);
	file = eventfd(0, EFD_NONBLOCK);
	epoll = epoll_create1(0);
	io_uring_register_eventfd(&ring, told);
	io_uring_prep_poll_add(io_uring_get_sqe(&ring), file, POLLIN);
	io_uring_submit(&ring);
	epoll_ctl(epoll, EPOLL_CTL_ADD, ring.ring_fd, &in);
	if (pthread_create(&t, NULL, write_later, &ring))
		return 77;
	woken = is_woken();
	pthread_join(t, NULL);
	woken = woken || is_woken();
	readable = is_readable(ring.ring_fd);
	before = io_uring_cq_ready(&ring);
	printf("eventfd %d, epoll %d, poll %d, completions %d", is_readable(told), woken, readable, before);
	io_uring_get_events(&ring);
	printf(", after entering %u\n", io_uring_cq_ready(&ring));
	return 0;
}
C
library=$(find "$tmp/root" -name liburing.a)
cc -I"$tmp/root/usr/include" -o "$tmp/wait" "$tmp/wait.c" "$library" -pthread 2>"$tmp/err" ||
	no "it cannot be built: $(tail -n 1 "$tmp/err")"
plain=$("$tmp/wait") || no "no io_uring with SINGLE_ISSUER (Linux 6.0) here"
defer=$("$tmp/wait" defer) || no "no io_uring with DEFER_TASKRUN (Linux 6.1) here"
echo "$(uname -r):
plain: $plain
defer: $defer"
if [ "$plain" != "eventfd 1, epoll 1, poll 1, completions 1, after entering 1" ] ||
	[ "$defer" != "eventfd 1, epoll 0, poll 1, completions 0, after entering 1" ]; then
	echo "changed"
	exit 1
fi

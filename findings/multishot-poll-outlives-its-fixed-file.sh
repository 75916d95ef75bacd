#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# io_uring: a multishot poll of a registered file goes on polling that file after
# IORING_REGISTER_FILES_UPDATE has put another one into its slot and the last
# descriptor of the program's own is closed. The new file is not polled. So an
# update is no way to move a poll: the old one must be removed by its user_data
# (IORING_OP_POLL_REMOVE), or it keeps the file alive and goes on completing.
#
# Seen: liburing 2.3-3, Linux 6.18.44: "update 1, old file 1, new file 0".
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

cat >"$tmp/poll.c" <<'C'
#include <errno.h>
#include <liburing.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

/* Does the ring say within a fifth of a second that a file can be read? */
static int is_told(struct io_uring *ring)
{
	struct __kernel_timespec t = { .tv_nsec = 200000000 };
	struct io_uring_cqe *cqe;
	int told;

	if (io_uring_wait_cqe_timeout(ring, &cqe, &t))
		return 0;
	told = cqe->res == POLLIN;
	io_uring_cqe_seen(ring, cqe);
	return told;
}

static void add_poll(struct io_uring *ring)
{
	struct io_uring_sqe *sqe = io_uring_get_sqe(ring);

	io_uring_prep_poll_multishot(sqe, 0, POLLIN);
	sqe->flags |= IOSQE_FIXED_FILE;
	io_uring_submit(ring);
}

int main(void)
{
	int old = eventfd(0, 0), new = eventfd(0, 0), writer = dup(old);
	int err, updated, old_told, new_told;
	struct io_uring ring;
	uint64_t one = 1;

	err = io_uring_queue_init(8, &ring, 0);
	if (err) {
		fprintf(stderr, "io_uring_setup: %s\n", strerror(-err));
		return 77;
	}
	io_uring_register_files(&ring, &old, 1);
	add_poll(&ring);
	updated = io_uring_register_files_update(&ring, 0, &new, 1);
	close(old);
	if (write(writer, &one, sizeof(one)) < 0)
		return 2;
	old_told = is_told(&ring);
	if (write(new, &one, sizeof(one)) < 0)
		return 2;
	new_told = is_told(&ring);
	printf("update %d, old file %d, new file %d\n", updated, old_told, new_told);
	return 0;
}
C
library=$(find "$tmp/root" -name liburing.a)
cc -I"$tmp/root/usr/include" -o "$tmp/poll" "$tmp/poll.c" "$library" 2>"$tmp/err" ||
	no "it cannot be built: $(tail -n 1 "$tmp/err")"
seen=$("$tmp/poll") || no "no io_uring here"
echo "$(uname -r): $seen"
[ "$seen" = "update 1, old file 1, new file 0" ] || { echo "changed"; exit 1; }

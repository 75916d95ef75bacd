#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# Linux: RWF_NOWAIT works in one direction of an eventfd only. preadv2() takes it,
# and says EAGAIN where there is nothing to read; pwritev2() refuses it with
# EOPNOTSUPP, even where the write would not wait. A pipe takes it both ways. So
# who shares an eventfd with somebody it does not trust cannot write to it without
# risk: O_NONBLOCK belongs to the file description, which the other may change.
#
# Seen: Linux 6.18.44: "eventfd read EAGAIN 8, write EOPNOTSUPP; pipe write 8, read 8".
#
# The kernel that runs is what is looked at; nothing is installed.
# 0: as described; 1: it has changed; 77: cannot run here.
set -u

tmp=$(mktemp -d) || exit 77
trap 'rm -rf "$tmp"' EXIT
no() { echo "skipped: $1"; exit 77; }

[ "$(uname -s)" = Linux ] || no "not Linux"
command -v cc >/dev/null || no "cc is not here"

cat >"$tmp/nowait.c" <<'C'
#define _GNU_SOURCE
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/uio.h>
#include <unistd.h>

static const char *said(ssize_t n)
{
	return n >= 0 ? "8" : strerrorname_np(errno);
}

int main(void)
{
	int event = eventfd(0, 0), pipes[2];
	uint64_t value = 1;
	struct iovec v = { &value, sizeof(value) };

	if (event < 0 || pipe(pipes))
		return 77;
	printf("eventfd read %s", said(preadv2(event, &v, 1, -1, RWF_NOWAIT)));
	if (write(event, &value, sizeof(value)) < 0)
		return 77;
	printf(" %s", said(preadv2(event, &v, 1, -1, RWF_NOWAIT)));
	printf(", write %s", said(pwritev2(event, &v, 1, -1, RWF_NOWAIT)));
	printf("; pipe write %s", said(pwritev2(pipes[1], &v, 1, -1, RWF_NOWAIT)));
	printf(", read %s\n", said(preadv2(pipes[0], &v, 1, -1, RWF_NOWAIT)));
	return 0;
}
C
cc -o "$tmp/nowait" "$tmp/nowait.c" 2>"$tmp/err" ||
	no "it cannot be built (glibc 2.32 or later is wanted): $(tail -n 1 "$tmp/err")"
seen=$("$tmp/nowait") || no "no eventfd or pipe"
echo "$(uname -r): $seen"
[ "$seen" = "eventfd read EAGAIN 8, write EOPNOTSUPP; pipe write 8, read 8" ] ||
	{ echo "changed"; exit 1; }

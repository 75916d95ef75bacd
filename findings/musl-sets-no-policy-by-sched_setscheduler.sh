#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# musl's sched_setscheduler() and sched_getscheduler() fail with ENOSYS on every
# kernel; pthread_setschedparam() of the same thread works, and takes Linux's
# own policies (SCHED_BATCH) too. A program that finds "Function not
# implemented" and blames the kernel or a container is wrong.
#
# Seen: musl 1.2.3-1: "set: 38, get: 38, pthread: 0, policy 3". Linux 6.18.
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
(cd "$tmp" && apt-get -qq download musl=1.2.3-1 musl-dev=1.2.3-1) >/dev/null 2>"$tmp/err" ||
	no "musl 1.2.3-1 (Debian 12) is not to be had: $(tail -n 1 "$tmp/err")"
for deb in "$tmp"/*.deb; do
	dpkg -x "$deb" "$tmp/root"
done

cat >"$tmp/policy.c" <<'C'
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>

int main(void)
{
	struct sched_param p = { .sched_priority = 0 };
	int set = sched_setscheduler(0, SCHED_BATCH, &p) ? errno : 0;
	int get = sched_getscheduler(0) < 0 ? errno : 0;
	int thread = pthread_setschedparam(pthread_self(), SCHED_BATCH, &p);
	int policy = -1;

	pthread_getschedparam(pthread_self(), &policy, &p);
	printf("set: %d, get: %d, pthread: %d, policy %d\n", set, get, thread, policy);
	return 0;
}
C
inc=$tmp/root/usr/include/x86_64-linux-musl
lib=$tmp/root/usr/lib/x86_64-linux-musl
cc -nostdinc -isystem "$inc" -nostdlib -static -no-pie -fno-stack-protector -o "$tmp/policy" \
	"$lib/crt1.o" "$lib/crti.o" "$tmp/policy.c" "$lib/libc.a" "$lib/crtn.o" 2>"$tmp/err" ||
	no "it cannot be built: $(tail -n 1 "$tmp/err")"
seen=$("$tmp/policy")
echo "$seen"
[ "$seen" = "set: 38, get: 38, pthread: 0, policy 3" ] || { echo "changed"; exit 1; }

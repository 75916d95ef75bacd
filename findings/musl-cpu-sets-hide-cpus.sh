#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# musl's CPU sets hide CPUs from code that is right with glibc, in two ways.
# CPU_SETSIZE is 128, although a cpu_set_t has 1024 bits that CPU_SET(),
# CPU_COUNT() and the kernel use: 128 is its size in bytes. A loop up to it ends
# at CPU 127. And CPU_ISSET() gives the bit itself as an unsigned long, not 1: an
# int that keeps it, or a function that returns it, is 0 for CPUs 32 to 63, 96 to
# 127 and so on. "if (CPU_ISSET(...))" works, and so hides the second.
#
# Seen: musl 1.2.3-1: "set: 40 500, count: 2, loop: 1, as int: 0 0, as truth: 1 1".
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

cat >"$tmp/set.c" <<'C'
#define _GNU_SOURCE
#include <sched.h>
#include <stdio.h>

static int as_int(int cpu, cpu_set_t *set)
{
	return CPU_ISSET(cpu, set);
}

static int as_truth(int cpu, cpu_set_t *set)
{
	return CPU_ISSET(cpu, set) ? 1 : 0;
}

int main(void)
{
	int loop = 0;
	cpu_set_t s;

	CPU_ZERO(&s);
	CPU_SET(40, &s);
	CPU_SET(500, &s);
	for (int cpu = 0; cpu < CPU_SETSIZE; cpu++)
		loop += as_truth(cpu, &s);
	printf("set: 40 500, count: %d, loop: %d", CPU_COUNT(&s), loop);
	printf(", as int: %d %d", as_int(40, &s), as_int(500, &s));
	printf(", as truth: %d %d\n", as_truth(40, &s), as_truth(500, &s));
	return 0;
}
C
inc=$tmp/root/usr/include/x86_64-linux-musl
lib=$tmp/root/usr/lib/x86_64-linux-musl
cc -nostdinc -isystem "$inc" -nostdlib -static -no-pie -fno-stack-protector -o "$tmp/set" \
	"$lib/crt1.o" "$lib/crti.o" "$tmp/set.c" "$lib/libc.a" "$lib/crtn.o" 2>"$tmp/err" ||
	no "it cannot be built: $(tail -n 1 "$tmp/err")"
seen=$("$tmp/set")
echo "$seen"
[ "$seen" = "set: 40 500, count: 2, loop: 1, as int: 0 0, as truth: 1 1" ] ||
	{ echo "changed"; exit 1; }

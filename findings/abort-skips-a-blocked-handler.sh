#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# abort() in a thread that blocks SIGABRT: glibc 2.36 unblocks the signal first,
# so the process's handler runs. glibc 2.41 does not unblock it: it puts the
# default action in place and ends the process. A crash handler that writes a
# last message sees nothing of threads that block signals, as workers often do;
# and a seccomp filter for such a thread must allow rt_sigaction(SIGABRT), which
# it need not on 2.36.
#
# Seen: glibc 2.36-9+deb12u14 prints "handler ran", 2.41-12+deb13u5 does not;
# both end by SIGABRT. x86_64, Linux 6.18.
#
# 0: as described; 1: it has changed; 77: cannot run here.
set -u

tmp=$(mktemp -d) || exit 77
trap 'rm -rf "$tmp"' EXIT
no() { echo "skipped: $1"; exit 77; }

[ "$(uname -m)" = x86_64 ] || no "the packages are for x86_64"
for tool in cc apt-get dpkg awk; do
	command -v $tool >/dev/null || no "$tool is not here"
done

cat >"$tmp/abort.c" <<'C'
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

static void on_abort(int number)
{
	(void)number;
	if (write(1, "handler ran\n", 12) < 0)
		_exit(2);
}

static void *thread(void *arg)
{
	sigset_t all;

	(void)arg;
	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, NULL);
	abort();
}

int main(void)
{
	pthread_t t;

	signal(SIGABRT, on_abort);
	pthread_create(&t, NULL, thread, NULL);
	pthread_join(t, NULL);
	return 0;
}
C
cc -o "$tmp/abort" "$tmp/abort.c" -pthread 2>"$tmp/err" || no "no compiler for it: $(tail -n 1 "$tmp/err")"

# Where this machine has Debian's packages from.
archive() {
	cat /etc/apt/sources.list /etc/apt/sources.list.d/* 2>/dev/null |
		awk '$1 == "deb" || $1 == "URIs:" {
			for (i = 2; i <= NF; i++)
				if ($i ~ /^[a-z]+:.*\/debian\/?$/) { print $i; exit } }'
}

# fetch SUITE VERSION: that C library.
fetch() {
	dir=$tmp/$1
	mkdir -p "$dir/lists/partial" "$dir/cache/archives/partial" "$dir/root"
	uri=$(archive)
	[ -z "$uri" ] || echo "deb $uri $1 main" >"$dir/one.list"
	[ -s "$dir/one.list" ] || no "this machine's package sources are not Debian's"
	set -- "$2" -o Dir::Etc::sourcelist="$dir/one.list" -o Dir::Etc::sourceparts=- \
		-o Dir::State::lists="$dir/lists" -o Dir::Cache="$dir/cache"
	version=$1 && shift
	apt-get -qq "$@" update >/dev/null 2>"$tmp/err" || no "apt-get update: $(tail -n 1 "$tmp/err")"
	(cd "$dir" && apt-get -qq "$@" download "libc6=$version") >/dev/null 2>"$tmp/err"
	deb=$(find "$dir" -maxdepth 1 -name '*.deb')
	[ -n "$deb" ] || no "libc6=$version is not to be had"
	dpkg -x "$deb" "$dir/root" || no "$deb cannot be unpacked"
}

# says SUITE: what the program prints with that C library.
says() {
	lib=$(dirname "$(find "$tmp/$1/root" -name libc.so.6 | head -n 1)")
	("$lib/ld-linux-x86-64.so.2" --library-path "$lib" "$tmp/abort") 2>/dev/null
	echo "status $?"
}

fetch bookworm 2.36-9+deb12u14
fetch trixie 2.41-12+deb13u5
old=$(says bookworm) new=$(says trixie)
echo "2.36: $old"
echo "2.41: $new"
if [ "$old" != "handler ran
status 134" ] || [ "$new" != "status 134" ]; then
	echo "changed"
	exit 1
fi

#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# timeout: 420
#
# This machine's compilers, with flags that show other warnings or that distributions set.
set -u
# shellcheck disable=SC1091 # dir and status come from there
. "$TANDEM_SRC/tests/e2e/tap"
unset MAKEFLAGS MAKELEVEL

builds() { # builds COMPILER FLAGS: the program and its tests, without a warning
	if ! command -v "$1" >/dev/null; then
		skip "$1 $2: no warning" "no $1"
		return
	fi
	rm -rf "$dir/build" && mkdir "$dir/build" && cd "$dir/build" || exit
	env -u CPPFLAGS -u LDFLAGS CFLAGS="$2" "$TANDEM_SRC/configure" --enable-werror CC="$1" >"$dir/out" 2>"$dir/err" &&
		make all tests >"$dir/out" 2>"$dir/err"
	status=$?
	result $status "$1 $2: no warning"
	cd / || exit
}

# Debian has none of our libraries for musl, so nothing is linked: their headers, and the kernel's, do.
musl_compiles() {
	rm -rf "$dir/build" && mkdir -p "$dir/build" "$dir/include" && cd "$dir/build" || return
	for header in linux asm-generic asm liburing liburing.h cap-ng.h seccomp.h seccomp-syscalls.h jansson.h \
		jansson_config.h cmocka.h cmocka_version.h cmocka_pbc.h; do
		at=/usr/include/$header
		[ -e "$at" ] || at=/usr/include/$(gcc -dumpmachine)/$header
		[ ! -e "$at" ] || ln -s "$at" "$dir/include/$header"
	done
	"$TANDEM_SRC/configure" --enable-werror || return
	objects=$(cd "$TANDEM_SRC" && find tests/common tests/unit tests/vhost tests/pair -name '*.c' |
		sed 's|^|build/|; s|c$|o|')
	# shellcheck disable=SC2086 # words
	make CC="musl-gcc -idirafter $dir/include" build/libtandem.a build/libcli.a $objects
}

builds gcc "-O0 -g"
builds gcc "-O2 -g -flto"
builds gcc "-O3 -D_FORTIFY_SOURCE=3"
builds clang "-O1 -D_FORTIFY_SOURCE=2"
name="musl-gcc: it compiles, without a warning"
if command -v musl-gcc >/dev/null; then
	(musl_compiles) >"$dir/out" 2>"$dir/err"
	result $? "$name"
else
	skip "$name" "no musl-gcc; ./configure --install-deps=checks"
fi
finish

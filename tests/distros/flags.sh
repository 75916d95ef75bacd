#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# timeout: 420
#
# This machine's compilers, with flags that show other warnings or that distributions set.
set -u
# shellcheck disable=SC1091 # dir and status come from there
. "${TANDEM_SRC:?run me through make}/tests/e2e/tap"
unset MAKEFLAGS MAKELEVEL

builds() { # builds COMPILER FLAGS GOAL...: without a warning
	compiler=$1 flags=$2
	shift 2
	if ! command -v "$compiler" >/dev/null; then
		skip "$compiler $flags: no warning" "no $compiler"
		return
	fi
	rm -rf "$dir/build" && mkdir "$dir/build" && cd "$dir/build" || exit
	env -u CPPFLAGS -u LDFLAGS CFLAGS="$flags" "$TANDEM_SRC/configure" --enable-werror CC="$compiler" \
		>"$dir/out" 2>"$dir/err" && make "$@" >"$dir/out" 2>"$dir/err"
	status=$?
	result $status "$compiler $flags: no warning"
	cd / || exit
}

# Debian has none of our libraries for musl, so nothing is linked: their headers, and the kernel's, do.
musl_compiles() {
	rm -rf "$dir/build" && mkdir -p "$dir/build" "$dir/include" && cd "$dir/build" || return
	for header in linux asm-generic video asm liburing liburing.h cap-ng.h seccomp.h seccomp-syscalls.h jansson.h \
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

builds gcc "-O0 -g" all tests
# Each link compiles the whole library again: the program, and a test of each kind.
builds gcc "-O2 -g -flto" all build/tests/unit-virtq build/tests/pair-life build/tests/vhost-door \
	build/tests/guest-hostile build/tests/fuzz-user
builds gcc "-O3 -D_FORTIFY_SOURCE=3" all tests
builds clang "-O1 -D_FORTIFY_SOURCE=2" all tests
name="musl-gcc: it compiles, without a warning"
if command -v musl-gcc >/dev/null; then
	(musl_compiles) >"$dir/out" 2>"$dir/err"
	result $? "$name"
else
	skip "$name" "no musl-gcc; ./configure --install-deps=checks"
fi
finish

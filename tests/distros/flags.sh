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

builds gcc "-O0 -g"
builds gcc "-O2 -g -flto"
builds gcc "-O3 -D_FORTIFY_SOURCE=3"
builds clang "-O1 -D_FORTIFY_SOURCE=2"
finish

#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# timeout: 720
#
# Debian's development release, with the newest gcc and clang that it has.
# shellcheck disable=SC1091,SC2034,SC2154 # dir and status come from there
. "${TANDEM_SRC:?run me through make}/tests/distros/debian"

# newest NAME: NAME-22 rather than NAME-21.
newest() {
	in_debian rw apt-cache search --names-only "^$1-[0-9]+\$" | sed 's/ .*//' | sort -V | tail -n 1
}
need_debian sid dpkg-dev python3
gcc=$(newest gcc) clang=$(newest clang)
add_packages "$gcc" "$clang" || cannot_be_had

passes "sid: $clang, hardened, without a warning" sh -c "mkdir /srv/clang && cd /srv/clang &&
	../tandem/configure --enable-werror CC=$clang CPPFLAGS=-D_FORTIFY_SOURCE=3 CFLAGS=-O3 && make all tests"
# As a package is built.
passes "sid: $gcc with the flags of a package, make check" bash -c "set -a && . <(dpkg-buildflags --export=sh) &&
	./configure --enable-werror CC=$gcc && make check"
finish

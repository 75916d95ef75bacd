#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# What make tells the tests of where they are, in a directory whose name is no plain word.
set -u
here=$(dirname "$0")
# shellcheck source=tests/e2e/tap
. "$here/tap"
command -v make >/dev/null || skip_all "no make"
config=$TANDEM_BUILD/../config.mk
[ -e "$TANDEM_SRC/Makefile" ] && [ -e "$config" ] || skip_all "the sources, configured, are not here"

# No sources: nothing to build, and only the commands are looked at.
odd="$dir/it's a directory"
mkdir -p "$odd/build"
cp "$TANDEM_SRC/Makefile" "$config" "$odd" && cp "$TANDEM_BUILD/config.h" "$odd/build"
# shellcheck disable=SC2016 # for the other shell
commands=$(cd "$odd" && MAKEFLAGS='' MAKELEVEL='' make -n -o tests -o config.mk check 2>"$dir/err" | grep -o '.*TANDEM=.*tests/run')
# shellcheck disable=SC2016
said=$(eval "${commands% tests/run} sh -c 'printf \"%s\n\" \"\$TANDEM\" \"\$TANDEM_SRC\" \"\$TANDEM_BUILD\"'" 2>>"$dir/err")
echo "$commands" >"$dir/out"
[ "$said" = "$odd/tandem
$odd
$odd/build" ]
result $? "make check names program, sources and build with their blanks and quotes"

finish

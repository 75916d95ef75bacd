#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# All tests, and short benchmarks, on a stock arm64 kernel with KVM at EL2.
# timeout: 1500
# shellcheck disable=SC1091,SC2154,SC2034 # dir and status come from here
. "$TANDEM_SRC/tests/lab/inside"
tests=$TANDEM_BUILD/tests
native arm64 || tests=$TANDEM_BUILD/../build-cross/build/tests
[ -n "$(ls "$tests"/* 2>/dev/null)" ] || skip_all "no test programs in $tests; make tests, or make cross"
mkdir "$dir/bin"
find "$tests" -maxdepth 1 -type f -perm -u+x ! -name '*.*' -exec ln -s {} "$dir/bin" \;
with_guests=
inside arm64 "$dir/bin" lazy

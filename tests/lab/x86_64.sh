#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# All tests, and short benchmarks, on a stock x86_64 kernel with KVM, in two preemption modes.
# timeout: 1500
# shellcheck disable=SC1091,SC2154,SC2034 # dir and status come from here
. "$TANDEM_SRC/tests/lab/inside"
tests=$TANDEM_BUILD/tests
native x86_64 || tests=$TANDEM_BUILD/../build-cross/build/tests
[ -n "$(ls "$tests"/* 2>/dev/null)" ] || skip_all "no test programs in $tests; make tests, or make cross"
mkdir "$dir/bin"
find "$tests" -maxdepth 1 -type f -perm -u+x ! -name '*.*' -exec ln -s {} "$dir/bin" \;
# Where two emulated CPUs take turns some interrupts come twice, and where they have a thread each some get lost
# (docs/lab.md); programs that count them get one CPU.
with_guests=--smp=1
inside x86_64 "$dir/bin" full lazy

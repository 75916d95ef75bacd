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
# In one thread the emulator delivers some interrupts twice, which the tests that count them would tell: these run with
# all others, in threads, where some of them may be lost (docs/lab.md).
quick_guests=guest-vm
emulation=
[ "${TANDEM_LAB_TESTS:-}" != all ] || emulation=--parallel
inside x86_64 "$dir/bin" full lazy

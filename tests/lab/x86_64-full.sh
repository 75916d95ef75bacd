#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# All tests, and short benchmarks, on a stock x86_64 kernel with KVM, in preemption mode full.
# timeout: 900
# shellcheck disable=SC1091,SC2154 # dir comes from here
. "${TANDEM_SRC:?run me through make}/tests/lab/x86_64"
inside x86_64 "$dir/bin" full

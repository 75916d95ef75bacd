#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# All tests, and short benchmarks, on a stock x86_64 kernel with KVM, in preemption mode lazy.
# timeout: 900
# shellcheck disable=SC1091,SC2154 # dir comes from here
. "$TANDEM_SRC/tests/lab/x86_64"
inside x86_64 "$dir/bin" lazy

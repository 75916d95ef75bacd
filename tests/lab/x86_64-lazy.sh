#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# Short benchmarks, and all tests that ask the kernel for anything, on a stock x86_64 kernel with
# KVM, in preemption mode lazy.
# timeout: 900
# shellcheck disable=SC1091,SC2154,SC2034 # dir comes from here
. "${TANDEM_SRC:?run me through make}/tests/lab/x86_64"
# Other units run in mode full only.
rooms='host lib pair run vhost vmm'
inside x86_64 "$dir/bin" lazy

#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# All tests, and short benchmarks, on a stock arm64 kernel with KVM at EL2.
# timeout: 1500
# shellcheck disable=SC1091,SC2154,SC2034 # dir and status come from here
. "${TANDEM_SRC:?run me through make}/tests/lab/inside"
programs arm64
with_guests=
inside arm64 "$dir/bin" lazy

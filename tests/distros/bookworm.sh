#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# timeout: 480
#
# Debian 12: packages, whose build runs the quick tests.
# shellcheck disable=SC1091,SC2034,SC2086,SC2154 # a word list; dir and status come from there
. "${TANDEM_SRC:?run me through make}/tests/distros/debian"
. "${TANDEM_SRC:?run me through make}/tests/distros/package"
need_debian bookworm $packagers
builds_packages "Debian 12" ""
finish

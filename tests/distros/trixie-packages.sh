#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# timeout: 420
#
# Debian 13: packages; trixie.sh runs the tests.
# shellcheck disable=SC1091,SC2034,SC2086,SC2154 # a word list; dir and status come from there
. "${TANDEM_SRC:?run me through make}/tests/distros/debian"
. "${TANDEM_SRC:?run me through make}/tests/distros/package"
need_debian trixie $packagers
builds_packages "Debian 13" nocheck
finish

#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# timeout: 660
#
# Debian 13: what README says, by an ordinary user as far as building goes.
# shellcheck disable=SC1091,SC2154 # dir and status come from there
. "${TANDEM_SRC:?run me through make}/tests/distros/debian"
need_debian trixie python3

chown -R 1000:1000 "$dir/srv/tandem"
passes "Debian 13: an ordinary user builds it" \
	setpriv --reuid=1000 --regid=1000 --clear-groups sh -c './configure --enable-werror && make'
passes "Debian 13: ./configure --install-deps && make check" \
	sh -c './configure --install-deps --enable-werror && make check'
finish

#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# liburing 2.3: io_uring_enable_rings() and io_uring_register_restrictions() are in
# the header and in liburing.a, but not in liburing.so: the list of what it exports
# leaves them out (2.4 added them). So a program that restricts its rings finds the
# header, compiles, and does not link, unless statically. A check for the header or
# for a function of the same age does not tell; one must link with these two.
#
# Seen: liburing-dev and liburing2 2.3-3: "shared: undefined io_uring_enable_rings
# io_uring_register_restrictions; static: links".
#
# 0: as described; 1: it has changed; 77: cannot run here.
set -u

tmp=$(mktemp -d) || exit 77
trap 'rm -rf "$tmp"' EXIT
no() { echo "skipped: $1"; exit 77; }

[ "$(uname -m)" = x86_64 ] || no "the packages are for x86_64"
for tool in cc apt-get dpkg; do
	command -v $tool >/dev/null || no "$tool is not here"
done
(cd "$tmp" && apt-get -qq download liburing-dev=2.3-3 liburing2=2.3-3) >/dev/null 2>"$tmp/err" ||
	no "liburing 2.3-3 (Debian 12) is not to be had: $(tail -n 1 "$tmp/err")"
for deb in "$tmp"/*.deb; do
	dpkg -x "$deb" "$tmp/root" || no "$deb cannot be unpacked"
done

cat >"$tmp/restrict.c" <<'C'
#include <liburing.h>

int main(void)
{
	struct io_uring_restriction nothing = { 0 };
	struct io_uring ring;

	if (io_uring_queue_init(8, &ring, IORING_SETUP_R_DISABLED))
		return 1;
	if (io_uring_register_restrictions(&ring, &nothing, 0))
		return 1;
	return io_uring_enable_rings(&ring);
}
C

# links LIBRARY: how that ends.
links() {
	if cc -I"$tmp/root/usr/include" -o "$tmp/restrict" "$tmp/restrict.c" "$1" 2>"$tmp/err"; then
		echo "links"
	else
		sed -n "s/.*undefined reference to .\(io_uring_[a-z_]*\).*/\1/p" "$tmp/err" | sort -u |
			tr '\n' ' ' | sed 's/^/undefined /; s/ $//'
	fi
}
shared=$(find "$tmp/root" -name 'liburing.so.2' | head -n 1)
static=$(find "$tmp/root" -name liburing.a)
if [ -z "$shared" ] || [ -z "$static" ]; then
	no "the packages have no library"
fi
seen="shared: $(links "$shared"); static: $(links "$static")"
echo "$seen"
[ "$seen" = "shared: undefined io_uring_enable_rings io_uring_register_restrictions; static: links" ] ||
	{ echo "changed"; exit 1; }

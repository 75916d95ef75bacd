#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# Rings count against RLIMIT_MEMLOCK again. liburing's README says that only Linux
# 5.11 and older did so, and that only registered buffers do now; so it is on 6.1,
# 6.12 and 7.3, but not on 6.18. There, for users without CAP_IPC_LOCK, a limit of
# 0 makes io_uring_setup() ENOMEM, and Debian's usual 8 MiB hold two rings of 32768
# entries over all processes of the user. A smaller ring or a higher limit helps.
#
# Seen: liburing 2.3-3, Linux 6.18.44: "0 KiB: 0 rings, then ENOMEM; 8192 KiB:
# 2 rings, then ENOMEM; CAP_IPC_LOCK, 0 KiB: 4 rings". (6.1.176, 6.12.117, 7.3.4
# of Debian under an emulator: no limit.)
#
# Needs root, to become a user of no other process.
# 0: as described; 1: it has changed; 77: cannot run here.
set -u

tmp=$(mktemp -d) || exit 77
trap 'rm -rf "$tmp"' EXIT
no() { echo "skipped: $1"; exit 77; }

[ "$(uname -m)" = x86_64 ] || no "the packages are for x86_64"
[ "$(id -u)" = 0 ] || no "root is needed to become another user"
case $(uname -r) in
6.18.*) ;;
*) no "it is of Linux 6.18, this is $(uname -r)" ;;
esac
for tool in cc apt-get dpkg; do
	command -v $tool >/dev/null || no "$tool is not here"
done
(cd "$tmp" && apt-get -qq download liburing-dev=2.3-3) >/dev/null 2>"$tmp/err" ||
	no "liburing-dev 2.3-3 (Debian 12) is not to be had: $(tail -n 1 "$tmp/err")"
dpkg -x "$tmp"/liburing-dev*.deb "$tmp/root" || no "the package cannot be unpacked"

cat >"$tmp/rings.c" <<'C'
#define _GNU_SOURCE
#include <liburing.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#define RINGS 4

/* A user that has nothing else: locked memory is counted by user. */
#define NOBODY_ELSE 3141592

/* rings KIB [root]: how many rings of 32768 entries can be had? */
int main(int argc, char **argv)
{
	struct rlimit limit = { (rlim_t)atoi(argv[1]) << 10, (rlim_t)atoi(argv[1]) << 10 };
	struct io_uring rings[RINGS];
	int made = 0, err = 0;

	if (setrlimit(RLIMIT_MEMLOCK, &limit))
		return 77;
	if (argc == 2 && setresuid(NOBODY_ELSE, NOBODY_ELSE, NOBODY_ELSE))
		return 77;
	while (made < RINGS && !(err = io_uring_queue_init(32768, &rings[made], 0)))
		made++;
	printf("%d rings", made);
	if (err)
		printf(", then %s", strerrorname_np(-err));
	puts("");
	return 0;
}
C
library=$(find "$tmp/root" -name liburing.a)
cc -I"$tmp/root/usr/include" -o "$tmp/rings" "$tmp/rings.c" "$library" 2>"$tmp/err" ||
	no "it cannot be built: $(tail -n 1 "$tmp/err")"
root=$("$tmp/rings" 0 root) || no "no limits can be set"
[ "$root" = "4 rings" ] || no "as root, too: $root"
none=$("$tmp/rings" 0) || no "no other user can be had"
usual=$("$tmp/rings" 8192)
seen="0 KiB: $none; 8192 KiB: $usual; CAP_IPC_LOCK, 0 KiB: $root"
echo "$(uname -r): $seen"
[ "$seen" = "0 KiB: 0 rings, then ENOMEM; 8192 KiB: 2 rings, then ENOMEM; CAP_IPC_LOCK, 0 KiB: 4 rings" ] ||
	{ echo "changed"; exit 1; }

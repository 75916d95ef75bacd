#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# libtandem-vhost as it is installed: the example is compiled against it, and moves frames between two front ends.
set -u
here=$(dirname "$0")
# shellcheck source=tests/e2e/tap
. "$here/tap"
# shellcheck source=tests/e2e/processes
. "$here/processes"

frontend=$TANDEM_BUILD/tests/e2e-frontend
config=$TANDEM_BUILD/../config.mk
for needed in make pkg-config "${CC:-cc}" nm; do
	command -v "$needed" >/dev/null || skip_all "no $needed"
done
[ -x "$frontend" ] && [ -e "$config" ] || skip_all "the sources, configured and built, are not here"
unset MAKEFLAGS MAKELEVEL
root=$dir/root
prefix=$(sed -n 's/^PREFIX = //p' "$config")
a=$dir/a.sock b=$dir/b.sock

# built ARG...: make where the program was built
built() { (cd "$TANDEM_BUILD/.." && make -o tandem -o build/libtandem-vhost.a -o config.mk "$@" DESTDIR="$root") >"$dir/out" 2>"$dir/err"; }

built install
result $? "make install"
lib=$(find "$root" -name libtandem-vhost.a) header=$(find "$root" -name tandem_vhost.h)
pc=$(find "$root" -name tandem-vhost.pc) example=$(find "$root" -name connect.c)
[ -s "$lib" ] && [ -s "$header" ] && [ -s "$pc" ] && [ -s "$example" ]
result $? "library, header, .pc file and example are installed"
nm -g --defined-only "$lib" 2>/dev/null | sed -n 's/^[0-9a-f]* [A-Z] //p' | sort >"$dir/names"
[ -s "$dir/names" ] && ! grep -v '^tandem_vhost_' "$dir/names" >"$dir/err"
result $? "no name but those of its header can clash with its user's"
sed -n 's/^[a-z].*[ *]\(tandem_vhost_[a-z_]*\)(.*/\1/p' "$header" | sort >"$dir/declared"
[ -s "$dir/declared" ] && cmp -s "$dir/names" "$dir/declared"
result $? "the header declares all that the library has, and no more"

export PKG_CONFIG_SYSROOT_DIR="$root" PKG_CONFIG_PATH="${pc%/*}"
grep -qx "prefix=$prefix" "$pc" && [ "$(pkg-config --modversion tandem-vhost)" = "$("$TANDEM" version | sed -n '1s/^[^0-9]*\([0-9.]*[0-9]\).*/\1/p')" ]
result $? "the .pc file has prefix and version"
# shellcheck disable=SC2046 # words
"${CC:-cc}" -std=c99 -D_POSIX_C_SOURCE=200809L -Wall -Wextra -Wpedantic -Werror "$example" \
	$(pkg-config --cflags --libs tandem-vhost) -o "$dir/connect" >"$dir/out" 2>"$dir/err"
result $? "the example is compiled with what pkg-config says"
if command -v c++ >/dev/null; then
	echo '#include <tandem_vhost.h>
	int main() { tandem_vhost_destroy(nullptr); }' >"$dir/user.cc"
	# shellcheck disable=SC2046
	c++ -Wall -Werror "$dir/user.cc" $(pkg-config --cflags --libs tandem-vhost) -o "$dir/user" >"$dir/out" 2>"$dir/err" &&
		"$dir/user"
	result $? "C++ can use it"
else
	skip "C++ can use it" "no c++"
fi

# connect: the example on both sockets, in the background as $pid
connect() {
	forget
	"$dir/connect" "$a" "$b" >"$dir/out" 2>"$dir/err" &
	pid=$!
	wait_until 100 said "$dir/out" '^ready'
}
pings() { timeout -k 5 "$patience" "$frontend" ping "$a" "$b" "$1" >"$dir/ping" 2>&1; }

connect
pings 200 && pings 100 && grep -q '^100 frames each way' "$dir/ping"
result $? "the example moves frames between two front ends, and the next two"
timeout -k 5 "$patience" "$dir/connect" "$a" "$dir/c.sock" >/dev/null 2>"$dir/err2"
[ $? = 1 ] && grep -q "socket $a: in use" "$dir/err2"
result $? "a second one does not take its socket, and says why"
timeout -k 5 "$patience" "$frontend" cut "$a" >"$dir/ping" 2>&1
pings 20
result $? "a front end that cuts its memory short costs its own connection"
kill "$pid"
wait "$pid"
status=$?
[ $status = 0 ] && [ ! -e "$a" ] && [ ! -e "$b" ] &&
	tail -n 1 "$dir/out" | grep -q '^a: .*, sent 320 frames, .*; b: .*, sent 320 frames, '
result $? "SIGTERM ends it: counters are right, the sockets are gone"

built uninstall
[ -z "$(find "$root" -type f)" ]
result $? "make uninstall leaves nothing of it"

finish

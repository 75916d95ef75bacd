#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# timeout: 900
#
# This machine's compiler with musl: the program and `make check`. Debian has none of our libraries
# for musl, so they are made of its source packages, as archives, and kept for the next time.
set -u
# shellcheck disable=SC1091,SC2154,SC2034,SC2086 # dir and status come from there; a word list
. "$TANDEM_SRC/tests/distros/debian"
unset MAKEFLAGS MAKELEVEL

for tool in musl-gcc dpkg-source autoreconf libtoolize cmake pkg-config; do
	command -v $tool >/dev/null || skip_all "no $tool"
done
[ -n "$(mirror)" ] || skip_all "apt has no archive of Debian here"
kept=${XDG_CACHE_HOME:-$HOME/.cache}/tandem/musl
release=$(. /etc/os-release && echo "$VERSION_CODENAME")
sources="liburing libseccomp libcap-ng jansson cmocka"
# The kernel's headers, which know nothing of a C library.
headers=$kept/kernel
compiler="musl-gcc -idirafter $headers"

# With lists of its own: this machine's apt may have none of source packages, and keeps what it has.
fetch_sources() {
	mkdir -p "$dir/apt/lists/partial" "$dir/apt/cache/archives/partial" "$dir/src" && cd "$dir/src" || return
	printf 'Types: deb-src\nURIs: %s\nSuites: %s\nComponents: main\nSigned-By: %s\n' "$(mirror)" "$release" \
		/usr/share/keyrings/debian-archive-keyring.gpg >"$dir/apt/s.sources"
	own="-o Dir::Etc::sourcelist=$dir/apt/s.sources -o Dir::Etc::sourceparts=/dev/null -o APT::Sandbox::User=root
		-o Dir::State::lists=$dir/apt/lists -o Dir::Cache=$dir/apt/cache"
	apt-get -qq $own update && apt-get -qq $own --download-only source $sources || return
	for package in *.dsc; do
		dpkg-source --no-check -x "$package" >/dev/null || return
	done
}

link_headers() {
	mkdir -p "$headers" "$kept/include" "$kept/lib/pkgconfig" &&
		ln -sfn /usr/include/linux "$headers/linux" && ln -sfn /usr/include/asm-generic "$headers/asm-generic" &&
		ln -sfn "/usr/include/$(gcc -dumpmachine)/asm" "$headers/asm"
}

with_autoconf() { # with_autoconf DIRECTORY DIRECTORIES-TO-INSTALL...
	cd "$dir/src/$1"* && shift || return
	[ -x configure ] || autoreconf -i || return
	CC=$compiler ./configure --prefix="$kept" --disable-shared --enable-static --without-python --without-python3 || return
	for part; do
		make -C "$part" install || return
	done
	cp ./*.pc "$kept/lib/pkgconfig/" 2>/dev/null || : # not all have one at the top
}

make_libraries() (
	link_headers && fetch_sources || exit
	(cd "$dir"/src/liburing-* && ./configure --cc="$compiler" --prefix="$kept" &&
		make -C src ENABLE_SHARED=0 install) || exit
	(with_autoconf libseccomp- include src) && (with_autoconf libcap-ng- src) && (with_autoconf jansson- src) || exit
	mkdir "$dir/cmocka" && cd "$dir/cmocka" &&
		CC=musl-gcc CFLAGS="-idirafter $headers" cmake -DCMAKE_INSTALL_PREFIX="$kept" -DCMAKE_INSTALL_LIBDIR=lib \
			-DWITH_STATIC_LIB=ON "$dir"/src/cmocka-* && make install || exit
	rm -f "$kept"/lib/*.so* && mv "$kept/lib/libcmocka-static.a" "$kept/lib/libcmocka.a" && : >"$kept/made"
)

[ -e "$kept/made" ] || make_libraries >"$dir/out" 2>&1 || {
	tail -n 20 "$dir/out"
	skip_all "the libraries cannot be had for musl: $(tail -n 1 "$dir/out")"
}
mkdir "$dir/build" && cd "$dir/build" || exit
CPPFLAGS=-I$kept/include LDFLAGS=-L$kept/lib PKG_CONFIG_LIBDIR=$kept/lib/pkgconfig \
	"$TANDEM_SRC/configure" --enable-werror CC="$compiler" >"$dir/out" 2>"$dir/err" && make >"$dir/out" 2>"$dir/err"
status=$?
result $status "musl: it is built, without a warning"
if [ $status = 0 ]; then
	make check >"$dir/out" 2>"$dir/err"
	status=$?
	result $status "musl: make check"
	grep -vE '^  (CC|AS|LD|AR) |^PASS' "$dir/out" | sed 's/^/# /'
fi
finish

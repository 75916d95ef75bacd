#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# timeout: 180
#
# What configure and make take from those who build: packagers, other compilers, odd directories.
set -u
here=$(dirname "$0")
# shellcheck source=tests/e2e/tap
. "$here/tap"
command -v make >/dev/null && command -v "${CC:-cc}" >/dev/null || skip_all "no make or no C compiler"
[ -e "$TANDEM_SRC/configure" ] && [ -e "$TANDEM_BUILD/../config.mk" ] || skip_all "the sources, configured, are not here"
unset MAKEFLAGS MAKELEVEL
build="$dir/build"
mkdir "$build" || exit 1

configure() { # configure ARG...: in the build directory; the status into $status
	(cd "$build" && env -u CFLAGS -u CPPFLAGS -u LDFLAGS "$TANDEM_SRC/configure" "$@") >"$dir/out" 2>"$dir/err"
	status=$?
}

# has VARIABLE VALUE: did configure write it down?
has() {
	grep -qxF "$1 = $2" "$build/config.mk"
}

commands() { # commands ARG...: what make would do
	(cd "$build" && make -n -o tandem -o config.mk "$@") >"$dir/out" 2>"$dir/err"
	status=$?
}

refused() { # refused NAME TEXT ARG...
	name=$1 text=$2
	shift 2
	configure "$@"
	[ $status = 2 ] && grep -q -e "$text" "$dir/err"
	result $? "$name"
}

# As debhelper calls it, and as an RPM's %configure does.
# shellcheck disable=SC2016 # for make to read
configure --build=x86_64-linux-gnu --prefix=/usr '--includedir=${prefix}/include' '--mandir=${prefix}/share/man' \
	'--infodir=${prefix}/share/info' --sysconfdir=/etc --localstatedir=/var --disable-option-checking \
	--disable-silent-rules --libdir=/usr/lib/x --runstatedir=/run --disable-maintainer-mode \
	--disable-dependency-tracking --with-nothing-known
[ $status = 0 ] && has PREFIX /usr && commands install DESTDIR=/d && grep -q "'/d/usr/share/man/man1'" "$dir/out"
result $? "configure takes debhelper's options"

# The last prefix counts.
mkdir "$dir/bin" && printf '#!/bin/sh\nexec %s "$@"\n' "${CC:-cc}" >"$dir/bin/gcc-of-mine" &&
	chmod +x "$dir/bin/gcc-of-mine"
native=$(uname -m)-pc-linux-gnu
configure --build="$native" --host="$native" --program-prefix= --disable-dependency-tracking \
	--prefix=/usr --exec-prefix=/usr --bindir=/usr/bin --sbindir=/usr/sbin --sysconfdir=/etc \
	--datadir=/usr/share --includedir=/usr/include --libdir=/usr/lib64 --libexecdir=/usr/libexec \
	--localstatedir=/var --sharedstatedir=/var/lib --mandir=/usr/man --infodir=/usr/share/info \
	"CC=$dir/bin/gcc-of-mine" --prefix "/opt/it's mine" --enable-werror
[ $status = 0 ] && commands install DESTDIR=/d && grep -q "'/d/usr/man/man1'" "$dir/out" && grep -q "'/d/usr/bin'" "$dir/out"
result $? "configure takes an RPM's options"
has CC "$dir/bin/gcc-of-mine" && has PREFIX "/opt/it's mine"
result $? "configure takes CC=COMPILER, and --prefix DIR in two words"
has WERROR -Werror
werror_asked=$?

configure --prefix=/usr CPPFLAGS=-DCPP_FLAG_SEEN CFLAGS=-DC_FLAG_SEEN
[ $status = 0 ] && commands -W "$TANDEM_SRC/lib/log.c" build/lib/log.o build/tests/common/suite.o &&
	[ "$(grep -c -e '-DCPP_FLAG_SEEN.*-DC_FLAG_SEEN' "$dir/out")" -ge 2 ]
result $? "CPPFLAGS reach the compiler, for the tests as well"

[ $werror_asked = 0 ] && has WERROR ""
result $? "warnings are errors when asked for only"

refused "an unknown option is refused" "unknown option '--enable-bogus'" --enable-bogus
refused "an unknown variable is refused" "unknown variable 'CFALGS'" CFALGS=-O0
refused "an option without its value is refused" "--prefix needs a value" --prefix
refused "a relative directory is refused" "--mandir needs an absolute directory" --mandir=man

# A foreign file where the name breaks off.
odd="$dir/a b'c"
mkdir -p "$odd" && : >"$dir/a"
# Nothing is built for this: a program is a file.
printf '#!/bin/sh\n' >"$build/tandem" && : >"$build/build/libtandem-vhost.a" &&
	(cd "$build" && make -o tandem -o build/libtandem-vhost.a -o config.mk install DESTDIR="$odd") >"$dir/out" 2>"$dir/err" &&
	[ -x "$odd/usr/bin/tandem" ] && [ -s "$odd/usr/share/man/man1/tandem.1" ]
result $? "make install keeps a DESTDIR with blanks and quotes together"
share=$odd/usr/share
[ -s "$share/bash-completion/completions/tandem" ] && [ -s "$share/zsh/site-functions/_tandem" ] &&
	[ -s "$share/fish/vendor_completions.d/tandem.fish" ]
result $? "make install installs completion for bash, zsh and fish"
pages="$odd/usr/share/man/man1/*"
# shellcheck disable=SC2086 # a pattern, in a directory with blanks
(IFS='' && ! grep -q 'in the source' $pages && cat $pages) 2>"$dir/err" | grep -o '/usr/share/doc/tandem/[a-z-]*\.md' | sort -u >"$dir/out"
[ -s "$dir/out" ] && while read -r document; do
	[ -s "$odd$document" ] || exit 1
done <"$dir/out"
result $? "installed man pages point to documents that are installed"
(cd "$build" && make -o tandem -o config.mk uninstall DESTDIR="$odd") >"$dir/out" 2>"$dir/err" &&
	[ -e "$dir/a" ] && [ -z "$(find "$odd" -type f)" ]
result $? "make uninstall removes what install made, and nothing else"

# A checkout of one file: only its version is made.
clone="$dir/clone"
make_clone() {
	mkdir -p "$clone/build" && cp "$TANDEM_SRC/Makefile" "$build/config.mk" "$clone" &&
		cp "$build/build/config.h" "$clone/build" && git -C "$clone" init -q &&
		git -C "$clone" add Makefile &&
		git -C "$clone" -c user.name=t -c user.email=t@example.org commit -q -m t
}
version() { # as make finds it
	(cd "$clone" && make -o config.mk build/version.h) >"$dir/out" 2>"$dir/err" &&
		sed -n 's/.*"\(.*\)"/\1/p' "$clone/build/version.h"
}
foreign="the version names the commit in somebody else's checkout"
broken="a checkout that git cannot read is an unknown version, with git's reason"
if ! command -v git >/dev/null; then
	skip "$foreign" "no git"
	skip "$broken" "no git"
else
	make_clone >"$dir/out" 2>"$dir/err" || exit 1
	commit=$(git -C "$clone" rev-parse --short HEAD)
	if [ "$(id -u)" = 0 ]; then
		chown -R 65534 "$clone"
		version | grep -q -e "-g$commit"
		result $? "$foreign"
	else
		skip "$foreign" "only root gives files away"
	fi
	echo broken >"$clone/.git/HEAD"
	version | grep -q -e '^[0-9.]*-unknown$' && grep -q 'git cannot tell the commit' "$dir/err" && grep -q '^fatal: ' "$dir/err"
	result $? "$broken"
fi

finish

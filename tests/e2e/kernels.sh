#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# tandem lab --build, on a tree of two files whose Makefile plays the kernel's, up to where an emulator is started:
# what is built and when, that the tree is only read, and what is refused.
# timeout: 120
# shellcheck disable=SC1091,SC2154,SC2034 # dir and status come from here
. "${TANDEM_SRC:?run me through make}/tests/e2e/tap"
for tool in gcc ld make patch tar; do
	command -v $tool >/dev/null || skip_all "no $tool"
done
[ "$(uname -m)" = x86_64 ] || skip_all "the tree is built for this machine, and knows x86_64"

# Stand-ins: an emulator that does not start, and what only a real kernel is built with.
mkdir "$dir/bin"
for tool in flex bison bc qemu-system-x86_64; do
	printf '#!/bin/sh\n[ "$1" != --version ] || { echo "QEMU emulator version 7.2.0"; exit 0; }\nexit 3\n' >"$dir/bin/$tool"
	chmod +x "$dir/bin/$tool"
done
PATH=$dir/bin:$PATH
XDG_CACHE_HOME=$dir/cache
TMPDIR=$dir
export PATH XDG_CACHE_HOME TMPDIR

make_tree() { # make_tree DIR
	mkdir -p "$1/kernel"
	echo 'int a;' >"$1/a.c"
	echo 'int b;' >"$1/kernel/b.c"
	cat >"$1/Makefile" <<'EOF'
VERSION = 9
PATCHLEVEL = 9
image := $(O)/arch/x86/boot/bzImage

allnoconfig:
	@cp $(KCONFIG_ALLCONFIG) $(O)/.config

bzImage: $(image)

# A header that says: HdrS, and where the version is.
$(image): $(O)/a.o $(O)/kernel/b.o
	@mkdir -p $(@D)
	@{ head -c 514 /dev/zero; printf HdrS; head -c 8 /dev/zero; printf '\000\002'; head -c 496 /dev/zero; \
	   printf '9.9.0-tiny (tandem@lab) #1 SMP'; } >$@

$(O)/%.o: %.c
	@mkdir -p $(@D)
	@echo '  CC      $*.o'
	@[ ! -e $(HOLD) ] || { touch $(HOLD).met; while [ -e $(HOLD) ]; do sleep 0.1; done; }
	@$(CROSS_COMPILE)gcc -c -o $@ $<
EOF
}
HOLD=$dir/hold
export HOLD

lab() { # lab ARG...
	tandem lab "$@" -- version
}

# built N: so many files were compiled, and the emulator was then tried.
built() {
	[ "$status" = 77 ] && grep -q "built .*: $1 files" "$dir/err" && grep -q "did not start" "$dir/err"
}

built_nothing() {
	[ "$status" = 77 ] && ! grep -q "built" "$dir/err" && grep -q "did not start" "$dir/err"
}

# What a tree is like, times and all.
snapshot() {
	(cd "$1" && find . -printf '%p %s %T@ %m\n' | LC_ALL=C sort)
}

tree=$dir/linux
make_tree "$tree"
snapshot "$tree" >"$dir/before"
lab --build="$tree" --list
grep -q "linux (to be built)" "$dir/out"
result $? "--list says what would be built"
lab --build="$tree"
built 2
result $? "a tree is built"
grep -q "^CONFIG_KVM_AMD=y" "$dir"/cache/tandem/lab/built/x86_64/*/config
result $? "with the lab's configuration, which stays beside the image"
lab --build="$tree"
built_nothing
result $? "the same state is not built again"
lab --build="$tree/" --list
grep -q "linux (built)" "$dir/out"
result $? "--list says that it is there"
snapshot "$tree" | cmp -s - "$dir/before"
result $? "the tree is only read"

echo 'int b2;' >"$tree/kernel/b.c"
lab --build="$tree"
built 1
result $? "what changed is built, and nothing else"
touch -d '2001-01-01' "$tree/a.c"
echo 'int a3;' >"$tree/a.c"
touch -d '2001-01-01' "$tree/a.c"
lab --build="$tree"
built 1
result $? "a change with an old time is one"

cat >"$dir/one.patch" <<'EOF'
Another name for it.

--- a/kernel/b.c
+++ b/kernel/b.c
@@ -1 +1 @@
-int b2;
+int patched;
EOF
snapshot "$tree" >"$dir/before"
lab --build="$tree" --patch="$dir/one.patch"
built 1
result $? "a patch makes one file be built"
snapshot "$tree" | cmp -s - "$dir/before"
result $? "and is not applied to the tree"
nm "$dir"/cache/tandem/lab/builds/x86_64/*/objects/kernel/b.o | grep -q patched
result $? "but to what is built"
lab --build="$tree"
built_nothing
result $? "without it, what was built before is there"
echo 'int a4;' >"$tree/a.c"
lab --build="$tree"
built 2
result $? "after it, the file that it touched is built anew"
nm "$dir"/cache/tandem/lab/builds/x86_64/*/objects/kernel/b.o | grep -q b2
result $? "as the tree has it"

cat >"$dir/new.patch" <<'EOF'
--- /dev/null
+++ b/kernel/c.c
@@ -0,0 +1 @@
+int c;
--- a/Makefile
+++ b/Makefile
@@ -9,3 +9,3 @@
 
 # A header that says: HdrS, and where the version is.
-$(image): $(O)/a.o $(O)/kernel/b.o
+$(image): $(O)/a.o $(O)/kernel/b.o $(O)/kernel/c.o
EOF
lab --build="$tree" --patch="$dir/one.patch" --patch="$dir/new.patch"
built 2
result $? "patches add up, and may add files"
lab --build="$tree"
[ ! -e "$(echo "$dir"/cache/tandem/lab/builds/x86_64/*/source/kernel)/c.c" ] || {
	echo 'int a5;' >"$tree/a.c"
	lab --build="$tree"
	[ ! -e "$(echo "$dir"/cache/tandem/lab/builds/x86_64/*/source/kernel)/c.c" ]
}
result $? "what a patch added goes with it"

sed 's/b2/zz/' "$dir/one.patch" >"$dir/misfit.patch"
lab --build="$tree" --patch="$dir/misfit.patch"
[ "$status" = 77 ] && grep -q "misfit.patch: does not apply" "$dir/err" && grep -q "patch:.*FAILED" "$dir/err"
result $? "a patch that does not fit is said, with what patch says"
sed 's,b/kernel/b.c,b/../../b.c,' "$dir/one.patch" >"$dir/out.patch"
lab --build="$tree" --patch="$dir/out.patch"
[ "$status" = 77 ] && grep -q "out.patch: the files that it names" "$dir/err"
result $? "a patch that leads out of the tree is refused"
lab --build="$tree" --patch="$tree/a.c"
[ "$status" = 77 ] && grep -q "a.c: no patch" "$dir/err"
result $? "what is no patch is refused"

echo 'int a6 = nonsense;' >"$tree/a.c"
lab --build="$tree"
[ "$status" = 77 ] && grep -q "make: .*error: .*nonsense" "$dir/err" && grep -q "the build failed" "$dir/err"
result $? "a broken tree: the compiler's last lines, and nothing booted"
! grep -q "make:   CC" "$dir/err"
result $? "and no line that says no more than what was compiled"
echo 'int a7;' >"$tree/a.c"
lab --build="$tree"
built 1
result $? "mended, it goes on where it failed"

make_tree "$dir/git"
git -C "$dir/git" init -q 2>/dev/null && {
	echo '*.o' >"$dir/git/.gitignore"
	echo .config >>"$dir/git/.gitignore"
	touch "$dir/git/a.o" "$dir/git/.config"
	git -C "$dir/git" add . && lab --build="$dir/git"
	built 2
	result $? "a git tree may have been built in"
	echo 'int new;' >"$dir/git/new.c"
	lab --build="$dir/git" --list
	grep -q "to be built" "$dir/out"
	result $? "and a new file in it is another state"
}
make_tree "$dir/used"
touch "$dir/used/.config"
lab --build="$dir/used"
[ "$status" = 77 ] && grep -q "run make mrproper" "$dir/err"
result $? "any other that was built in is refused"

make_tree "$dir/linux-source-9.9"
mkdir -p "$dir/deb/usr/src"
tar -C "$dir" -cJf "$dir/deb/usr/src/linux-source-9.9.tar.xz" linux-source-9.9 2>/dev/null ||
	tar -C "$dir" -cf "$dir/deb/usr/src/linux-source-9.9.tar" linux-source-9.9
lab --build="$dir/deb"
built 2 && grep -q "unpacking .*, once" "$dir/err"
result $? "Debian's linux-source package is unpacked and built"
lab --build="$(echo "$dir"/deb/usr/src/linux-source-9.9.tar*)"
built_nothing && ! grep -q unpacking "$dir/err"
result $? "and its tar file is the same"
echo none >"$dir/broken.tar"
lab --build="$dir/broken.tar"
[ "$status" = 77 ] && grep -q "broken.tar: tar: " "$dir/err"
result $? "what is no tar file is said"

lab --build="$dir/nowhere"
[ "$status" = 77 ] && grep -q "nowhere: give a Linux source tree" "$dir/err"
result $? "a tree that is not there is named"
mkdir "$dir/empty"
lab --build="$dir/empty"
[ "$status" = 77 ] && grep -q "no Linux source tree: there is no Makefile" "$dir/err"
result $? "a directory without a Makefile is no tree"
echo 'all:' >"$dir/empty/Makefile"
lab --build="$dir/empty"
[ "$status" = 77 ] && grep -q "no Linux source tree: its Makefile has no VERSION" "$dir/err"
result $? "somebody else's Makefile is no tree"
mkdir "$dir/few"
for tool in env make patch tar sh qemu-system-x86_64; do
	ln -s "$(command -v $tool)" "$dir/few/$tool"
done
env PATH="$dir/few" "$TANDEM" lab --build="$tree" -- version >"$dir/out" 2>"$dir/err"
status=$?
[ "$status" = 77 ] && grep -q "no compiler for x86_64: gcc is not there; apt-get install gcc" "$dir/err"
result $? "no compiler is said, with the way out"
refuses "a kernel and a tree are one too many" "not both" lab --build="$tree" --kernels=6.12 -- version
refuses "a patch needs a tree" "goes with --build" lab --patch="$dir/one.patch" -- version

# Two labs at once: one builds, the other waits, and builds nothing.
echo 'int a8;' >"$tree/a.c"
touch "$HOLD"
"$TANDEM" lab --build="$tree" -- version >"$dir/first" 2>&1 &
pid=$!
wait_until 100 [ -e "$HOLD.met" ]
"$TANDEM" lab --build="$tree" -- version >"$dir/second" 2>&1 &
other=$!
wait_until 100 grep -q "waiting for another lab" "$dir/second"
rm "$HOLD"
wait $pid $other
grep -q "built .*: 1 files" "$dir/first" && ! grep -q "built" "$dir/second"
result $? "two labs build a tree once"

# Edited while it is built: what came of it is not taken for the state before.
rm -f "$HOLD.met"
echo 'int a9;' >"$tree/a.c"
touch "$HOLD"
"$TANDEM" lab --build="$tree" -- version >"$dir/out" 2>"$dir/err" &
pid=$!
wait_until 100 [ -e "$HOLD.met" ]
echo 'int a10;' >"$tree/a.c"
rm "$HOLD"
wait $pid
grep -q "changed while it was built" "$dir/err" &&
	nm "$dir"/cache/tandem/lab/builds/x86_64/*/objects/a.o | grep -q a10
result $? "an edit while it is built is built, too"

# A signal ends it, and what was half built is gone on with.
rm -f "$HOLD.met"
echo 'int a11;' >"$tree/a.c"
touch "$HOLD"
"$TANDEM" lab --build="$tree" -- version >"$dir/out" 2>"$dir/err" &
pid=$!
wait_until 100 [ -e "$HOLD.met" ]
kill -TERM $pid
wait $pid
status=$?
rm "$HOLD"
[ $status = 143 ]
result $? "a signal ends a build"
lab --build="$tree"
built 1
result $? "which goes on with the next call"
finish

#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# An unmodified kernel in both guests, from its first instruction to user space and back; and how it fails.
# timeout: 480
# shellcheck disable=SC1091,SC2154,SC2034 # dir and status come from here
. "$TANDEM_SRC/tests/lab/tap"
native x86_64 || skip_all "a stock kernel as a guest is there on x86_64 only"
need_lab x86_64
box=$(busybox x86_64)
[ -n "$box" ] || skip_all "no package busybox-static; apt cannot download it"

# A name brings the kernel into the lab's cache, whether this machine can boot it or not.
"$TANDEM" run --guest=linux --guest-kernel=newest --guest-append=tandem.end=off >"$dir/out" 2>"$dir/err"
status=$?
[ $status = 0 ] || [ $status = 77 ]
result $? "a stock kernel by its name (status $status)"
cache=${XDG_CACHE_HOME:-$HOME/.cache}/tandem/lab
kernel=$(find "$cache/kernels.3" -path '*/amd64/*-cloud-amd64/image' | sort -V | tail -n 1)
[ -n "$kernel" ] || skip_all "no kernel in $cache"

cat >"$dir/inside" <<EOF_INSIDE
long=$((120 * ${TANDEM_TEST_SLOWNESS:-1}))
EOF_INSIDE
cat >>"$dir/inside" <<'EOF_INSIDE'
/bin/busybox --install -s /bin
try() { # try NAME ARG...
	echo "== $1"
	name=$1
	shift
	tandem run --guest=linux --guest-kernel=/kernel --guest-mem=160 --guest-timeout="$limit" "$@" 2>&1
	echo "$name: status $?"
}
limit=$long
try off --guest-append='quiet tandem.tcp=100000 tandem.end=off' --guest-modules=/lab/modules --console=/tmp/b
sed 's/^/b: /' /tmp/b
try two --guest-vcpus=2 --guest-append='quiet tandem.end=off' --console=/tmp/b2
sed 's/^/two b: /' /tmp/b2
limit=8
try never
limit=$long
try root --guest-append='quiet rdinit=/nothing'
echo "end of all"
EOF_INSIDE
lab --kernels=newest --preempt=lazy --smp=1 --timeout=$((240 * ${TANDEM_TEST_SLOWNESS:-1})) --add="$box:/bin/busybox" \
	--add="$dir/inside:/inside" --add="$kernel:/kernel" -- exec /bin/busybox sh /inside
[ -z "${TANDEM_LAB_SAID:-}" ] || cp "$dir/out" "$TANDEM_LAB_SAID"

expect "both guests come up and power off" 0 '^off: status 0'
expect "guest a's console is standard output" 0 '^tandem: guest is up: Linux .*clock kvm-clock'
expect "guest b's is a file" 0 '^b: tandem: guest is up: Linux .*1 CPU(s)'
expect "guests of two vCPUs come up with both, and power off" 0 '^two: status 0'
[ "$(grep -c '^\(two b: \)\{0,1\}tandem: guest is up: Linux .*2 CPU(s)' "$dir/out")" = 2 ]
result $? "each kernel has its two processors"
expect "TCP between them, there and back" 0 '^tandem: tcp: 100000 bytes there and back in [0-9.]* s, all as they were sent'
[ "$(grep -c '^guest [ab]: up after [0-9.]* s, powered off' "$dir/out")" = 4 ]
result $? "how they ended is said"
grep -q '^never: status 1' "$dir/out" && grep -q 'guest [ab]: did not come up within 8 s; its console' "$dir/out"
result $? "a guest that does not come up ends after its time"
grep -q '^root: status 1' "$dir/out" && grep -q 'guest [ab]: kernel panic: VFS: Unable to mount root fs' "$dir/out"
result $? "a kernel without a root panics, and says so in one line"
expect "it came to its end" 0 '^end of all'
finish
